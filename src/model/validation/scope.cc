#include "model/validation/scope.h"

#include <algorithm>
#include <optional>

#include "base/diagnostic.h"

namespace model {

namespace {

// Spaces alone: Argo looks for tags in JSON, where other blanks are escaped.
std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// A simple tag that stands in `text` from `open` on: what is between the braces, and its end.
struct Braces {
  size_t open, close, end;
  std::string_view inside(std::string_view text) const {
    return text.substr(open + 2, close - open - 2);
  }
};
std::optional<Braces> next_tag(std::string_view text, size_t from) {
  for (;;) {
    const size_t open = text.find("{{", from);
    if (open == std::string_view::npos) return std::nullopt;
    const size_t close = std::min(text.find("}}", open + 2), text.size());
    const Braces found{open, close, std::min(close + 2, text.size())};
    if (!found.inside(text).starts_with('=')) return found;
    from = found.end;
  }
}

// What stands for the value of a name that is not known. It holds no dot: it is one word of a name.
std::string placeholder(std::string_view name) {
  std::string out = std::string(kUnknownText) + std::string(name) + std::string(kUnknownText);
  std::replace(out.begin(), out.end(), '.', '/');
  return out;
}

// The text with each placeholder replaced by what `with` gives for its name.
template <class With>
std::string replace_placeholders(std::string_view text, const With& with) {
  std::string out;
  for (;;) {
    const size_t begin = text.find(kUnknownText);
    const size_t end = begin == std::string_view::npos ? begin : text.find(kUnknownText, begin + 1);
    if (end == std::string_view::npos) return out += text;
    out += text.substr(0, begin);
    out += with(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

// The text in which the inner tag of the nested one has its value, from that tag on; nothing when
// the scope does not have it.
std::optional<std::string> unfold(std::string_view text, const Braces& tag, const Scope& scope) {
  const std::string_view inside = tag.inside(text);
  const size_t inner = inside.rfind("{{");
  if (inner == std::string_view::npos || inner == 0) return std::nullopt;
  const std::string_view name = inside.substr(inner + 2);
  if (!scope.replaces(name)) return std::nullopt;
  const std::string* value = scope.value_of(name);
  return "{{" + std::string(inside.substr(0, inner)) + (value ? *value : placeholder(name)) +
         std::string(text.substr(tag.end));
}

}  // namespace

bool Scope::knows(std::string_view name) const {
  if (names_.find(name) != names_.end()) return true;
  for (const std::string& beginning : beginnings_)
    if (name.starts_with(beginning)) return true;
  if (nodes_ && (name.starts_with("steps.") || name.starts_with("tasks.")) && nodes_(name))
    return true;
  return outer_ && outer_->knows(name);
}

bool Scope::replaces(std::string_view name) const {
  if (name.starts_with("inputs.artifacts.")) return name.ends_with(".path") && knows(name);
  if (name != "pod.name" && !name.starts_with("inputs.") && !name.starts_with("workflow."))
    return false;
  return knows(name);
}

const std::string* Scope::value_of(std::string_view name) const {
  const auto at = values_.find(name);
  if (at != values_.end()) return &at->second;
  return outer_ && !names_.contains(name) ? outer_->value_of(name) : nullptr;
}

void Scope::index_beginnings() const {
  if (indexed_ == names_.size()) return;
  indexed_ = names_.size();
  known_beginnings_.clear();
  for (const std::string& name : names_)
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      known_beginnings_.insert(name.substr(0, dot));
}

bool Scope::has_below(std::string_view name) const {
  const std::string beginning = std::string(name) + '.';
  const bool is_node = beginning.starts_with("steps.") || beginning.starts_with("tasks.");
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    scope->index_beginnings();
    if (scope->known_beginnings_.contains(name)) return true;
    for (const std::string& known : scope->beginnings_)
      if (known.starts_with(beginning) || beginning.starts_with(known)) return true;
    // Of the nodes around, a word or two are no whole reference yet.
    if (scope->nodes_ && is_node &&
        (scope->nodes_(beginning + "id") || name == "steps" || name == "tasks" ||
         name.ends_with(".outputs") || name.ends_with(".outputs.parameters") ||
         name.ends_with(".outputs.artifacts")))
      return true;
  }
  return false;
}

std::string Scope::nearest(std::string_view name) const {
  // Only names of the same beginning: {{inputs.…}} was not meant to be {{workflow.…}}.
  const std::string_view beginning = name.substr(0, name.find('.') + 1);
  std::vector<std::string_view> candidates;
  for (const Scope* scope = this; scope; scope = scope->outer_)
    for (const std::string& known : scope->names_)
      if (known.starts_with(beginning)) candidates.push_back(known);
  // The sets have no order, the answer must have one.
  std::sort(candidates.begin(), candidates.end());
  return base::nearest(name, candidates);
}

bool is_checked_variable(std::string_view name) {
  // Argo docs, variables: outputs.* serve metrics; the others exist only at run time.
  for (const std::string_view free :
       {"outputs.", "workflow.creationTimestamp", "workflow.scheduledTime", "workflow.duration",
        "tasks.name", "steps.name", "node.name"})
    if (name.starts_with(free)) return false;
  for (const std::string_view own : {"item.", "steps.", "inputs.", "pod.", "workflow.", "tasks."})
    if (name.starts_with(own)) return true;
  return false;
}

void for_each_tag(std::string_view text, const Scope& scope,
                  const std::function<void(std::string_view name)>& call) {
  constexpr int kUnfoldMost = 8;  // a value may hold the beginning of a tag itself
  std::string unfolded;           // holds `text` once a nested tag has been resolved
  size_t from = 0;
  int unfolds = 0;
  while (const auto tag = next_tag(text, from)) {
    auto more = unfolds < kUnfoldMost ? unfold(text, *tag, scope) : std::nullopt;
    if (more) {
      ++unfolds;
      unfolded = *std::move(more);  // made of `text`, which is not needed any more
      text = unfolded;
      from = 0;
      continue;
    }
    from = tag->end;
    call(trim(tag->inside(text)));
  }
}

void for_each_tag(const text::Value& value, const Scope& scope, const Path& path,
                  const OnTag& call) {
  if (value.is_string()) {
    if (value.as_string().find("{{") == std::string::npos) return;
    for_each_tag(value.as_string(), scope, [&](std::string_view name) {
      call({name, &value, value.place}, path);
    });
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i)
      for_each_tag(value.as_list()[i], scope, Path(path, i), call);
  } else if (value.is_map()) {
    for (const text::Member& member : value.as_map()) {
      const Path below(path, member.key);
      if (member.key.find("{{") != std::string::npos)
        for_each_tag(member.key, scope, [&](std::string_view name) {
          call({name, nullptr, member.key_place}, below);
        });
      for_each_tag(member.value, scope, below, call);
    }
  }
}

std::string render(std::string_view text, const Scope& scope) {
  std::string out;
  size_t from = 0;
  while (const auto tag = next_tag(text, from)) {
    out += text.substr(from, tag->open - from);
    const std::string_view name = trim(tag->inside(text));
    if (!scope.replaces(name)) {
      out += text.substr(tag->open, tag->end - tag->open);
    } else {
      const std::string* value = scope.value_of(name);
      out += value ? *value : placeholder(name);
    }
    from = tag->end;
  }
  return out += text.substr(from);
}

std::string render_name(std::string_view name, const Scope& scope) {
  if (name.find("{{") == std::string_view::npos) return std::string(name);
  // An expression that is a variable is as good as its tag.
  std::string tags(name);
  for (size_t open = tags.find("{{="); open != std::string::npos;
       open = tags.find("{{=", open + 2)) {
    const size_t close = tags.find("}}", open);
    if (close == std::string::npos) break;
    const std::string variable(trim(std::string_view(tags).substr(open + 3, close - open - 3)));
    if (scope.replaces(variable)) tags.replace(open + 2, close - open - 2, variable);
  }
  return replace_placeholders(render(tags, scope), [](std::string_view) { return "x"; });
}

std::string shown(std::string_view rendered) {
  if (rendered.find(kUnknownText) == std::string_view::npos) return std::string(rendered);
  return replace_placeholders(rendered, [](std::string_view name) {
    std::string out = "{{" + std::string(name) + "}}";
    std::replace(out.begin(), out.end(), '/', '.');
    return out;
  });
}

}  // namespace model

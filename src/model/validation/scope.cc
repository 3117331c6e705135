#include "model/validation/scope.h"

#include "base/diagnostic.h"

namespace model {

namespace {

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
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

void for_each_tag(std::string_view text, const std::function<void(std::string_view name)>& call) {
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    at += 2;
    const size_t end = std::min(text.find("}}", at), text.size());
    std::string_view tag = text.substr(at, end - at);
    at = end;
    if (tag.starts_with("=")) continue;
    const size_t inner = tag.rfind("{{");
    if (inner != std::string_view::npos) tag.remove_prefix(inner + 2);
    call(trim(tag));
  }
}

void for_each_tag(const text::Value& value, const Path& path, const OnTag& call) {
  if (value.is_string()) {
    if (value.as_string().find("{{") == std::string::npos) return;
    for_each_tag(value.as_string(), [&](std::string_view name) {
      call({name, &value, value.place}, path);
    });
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i)
      for_each_tag(value.as_list()[i], Path(path, i), call);
  } else if (value.is_map()) {
    for (const text::Member& member : value.as_map()) {
      const Path below(path, member.key);
      if (member.key.find("{{") != std::string::npos)
        for_each_tag(member.key, [&](std::string_view name) {
          call({name, nullptr, member.key_place}, below);
        });
      for_each_tag(member.value, below, call);
    }
  }
}

}  // namespace model

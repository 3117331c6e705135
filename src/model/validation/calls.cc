#include "model/validation/calls.h"

#include "model/validation/expressions.h"
#include "text/json.h"

namespace model {

using text::Value;

void Siblings::add(Sibling sibling) {
  list.push_back(std::move(sibling));
  by_name.emplace(list.back().name, list.size() - 1);
}

const Sibling* Siblings::find(std::string_view name) const {
  const auto at = by_name.find(name);
  return at == by_name.end() ? nullptr : &list[at->second];
}

std::pair<std::string_view, std::string_view> split_reference(std::string_view variable) {
  const size_t first = variable.find('.');
  if (first == std::string_view::npos) return {};
  const std::string_view rest = variable.substr(first + 1);
  const size_t second = rest.find('.');
  if (second == std::string_view::npos) return {rest, {}};
  return {rest.substr(0, second), rest.substr(second + 1)};
}

bool Siblings::knows(std::string_view variable) const {
  if (!variable.starts_with(prefix)) return false;
  const auto [name, attribute] = split_reference(variable);
  const Sibling* sibling = find(name);
  if (!sibling) return false;
  if (attribute == "status") return sibling->has_status;
  return is_node_attribute(attribute, sibling->tmpl, sibling->is_aggregate, sibling->is_dynamic);
}

bool loops(const Task& task) {
  return (task.with_items && !task.with_items->empty()) || !task.with_param.empty() ||
         task.with_sequence;
}

// What is written out, without tags, can be told.
static void check_loop_values(Validator& run, const Task& task, const Site& site,
                              const std::string& below) {
  if (!task.with_param.empty() && !holds_tag(task.with_param)) {
    const auto parsed = text::parse_json(task.with_param);
    if (!parsed || !parsed->is_list())
      run.flaw(site, below + ".withParam", "wrong-type",
               "withParam must be a list in JSON" +
                   (parsed ? ", this is " + std::string(parsed->kind_name())
                           : ": " + parsed.error().text),
               "write it as '[\"a\", \"b\"]', or use withItems");
  }
  if (!task.with_sequence) return;
  const std::pair<const char*, const std::optional<IntOrString>*> numbers[] = {
      {"count", &task.with_sequence->count},
      {"start", &task.with_sequence->start},
      {"end", &task.with_sequence->end}};
  for (const auto& [field, number] : numbers)
    if (*number && !holds_tag((*number)->text) && !Value(text::Number{(*number)->text}).to_int())
      run.flaw(site, below + ".withSequence." + field, "bad-number",
               quote((*number)->text) + " is not a whole number");
}

void add_items(Validator& run, const Task& task, const Site& site, const std::string& below,
               Scope& scope) {
  const bool has_items = task.with_items && !task.with_items->empty();
  if (has_items + !task.with_param.empty() + task.with_sequence.has_value() > 1)
    run.error(site, below, "loop-choice",
              "withItems, withParam and withSequence exclude each other");
  if (task.with_sequence && task.with_sequence->count && task.with_sequence->end)
    run.error(site, below + ".withSequence", "loop-choice", "count and end exclude each other");
  check_loop_values(run, task, site, below);
  if (!task.with_param.empty()) scope.add_all("item.");
  if (!has_items) return;
  for (const Value& item : *task.with_items) {
    if (item.is_map())
      for (const text::Member& member : item.as_map()) scope.add("item." + member.key);
    if (item.is_list())
      for (size_t i = 0; i < item.as_list().size(); ++i)
        scope.add("item.[" + std::to_string(i) + ']');
  }
}

static void check_tags_of_field(Validator& run, const text::Member& member, const Scope& scope,
                                const Site& site, const std::string& at) {
  run.check_tags(&member.value, scope, site, at);
  if (member.key != "inline") check_expressions(run, member.value, scope, site, at);
}

void check_task_tags(Validator& run, const Task& task, const Value& source, const Scope& scope,
                     const Site& site, const std::string& below) {
  if (!source.is_map()) return;
  Scope inside(&scope);
  if (!task.inline_.empty())
    for (const Parameter& parameter : task.inline_[0].inputs.parameters)
      inside.add("inputs.parameters." + parameter.name);
  for (const text::Member& member : source.as_map())
    check_tags_of_field(run, member, inside, site, below + '.' + member.key);
}

void check_items_used(Validator& run, const Task& task, const Value& source, const Site& site,
                      const std::string& below) {
  if (loops(task) || task.with_items || !source.is_map()) return;
  std::string word, place;
  for (const text::Member& member : source.as_map()) {
    if (member.key == "inline") continue;
    for_each_tag(member.value, run.here(), Path(), [&](const Tag& tag, const Path& path) {
      if (!word.empty() || (tag.name != "item" && !tag.name.starts_with("item."))) return;
      word = tag.name;
      const std::string inside = path.to_string();
      place = below + '.' + member.key;
      if (!inside.empty()) place += (inside[0] == '[' ? "" : ".") + inside;
    });
  }
  if (!word.empty())
    run.flaw_at(word, 0, site, place, "item-without-loop",
                "{{item}} is used, but nothing loops here",
                "add withItems, withParam or withSequence");
}

void check_surplus(Validator& run, const Task& task, const Template& tmpl, const Site& site,
                   const std::string& below) {
  for (size_t i = 0; i < task.arguments.parameters.size(); ++i) {
    const std::string& name = task.arguments.parameters[i].name;
    bool is_taken = name.empty();
    for (const Parameter& input : tmpl.inputs.parameters) is_taken = is_taken || input.name == name;
    if (is_taken) continue;
    run.warning(
        site, below + ".arguments.parameters[" + std::to_string(i) + ']', "unknown-argument",
        (tmpl.name.empty() ? std::string("the inline template") : "template " + quote(tmpl.name)) +
            " does not take the parameter " + quote(name),
        run.suggest(name, tmpl.inputs.parameters));
  }
}

}  // namespace model

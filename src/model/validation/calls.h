// calls.h — what steps and DAG tasks have in common: loops, arguments, the call itself.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/validation/validator.h"

namespace model {

// The steps or tasks around a call, as {{steps.X.…}} and {{tasks.X.…}} may refer to them.
struct Sibling {
  std::string_view name;
  const Template* tmpl = nullptr;  // null: not known, anything goes
  bool is_aggregate = false;       // a loop over items: its outputs are lists
  bool has_status = false;         // {{….status}} may be asked for
};
struct Siblings {
  std::string_view prefix;  // "steps." or "tasks."
  std::vector<Sibling> list;
  std::unordered_map<std::string_view, size_t> by_name;

  const Sibling* find(std::string_view name) const;
  // `variable` begins with the prefix: does its sibling have what it asks for?
  bool knows(std::string_view variable) const;
};
// The X of {{steps.X.…}}, and what is behind it.
std::pair<std::string_view, std::string_view> split_reference(std::string_view variable);

bool loops(const Task& task);
// Names that {{item…}} may have in the task; reports a choice of loops.
void add_items(Validator& run, const Task& task, const Site& site, const std::string& below,
               Scope& scope);
// All but the inline template, which is checked as a template; `scope` is that of the task.
void check_task_tags(Validator& run, const text::Value& task, const Scope& scope, const Site& site,
                     const std::string& below);
// {{item}} where nothing loops stays as it is written.
void check_items_used(Validator& run, const Task& task, const text::Value& source, const Site& site,
                      const std::string& below);
// Arguments that the template does not take.
void check_surplus(Validator& run, const Task& task, const Template& tmpl, const Site& site,
                   const std::string& below);

}  // namespace model

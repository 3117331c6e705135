// calls.h — what steps and DAG tasks have in common: loops, arguments, the call itself.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/validation/validator.h"

namespace model {

// The steps or tasks around a call, as {{steps.X.…}} and {{tasks.X.…}} may refer to them.
struct Sibling {
  std::string name;                // with placeholders, as {{steps.…}} around it are rendered
  const Template* tmpl = nullptr;  // null: not known
  bool is_aggregate = false;       // a loop over items: its outputs are lists
  bool has_status = false;         // {{….status}} may be asked for
  bool is_dynamic = false;         // not known before it runs; else anything goes without template
};
struct Siblings {
  std::string_view prefix;   // "steps." or "tasks."
  std::deque<Sibling> list;  // the names stay where they are
  std::unordered_map<std::string_view, size_t> by_name;

  void add(Sibling sibling);

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
// `scope` is that of the task; an inline template may use its own parameters besides.
void check_task_tags(Validator& run, const Task& task, const text::Value& source,
                     const Scope& scope, const Site& site, const std::string& below);
// {{item}} where nothing loops stays as it is written.
void check_items_used(Validator& run, const Task& task, const text::Value& source, const Site& site,
                      const std::string& below);
// Arguments that the template does not take.
void check_surplus(Validator& run, const Task& task, const Template& tmpl, const Site& site,
                   const std::string& below);

}  // namespace model

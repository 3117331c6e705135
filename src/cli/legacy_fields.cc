#include "cli/legacy_fields.h"

#include <fmt/format.h>

namespace cli {
namespace {

using text::Value;

// Puts the one behind the many.
void join(Value& map, const char* one, const char* many) {
  const Value* found = map.find(one);
  if (!found) return;
  Value value = *found;
  map.as_map().erase(one);
  if (value.is_null()) return;
  Value& list = map[many];
  if (!list.is_list()) list = Value(text::List());
  list.as_list().push_back(std::move(value));
}

void convert_synchronization(Value& holder) {
  Value* synchronization = holder.find("synchronization");
  if (!synchronization || !synchronization->is_map()) return;
  join(*synchronization, "semaphore", "semaphores");
  join(*synchronization, "mutex", "mutexes");
}

void drop_priority(Value& holder, const std::string& path, std::vector<std::string>& dropped) {
  if (!holder.is_map() || !holder.as_map().erase("podPriority")) return;
  dropped.push_back(fmt::format(
      "{}.podPriority is left out: name a PriorityClass in podPriorityClassName", path));
}

void convert_template(Value& holder, const std::string& path, std::vector<std::string>& dropped);

// Templates that stand in the steps and tasks of one.
void convert_inline(Value& list, const std::string& path, std::vector<std::string>& dropped) {
  if (!list.is_list()) return;
  for (size_t at = 0; at < list.as_list().size(); ++at) {
    Value& step = list.as_list()[at];
    const std::string below = fmt::format("{}[{}]", path, at);
    convert_inline(step, below, dropped);
    if (Value* inner = step.is_map() ? step.find("inline") : nullptr; inner && inner->is_map())
      convert_template(*inner, below + ".inline", dropped);
  }
}

void convert_template(Value& holder, const std::string& path, std::vector<std::string>& dropped) {
  if (!holder.is_map()) return;
  convert_synchronization(holder);
  drop_priority(holder, path, dropped);
  if (Value* steps = holder.find("steps")) convert_inline(*steps, path + ".steps", dropped);
  Value* dag = holder.find("dag");
  if (Value* tasks = dag && dag->is_map() ? dag->find("tasks") : nullptr)
    convert_inline(*tasks, path + ".dag.tasks", dropped);
}

void convert_spec(Value& spec, const std::string& path, std::vector<std::string>& dropped) {
  if (!spec.is_map()) return;
  convert_synchronization(spec);
  drop_priority(spec, path, dropped);
  if (Value* defaults = spec.find("templateDefaults"))
    convert_template(*defaults, path + ".templateDefaults", dropped);
  Value* templates = spec.find("templates");
  if (!templates || !templates->is_list()) return;
  for (size_t at = 0; at < templates->as_list().size(); ++at)
    convert_template(templates->as_list()[at], fmt::format("{}.templates[{}]", path, at), dropped);
}

}  // namespace

std::vector<std::string> convert_legacy_fields(Value& document) {
  std::vector<std::string> dropped;
  const std::string_view kind = document.string_at("kind");
  Value* spec = document.find("spec");
  if (!spec || !spec->is_map()) return dropped;
  if (kind == "CronWorkflow") {
    // Unlike with locks, the one replaces the many: so Argo read it.
    if (!spec->string_at("schedule").empty()) spec->as_map().erase("schedules");
    join(*spec, "schedule", "schedules");
    if (Value* inner = spec->find("workflowSpec"))
      convert_spec(*inner, "spec.workflowSpec", dropped);
  } else if (kind == "Workflow" || kind == "WorkflowTemplate" ||
             kind == "ClusterWorkflowTemplate") {
    convert_spec(*spec, "spec", dropped);
  }
  return dropped;
}

}  // namespace cli

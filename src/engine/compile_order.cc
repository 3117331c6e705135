// The order in which Argo walks the tasks of a DAG.
#include <algorithm>
#include <utility>

#include "engine/compile.h"

namespace engine {
namespace {

// Argo walks from the targets in the order of their names and visits a task after all that it
// depends on. It takes these in the order of a hash map; we take the order of mention.
void rank_tasks(const Plan& plan, const PlanTemplate& tmpl, DagOrder& out) {
  const PlanTask* tasks = plan.tasks.data() + tmpl.tasks_first;
  std::vector<uint8_t> seen(tmpl.tasks_count, 0);
  // Task and next dependency; no recursion, for chains are long.
  std::vector<std::pair<uint32_t, uint32_t>> stack;
  out.rank.assign(tmpl.tasks_count, kNil);
  for (const uint32_t target : out.targets) {
    if (seen[target]) continue;
    seen[target] = 1;
    stack.emplace_back(target, 0);
    while (!stack.empty()) {
      auto& [task, next] = stack.back();
      const PlanTask& entry = tasks[task];
      if (next < entry.depends_count) {
        const uint32_t dependency = plan.edges[entry.depends_first + next++];
        if (!seen[dependency]) {
          seen[dependency] = 1;
          stack.emplace_back(dependency, 0);
        }
        continue;
      }
      out.rank[task] = static_cast<uint32_t>(out.order.size());
      out.order.push_back(task);
      stack.pop_back();
    }
  }
}

}  // namespace

base::Result<DagOrder> order_dag(const Plan& plan, const PlanTemplate& tmpl,
                                 std::string_view target) {
  DagOrder out;
  const PlanTask* tasks = plan.tasks.data() + tmpl.tasks_first;
  if (target.empty()) {
    for (uint32_t index = 0; index < tmpl.tasks_count; ++index)
      if (tasks[index].dependants_count == 0) out.targets.push_back(index);
    std::stable_sort(out.targets.begin(), out.targets.end(), [&](uint32_t a, uint32_t b) {
      return plan.task_name(tasks[a]) < plan.task_name(tasks[b]);
    });
  }
  while (!target.empty()) {
    const size_t space = std::min(target.find(' '), target.size());
    const std::string_view name = target.substr(0, space);
    target.remove_prefix(std::min(space + 1, target.size()));
    if (name.empty()) continue;
    const auto found = plan.find_task(tmpl, name);
    if (!found)
      return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ".targets: target '" +
                                                  std::string(name) + "' is not defined");
    out.targets.push_back(*found);
  }
  rank_tasks(plan, tmpl, out);
  return out;
}

base::Status compile_dag_order(PlanTemplate& tmpl, const Plan& plan) {
  if (tmpl.target.valid() && !plan.is_literal(tmpl.target)) return {};
  const std::string target(tmpl.target.valid() ? plan.literal(tmpl.target) : std::string_view());
  auto order = order_dag(plan, tmpl, target);
  if (!order) return base::fail(order.error());
  tmpl.dag = std::move(*order);
  if (target.empty() && tmpl.dag.order.size() != tmpl.tasks_count)
    return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ": dependency cycle");
  return {};
}

}  // namespace engine

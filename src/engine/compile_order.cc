#include <algorithm>

#include "engine/compile.h"

namespace engine {
namespace {

// `depends` or `dependencies` of a task as a tree whose operands are indexes of tasks.
base::Result<expr::Depends> tree_of(const model::Task& task) {
  if (!task.depends.empty()) return expr::parse_depends(task.depends);
  return expr::depends_of_dependencies(task.dependencies);
}

bool is_plain_conjunction(const expr::Depends& tree) {
  for (const auto& node : tree.nodes)
    if (node.kind != expr::Depends::Kind::kAnd &&
        !(node.kind == expr::Depends::Kind::kOperand && node.bare))
      return false;
  return true;
}

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

base::Status add_dependencies(const model::DagTemplate& dag, PlanTemplate& tmpl, Plan& plan,
                              std::vector<uint32_t>& dependants) {
  const auto find = [&](const std::string& name) {
    return std::lower_bound(
        tmpl.by_name.begin(), tmpl.by_name.end(), name,
        [&](uint32_t index, const std::string& want) { return dag.tasks[index].name < want; });
  };
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i) {
    auto tree = tree_of(dag.tasks[i]);
    if (!tree) return base::fail(tree.error());
    PlanTask& task = plan.tasks[tmpl.tasks_first + i];
    task.depends_first = static_cast<uint32_t>(plan.edges.size());
    task.depends_count = static_cast<uint32_t>(tree->tasks.size());
    for (const std::string& name : tree->tasks) {
      const auto at = find(name);
      if (at == tmpl.by_name.end() || dag.tasks[*at].name != name)
        return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ".tasks." +
                                                    dag.tasks[i].name + " dependency '" + name +
                                                    "' not defined");
      plan.edges.push_back(*at);
      ++dependants[*at];
    }
    if (!is_plain_conjunction(*tree)) {
      task.tree = static_cast<uint32_t>(plan.trees.size());
      tree->tasks.clear();
      plan.trees.push_back(std::move(*tree));
    }
  }
  return {};
}

}  // namespace

base::Status compile_dag_order(const model::DagTemplate& dag, PlanTemplate& tmpl, Plan& plan) {
  std::vector<uint32_t> dependants(tmpl.tasks_count, 0);
  if (auto done = add_dependencies(dag, tmpl, plan, dependants); !done) return done;
  PlanTask* tasks = plan.tasks.data() + tmpl.tasks_first;
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i) {
    tasks[i].dependants_first = static_cast<uint32_t>(plan.edges.size());
    plan.edges.resize(plan.edges.size() + dependants[i]);
  }
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i)
    for (uint32_t k = 0; k < tasks[i].depends_count; ++k) {
      PlanTask& dependency = tasks[plan.edges[tasks[i].depends_first + k]];
      plan.edges[dependency.dependants_first + dependency.dependants_count++] = i;
    }
  if (!tmpl.target.valid() || plan.is_literal(tmpl.target)) {
    const std::string target(tmpl.target.valid() ? plan.literal(tmpl.target) : std::string_view());
    auto order = order_dag(plan, tmpl, target);
    if (!order) return base::fail(order.error());
    tmpl.dag = std::move(*order);
    if (target.empty() && tmpl.dag.order.size() != tmpl.tasks_count)
      return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ": dependency cycle");
  }
  return {};
}

base::Result<DagOrder> order_dag(const Plan& plan, const PlanTemplate& tmpl,
                                 std::string_view target) {
  DagOrder out;
  const PlanTask* tasks = plan.tasks.data() + tmpl.tasks_first;
  if (target.empty()) {
    for (const uint32_t index : tmpl.by_name)
      if (tasks[index].dependants_count == 0) out.targets.push_back(index);
  }
  while (!target.empty()) {
    const size_t space = std::min(target.find(' '), target.size());
    const std::string_view name = target.substr(0, space);
    target.remove_prefix(std::min(space + 1, target.size()));
    if (name.empty()) continue;
    const auto at = std::lower_bound(
        tmpl.by_name.begin(), tmpl.by_name.end(), name,
        [&](uint32_t index, std::string_view want) { return plan.task_name(tasks[index]) < want; });
    if (at == tmpl.by_name.end() || plan.task_name(tasks[*at]) != name)
      return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ".targets: target '" +
                                                  std::string(name) + "' is not defined");
    out.targets.push_back(*at);
  }
  rank_tasks(plan, tmpl, out);
  return out;
}

}  // namespace engine

#include <algorithm>
#include <utility>

#include "engine/compile.h"

namespace engine {
namespace {

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

// Finds tasks by name, several at once: in a large DAG each look-up goes to far places, and these
// are fetched side by side.
class TaskFinder {
 public:
  TaskFinder(const PlanTemplate& tmpl, const Plan& plan) : tmpl_(tmpl), plan_(plan) {}

  // The index of each name, in order; of an unknown one, kNil.
  const std::vector<uint32_t>& find(const std::vector<std::string>& names) {
    homes_.clear();
    found_.clear();
    for (const std::string& name : names) {
      homes_.push_back(tmpl_.names.home_of(name));
      tmpl_.names.fetch(homes_.back());
    }
    for (const size_t home : homes_)
      if (const auto there = tmpl_.names.peek(home))
        __builtin_prefetch(&plan_.tasks[tmpl_.tasks_first + *there]);
    for (const size_t home : homes_)
      if (const auto there = tmpl_.names.peek(home))
        __builtin_prefetch(plan_.task_name(plan_.tasks[tmpl_.tasks_first + *there]).data());
    for (const std::string& name : names)
      found_.push_back(plan_.find_task(tmpl_, name).value_or(kNil));
    return found_;
  }

 private:
  const PlanTemplate& tmpl_;
  const Plan& plan_;
  std::vector<size_t> homes_;
  std::vector<uint32_t> found_;
};

base::Status add_dependencies(const model::DagTemplate& dag, PlanTemplate& tmpl, Plan& plan,
                              std::vector<uint32_t>& dependants) {
  TaskFinder finder(tmpl, plan);
  std::vector<uint32_t> named_by(tmpl.tasks_count, kNil);  // the last task that has named it
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i) {
    const model::Task& source = dag.tasks[i];
    PlanTask& task = plan.tasks[tmpl.tasks_first + i];
    task.depends_first = static_cast<uint32_t>(plan.edges.size());
    std::optional<expr::Depends> tree;
    if (!source.depends.empty()) {
      auto parsed = expr::parse_depends(source.depends);
      if (!parsed) return base::fail(parsed.error());
      tree = std::move(*parsed);
    }
    // `dependencies` are a conjunction as they stand: no tree is needed.
    const std::vector<std::string>& names = tree ? tree->tasks : source.dependencies;
    const std::vector<uint32_t>& found = finder.find(names);
    for (size_t k = 0; k < names.size(); ++k) {
      if (found[k] == kNil)
        return base::fail(base::Code::kInvalid, "templates." + tmpl.name + ".tasks." + source.name +
                                                    " dependency '" + names[k] + "' not defined");
      if (!tree && std::exchange(named_by[found[k]], i) == i) continue;
      plan.edges.push_back(found[k]);
      ++dependants[found[k]];
    }
    task.depends_count = static_cast<uint32_t>(plan.edges.size()) - task.depends_first;
    if (tree && !is_plain_conjunction(*tree)) {
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

}  // namespace engine

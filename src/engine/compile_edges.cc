// Dependencies and dependants of a DAG's tasks, and where each task lies in the Plan.
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

// For each of `count` tasks a range of other tasks.
struct Ranges {
  std::vector<uint32_t> first, items;
  uint32_t size(uint32_t task) const { return first[task + 1] - first[task]; }
};

// What each task depends on, in the order of mention. Sets the trees of the tasks too.
base::Result<Ranges> dependencies(const model::DagTemplate& dag, const PlanTemplate& tmpl,
                                  Plan& plan) {
  Ranges out;
  TaskFinder finder(tmpl, plan);
  std::vector<uint32_t> named_by(tmpl.tasks_count, kNil);  // the last task that has named it
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i) {
    const model::Task& source = dag.tasks[i];
    out.first.push_back(static_cast<uint32_t>(out.items.size()));
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
      if (tree || std::exchange(named_by[found[k]], i) != i) out.items.push_back(found[k]);
    }
    if (tree && !is_plain_conjunction(*tree)) {
      plan.tasks[tmpl.tasks_first + i].tree = static_cast<uint32_t>(plan.trees.size());
      tree->tasks.clear();
      plan.trees.push_back(std::move(*tree));
    }
  }
  out.first.push_back(static_cast<uint32_t>(out.items.size()));
  return out;
}

Ranges turned_round(const Ranges& depends) {
  const auto count = static_cast<uint32_t>(depends.first.size() - 1);
  Ranges out;
  out.first.assign(count + 1, 0);
  for (const uint32_t dependency : depends.items) ++out.first[dependency + 1];
  for (uint32_t i = 0; i < count; ++i) out.first[i + 1] += out.first[i];
  out.items.resize(depends.items.size());
  std::vector<uint32_t> next(out.first.begin(), out.first.end() - 1);
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t k = depends.first[i]; k < depends.first[i + 1]; ++k)
      out.items[next[depends.items[k]]++] = i;
  return out;
}

// The order in which the tasks come to run where each ends in its turn; those of a cycle, which is
// found later, come last.
std::vector<uint32_t> order_of_running(const Ranges& depends, const Ranges& dependants) {
  const auto count = static_cast<uint32_t>(depends.first.size() - 1);
  std::vector<uint32_t> out, waiting(count);
  out.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    waiting[i] = depends.size(i);
    if (waiting[i] == 0) out.push_back(i);
  }
  for (size_t next = 0; next < out.size(); ++next)
    for (uint32_t k = dependants.first[out[next]]; k < dependants.first[out[next] + 1]; ++k)
      if (--waiting[dependants.items[k]] == 0) out.push_back(dependants.items[k]);
  for (uint32_t i = 0; i < count && out.size() < count; ++i)
    if (waiting[i] != 0) out.push_back(i);
  return out;
}

}  // namespace

base::Result<std::vector<uint32_t>> compile_dag_edges(const model::DagTemplate& dag,
                                                      PlanTemplate& tmpl, Plan& plan) {
  const auto depends = dependencies(dag, tmpl, plan);
  if (!depends) return base::fail(depends.error());
  const Ranges dependants = turned_round(*depends);
  std::vector<uint32_t> source = order_of_running(*depends, dependants);
  std::vector<uint32_t> place(source.size());
  for (uint32_t i = 0; i < source.size(); ++i) place[source[i]] = i;

  PlanTask* tasks = plan.tasks.data() + tmpl.tasks_first;
  const std::vector<PlanTask> declared(tasks, tasks + tmpl.tasks_count);
  plan.edges.reserve(plan.edges.size() + 2 * depends->items.size());
  const auto add = [&](const Ranges& ranges, uint32_t from, uint32_t& first, uint32_t& count) {
    first = static_cast<uint32_t>(plan.edges.size());
    count = ranges.size(from);
    for (uint32_t k = 0; k < count; ++k)
      plan.edges.push_back(place[ranges.items[ranges.first[from] + k]]);
  };
  for (uint32_t i = 0; i < tmpl.tasks_count; ++i) {
    tasks[i] = declared[source[i]];
    add(*depends, source[i], tasks[i].depends_first, tasks[i].depends_count);
    add(dependants, source[i], tasks[i].dependants_first, tasks[i].dependants_count);
  }
  tmpl.names.renumber(place);
  return source;
}

}  // namespace engine

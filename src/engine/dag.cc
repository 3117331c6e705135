// DAGs: a task starts when none of its dependencies is left; barriers are counters.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {

void State::Machine::start_dag(uint32_t id, uint32_t depth) {
  set_phase(id, Phase::kRunning);
  Frame& frame = *frames_[new_frame(id, depth)];
  frame.is_visited = true;
  if (const auto chosen = choose_order(frame); !chosen) {
    end_frame(id);
    nodes_[id].flags |= flag::kBubbles;
    set_phase(id, Phase::kError, chosen.error().text);
    return;
  }
  for (uint32_t rank = 0; rank < frame.order->order.size(); ++rank) {
    const uint32_t task = frame.order->order[rank];
    slot(frame, task).waiting = task_of(frame, task).depends_count;
    // In the order of ranks: the vector is a heap as it is.
    if (slot(frame, task).waiting == 0)
      frame.work.push_back(static_cast<uint64_t>(rank) << 32 | kNil);
  }
  run_frame(frame);
  leave(id);
}

base::Status State::Machine::choose_order(Frame& frame) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  frame.order = &tmpl.dag;
  if (!tmpl.target.valid() || plan_->is_literal(tmpl.target)) return {};
  std::string target;
  render(tmpl.target, scope_of(frame.node), Strict::kLenient, target, nullptr);
  auto order = order_dag(*plan_, tmpl, target);
  if (!order) return base::fail(order.error());
  frame.own_order = std::make_shared<const DagOrder>(std::move(*order));
  frame.order = frame.own_order.get();
  return {};
}

bool State::Machine::operand_holds(const Frame& frame, uint32_t task, expr::TaskResult result,
                                   bool bare) const {
  const Slot& other = slot(frame, task);
  if (other.node == kNil) return false;
  const Node& node = nodes_[other.node];
  const bool daemoned = node.is(flag::kDaemoned) && node.phase != Phase::kPending;
  if (bare) {
    const PlanTask& entry = task_of(frame, task);
    return node.phase == Phase::kSucceeded || node.phase == Phase::kSkipped || daemoned ||
           (node.phase == Phase::kFailed && entry.continue_on_failed) ||
           (node.phase == Phase::kError && entry.continue_on_error);
  }
  const bool is_loop = node.type == NodeType::kTaskGroup && other.loop != kNil;
  switch (result) {
    case expr::TaskResult::kSucceeded:
      return node.phase == Phase::kSucceeded;
    case expr::TaskResult::kFailed:
      return node.phase == Phase::kFailed;
    case expr::TaskResult::kErrored:
      return node.phase == Phase::kError;
    case expr::TaskResult::kSkipped:
      return node.phase == Phase::kSkipped;
    case expr::TaskResult::kOmitted:
      return node.phase == Phase::kOmitted;
    case expr::TaskResult::kDaemoned:
      return daemoned;
    case expr::TaskResult::kAnySucceeded:
      return is_loop && loops_[other.loop]->any_succeeded;
    case expr::TaskResult::kAllFailed:
      return is_loop && loops_[other.loop]->all_failed;
  }
  return false;
}

bool State::Machine::depends_hold(const Frame& frame, uint32_t index) const {
  const PlanTask& task = task_of(frame, index);
  const uint32_t* edges = plan_->edges.data() + task.depends_first;
  if (task.tree != kNil)
    return expr::evaluate(plan_->trees[task.tree], [&](const expr::Depends::Node& node) {
      return operand_holds(frame, edges[node.task], node.result, node.bare);
    });
  // The dependencies have said it when they were settled; a daemon may have failed since.
  if (frame.daemons.empty()) return !slot(frame, index).is_unmet;
  return std::all_of(edges, edges + task.depends_count, [&](uint32_t other) {
    return operand_holds(frame, other, expr::TaskResult::kSucceeded, true);
  });
}

void State::Machine::start_dag_task(Frame& frame, uint32_t task) {
  const PlanTask& entry = task_of(frame, task);
  const uint32_t boundary = frame.node;
  if (!slot(frame, task).is_prepared) {
    if (!slot(frame, task).is_counted) ++frame.open;
    slot(frame, task).is_counted = true;
    if (entry.depends_count != 0 && !depends_hold(frame, task)) {
      make_skipped(frame, task, nullptr, 0, Phase::kOmitted, "omitted: depends condition not met");
      return;
    }
    std::string error;
    switch (prepare(frame, task, error)) {
      case Prepared::kStuck:
        // As Argo: the task waits for a reference that may never come.
        slot(frame, task).is_counted = false;
        --frame.open;
        frame.stuck.push_back(task);
        return;
      case Prepared::kError:
        make_skipped(frame, task, nullptr, 0, Phase::kError, error);
        return;
      case Prepared::kReady:
        slot(frame, task).is_prepared = true;
    }
    if (entry.loop != kNil && loops_[slot(frame, task).loop]->source->count == 0) {
      make_skipped(frame, task, nullptr, 0, Phase::kSkipped, "Skipped, empty params");
      return;
    }
    if (entry.loop != kNil) {
      Birth birth = birth_of(frame, task, nullptr, 0);
      birth.flags |= flag::kShown;
      slot(frame, task).node = make_node(birth, NodeType::kTaskGroup, Phase::kNone);
      set_phase(slot(frame, task).node, Phase::kRunning);
    }
  }
  if (entry.loop != kNil) {
    start_items(frame, task);
    return;
  }
  const Start start = start_child(frame, task, nullptr, 0);
  if (frame_of(boundary) == &frame && start == Start::kBlocked) {
    slot(frame, task).node = kNil;
    block(frame, task);
  }
}

void State::Machine::settle_item(Frame& frame, uint32_t task, uint32_t id) {
  LoopRun& run = *loops_[slot(frame, task).loop];
  const Phase phase = nodes_[id].phase;
  if (phase == Phase::kSucceeded) run.any_succeeded = true;
  if (phase != Phase::kFailed) run.all_failed = false;
  if (--run.open != 0) return;
  for (const uint32_t child : run.children)
    if (is_failed(nodes_[child].phase)) run.worst = nodes_[child].phase;
  set_phase(slot(frame, task).node, run.worst);
}

// The phase that a node hands on to what comes after it: that of the last nodes inside it. A steps
// template that Failed because a pod inside ended in Error hands on Error, as Argo's walk finds it.
Phase State::Machine::onward_of(uint32_t id) const {
  const Node& node = nodes_[id];
  if (node.type == NodeType::kRetry && node.frame != kNil && retries_[node.frame].last != kNil)
    return nodes_[retries_[node.frame].last].onward != Phase::kNone
               ? nodes_[retries_[node.frame].last].onward
               : node.phase;
  return node.onward != Phase::kNone ? node.onward : node.phase;
}

// The same for a looped task.
Phase State::Machine::onward_of_group(const Frame& frame) const {
  const auto [first, count] = plan_->templates[frame.tmpl].groups[frame.group];
  const auto failed = [&](uint32_t id) {
    return id != kNil && is_completed(nodes_[id].phase) && is_failed(onward_of(id));
  };
  for (uint32_t task = first; task < first + count; ++task) {
    const Slot& mine = slot(frame, task);
    if (failed(mine.node)) return onward_of(mine.node);
    if (mine.loop == kNil) continue;
    for (const uint32_t child : loops_[mine.loop]->children)
      if (failed(child)) return onward_of(child);
  }
  return nodes_[frame.group_node].phase;
}

// The phase of the branch that a task ends: its own, or where it did not run that of the branches
// which lead to it, where a failure outweighs a success.
Phase State::Machine::branch_of(const Frame& frame, uint32_t task) const {
  const Slot& mine = slot(frame, task);
  const Node& node = nodes_[mine.node];
  if (is_failed(node.phase) && mine.loop != kNil)
    for (const uint32_t child : loops_[mine.loop]->children)
      if (child != kNil && is_failed(nodes_[child].phase)) return onward_of(child);
  if (is_completed(node.phase)) return onward_of(mine.node);
  if (!is_final(node.phase)) return Phase::kSucceeded;  // a daemon that is ready
  const PlanTask& entry = task_of(frame, task);
  Phase result = Phase::kSucceeded;
  for (uint32_t i = 0; i < entry.depends_count && !is_failed(result); ++i)
    result = slot(frame, plan_->edges[entry.depends_first + i]).branch;
  return result;
}

void State::Machine::task_settled(Frame& frame, uint32_t task) {
  --frame.open;
  slot(frame, task).branch = branch_of(frame, task);
  const PlanTask& entry = task_of(frame, task);
  export_outputs(slot(frame, task).node);
  const uint32_t* edges = plan_->edges.data() + entry.dependants_first;
  const bool allows = operand_holds(frame, task, expr::TaskResult::kSucceeded, true);
  // In a large DAG these lie far apart: fetch them side by side.
  for (uint32_t i = 0; i < entry.dependants_count; ++i)
    __builtin_prefetch(&slot(frame, edges[i]), 1);
  for (uint32_t i = 0; i < entry.dependants_count; ++i) {
    Slot& other = slot(frame, edges[i]);
    if (!allows) other.is_unmet = true;
    // One that has a node already was started before the State was rebuilt.
    if (other.waiting != 0 && --other.waiting == 0 && other.node == kNil &&
        frame.order->rank[edges[i]] != kNil) {
      __builtin_prefetch(&task_of(frame, edges[i]));
      __builtin_prefetch(&task_of(frame, edges[i]).tree);
      push_work(frame, frame.order->rank[edges[i]], kNil);
    }
  }
}

// Nothing runs in the DAG any more: has it ended?
void State::Machine::assess_dag(Frame& frame) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (shutdown_ != Shutdown::kOff && !nodes_[frame.node].is(flag::kOnExit)) {
    finish_dag(frame, Phase::kFailed);
    return;
  }
  Phase result = Phase::kSucceeded;
  for (const uint32_t target : frame.order->targets) {
    const Slot& mine = slot(frame, target);
    Phase phase = mine.branch;
    if (mine.node != kNil && is_completed(nodes_[mine.node].phase)) phase = nodes_[mine.node].phase;
    if (phase == Phase::kNone) {
      result = Phase::kRunning;
      if (!tmpl.dag_fail_fast) break;
    } else if (is_failed(phase)) {
      const PlanTask& entry = task_of(frame, target);
      if ((phase == Phase::kFailed && entry.continue_on_failed) ||
          (phase == Phase::kError && entry.continue_on_error))
        continue;
      result = phase;
      if (tmpl.dag_fail_fast) break;
    }
  }
  if (result != Phase::kRunning) finish_dag(frame, result);
}

void State::Machine::finish_dag(Frame& frame, Phase phase) {
  const uint32_t node = frame.node;
  std::string error;
  const bool has_outputs = phase != Phase::kSucceeded || template_outputs(frame, error);
  // The targets' own phases decide; what they hand on may differ inside of them.
  Phase onward = phase;
  for (const uint32_t target : frame.order->targets)
    if (is_failed(phase) && is_failed(slot(frame, target).branch)) {
      onward = slot(frame, target).branch;
      break;
    }
  end_frame(node, /*sets_outbound=*/has_outputs);
  nodes_[node].onward = onward;
  if (!has_outputs) {
    nodes_[node].flags |= flag::kBubbles;
    set_phase(node, Phase::kError, error);
    return;
  }
  if (phase == Phase::kSucceeded) export_outputs(node);
  set_phase(node, phase);
}

}  // namespace engine

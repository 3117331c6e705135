// Visits: from the root down to what facts have touched, and nowhere else.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {
namespace {

constexpr uint32_t kNodesInBatchMax = 4096;
constexpr size_t kFetchedTasksMin = 10'000;  // smaller ones are in the cache as they are

}  // namespace

// Tells the boundary of a node that there is something to look at, and its boundaries up to the
// root, until one knows already.
void State::Machine::notify(uint32_t id) {
  for (;;) {
    Node& node = nodes_[id];
    if (node.shape == Shape::kRoot) {
      root_dirty_ = true;
      return;
    }
    if (node.shape == Shape::kAttempt || node.shape == Shape::kExit || node.shape == Shape::kHook) {
      if (node.shape != Shape::kAttempt && node.boundary == kNil) {
        root_dirty_ = true;
        return;
      }
      id = node.owner;
      continue;
    }
    if (node.shape == Shape::kGroup || node.is(flag::kDirty)) return;
    Frame* frame = frame_of(node.boundary);
    if (frame == nullptr) return;  // the boundary has ended without waiting for this one
    node.flags |= flag::kDirty;
    push_work(*frame, rank_of(*frame, task_index(*frame, node)), id);
    if (frame->is_visited) return;
    id = frame->node;
  }
}

void State::Machine::push_work(Frame& frame, uint32_t rank, uint32_t node) {
  frame.work.push_back(static_cast<uint64_t>(rank) << 32 | node);
  std::push_heap(frame.work.begin(), frame.work.end(), std::greater<>());
}

// What a task's node is made from lies side by side in the Plan, but a large DAG reaches its tasks
// in an order of its own: while one is looked at, what the next ones need is fetched. Changes
// nothing but the time.
void State::Machine::fetch_next(const Frame& frame) const {
  if (frame.order == nullptr || frame.order->order.size() < kFetchedTasksMin) return;
  const size_t known = std::min<size_t>(frame.work.size(), 3);
  for (size_t i = 0; i < known; ++i) {
    const uint32_t index = frame.order->order[frame.work[i] >> 32];
    const PlanTask& task = task_of(frame, index);
    // The heads of the heap's branches: one of them comes after the next.
    if (i != 0) {
      __builtin_prefetch(&task);
      __builtin_prefetch(&task.tree);
      __builtin_prefetch(&slot(frame, index), 1);
      continue;
    }
    if (static_cast<uint32_t>(frame.work[i]) == kNil)
      fetch_argument(task);
    else if (task.dependants_count != 0)
      __builtin_prefetch(&plan_->edges[task.dependants_first]);
  }
}

void State::Machine::fetch_argument(const PlanTask& task) const {
  if (task.depends_count != 0) __builtin_prefetch(&plan_->edges[task.depends_first]);
  __builtin_prefetch(plan_->chars.data() + task.name.offset);
  if (task.arguments_count == 0) return;
  const TextId value = plan_->arguments[task.arguments_first].value;
  if (!value.valid()) return;
  const Text& text = plan_->text(value);
  for (uint32_t i = 0; i < text.count && i < 8; i += 2)
    __builtin_prefetch(plan_->pieces.data() + text.first + i);
}

// What a fact about a pod will change: its node's place in the order of its boundary.
void State::Machine::fetch_event(const Event& event) const {
  const auto* ended = std::get_if<PodEnded>(&event);
  if (ended == nullptr || ended->node.value >= nodes_.size()) return;
  const Node& node = nodes_[ended->node.value];
  if (node.task == kNil || node.boundary == kNil) return;
  const Frame* frame = const_cast<Machine*>(this)->frame_of(node.boundary);
  if (frame == nullptr || frame->order == nullptr) return;
  __builtin_prefetch(&frame->order->rank[task_index(*frame, node)]);
}

// The next thing to do in Argo's order of walking: what was told, tasks that became ready, and
// once there is a slot what waits for one. The smallest key comes first, wherever it waits, so that
// a restart, which finds everything in one heap, goes the same way.
bool State::Machine::next_work(Frame& frame, uint32_t& rank, uint32_t& node) {
  std::vector<uint64_t>* from = frame.work.empty() ? nullptr : &frame.work;
  if (!frame.blocked.empty() && has_slot(&frame) &&
      (from == nullptr || frame.blocked.front() < from->front()))
    from = &frame.blocked;
  if (from == nullptr) return false;
  rank = static_cast<uint32_t>(from->front() >> 32);
  node = static_cast<uint32_t>(from->front());
  std::pop_heap(from->begin(), from->end(), std::greater<>());
  from->pop_back();
  return true;
}

bool State::Machine::has_slot(const Frame* frame) const {
  if (plan_->parallelism &&
      active_pods_ >= static_cast<uint64_t>(std::max<int64_t>(0, *plan_->parallelism)))
    return false;
  if (frame == nullptr) return true;
  const PlanTemplate& tmpl = plan_->templates[frame->tmpl];
  if (tmpl.fail_fast && frame->unsuccessful > 0) return false;
  return !tmpl.parallelism ||
         frame->active < static_cast<uint64_t>(std::max<int64_t>(0, *tmpl.parallelism));
}

// `failFast` of a template: nothing new after a failure, and the end when no pod runs any more.
bool State::Machine::end_by_fail_fast(Frame& frame) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (!tmpl.fail_fast || frame.unsuccessful == 0 || frame.active_pods != 0) return false;
  constexpr std::string_view kMessage =
      "template has failed or errored children and failFast enabled";
  const uint32_t node = frame.node;
  if (tmpl.body == Body::kSteps && !is_final(nodes_[frame.group_node].phase))
    set_phase(frame.group_node, Phase::kFailed, kMessage);
  end_frame(node);
  set_phase(node, Phase::kFailed, kMessage);
  return true;
}

// A boundary that still runs is left; when the workflow's limit holds it up, it is told once there
// is a slot again.
void State::Machine::leave(uint32_t id) {
  Frame* frame = frame_of(id);
  if (frame == nullptr) return;
  frame->is_visited = false;
  if (!plan_->parallelism || frame->blocked.empty() || frame->is_limit_waiter) return;
  frame->is_limit_waiter = true;
  limit_waiters_.push_back(id);
}

void State::Machine::visit(uint32_t id) {
  if (is_final(nodes_[id].phase)) return;
  if (nodes_[id].is(flag::kWaiting)) {
    visit_waiting(id);
    return;
  }
  switch (nodes_[id].type) {
    case NodeType::kRetry:
      visit_retry(id);
      break;
    case NodeType::kSteps:
    case NodeType::kDag:
      if (Frame* frame = frame_of(id); frame != nullptr && !frame->is_visited) {
        frame->is_visited = true;
        run_frame(*frame);
        leave(id);
      }
      break;
    case NodeType::kSuspend:
      visit_suspend(id);
      break;
    case NodeType::kPod:
    case NodeType::kHttp:
    case NodeType::kPlugin:
      check_pending_timeouts(id);
      break;
    default:
      break;
  }
}

// A batch makes some thousand nodes at most: what is left goes on in the next one, so that rows
// and pods of a large fan-out come in portions.
bool State::Machine::pause(Frame& frame) {
  if (made_in_batch_ < kNodesInBatchMax) return false;
  if (!frame.is_paused) paused_.push_back(frame.node);
  frame.is_paused = true;
  return true;
}

void State::Machine::run_frame(Frame& frame) {
  const uint32_t node = frame.node;
  const bool is_steps = plan_->templates[frame.tmpl].body == Body::kSteps;
  for (;;) {
    uint32_t rank = 0, child = kNil;
    if (pause(frame)) return;
    while (next_work(frame, rank, child)) {
      fetch_next(frame);
      if (child != kNil)
        visit_child(frame, child);
      else if (is_steps)
        start_task(frame, task_at_rank(frame, rank));
      else
        start_dag_task(frame, task_at_rank(frame, rank));
      if (frame_of(node) != &frame) return;
      if (pause(frame)) return;
    }
    if (!frame.hook_work.empty() && look_at_hooks(frame)) {
      if (frame_of(node) != &frame) return;
      continue;
    }
    if (end_by_fail_fast(frame)) return;
    if (frame.is_stuck && !may_run(nodes_[node].is(flag::kOnExit))) {
      group_errored(frame, stopped_message(), Phase::kFailed);
      return;
    }
    if (frame.open != 0) return;
    if (!is_steps) {
      assess_dag(frame);
      return;
    }
    group_done(frame);
    if (frame_of(node) != &frame) return;
  }
}

void State::Machine::visit_child(Frame& frame, uint32_t id) {
  nodes_[id].flags &= static_cast<uint16_t>(~flag::kDirty);
  visit(id);
  const auto exit_node = exit_nodes_.find(id);
  if (exit_node != exit_nodes_.end()) visit(exit_node->second);
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (tmpl.has_hooks) {
    frame.hook_work.insert(frame.hook_watchers.begin(), frame.hook_watchers.end());
    // Argo looks at the hooks of a step group once all its steps were walked.
    if (tmpl.body == Body::kSteps) {
      frame.hook_work.insert(id);
      return;
    }
    frame.hook_work.erase(id);
  }
  finish_child(frame, id);
}

void State::Machine::finish_child(Frame& frame, uint32_t id) {
  const bool is_over = is_fulfilled(nodes_[id]) && !nodes_[id].is(flag::kSettled);
  const bool is_steps = plan_->templates[frame.tmpl].body == Body::kSteps;
  if (is_over && nodes_[id].is(flag::kBubbles) && nodes_[id].phase == Phase::kError) {
    const std::string name = name_of(id);
    const std::string message(nodes_[id].message);
    if (is_steps) {
      group_errored(
          frame, fmt::format("step group deemed errored due to child {} error: {}", name, message));
      return;
    }
    const std::string prefix = fmt::format("task '{}' errored: ", name);
    if (!message.starts_with(prefix)) set_message(id, prefix + message);
  }
  if (plan_->templates[frame.tmpl].has_hooks) {
    std::string error;
    const Hooks hooks = run_hooks(&frame, id, error);
    if (hooks == Hooks::kError) {
      if (is_steps)
        group_errored(frame, error);
      else
        set_phase(id, Phase::kError, error);
      if (is_steps) return;
    }
    if (hooks == Hooks::kOpen) return;
  }
  if (!is_over || !exit_hook_done(frame, id)) return;
  settle(frame, id);
}

bool State::Machine::fails_group(const Node& node, const PlanTask& entry) const {
  return (node.phase == Phase::kFailed && !entry.continue_on_failed) ||
         (node.phase == Phase::kError && !entry.continue_on_error);
}

// The child has ended, with its exit hook: what waits for it goes on.
void State::Machine::settle(Frame& frame, uint32_t id) {
  Node& node = nodes_[id];
  node.flags |= flag::kSettled;
  changed(id);  // its phase may have been written in an earlier batch, before its exit hook ran
  const uint32_t task = task_index(frame, node);
  if (node.is(flag::kDaemoned)) frame.daemons.push_back(id);
  for (const uint32_t stuck : frame.stuck) push_work(frame, rank_of(frame, stuck), kNil);
  frame.stuck.clear();
  if (plan_->templates[frame.tmpl].body == Body::kDag) {
    if (node.shape == Shape::kItem)
      settle_item(frame, task, id);
    else
      task_settled(frame, task);
    return;
  }
  const PlanTask& entry = task_of(frame, task);
  if (fails_group(node, entry)) frame.first_failed = std::min(frame.first_failed, id);
  if (node.shape == Shape::kItem && --loops_[slot(frame, task).loop]->open != 0) return;
  --frame.open;
}

// Frees what a boundary needs while it runs. The node's phase is set by the caller afterwards.
void State::Machine::end_frame(uint32_t node, bool sets_outbound) {
  const uint32_t at = nodes_[node].frame;
  Frame& frame = *frames_[at];
  kill_daemons(frame);
  std::vector<uint32_t> outbound;
  if (sets_outbound && plan_->templates[frame.tmpl].body == Body::kDag) {
    for (const uint32_t target : frame.order->targets)
      if (slot(frame, target).node != kNil) outbound.push_back(slot(frame, target).node);
  } else if (sets_outbound && frame.group_node != kNil) {
    outbound.push_back(frame.group_node);
  }
  if (frame.open != 0) has_orphans_ = look_for_orphans_ = true;
  const uint32_t count = plan_->templates[frame.tmpl].tasks_count;
  for (uint32_t i = 0; i < count; ++i) {
    Slot& entry = slots_[frame.slots + i];
    if (entry.loop != kNil) {
      *loops_[entry.loop] = LoopRun();
      free_loops_.push_back(entry.loop);
    }
    entry = Slot();
  }
  free_slots_[count].push_back(frame.slots);
  nodes_[node].frame = kNil;
  if (sets_outbound) {
    nodes_[node].flags |= flag::kOutbound;
    nodes_[node].frame = static_cast<uint32_t>(outbounds_.size());
    outbounds_.push_back(std::move(outbound));
    changed(node);
  }
  frame.work.clear();
  frame.blocked.clear();
  frame.stuck.clear();
  frame.hook_work.clear(), frame.hooks_open.clear(), frame.hook_watchers.clear();
  frame.group = frame.open = frame.active = frame.active_pods = frame.unsuccessful = 0;
  frame.group_node = frame.first_failed = frame.node = kNil;
  frame.is_visited = frame.in_use = frame.is_limit_waiter = false;
  frame.is_paused = frame.is_stuck = false;
  frame.order = nullptr;
  frame.own_order.reset();
  free_frames_.push_back(at);
}

// --- the whole workflow

Birth State::Machine::birth_of_entry() const {
  Birth birth;
  birth.tmpl = plan_->entry;
  birth.arguments = plan_->arguments.data() + plan_->entry_arguments_first;
  birth.arguments_count = plan_->entry_arguments_count;
  birth.artifacts = plan_->artifacts.data() + plan_->entry_artifacts.first;
  birth.artifacts_count = plan_->entry_artifacts.count;
  birth.strict = Strict::kLenient;
  return birth;
}

void State::Machine::visit_all() {
  while (root_dirty_ && !is_final(phase_)) {
    root_dirty_ = false;
    visit(root_);
    if (!workflow_hooks_done()) continue;
    if (is_fulfilled(nodes_[root_])) finish_workflow();
  }
}

void State::Machine::decide() {
  if (!is_started_ || awaits_locks_ || is_final(phase_)) return;
  if (is_suspended_ && shutdown_ == Shutdown::kOff) return;
  std::vector<uint32_t> paused;
  paused.swap(paused_);
  for (const uint32_t id : paused)
    if (Frame* frame = frame_of(id)) {
      frame->is_paused = false;
      notify(id);
    }
  if (!waiting_retries_.empty() && has_slot(nullptr)) {
    for (const uint32_t id : std::exchange(waiting_retries_, {})) {
      retries_[nodes_[id].frame].is_limit_waiter = false;
      notify(id);
    }
  }
  if (plan_->parallelism && !limit_waiters_.empty() && has_slot(nullptr)) {
    std::vector<uint32_t> waiters;
    waiters.swap(limit_waiters_);
    for (const uint32_t id : waiters) {
      if (id == root_) root_dirty_ = true;  // itself, or the exit handler, waits for a slot
      if (Frame* frame = frame_of(id)) {
        frame->is_limit_waiter = false;
        notify(id);
      }
    }
  }
  wake_slot_waiters();
  if (root_ == kNil) {
    const Start start = execute(birth_of_entry(), root_);
    if (start == Start::kBlocked) return;
    if (start == Start::kErrored) {
      end_workflow(Phase::kError,
                   fmt::format("error in entry template execution: {}", nodes_[root_].message));
      return;
    }
    root_dirty_ = true;
  }
  visit_all();
  // Of those that were woken some need no slot, and some nothing visits any more: no event will
  // tell the next ones of what is left.
  while (!is_final(phase_) && !slot_waiters_.empty() && has_slot(nullptr)) {
    wake_slot_waiters();
    visit_all();
  }
  if (look_for_orphans_ && !locks_.empty()) release_orphans();
}

// Why the entry has ended; where it was an operation that failed, the message of its last group.
std::string State::Machine::end_message() const {
  const Node& root = nodes_[root_];
  if (root.message == kOperationError)
    for (auto id = static_cast<uint32_t>(nodes_.size()); id-- > 0;)
      if (nodes_[id].shape == Shape::kGroup && nodes_[id].owner == root_)
        return std::string(nodes_[id].message);
  return std::string(root.message);
}

void State::Machine::finish_workflow() {
  const Node& root = nodes_[root_];
  if (root.is(flag::kBubbles) && root.phase == Phase::kError) {
    end_workflow(Phase::kError, fmt::format("error in entry template execution: {}", root.message));
    return;
  }
  note_entry_status();
  if (root.is(flag::kDaemoned)) {  // the entry is a daemon: nothing is left to serve
    nodes_[root_].flags &= static_cast<uint16_t>(~flag::kDaemoned);
    wish(StopPod{NodeId{root_}, false});
    --daemons_;
    entry_status_ = Phase::kSucceeded;
    set_phase(root_, Phase::kSucceeded);
  }
  if (plan_->exit_hook != kNil) {
    if (exit_root_ == kNil && may_run(true) && start_exit_handler()) return;
    if (exit_root_ != kNil) {
      visit(exit_root_);
      if (!is_fulfilled(nodes_[exit_root_])) return;
      if (nodes_[exit_root_].is(flag::kBubbles) && nodes_[exit_root_].phase == Phase::kError) {
        end_workflow(Phase::kError, fmt::format("error in exit template execution : {}",
                                                nodes_[exit_root_].message));
        return;
      }
    }
  }
  std::string message = end_message();
  if (is_failed(entry_status_) && shutdown_ != Shutdown::kOff) message = stopped_message();
  Phase phase = entry_status_;
  if (phase == Phase::kSucceeded) {
    message.clear();
    if (exit_root_ != kNil && is_failed(nodes_[exit_root_].phase)) {
      phase = nodes_[exit_root_].phase;
      message = nodes_[exit_root_].message;
    }
  }
  end_workflow(phase, message);
}

void State::Machine::end_workflow(Phase phase, std::string_view message) {
  set_workflow(phase, message);
  release_all_locks();
  if (daemons_ == 0) return;
  for (const uint32_t id : open_nodes())  // left behind by errors only
    if (nodes_[id].is(flag::kDaemoned)) {
      nodes_[id].flags &= static_cast<uint16_t>(~flag::kDaemoned);
      --daemons_;
      changed(id);
      if (nodes_[id].type == NodeType::kPod) wish(StopPod{NodeId{id}, false});
    }
}

std::string State::Machine::stopped_message() const {
  return fmt::format("Stopped with strategy '{}'{}",
                     shutdown_ == Shutdown::kTerminate ? "Terminate" : "Stop", why_stopped());
}

std::string State::Machine::why_stopped() const {
  return shutdown_message_.empty() ? "" : ": " + shutdown_message_;
}

}  // namespace engine

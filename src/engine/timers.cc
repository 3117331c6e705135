// Time: a heap of instants at which a node wants to be looked at, and the deadlines.
#include "engine/machine.h"

namespace engine {

void State::Machine::wake_at(base::Time time, uint32_t node) { timers_.emplace(time.ns, node); }

// Nodes whose time has come are told to their boundary; what is out of date changes nothing.
void State::Machine::fire_timers() {
  while (!timers_.empty() && timers_.top().first <= now_.ns) {
    const uint32_t id = timers_.top().second;
    timers_.pop();
    if (id == kNil || is_final(nodes_[id].phase)) continue;
    if (nodes_[id].type == NodeType::kPod || is_task(nodes_[id].type) ||
        nodes_[id].is(flag::kWaiting))
      check_pending_timeouts(id);
    if (!is_final(nodes_[id].phase)) notify(id);
  }
  if (past_deadline() && !deadline_hit_) {
    deadline_hit_ = true;
    record(true, "WorkflowTimedOut", "error in entry template execution: Deadline exceeded");
    fail_what_must_stop(true);
  }
}

std::optional<base::Time> State::Machine::workflow_deadline() const {
  if (!plan_->active_deadline_seconds || !started_.is_set()) return std::nullopt;
  const base::Time start = base::Time::from_unix_seconds(started_.unix_seconds());
  return start + base::Duration::seconds(*plan_->active_deadline_seconds);
}

bool State::Machine::past_deadline() const {
  const auto deadline = workflow_deadline();
  return deadline && now_ > *deadline;
}

// `timeout` and `pendingTimeout` of a pod that has not started; a running one has its deadline.
void State::Machine::check_pending_timeouts(uint32_t id) {
  if (nodes_[id].phase != Phase::kPending) return;
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  // Argo looks at the node that holds the attempts, which never is Pending.
  if (nodes_[id].shape == Shape::kAttempt || waits_to_run_on(id) || is_held(id)) return;
  for (const TextId text : {tmpl.timeout, tmpl.pending_timeout}) {
    if (!text.valid()) continue;
    const auto limit = duration_of(text, id);
    if (!limit) continue;
    const base::Time end = nodes_[id].started + *limit;
    if (now_ <= end) {
      wake_at(end + base::Duration{1}, id);
      continue;
    }
    if (nodes_[id].is(flag::kWaiting)) {
      // Nothing of it runs yet.
    } else if (is_task(nodes_[id].type)) {
      wish(StopTask{NodeId{id}});
    } else {
      wish(StopPod{NodeId{id}, true});
    }
    set_phase(id, Phase::kFailed, "timeout");
    set_containers(id, Phase::kFailed, "Pod Failed whilst container running");
    return;
  }
}

}  // namespace engine

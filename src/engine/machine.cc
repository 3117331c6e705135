#include "engine/machine.h"

#include <algorithm>

namespace engine {
namespace {

// Events of a batch are facts without order: they are taken in an order of their own, so that
// permuting them changes nothing. Requests come first, as they do in Argo's reconciliation.
uint64_t order_of(const Event& event) {
  const auto node = std::visit(
      [](const auto& e) -> uint32_t {
        if constexpr (requires { e.node.value; })
          return e.node.value;
        else
          return 0;
      },
      event);
  return static_cast<uint64_t>(node) << 8;
}

int kind_of(const Event& event) {
  constexpr int kOrder[] = {
      /*Started*/ 0,          /*PodPending*/ 5,
      /*PodRunning*/ 6,
      /*PodEnded*/ 7,         /*Ticked*/ 10,
      /*SuspendRequested*/ 1,
      /*ResumeRequested*/ 2,  /*ShutdownRequested*/ 3,
      /*NodeSetRequested*/ 4, /*Answered*/ 9,
      /*TaskReported*/ 7,
  };
  return kOrder[event.index()];
}

constexpr size_t kEventsAhead = 6;

bool is_pod_event(const Event& event) { return kind_of(event) >= 5 && kind_of(event) <= 9; }

}  // namespace

State::Machine::Machine(std::shared_ptr<const Plan> plan, uint64_t seed)
    : plan_(std::move(plan)), local_scope_("local/" + plan_->workflow_name), seed_(seed) {}

// What names a node that we do not have is about another life of the workflow.
bool State::Machine::knows_nodes_of(const Event& event) const {
  return std::visit(
      [this](const auto& e) {
        if constexpr (std::is_same_v<std::decay_t<decltype(e)>, Answered>)
          if (!e.node.valid()) return true;  // about the workflow itself
        if constexpr (requires { e.node.value; }) return e.node.value < nodes_.size();
        if constexpr (requires { e.nodes; })
          return std::all_of(e.nodes.begin(), e.nodes.end(),
                             [this](NodeId id) { return id.value < nodes_.size(); });
        return true;
      },
      event);
}

void State::Machine::apply(base::Time now, std::span<const Event> events, Actions& actions) {
  now_ = std::max(now_, now);
  actions_ = &actions;
  made_in_batch_ = 0;
  std::vector<std::pair<uint64_t, uint32_t>> order;
  order.reserve(events.size());
  for (uint32_t i = 0; i < events.size(); ++i) {
    // Requests first, then pod by pod what happened to it.
    const uint64_t kind = static_cast<uint64_t>(kind_of(events[i]));
    const uint64_t key = is_pod_event(events[i]) ? (1ull << 60 | order_of(events[i]) | kind) : kind;
    order.emplace_back(key, i);
  }
  if (!std::is_sorted(order.begin(), order.end())) std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t index = order[i].second;
    if (i + kEventsAhead < order.size()) fetch_event(events[order[i + kEventsAhead].second]);
    if (!knows_nodes_of(events[index])) continue;
    std::visit([this](const auto& event) { take(event); }, events[index]);
  }
  fire_timers();
  decide();
  enter_ids();

  std::sort(changed_.begin(), changed_.end());
  for (const uint32_t id : changed_) {
    Node& node = nodes_[id];
    wish(NodeChanged{NodeId{id}, node.is(flag::kCreated)});
    node.flags &= static_cast<uint16_t>(~(flag::kChanged | flag::kCreated));
  }
  const bool nodes_changed = !changed_.empty();
  changed_.clear();
  if (workflow_changed_ || nodes_changed) wish(WorkflowChanged{is_final(phase_)});
  workflow_changed_ = false;
  base::Time wake{timers_.empty() || is_final(phase_) ? 0 : timers_.top().first};
  if (!paused_.empty() && !is_final(phase_)) wake = now_;
  if (wake.is_set() && (wake != wished_wake_ || wake == now_)) wish(WakeAt{wake});
  wished_wake_ = wake;
  actions_ = nullptr;
}

}  // namespace engine

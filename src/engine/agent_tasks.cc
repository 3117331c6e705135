// What runs without a pod of its own: HTTP and plugin nodes are tasks of an agent, and the
// containers of a set are nodes inside of their pod.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {
namespace {

constexpr int kEmissaryError = 64;  // the executor's own trouble, not the process's

}  // namespace

void State::Machine::begin_task(uint32_t id) {
  set_phase(id, Phase::kPending);
  if (!may_run(nodes_[id].is(flag::kOnExit))) {
    set_phase(id, Phase::kFailed, stopped_message());
    return;
  }
  wish(RunTask{NodeId{id}});
  check_pending_timeouts(id);
}

void State::Machine::take(const TaskReported& event) {
  const uint32_t id = event.node.value;
  if (!is_task(nodes_[id].type) || is_final(nodes_[id].phase)) return;
  constexpr Phase kPhases[] = {Phase::kRunning, Phase::kSucceeded, Phase::kFailed, Phase::kError};
  keep_outputs(id, event);
  changed(id);
  set_phase(id, kPhases[static_cast<size_t>(event.state)], event.message);
}

// One node a container, once the pod is wished for: they do not exist without it.
void State::Machine::begin_containers(uint32_t id) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  if (tmpl.containers.empty()) return;
  constexpr uint16_t kTaken = flag::kHooked | flag::kRetried | flag::kShown | flag::kOnExit;
  std::vector<uint32_t> made;
  for (uint32_t i = 0; i < tmpl.containers.size(); ++i) {
    Birth birth;
    birth.owner = id;
    birth.shape = Shape::kContainer;
    birth.index = i;
    birth.tmpl = TemplateId{nodes_[id].tmpl};
    birth.flags = nodes_[id].flags & kTaken;
    const uint32_t container = make_node(birth, NodeType::kContainer, Phase::kNone);
    nodes_[container].boundary = id;
    set_phase(container, Phase::kPending);
    made.push_back(container);
  }
  containers_[id] = std::move(made);
}

void State::Machine::set_containers(uint32_t id, Phase phase, std::string_view message) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  for (const uint32_t container : found->second)
    if (!is_final(nodes_[container].phase)) set_phase(container, phase, message);
}

void State::Machine::take_containers(uint32_t id, const std::vector<ContainerEnd>& ends) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  for (const uint32_t container : found->second) {
    if (is_final(nodes_[container].phase)) continue;
    const std::string& name = template_of(nodes_[id]).containers[nodes_[container].index].name;
    const auto end = std::find_if(ends.begin(), ends.end(),
                                  [&](const ContainerEnd& other) { return other.name == name; });
    if (end == ends.end()) continue;
    if (end->exit_code == 0) {
      set_phase(container, Phase::kSucceeded);
      continue;
    }
    set_phase(
        container, end->exit_code == kEmissaryError ? Phase::kError : Phase::kFailed,
        fmt::format("{}: {} (exit code {}): {}", name, end->reason, end->exit_code, end->message));
  }
}

// The pod has ended: a container of which nobody has told was ended by it.
void State::Machine::end_containers(uint32_t id, const PodEnded& event) {
  if (!containers_.contains(id)) return;
  take_containers(id, event.containers);
  if (event.outcome == PodEnded::Outcome::kSucceeded)
    set_containers(id, Phase::kSucceeded, "");
  else
    set_containers(id, Phase::kFailed, "Pod Failed whilst container running");
}

}  // namespace engine

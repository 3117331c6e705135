// Facts about pods: what the node agent or the cluster reports.
#include <algorithm>

#include "engine/machine.h"

namespace engine {

void State::Machine::take(const Started&) {
  if (is_started_) return;
  is_started_ = true;
  is_suspended_ = plan_->starts_suspended;
  if (!plan_->locks.empty()) {
    Locking& locking = locks_[kNil];
    std::string error;
    if (!lock_wish(kNil, plan_->locks, locking.wish, error)) {
      locks_.clear();
      set_workflow(Phase::kFailed, "Failed to acquire the synchronization lock. " + error);
      return;
    }
    awaits_locks_ = true;
    wish(Ask{NodeId{}, locking.wish});
    if (plan_->shutdown == "Terminate") take(ShutdownRequested{true, "", {}});
  } else {
    set_workflow(Phase::kRunning, "");
  }
  workflow_changed_ = true;
  if (plan_->shutdown == "Stop") shutdown_ = Shutdown::kStop;
  if (plan_->shutdown == "Terminate") shutdown_ = Shutdown::kTerminate;
  if (const auto deadline = workflow_deadline()) wake_at(*deadline + base::Duration{1}, kNil);
}

void State::Machine::take(const PodPending& event) {
  Node& node = nodes_[event.node.value];
  if (node.type != NodeType::kPod || is_final(node.phase)) return;
  set_phase(event.node.value, Phase::kPending, event.message);
}

void State::Machine::take_host(uint32_t id, const std::string& name) {
  if (name.empty()) return;
  const auto [at, fresh] = host_index_.try_emplace(name, 0);
  if (fresh && hosts_.size() < 0xffff) {
    at->second = static_cast<uint16_t>(hosts_.size());
    hosts_.push_back(name);
  }
  if (nodes_[id].host != at->second) changed(id);
  nodes_[id].host = at->second;
}

void State::Machine::take(const PodRunning& event) {
  const uint32_t id = event.node.value;
  Node& node = nodes_[id];
  if (node.type != NodeType::kPod || is_final(node.phase)) return;
  const bool is_daemon = template_of(node).daemon;
  if (is_daemon && !event.ready) return;
  take_host(id, event.host_node_name);
  take_progress(id, event.progress);
  if (!containers_.empty()) {
    take_containers(id, event.containers);
    set_containers(id, Phase::kRunning, "");
  }
  if (node.phase == Phase::kPending) set_message(id, "");
  if (is_daemon && !node.is(flag::kDaemoned)) {
    node.flags |= flag::kDaemoned;
    ++daemons_;
    pod_ips_[id] = event.pod_ip;
    changed(id);
    set_phase(id, Phase::kRunning);
    return;
  }
  set_phase(id, Phase::kRunning);
}

// What the pod has given; an output file that was not there has its default.
void State::Machine::keep_outputs(uint32_t id, const Reported& event) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  if (!event.artifacts.empty()) set_artifacts(id, ArtifactSide::kOutputs, event.artifacts);
  if (!event.exit_code && !event.result && event.parameters.empty() &&
      event.missing_parameters.empty())
    return;
  auto* outputs = arena_.array<NodeOutputs>(1);
  outputs->has_exit_code = event.exit_code.has_value();
  outputs->exit_code = event.exit_code.value_or(0);
  if (event.result) outputs->result = arena_.keep(*event.result);
  nodes_[id].outputs = outputs;
  if (event.parameters.empty() && event.missing_parameters.empty()) return;
  outputs->values = arena_.array<std::string_view>(tmpl.outputs.size());
  for (size_t i = 0; i < tmpl.outputs.size(); ++i) {
    const PlanOutput& output = tmpl.outputs[i];
    const auto given = std::find_if(event.parameters.begin(), event.parameters.end(),
                                    [&](const auto& entry) { return entry.first == output.name; });
    if (given != event.parameters.end()) {
      outputs->values[i] = arena_.keep(given->second);
    } else if (output.default_ &&
               std::find(event.missing_parameters.begin(), event.missing_parameters.end(),
                         output.name) != event.missing_parameters.end()) {
      std::string error;
      render_to(output.default_text, scope_of(id), Strict::kLenient, outputs->values[i], error);
    }
  }
}

void State::Machine::take(const PodEnded& event) {
  const uint32_t id = event.node.value;
  Node& node = nodes_[id];
  if (node.type != NodeType::kPod || is_final(node.phase)) return;
  const bool is_daemon = template_of(node).daemon;
  // It was to end with those whom it serves, and what was decided then was lost in a crash.
  const bool is_over = node.is(flag::kDaemoned) && event.was_stopped && shutdown_ == Shutdown::kOff;
  if (node.is(flag::kDaemoned)) {
    node.flags &= static_cast<uint16_t>(~flag::kDaemoned);
    --daemons_;
  }
  take_host(id, event.host_node_name);
  take_progress(id, event.progress);
  keep_outputs(id, event);
  note_run_time(id, event);
  export_outputs(id);
  end_containers(id, event);
  if (event.finished_at.is_set()) node.finished = event.finished_at;
  changed(id);
  if (is_over) {
    node.flags |= flag::kFromOutside;
    return set_phase(id, Phase::kSucceeded, "");
  }
  switch (event.outcome) {
    case PodEnded::Outcome::kSucceeded:
      // A daemon is to run for ever: Argo calls its end a failure.
      set_phase(id, is_daemon ? Phase::kFailed : Phase::kSucceeded, "");
      break;
    case PodEnded::Outcome::kFailed:
      set_phase(id, Phase::kFailed, event.message);
      break;
    case PodEnded::Outcome::kLost:
      node.flags |= flag::kFromOutside;
      [[fallthrough]];
    case PodEnded::Outcome::kError:
      set_phase(id, Phase::kError, event.message);
      break;
  }
}

void State::Machine::take(const Ticked&) {}

}  // namespace engine

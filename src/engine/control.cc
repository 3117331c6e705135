// What people ask for: suspend, resume, stop, terminate; set is in node_set.cc.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {

std::string not_supplied(std::string_view name) {
  return fmt::format("raw output parameter '{}' has not been set and does not have a default value",
                     name);
}

void State::Machine::take(const SuspendRequested& event) {
  if (is_final(phase_)) return;
  if (!event.selector.empty()) {
    if (add_hold(event.selector)) workflow_changed_ = true;
    return;
  }
  if (is_suspended_) return;
  is_suspended_ = true;
  workflow_changed_ = true;
}

bool State::Machine::use_default_outputs(uint32_t id) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  NodeOutputs* outputs = nodes_[id].outputs;
  if (outputs == nullptr || outputs->values == nullptr) return true;
  for (size_t i = 0; i < tmpl.outputs.size(); ++i) {
    const PlanOutput& output = tmpl.outputs[i];
    if (!output.supplied || outputs->values[i].data() != nullptr) continue;
    if (!output.default_) return false;
    std::string error;
    render_to(output.default_text, scope_of(id), Strict::kLenient, outputs->values[i], error);
  }
  return true;
}

bool State::Machine::supply_outputs(uint32_t id,
                                    const std::vector<std::pair<std::string, std::string>>& given) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  NodeOutputs* outputs = nodes_[id].outputs;
  if (outputs == nullptr || outputs->values == nullptr) return given.empty();
  for (const auto& [name, value] : given)
    for (size_t i = 0; i < tmpl.outputs.size(); ++i)
      if (tmpl.outputs[i].name == name && tmpl.outputs[i].supplied) {
        outputs->values[i] = arena_.keep(value);
        changed(id);
      }
  return true;
}

std::string State::resume_refusal(const ResumeRequested& request) const {
  const auto& [nodes, given, message, selector] = request;
  const bool is_whole = request.is_whole();
  if (nodes.empty() && !is_whole && !has_hold(selector))
    return fmt::format(
        "currently, set only targets suspend nodes: no suspend nodes matching nodeFieldSelector: "
        "{}",
        selector);
  std::vector<uint32_t> asked = is_whole ? machine_->open_nodes() : std::vector<uint32_t>();
  for (const NodeId node : nodes) asked.push_back(node.value);
  const auto is_given = [&values = given](const std::string& name) {
    return std::any_of(values.begin(), values.end(),
                       [&](const auto& one) { return one.first == name; });
  };
  for (const uint32_t id : asked) {
    const Node& node = machine_->nodes_[id];
    if (node.type != NodeType::kSuspend || node.phase != Phase::kRunning) continue;
    if (node.outputs == nullptr || node.outputs->values == nullptr) continue;
    const std::vector<PlanOutput>& outputs = machine_->template_of(node).outputs;
    for (size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].supplied && !outputs[i].default_ && !is_given(outputs[i].name) &&
          node.outputs->values[i].data() == nullptr)
        return not_supplied(outputs[i].name);
  }
  return {};
}

void State::Machine::resume_node(uint32_t id, const std::string& message) {
  if (!use_default_outputs(id)) return;  // the caller is refused before it comes here
  export_outputs(id);
  if (!message.empty()) {
    const std::string_view before = nodes_[id].message;
    set_message(id, before.empty() ? message : fmt::format("{}; {}", before, message));
  }
  set_phase(id, Phase::kSucceeded);
}

void State::Machine::take(const ResumeRequested& event) {
  std::vector<uint32_t> nodes;
  if (event.is_whole()) {
    if (is_suspended_ || !holds_.empty()) workflow_changed_ = true;
    is_suspended_ = false;
    holds_.clear();
    nodes = open_nodes();
  } else {
    for (const NodeId id : event.nodes) nodes.push_back(id.value);
    if (std::erase_if(holds_, [&](const auto& hold) { return hold.first == event.selector; }) != 0)
      workflow_changed_ = true;
  }
  for (const uint32_t id : nodes) {
    if (is_held(id)) let_begin(id);
    if (nodes_[id].type != NodeType::kSuspend || nodes_[id].phase != Phase::kRunning) continue;
    supply_outputs(id, event.output_parameters);
    resume_node(id, event.message);
  }
}

void State::Machine::take(const ShutdownRequested& event) {
  if (!event.nodes.empty()) {
    for (const NodeId node : event.nodes) {
      const Node& target = nodes_[node.value];
      if (target.type != NodeType::kSuspend || target.phase != Phase::kRunning) continue;
      set_phase(node.value, Phase::kFailed, event.message);
    }
    return;
  }
  const Shutdown wanted = event.terminate ? Shutdown::kTerminate : Shutdown::kStop;
  if (is_final(phase_) || shutdown_ >= wanted) return;
  shutdown_ = wanted;
  shutdown_message_ = event.message;
  workflow_changed_ = true;
  if (awaits_locks_ && event.terminate) {
    awaits_locks_ = false;
    end_workflow(Phase::kFailed, stopped_message());
    return;
  }
  fail_what_must_stop(false);
}

// After `stop`, `terminate` or the workflow's deadline: what has no more right to run.
void State::Machine::fail_what_must_stop(bool by_deadline) {
  const bool terminate = shutdown_ == Shutdown::kTerminate && !by_deadline;
  const std::string pod_message =
      by_deadline ? "Step exceeded its deadline"
                  : fmt::format("workflow shutdown with strategy:  {}{}",
                                terminate ? "Terminate" : "Stop", why_stopped());
  const std::string message = by_deadline ? pod_message : stopped_message();
  for (const uint32_t id : open_nodes()) {
    const Node& node = nodes_[id];
    if (is_final(node.phase)) continue;
    if (node.type == NodeType::kRetry && !node.is(flag::kWaiting) &&
        is_final(nodes_[retries_[node.frame].last].phase)) {
      notify(id);  // it waits for a backoff, which is over: also in an exit handler
      continue;
    }
    if (node.is(flag::kOnExit) && !terminate) continue;
    if (waits_to_run_on(id)) {  // to its end
      stop_waiting(id);
      set_phase(id, Phase::kRunning);
    } else if (node.is(flag::kWaiting)) {
      set_phase(id, Phase::kFailed, message);
      continue;
    }
    if (node.type == NodeType::kPod && !is_fulfilled(node)) {
      wish(StopPod{NodeId{id}, terminate});
      set_phase(id, Phase::kFailed, pod_message);
      set_containers(id, Phase::kFailed, pod_message);
    } else if (is_task(node.type) && (!by_deadline || node.phase == Phase::kPending)) {
      wish(StopTask{NodeId{id}});
      set_phase(id, Phase::kFailed, message);
    } else if (node.type == NodeType::kSuspend) {
      set_phase(id, Phase::kFailed, message);
    } else if (node.type == NodeType::kSteps || node.type == NodeType::kDag) {
      notify(id);
      root_dirty_ = true;
    }
  }
}

}  // namespace engine

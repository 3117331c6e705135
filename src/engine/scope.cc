// Values: what each variable stands for, seen from a node.
#include <fmt/format.h>

#include <algorithm>

#include "engine/machine.h"
#include "text/json.h"

namespace engine {
Scope State::Machine::scope_of(uint32_t id) const {
  Scope scope;
  if (id == kNil) return scope;
  const Node& node = nodes_[id];
  scope.node = id;
  scope.inputs = node.inputs;
  if (node.tmpl != kNil) scope.tmpl = &template_of(node);
  return scope;
}

std::string State::Machine::inputs_json(const Scope& scope) const {
  std::string out = "[";
  if (scope.tmpl != nullptr && scope.inputs != nullptr)
    for (size_t i = 0; i < scope.tmpl->inputs.size(); ++i) {
      if (i != 0) out += ',';
      const PlanInput& input = scope.tmpl->inputs[i];
      out += "{\"name\":";
      text::append_json_string(out, input.name);
      if (!input.extra.empty()) out += "," + input.extra;
      out += ",\"value\":";
      text::append_json_string(out, scope.inputs[i]);
      out += '}';
    }
  return out + "]";
}

// A JSON string that holds JSON, as Argo gives it: exit handlers decode it twice.
std::string State::Machine::failures_json() const {
  std::vector<uint32_t> failed = failed_;
  std::sort(failed.begin(), failed.end());
  failed.erase(std::unique(failed.begin(), failed.end()), failed.end());
  text::List list;
  for (const uint32_t id : failed) {
    const Node& node = nodes_[id];
    if (!is_failed(node.phase)) continue;
    text::Map entry;
    entry.set("displayName", text::Value(display_name_of(id)));
    entry.set("message", text::Value(node.message));
    entry.set("templateName",
              text::Value(template_ref_of(node).empty() ? template_name_of(node) : ""));
    entry.set("phase", text::Value(to_string(node.phase)));
    entry.set("podName", text::Value(pod_name_of(id)));
    entry.set("finishedAt", text::Value(base::to_rfc3339(node.finished)));
    list.emplace_back(std::move(entry));
  }
  std::string out;
  text::append_json_string(out,
                           list.empty() ? "null" : text::to_json(text::Value(std::move(list))));
  return out;
}

State::Machine::Found State::Machine::find_attempt_value(Var var, const Scope& scope,
                                                         std::string& scratch,
                                                         std::string_view& value) {
  if (scope.node == kNil) return Found::kMissing;
  const Node& node = nodes_[scope.node];
  uint32_t last = kNil, retries = 0;
  const bool after_last = node.type == NodeType::kRetry && scope.self_node != kNil;
  if (after_last) {  // retryStrategy.expression: about the attempt that has just ended
    last = scope.self_node;
    retries = nodes_[last].index;
  } else if (node.shape == Shape::kAttempt) {
    last = node.previous;
    retries = node.index;
  } else {
    return Found::kMissing;
  }
  const NodeOutputs* outputs = last == kNil ? nullptr : nodes_[last].outputs;
  switch (var) {
    case Var::kRetries:
      scratch = std::to_string(retries);
      break;
    case Var::kLastExitCode:
      scratch = outputs != nullptr && outputs->has_exit_code ? std::to_string(outputs->exit_code)
                : after_last                                 ? "-1"
                                                             : "0";
      break;
    case Var::kLastStatus:
      scratch = last == kNil ? "" : to_string(nodes_[last].phase);
      break;
    case Var::kLastDuration:
      // Whole seconds, as Kubernetes keeps the times of nodes: asInt() reads them.
      scratch =
          last == kNil
              ? "0"
              : std::to_string(std::max<int64_t>(
                    nodes_[last].finished.unix_seconds() - nodes_[last].started.unix_seconds(), 0));
      break;
    default:
      scratch = last == kNil ? "" : nodes_[last].message;
  }
  value = scratch;
  return Found::kValue;
}

State::Machine::Found State::Machine::find_value(Var var, uint32_t a, std::string_view key,
                                                 const Scope& scope, std::string& scratch,
                                                 std::string_view& value) {
  if (is_task_var(var)) return find_task_value(var, a, key, scope, scratch, value);
  switch (var) {
    case Var::kInput:
      if (scope.inputs == nullptr || scope.inputs[a].data() == nullptr) return Found::kMissing;
      value = scope.inputs[a];
      return Found::kValue;
    case Var::kItem:
      if (scope.item == nullptr) return Found::kMissing;
      value = scope.item->text;
      return Found::kValue;
    case Var::kItemKey: {
      const text::Value* map = scope.item == nullptr ? nullptr : scope.item->map;
      const text::Value* member = map == nullptr ? nullptr : map->find(key);
      if (member == nullptr) return Found::kMissing;
      scratch = member->is_null() ? "null" : member->to_any_string();
      break;
    }
    case Var::kInputs:
      if (scope.inputs == nullptr) return Found::kMissing;
      scratch = inputs_json(scope);
      break;
    case Var::kPodName:
      if (scope.node == kNil || nodes_[scope.node].type != NodeType::kPod) return Found::kMissing;
      scratch = pod_name_of(scope.node);
      break;
    case Var::kNodeName:
      if (scope.node == kNil) return Found::kMissing;
      // As Argo: the attempts of a retry see the name of the node that holds them.
      scratch = name_of(nodes_[scope.node].shape == Shape::kAttempt ? nodes_[scope.node].owner
                                                                    : scope.node);
      break;
    case Var::kStepName:
      if (scope.node == kNil) return Found::kMissing;
      scratch = step_name_of(scope.node);
      break;
    case Var::kWorkflowStatus:
      scratch = to_string(entry_status_);
      break;
    case Var::kWorkflowDuration:
      scratch = fmt::format("{:.6f}", started_.is_set() ? (now_ - started_).in_seconds() : 0.0);
      break;
    case Var::kWorkflowFailures:
      if (exit_root_ == kNil && !is_final(entry_status_)) return Found::kMissing;
      scratch = failures_json();
      break;
    case Var::kWorkflowOutput:
      for (const auto& [name, output] : global_outputs_)
        if (name == key) {
          value = output;
          return Found::kValue;
        }
      return Found::kMissing;
    case Var::kRetries:
    case Var::kLastExitCode:
    case Var::kLastStatus:
    case Var::kLastDuration:
    case Var::kLastMessage:
      return find_attempt_value(var, scope, scratch, value);
    default:
      return Found::kMissing;
  }
  value = scratch;
  return Found::kValue;
}

State::Machine::Found State::Machine::find_task_value(Var var, uint32_t a, std::string_view key,
                                                      const Scope& scope, std::string& scratch,
                                                      std::string_view& value) {
  if (var == Var::kTaskOther || scope.frame == nullptr) return Found::kMissing;
  const Frame& frame = *scope.frame;
  const PlanTask& task = task_of(frame, a);
  const bool is_self = scope.self_task == a;
  if (is_self && var == Var::kTaskStatus) {  // of a retried one, not that of its last attempt
    value = to_string(nodes_[scope.self_node].phase);
    return Found::kValue;
  }
  if (is_self) return find_node_value(var, scope.self_node, task, key, scratch, value);
  const Slot& other = slot(frame, a);
  if (!is_seen(frame, a)) {
    // Steps of the running group do not see each other, but hooks see how those before them are.
    if (var != Var::kTaskStatus || other.node == kNil || scope.self_node == kNil ||
        other.node > scope.self_node)
      return Found::kMissing;
    value = to_string(nodes_[other.node].phase);
    return Found::kValue;
  }
  if (other.loop != kNil && other.node == kNil) {
    // A looped step: its aggregate, and for the rest its group.
    LoopRun& run = *loops_[other.loop];
    if (run.open != 0) return Found::kMissing;
    if (var == Var::kTaskResult || var == Var::kTaskOutputs || var == Var::kTaskOutput)
      return find_loop_value(var, run, a, key, value);
    const uint32_t group = run.children.empty() ? kNil : nodes_[run.children.front()].owner;
    return find_node_value(var, group, task, key, scratch, value);
  }
  if (other.node == kNil) return Found::kMissing;
  if (!is_fulfilled(nodes_[other.node])) return Found::kMissing;
  if (other.loop != kNil && nodes_[other.node].type == NodeType::kTaskGroup &&
      (var == Var::kTaskResult || var == Var::kTaskOutputs || var == Var::kTaskOutput))
    return find_loop_value(var, *loops_[other.loop], a, key, value);
  return find_node_value(var, other.node, task, key, scratch, value);
}

// The node of a step or task whose outputs are seen from here; none while it is not over, and none
// of a looped one: its nodes are seen together only.
uint32_t State::Machine::visible_node(uint32_t task, const Scope& scope) const {
  if (scope.self_task == task) return scope.self_node;
  const Frame& frame = *scope.frame;
  const Slot& other = slot(frame, task);
  if (!is_seen(frame, task) || other.node == kNil || !is_fulfilled(nodes_[other.node])) return kNil;
  return other.node;
}

// Steps of the running group do not see each other.
bool State::Machine::is_seen(const Frame& frame, uint32_t task) const {
  return plan_->templates[frame.tmpl].body != Body::kSteps ||
         task_of(frame, task).group < frame.group || nodes_[frame.node].phase != Phase::kRunning ||
         is_final(nodes_[frame.group_node].phase);
}

State::Machine::Found State::Machine::find_loop_value(Var var, LoopRun& run, uint32_t,
                                                      std::string_view key,
                                                      std::string_view& value) {
  std::string error;
  if (run.aggregates.empty() && !aggregate_all(run, error)) return Found::kMissing;
  std::string wanted = var == Var::kTaskResult ? "result" : "parameters";
  if (var == Var::kTaskOutput) wanted += "." + std::string(key);
  for (const auto& [name, text] : run.aggregates)
    if (name == wanted) {
      value = text;
      return Found::kValue;
    }
  return Found::kMissing;
}

State::Machine::Found State::Machine::find_output(uint32_t id, const PlanTask& task,
                                                  std::string_view name, std::string_view& value) {
  const Node& node = nodes_[id];
  const bool did_not_run =
      node.outputs == nullptr && (node.phase == Phase::kSkipped || node.phase == Phase::kOmitted);
  const uint32_t tmpl = node.tmpl != kNil ? node.tmpl : task.template_id.value;
  if (tmpl == kNil) return Found::kMissing;
  const auto& outputs = plan_->templates[tmpl].outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name != name) continue;
    if (did_not_run) {
      if (!outputs[i].default_) return Found::kAbsent;
      value = *outputs[i].default_;
      return Found::kValue;
    }
    if (node.outputs == nullptr || node.outputs->values == nullptr ||
        node.outputs->values[i].data() == nullptr)
      return Found::kMissing;
    value = node.outputs->values[i];
    return Found::kValue;
  }
  return Found::kMissing;
}

State::Machine::Found State::Machine::find_node_value(Var var, uint32_t id, const PlanTask& task,
                                                      std::string_view key, std::string& scratch,
                                                      std::string_view& value) {
  if (id == kNil) return Found::kMissing;
  // A retried step is seen through its last attempt.
  if (nodes_[id].type == NodeType::kRetry && nodes_[id].frame != kNil &&
      retries_[nodes_[id].frame].last != kNil)
    id = retries_[nodes_[id].frame].last;
  const Node& node = nodes_[id];
  const NodeOutputs* outputs = node.outputs;
  switch (var) {
    case Var::kTaskId:
      scratch = id_of(id);
      break;
    case Var::kTaskStatus:
      value = to_string(node.phase);
      return Found::kValue;
    case Var::kTaskStartedAt:
      scratch = base::to_rfc3339(node.started);
      break;
    case Var::kTaskFinishedAt:
      if (!node.finished.is_set()) return Found::kMissing;
      scratch = base::to_rfc3339(node.finished);
      break;
    case Var::kTaskIp: {
      const auto ip = pod_ips_.find(id);
      if (ip == pod_ips_.end() || ip->second.empty()) return Found::kMissing;
      value = ip->second;
      return Found::kValue;
    }
    case Var::kTaskHost:
      if (node.host == 0) return Found::kMissing;
      value = hosts_[node.host];
      return Found::kValue;
    case Var::kTaskExitCode:
      if (outputs == nullptr || !outputs->has_exit_code) return Found::kMissing;
      scratch = std::to_string(outputs->exit_code);
      break;
    case Var::kTaskResult:
      if (outputs == nullptr || outputs->result.data() == nullptr) return Found::kMissing;
      value = outputs->result;
      return Found::kValue;
    case Var::kTaskOutput:
      return find_output(id, task, key, value);
    default:
      return Found::kMissing;
  }
  value = scratch;
  return Found::kValue;
}

State::Machine::Found State::Machine::find_by_name(std::string_view name, const Scope& scope,
                                                   std::string& scratch, std::string_view& value) {
  const TagMeaning meaning = classify_tag(*plan_, scope.tmpl, name);
  if (meaning.constant) {
    value = *meaning.constant;
    return Found::kValue;
  }
  return find_value(meaning.var, meaning.a, meaning.text, scope, scratch, value);
}

// The template that a step or task has run, or will.
uint32_t State::Machine::template_of_task(const Scope& scope, std::string_view task) const {
  const auto index = scope.tmpl == nullptr ? std::nullopt : plan_->find_task(*scope.tmpl, task);
  if (!index) return kNil;
  if (scope.frame != nullptr && slot(*scope.frame, *index).node != kNil)
    return nodes_[slot(*scope.frame, *index).node].tmpl;
  return plan_->tasks[scope.tmpl->tasks_first + *index].template_id.value;
}

std::vector<std::string> State::Machine::output_names(const Scope& scope,
                                                      std::string_view task) const {
  std::vector<std::string> names;
  if (const uint32_t tmpl = template_of_task(scope, task); tmpl != kNil)
    for (const PlanOutput& output : plan_->templates[tmpl].outputs) names.push_back(output.name);
  return names;
}

std::vector<std::string> State::Machine::output_artifact_names(const Scope& scope,
                                                               std::string_view task) const {
  std::vector<std::string> names;
  if (const uint32_t tmpl = template_of_task(scope, task); tmpl != kNil)
    for (const PlanArtifact& artifact : plan_->templates[tmpl].output_artifacts)
      names.push_back(artifact.name);
  return names;
}

std::vector<std::string> State::Machine::global_artifact_names() const {
  std::vector<std::string> names;
  for (const auto& [name, json] : global_artifacts_) names.push_back(name);
  return names;
}

std::vector<std::string> State::Machine::task_names(const Scope& scope) const {
  std::vector<std::string> names;
  if (scope.tmpl != nullptr)
    for (uint32_t i = 0; i < scope.tmpl->tasks_count; ++i)
      names.emplace_back(plan_->task_name(plan_->tasks[scope.tmpl->tasks_first + i]));
  return names;
}

std::vector<std::pair<std::string, std::string>> State::Machine::changing_globals() {
  std::vector<std::pair<std::string, std::string>> out;
  std::string scratch;
  for (const auto& [name, var] : {std::pair{"workflow.status", Var::kWorkflowStatus},
                                  std::pair{"workflow.duration", Var::kWorkflowDuration},
                                  std::pair{"workflow.failures", Var::kWorkflowFailures}}) {
    std::string_view value;
    if (find_value(var, 0, {}, Scope(), scratch, value) == Found::kValue)
      out.emplace_back(name, value);
  }
  for (const auto& [name, value] : global_outputs_)
    out.emplace_back("workflow.outputs.parameters." + name, value);
  return out;
}

}  // namespace engine

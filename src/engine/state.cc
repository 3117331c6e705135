#include "engine/state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "engine/machine.h"
#include "text/json.h"

namespace engine {

State::State(std::shared_ptr<const Plan> plan, uint64_t seed)
    : machine_(std::make_unique<Machine>(std::move(plan), seed)) {}
State::~State() = default;

void State::apply(base::Time now, std::span<const Event> events, Actions& actions) {
  machine_->apply(now, events, actions);
}

base::Time State::next_wake() const { return machine_->wished_wake_; }
size_t State::node_count() const { return machine_->nodes_.size(); }
bool State::is_finished() const { return is_final(machine_->phase_); }

Summary State::summary() const {
  const Machine& machine = *machine_;
  Summary out;
  out.phase = machine.phase_;
  out.message = machine.message_;
  out.started_at = machine.started_;
  out.finished_at = machine.finished_;
  out.progress_done = machine.pods_done_;
  out.progress_total = machine.pods_total_;
  out.suspended = machine.is_suspended_;
  text::Map outputs;
  if (!machine.global_outputs_.empty()) {
    text::List parameters;
    for (const auto& [name, value] : machine.global_outputs_) {
      text::Map entry;
      entry.set("name", text::Value(name));
      entry.set("value", text::Value(value));
      parameters.emplace_back(std::move(entry));
    }
    outputs.set("parameters", text::Value(std::move(parameters)));
  }
  if (!machine.global_artifacts_.empty()) {
    text::List artifacts;
    for (const auto& [name, json] : machine.global_artifacts_)
      if (auto artifact = text::parse_json(json)) artifacts.push_back(std::move(*artifact));
    outputs.set("artifacts", text::Value(std::move(artifacts)));
  }
  if (!outputs.empty()) out.outputs = text::Value(std::move(outputs));
  out.synchronization = machine.synchronization();
  for (const auto& [name, seconds] : machine.total_spent_)
    if (seconds != 0) out.resources_duration[name] = static_cast<int64_t>(seconds);
  text::List conditions;
  const auto add = [&](std::string_view type, bool holds) {
    text::Map entry;
    entry.set("type", text::Value(type));
    entry.set("status", text::Value(holds ? "True" : "False"));
    conditions.emplace_back(std::move(entry));
  };
  if (machine.is_started_) add("PodRunning", !is_final(machine.phase_) && machine.active_pods_ > 0);
  if (!machine.holds_.empty()) {
    add("NodesSuspended", true);
    conditions.back()["message"] = fmt::format("{}", fmt::join(machine.hold_texts(), "; "));
  }
  if (is_final(machine.phase_)) add("Completed", true);
  out.conditions = text::Value(std::move(conditions));
  return out;
}

std::string State::pod_name(NodeId node) const { return machine_->pod_name_of(node.value); }
std::string State::node_id(NodeId node) const { return machine_->id_of(node.value); }
std::string State::node_name(NodeId node) const { return machine_->name_of(node.value); }
std::string State::display_name(NodeId node) const { return machine_->display_name_of(node.value); }

NodeView State::view(NodeId node) const {
  const Machine& machine = *machine_;
  const Node& entry = machine.nodes_[node.value];
  NodeView out{to_string(entry.type), machine.template_name_of(entry), {}, {}, entry.phase};
  const Node* named = &entry;
  while (named->task == kNil &&
         (named->shape == Shape::kAttempt || named->shape == Shape::kContainer))
    named = &machine.nodes_[named->owner];
  if (named->task != kNil)
    out.task_name = machine.plan_->task_name(machine.plan_->tasks[named->task]);
  if (entry.boundary != kNil) {
    const Node& boundary = machine.nodes_[entry.boundary];
    if (boundary.tmpl != kNil) {
      out.boundary = machine.template_of(boundary).name;
      out.boundary_scope = machine.template_of(boundary).scope;
    }
  }
  if (entry.tmpl != kNil) out.template_scope = machine.template_of(entry).scope;
  return out;
}

std::vector<std::pair<std::string_view, std::string_view>> State::inputs(NodeId node) const {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  const Node& entry = machine_->nodes_[node.value];
  if (entry.inputs == nullptr || entry.tmpl == kNil) return out;
  const std::vector<PlanInput>& declared = machine_->template_of(entry).inputs;
  for (size_t i = 0; i < declared.size(); ++i)
    if (entry.inputs[i].data() != nullptr) out.emplace_back(declared[i].name, entry.inputs[i]);
  return out;
}

std::optional<NodeId> State::find_node_by_id(std::string_view node_id) const {
  const Machine& machine = *machine_;
  const std::string& workflow = machine.plan_->workflow_name;
  if (machine.root_ != kNil && node_id == workflow) return NodeId{machine.root_};
  if (!node_id.starts_with(workflow) || node_id.size() < workflow.size() + 2 ||
      node_id[workflow.size()] != '-')
    return std::nullopt;
  const std::string_view digits = node_id.substr(workflow.size() + 1);
  uint64_t number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return std::nullopt;
  if (const auto wide = machine.wide_ids_.find(number); wide != machine.wide_ids_.end())
    return NodeId{wide->second};
  if (number > UINT32_MAX || machine.id_table_.empty()) return std::nullopt;
  const auto hash = static_cast<uint32_t>(number);
  const auto& table = machine.id_table_;
  for (size_t at = machine.home_of(hash); table[at].node != kNil;
       at = (at + 1) & (table.size() - 1))
    if (table[at].hash == hash) return NodeId{table[at].node};
  return std::nullopt;
}

base::Result<std::string> State::boundary_placement(NodeId node) const {
  return machine_->boundary_placement(node.value);
}
base::Result<std::string> State::pod_template(NodeId node) const {
  return machine_->pod_template(node.value);
}

std::optional<base::Time> State::pod_deadline(NodeId node) const {
  Machine& machine = *machine_;
  const uint32_t id = node.value;
  const Node& entry = machine.nodes_[id];
  const PlanTemplate& tmpl = machine.template_of(entry);
  std::optional<base::Time> out;
  const auto take = [&](std::optional<base::Time> other) {
    if (other && (!out || *other < *out)) out = other;
  };
  if (!entry.is(flag::kOnExit)) take(machine.workflow_deadline());
  const auto begun = machine.begun_at_.find(id);
  const base::Time begin = begun == machine.begun_at_.end() ? entry.started : begun->second;
  if (tmpl.active_deadline.valid())
    if (const auto limit = machine.duration_of(tmpl.active_deadline, id)) take(begin + *limit);
  if (tmpl.timeout.valid())
    if (const auto limit = machine.duration_of(tmpl.timeout, id)) take(entry.started + *limit);
  take(machine.execution_deadline(id));
  return out;
}

std::vector<NodeId> State::open_pods() const {
  std::vector<NodeId> out;
  for (const uint32_t id : machine_->open_nodes()) {
    const Node& entry = machine_->nodes_[id];
    if (entry.type == NodeType::kPod && entry.is(flag::kPodWished)) out.push_back(NodeId{id});
  }
  return out;
}

std::vector<NodeId> State::open_tasks() const {
  std::vector<NodeId> out;
  for (const uint32_t id : machine_->open_nodes())
    if (is_task(machine_->nodes_[id].type)) out.push_back(NodeId{id});
  return out;
}

std::vector<std::string_view> State::containers(NodeId node) const {
  std::vector<std::string_view> out;
  const Node& entry = machine_->nodes_[node.value];
  if (entry.type == NodeType::kPod && entry.tmpl != kNil)
    for (const PlanContainer& container : machine_->template_of(entry).containers)
      out.push_back(container.name);
  return out;
}

std::vector<std::string_view> State::avoided_hosts(NodeId node) const {
  return machine_->avoided_hosts(node.value);
}

bool State::wants_result(NodeId node) const {
  const Node& entry = machine_->nodes_[node.value];
  if (entry.tmpl != kNil && machine_->template_of(entry).body == Body::kData) return true;
  return entry.task != kNil && machine_->plan_->tasks[entry.task].wants_result;
}

bool State::is_on_exit(NodeId node) const { return machine_->nodes_[node.value].is(flag::kOnExit); }

bool State::is_daemon(NodeId node) const {
  const Node& entry = machine_->nodes_[node.value];
  return entry.tmpl != kNil && machine_->template_of(entry).daemon;
}

}  // namespace engine

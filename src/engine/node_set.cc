// `argo node set`: a person's word about a node. Suspend nodes that wait take it as in Argo. Any
// other leaf ends by it: what runs is stopped, the Retry node around it ends with it, its locks go,
// and what comes after it goes on. What it was once told too late is ignored: it has ended.
//
// A leaf that has failed already can be set as long as nothing has followed from its failure: the
// step group, or the loop, that it is part of still runs, or no task of the DAG depends on it yet.
// Decisions are never taken back here; those of a workflow that has ended are (rerun.h).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/machine.h"

namespace engine {
namespace {

constexpr std::string_view kResult = "result";

std::optional<Phase> final_phase(std::string_view word) {
  for (const Phase phase :
       {Phase::kSucceeded, Phase::kFailed, Phase::kError, Phase::kSkipped, Phase::kOmitted})
    if (word == to_string(phase)) return phase;
  return {};
}

bool is_leaf(NodeType type) {
  return type == NodeType::kPod || type == NodeType::kSuspend || is_task(type);
}

bool waits_for_person(const Node& node) {
  return node.type == NodeType::kSuspend && node.phase == Phase::kRunning;
}

const std::string* given_value(const NodeSetRequested& event, std::string_view name) {
  for (const auto& [given, value] : event.output_parameters)
    if (given == name) return &value;
  return nullptr;
}

bool declares(const PlanTemplate& tmpl, std::string_view name) {
  return std::any_of(tmpl.outputs.begin(), tmpl.outputs.end(),
                     [&](const PlanOutput& output) { return output.name == name; });
}

}  // namespace

State::Machine::Settable State::Machine::settable(uint32_t id) const {
  const Node& node = nodes_[id];
  if (node.type == NodeType::kRetry)
    return {node.frame == kNil ? kNil : retries_[node.frame].last, id};
  return {id, node.shape == Shape::kAttempt ? node.owner : kNil};
}

std::string State::set_refusal(const NodeSetRequested& request) const {
  for (const NodeId node : request.nodes) {
    const uint32_t owner = machine_->nodes_[node.value].owner;
    // An attempt is meant by the Retry node that is meant, too.
    if (machine_->nodes_[node.value].shape == Shape::kAttempt &&
        std::find(request.nodes.begin(), request.nodes.end(), NodeId{owner}) != request.nodes.end())
      continue;
    if (std::string why = machine_->set_refusal(node.value, request); !why.empty())
      return fmt::format("node {} {}", machine_->name_of(node.value), why);
  }
  return {};
}

std::string State::Machine::set_refusal(uint32_t id, const NodeSetRequested& event) const {
  const Node& node = nodes_[id];
  if (waits_for_person(node)) return {};
  const Settable what = settable(id);
  const NodeType type =
      what.leaf != kNil ? nodes_[what.leaf].type : node_type_of(template_of(node).body);
  if (type == NodeType::kSkipped)
    return fmt::format("is {}: it has not run, and cannot be set", to_string(node.phase));
  if (type == NodeType::kContainer) return "is of type Container: set the pod that it is part of";
  if (!is_leaf(type))
    return fmt::format("is of type {}: it stands for others; set those that it is made of",
                       node.type == NodeType::kRetry
                           ? fmt::format("Retry of a {} template", to_string(type))
                           : to_string(type));
  const Node& top = nodes_[what.top()];
  if (what.owner != kNil && what.leaf != kNil &&
      retries_[nodes_[what.owner].frame].last != what.leaf)
    return "is an attempt that another one has followed";
  if (top.phase == Phase::kSucceeded) return "has Succeeded already";
  const auto phase = final_phase(event.phase);
  if (!phase || !is_completed(*phase))
    return fmt::format("is of type {}: give the phase that it is to have", to_string(type));
  // Nor before it is ready: nobody would have its address.
  if (template_of(top).daemon) return "is a daemon that serves others: it ends with them";
  if (std::string why = set_outputs_refusal(what.top(), event); !why.empty()) return why;
  return is_final(top.phase) ? decided_refusal(what.top()) : std::string();
}

// What comes after the node must find what it refers to: a step that waits for a reference would
// wait for ever.
std::string State::Machine::set_outputs_refusal(uint32_t top, const NodeSetRequested& event) const {
  const PlanTemplate& tmpl = template_of(nodes_[top]);
  const uint32_t leaf = settable(top).leaf;
  const NodeOutputs* had = leaf != kNil ? nodes_[leaf].outputs : nullptr;
  std::vector<std::string_view> known;
  for (const PlanOutput& output : tmpl.outputs) known.push_back(output.name);
  for (const auto& [name, value] : event.output_parameters)
    if (!declares(tmpl, name) && name != kResult)
      return fmt::format("has no output parameter \"{}\", it has: {}", name,
                         known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
  if (event.phase != to_string(Phase::kSucceeded)) return {};
  for (size_t i = 0; i < tmpl.outputs.size(); ++i) {
    const PlanOutput& output = tmpl.outputs[i];
    const bool is_there =
        had != nullptr && had->values != nullptr && had->values[i].data() != nullptr;
    if (!output.default_ && !is_there && given_value(event, output.name) == nullptr)
      return fmt::format(
          "has an output parameter \"{}\" without a default: give it by "
          "--output-parameter {}=VALUE",
          output.name, output.name);
  }
  return {};
}

// Of what has ended: what has followed from its end.
std::string State::Machine::decided_refusal(uint32_t top) const {
  constexpr std::string_view kLater =
      "set it once the workflow has ended, then it runs on from there";
  const Node& node = nodes_[top];
  const bool is_child = node.shape == Shape::kChild || node.shape == Shape::kItem;
  const Frame* found = const_cast<Machine*>(this)->frame_of(node.boundary);
  if (found == nullptr || !is_child)
    return fmt::format("is {}, and what it is part of has ended: {}", to_string(node.phase),
                       kLater);
  if (!node.is(flag::kSettled)) return {};
  const Frame& frame = *found;
  const uint32_t task = task_index(frame, node);
  if (plan_->templates[frame.tmpl].body == Body::kSteps)
    return node.owner == frame.group_node
               ? std::string()
               : fmt::format("is {}, and the steps after it have begun: {}", to_string(node.phase),
                             kLater);
  if (node.shape == Shape::kItem)
    return is_final(nodes_[node.owner].phase)
               ? fmt::format("is {}, and the loop that it is part of has ended: {}",
                             to_string(node.phase), kLater)
               : std::string();
  const PlanTask& entry = task_of(frame, task);
  for (uint32_t i = 0; i < entry.dependants_count; ++i) {
    const uint32_t other = slot(frame, plan_->edges[entry.dependants_first + i]).node;
    if (other != kNil)
      return fmt::format("is {}, and what comes after it is decided ({} is {}): {}",
                         to_string(node.phase), display_name_of(other),
                         to_string(nodes_[other].phase), kLater);
  }
  return {};
}

void State::Machine::take(const NodeSetRequested& event) {
  for (const NodeId node : event.nodes) {
    if (waits_for_person(nodes_[node.value]))
      set_suspended(node.value, event);
    else if (set_refusal(node.value, event).empty())
      set_leaf(settable(node.value), *final_phase(event.phase), event);
  }
}

void State::Machine::set_suspended(uint32_t id, const NodeSetRequested& event) {
  supply_outputs(id, event.output_parameters);
  if (event.message) set_message(id, *event.message);
  export_outputs(id);
  if (const auto phase = final_phase(event.phase)) set_phase(id, *phase);
}

void State::Machine::set_leaf(const Settable& what, Phase phase, const NodeSetRequested& event) {
  const uint32_t top = what.top(), leaf = what.leaf;
  const bool was_settled = nodes_[top].is(flag::kSettled);
  if (leaf != kNil && !is_final(nodes_[leaf].phase) && !nodes_[leaf].is(flag::kWaiting)) {
    if (nodes_[leaf].type == NodeType::kPod) wish(StopPod{NodeId{leaf}, false});
    if (is_task(nodes_[leaf].type)) wish(StopTask{NodeId{leaf}});
  }
  memos_.erase(top);  // what a person says is not what later runs would have found
  const std::string message = event.message.value_or("");
  give_outputs(leaf != kNil ? leaf : top, phase, event);
  for (const uint32_t one : {leaf, what.owner}) {
    if (one == kNil) continue;
    nodes_[one].flags &= static_cast<uint16_t>(~(flag::kBubbles | flag::kFromOutside));
    std::erase(failed_, one);
    changed(one);
  }
  if (leaf != kNil) {
    set_phase(leaf, phase, message);
    set_containers(leaf, phase, message);
  }
  if (what.owner != kNil && leaf != kNil)
    end_retry(top, phase, message);
  else if (what.owner != kNil)
    set_phase(top, phase, message);
  if (was_settled) settle_again(top);
}

// Outputs that nobody gives stay as the pod gave them, or have their defaults.
void State::Machine::give_outputs(uint32_t id, Phase phase, const NodeSetRequested& event) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  const bool wants_defaults = phase == Phase::kSucceeded && !tmpl.outputs.empty();
  if (event.output_parameters.empty() && !wants_defaults) return;
  auto* outputs = arena_.array<NodeOutputs>(1);
  if (const NodeOutputs* had = nodes_[id].outputs) *outputs = *had;
  const std::string_view* before = outputs->values;
  if (!tmpl.outputs.empty()) outputs->values = arena_.array<std::string_view>(tmpl.outputs.size());
  nodes_[id].outputs = outputs;
  if (const std::string* result = given_value(event, kResult); result && !declares(tmpl, kResult))
    outputs->result = arena_.keep(*result);
  for (size_t i = 0; i < tmpl.outputs.size(); ++i) {
    const PlanOutput& output = tmpl.outputs[i];
    if (before != nullptr) outputs->values[i] = before[i];
    if (const std::string* value = given_value(event, output.name)) {
      outputs->values[i] = arena_.keep(*value);
    } else if (wants_defaults && output.default_ && outputs->values[i].data() == nullptr) {
      std::string error;
      render_to(output.default_text, scope_of(id), Strict::kLenient, outputs->values[i], error);
    }
  }
  export_outputs(id);
}

// The boundary has taken note of another end, from which nothing has followed yet.
void State::Machine::settle_again(uint32_t id) {
  Frame& frame = *frame_of(nodes_[id].boundary);
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  const uint32_t task = task_index(frame, nodes_[id]);
  if (tmpl.body == Body::kSteps) {
    const auto [first, count] = tmpl.groups[frame.group];
    frame.first_failed = kNil;
    const auto look_at = [&](uint32_t child, const PlanTask& entry) {
      if (child != kNil && nodes_[child].is(flag::kSettled) && fails_group(nodes_[child], entry))
        frame.first_failed = std::min(frame.first_failed, child);
    };
    for (uint32_t other = first; other < first + count; ++other) {
      const Slot& mine = slot(frame, other);
      look_at(mine.node, task_of(frame, other));
      if (mine.loop == kNil) continue;
      for (const uint32_t child : loops_[mine.loop]->children)
        look_at(child, task_of(frame, other));
    }
  } else if (nodes_[id].shape == Shape::kItem) {
    LoopRun& run = *loops_[slot(frame, task).loop];
    run.any_succeeded = false, run.all_failed = true;
    for (const uint32_t child : run.children) {
      if (child == kNil || !nodes_[child].is(flag::kSettled)) continue;
      if (nodes_[child].phase == Phase::kSucceeded) run.any_succeeded = true;
      if (nodes_[child].phase != Phase::kFailed) run.all_failed = false;
    }
  } else {
    slot(frame, task).branch = branch_of(frame, task);
    const PlanTask& entry = task_of(frame, task);
    for (uint32_t i = 0; i < entry.dependants_count; ++i) {
      const uint32_t index = plan_->edges[entry.dependants_first + i];
      const PlanTask& other = task_of(frame, index);
      Slot& mine = slot(frame, index);
      mine.is_unmet = false;
      for (uint32_t d = 0; d < other.depends_count; ++d) {
        const uint32_t on = plan_->edges[other.depends_first + d];
        const uint32_t node = slot(frame, on).node;
        if (node != kNil && nodes_[node].is(flag::kSettled) &&
            !operand_holds(frame, on, expr::TaskResult::kSucceeded, true))
          mine.is_unmet = true;
      }
    }
  }
  notify(id);
}

}  // namespace engine

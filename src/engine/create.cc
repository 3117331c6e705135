// Nodes come into being: inputs, type, and the beginning of the body.
#include <fmt/format.h>

#include "engine/machine.h"

namespace engine {
namespace {

// Argo's limit of nested templates; the workflow does not end by itself beyond it.
constexpr uint32_t kDepthMax = 100;
constexpr std::string_view kTooDeep =
    "Maximum recursion depth exceeded. See "
    "https://argo-workflows.readthedocs.io/en/latest/scaling/#maximum-recursion-depth";

}  // namespace

NodeType node_type_of(Body body) {
  switch (body) {
    case Body::kSteps:
      return NodeType::kSteps;
    case Body::kDag:
      return NodeType::kDag;
    case Body::kSuspend:
      return NodeType::kSuspend;
    case Body::kHttp:
      return NodeType::kHttp;
    case Body::kPlugin:
      return NodeType::kPlugin;
    default:
      return NodeType::kPod;
  }
}

uint32_t State::Machine::make_node(const Birth& birth, NodeType type, Phase phase) {
  const auto id = static_cast<uint32_t>(nodes_.size());
  Node node;
  node.started = now_;
  node.owner = birth.owner;
  node.boundary = birth.frame != nullptr ? birth.frame->node : kNil;
  node.task = birth.task;
  node.tmpl = birth.tmpl.value;
  node.index = birth.index;
  node.flags = birth.flags | flag::kCreated;
  node.type = type;
  node.shape = birth.shape;
  if (birth.item != nullptr) node.item = birth.item->name;
  if (birth.frame != nullptr && birth.shape == Shape::kChild) node.deps = dependencies_of(birth);
  node.hash = hash_of(node);
  nodes_.push_back(node);
  ++made_in_batch_;
  changed(id);
  if (phase != Phase::kNone) set_phase(id, phase);
  return id;
}

// The nodes that a DAG task comes after; they outlive the boundary's slots.
const uint32_t* State::Machine::dependencies_of(const Birth& birth) {
  const PlanTask& task = plan_->tasks[birth.task];
  if (task.depends_count == 0) return nullptr;
  for (uint32_t i = 0; i < task.depends_count; ++i)
    __builtin_prefetch(&slot(*birth.frame, plan_->edges[task.depends_first + i]));
  auto* deps = arena_.array<uint32_t>(task.depends_count);
  for (uint32_t i = 0; i < task.depends_count; ++i)
    deps[i] = slot(*birth.frame, plan_->edges[task.depends_first + i]).node;
  return deps;
}

// The message of a node whose template is not there.
std::string State::Machine::lacking_template(const Birth& birth, uint32_t id) {
  if (birth.task == kNil || !plan_->tasks[birth.task].template_text.valid())
    return fmt::format("template {} not found", template_name_of(nodes_[id]));
  const PlanTask& task = plan_->tasks[birth.task];
  std::string name;
  render(task.template_text, birth.argument_scope, Strict::kLenient, name, nullptr);
  if (!task.by_reference) return fmt::format("template {} not found", name);
  name.erase(0, name.find('/') + 1);  // its scope
  if (const size_t slash = name.rfind('/'); slash != name.npos) name[slash] = '.';
  return fmt::format("template reference {} not found", name);
}

Start State::Machine::execute(const Birth& birth, uint32_t& id) {
  if (birth.depth >= kDepthMax) {
    id = make_node(birth, NodeType::kSkipped, Phase::kNone);
    set_phase(id, Phase::kError, kTooDeep);
    return Start::kStarted;
  }
  if (!has_slot(birth.frame)) return Start::kBlocked;
  std::string error;
  if (!birth.tmpl.valid()) {
    id = make_node(birth, NodeType::kSkipped, Phase::kNone);
    error = lacking_template(birth, id);
  } else if (plan_->templates[birth.tmpl.value].body == Body::kMissing) {
    id = make_node(birth, NodeType::kSkipped, Phase::kNone);
    error = fmt::format("template '{}' type is unknown", plan_->templates[birth.tmpl.value].name);
  } else {
    const PlanTemplate& tmpl = plan_->templates[birth.tmpl.value];
    id = make_node(birth, tmpl.retry != kNil ? NodeType::kRetry : node_type_of(tmpl.body),
                   Phase::kNone);
    std::vector<Wait::Input> waits;
    if (fill_inputs(id, birth, waits, error)) {
      if (!waits.empty()) {
        std::vector<ConfigMapKey> keys;
        for (const Wait::Input& input : waits) keys.push_back(input.key);
        hold(id, Wait::Stage::kInputs);
        waits_[id].inputs = std::move(waits);
        wish(Ask{NodeId{id}, std::move(keys)});
        return Start::kStarted;
      }
      if (!holds_.empty() && hold_back(id)) return Start::kStarted;
      if (tmpl.locks.empty() && !tmpl.memo) {
        begin(id, birth.depth);
        return Start::kStarted;
      }
      if (advance(id, Wait::Stage::kLocks, error) == Start::kStarted) return Start::kStarted;
      stop_waiting(id);
    }
    nodes_[id].type = NodeType::kSkipped;
    nodes_[id].inputs = nullptr;
    artifacts_.erase(id);
  }
  set_phase(id, Phase::kError, error);
  return Start::kErrored;
}

// --- inputs

Rendered State::Machine::default_value(uint32_t id, const PlanInput& input, std::string_view& value,
                                       std::string& error) {
  const TextId text = input.default_.valid() ? input.default_ : input.value;
  if (!text.valid()) return Rendered::kMissing;
  return render_to(text, scope_of(id), Strict::kLenient, value, error);
}

Rendered State::Machine::input_value(uint32_t id, const PlanInput& input, const Birth& birth,
                                     std::string_view& value, std::string& error) {
  for (uint32_t i = 0; i < birth.arguments_count; ++i) {
    const PlanArgument& argument = birth.arguments[i];
    if (plan_->str(argument.name) != input.name) continue;
    if (!argument.value.valid()) return Rendered::kMissing;
    const Rendered rendered =
        render_to(argument.value, birth.argument_scope, birth.strict, value, error);
    if (rendered != Rendered::kAbsent) return rendered;
    // The argument is nothing but a reference to what a skipped node did not give.
    const Text& text = plan_->text(argument.value);
    if (text.count != 1) return Rendered::kError;
    const Rendered fallback = default_value(id, input, value, error);
    if (fallback == Rendered::kMissing)
      error = fmt::format(
          "inputs.parameters.{}: argument references an absent optional (skipped/omitted node "
          "output with no default)",
          input.name);
    return fallback == Rendered::kOk ? Rendered::kOk : Rendered::kError;
  }
  if (input.value.valid())
    return render_to(input.value, scope_of(id), Strict::kLenient, value, error);
  return default_value(id, input, value, error);
}

uint32_t State::Machine::config_map_of(const PlanInput& input,
                                       std::span<const PlanArgument> arguments) const {
  for (const PlanArgument& argument : arguments) {
    if (plan_->str(argument.name) == input.name)
      return argument.value.valid() ? kNil : argument.config_map;
  }
  return input.config_map;
}

bool State::Machine::fill_inputs(uint32_t id, const Birth& birth, std::vector<Wait::Input>& waits,
                                 std::string& error) {
  if (!fill_parameters(id, birth, waits, error)) return false;
  return plan_->templates[birth.tmpl.value].input_artifacts.empty() ||
         fill_artifacts(id, birth, error);
}

bool State::Machine::fill_parameters(uint32_t id, const Birth& birth,
                                     std::vector<Wait::Input>& waits, std::string& error) {
  const PlanTemplate& tmpl = plan_->templates[birth.tmpl.value];
  if (tmpl.inputs.empty()) return true;
  auto* values = arena_.array<std::string_view>(tmpl.inputs.size());
  nodes_[id].inputs = values;
  for (size_t i = 0; i < tmpl.inputs.size(); ++i) {
    if (const uint32_t ref =
            config_map_of(tmpl.inputs[i], {birth.arguments, birth.arguments_count});
        ref != kNil) {
      const PlanConfigMapRef& source = plan_->config_maps[ref];
      Wait::Input input{.index = static_cast<uint32_t>(i), .key = {}, .fallback = {}};
      const Scope scope = birth.argument_scope.node != kNil ? birth.argument_scope : scope_of(id);
      render(source.name, scope, Strict::kLenient, input.key.name, nullptr);
      render(source.key, scope, Strict::kLenient, input.key.key, nullptr);
      if (source.default_.valid())
        render(source.default_, scope, Strict::kLenient, input.fallback.emplace(), nullptr);
      waits.push_back(std::move(input));
      continue;
    }
    const Rendered rendered = input_value(id, tmpl.inputs[i], birth, values[i], error);
    if (rendered == Rendered::kOk) continue;
    if (error.empty())
      error = fmt::format("inputs.parameters.{} was not supplied", tmpl.inputs[i].name);
    return false;
  }
  return true;
}

// --- bodies

void State::Machine::begin(uint32_t id, uint32_t depth) {
  if (nodes_[id].type != NodeType::kRetry) {
    begin_body(id, depth);
    return;
  }
  nodes_[id].frame = static_cast<uint32_t>(retries_.size());
  retries_.push_back(RetryRun{.depth = depth});
  set_phase(id, Phase::kRunning);
  start_attempt(id);
}

void State::Machine::begin_body(uint32_t id, uint32_t depth) {
  switch (nodes_[id].type) {
    case NodeType::kPod:
      begin_pod(id);
      break;
    case NodeType::kSteps:
      start_steps(id, depth);
      break;
    case NodeType::kDag:
      start_dag(id, depth);
      break;
    case NodeType::kHttp:
    case NodeType::kPlugin:
      begin_task(id);
      break;
    default:
      begin_suspend(id);
  }
}

void State::Machine::begin_pod(uint32_t id) {
  set_phase(id, Phase::kPending);
  const bool on_exit = nodes_[id].is(flag::kOnExit);
  if (!may_run(on_exit)) {
    set_phase(id, Phase::kFailed,
              fmt::format("workflow shutdown with strategy: {}",
                          shutdown_ == Shutdown::kStop ? "Stop" : "Terminate"));
    return;
  }
  if (!on_exit && past_deadline()) {
    set_phase(id, Phase::kFailed, "Step exceeded its deadline");
    return;
  }
  if (const std::string& error = template_of(nodes_[id]).pod_error; !error.empty()) {
    nodes_[id].flags |= flag::kBubbles;
    set_phase(id, Phase::kError, error);
    return;
  }
  if (std::string error = artifact_error(id); !error.empty()) {
    nodes_[id].flags |= flag::kBubbles;
    set_phase(id, Phase::kError, error);
    return;
  }
  nodes_[id].flags |= flag::kPodWished;
  wish(CreatePod{NodeId{id}});
  begin_containers(id);
  check_pending_timeouts(id);
}

void State::Machine::begin_suspend(uint32_t id) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  set_phase(id, Phase::kRunning);
  bool supplied = false;
  for (const PlanOutput& output : tmpl.outputs) supplied = supplied || output.supplied;
  if (supplied) {
    nodes_[id].outputs = arena_.array<NodeOutputs>(1);
    nodes_[id].outputs->values = arena_.array<std::string_view>(tmpl.outputs.size());
  }
  if (!may_run(nodes_[id].is(flag::kOnExit))) {
    set_phase(id, Phase::kFailed, stopped_message());
    return;
  }
  visit_suspend(id);
}

void State::Machine::visit_suspend(uint32_t id) {
  const Node& node = nodes_[id];
  const PlanTemplate& tmpl = template_of(node);
  if (node.phase != Phase::kRunning || !tmpl.suspend_duration.valid()) return;
  const auto duration = duration_of(tmpl.suspend_duration, id);
  if (!duration) {
    set_phase(id, Phase::kError, "unable to parse the duration of suspend");
    return;
  }
  const base::Time end = node.started + *duration;
  // As Argo: at the very instant it still waits.
  if (now_ <= end) {
    wake_at(end + base::Duration{1}, id);
    return;
  }
  if (use_default_outputs(id)) {
    export_outputs(id);
    set_phase(id, Phase::kSucceeded);
    return;
  }
  for (const PlanOutput& output : tmpl.outputs)
    if (output.supplied) {
      nodes_[id].flags |= flag::kBubbles;
      set_phase(id, Phase::kError, not_supplied(output.name));
      return;
    }
}

uint32_t State::Machine::new_frame(uint32_t node, uint32_t depth) {
  uint32_t at;
  if (free_frames_.empty()) {
    at = static_cast<uint32_t>(frames_.size());
    frames_.push_back(std::make_unique<Frame>());
  } else {
    at = free_frames_.back();
    free_frames_.pop_back();
  }
  Frame& frame = *frames_[at];
  frame.node = node;
  frame.tmpl = nodes_[node].tmpl;
  frame.depth = depth;
  frame.in_use = true;
  const uint32_t count = plan_->templates[frame.tmpl].tasks_count;
  auto& free = free_slots_[count];
  if (free.empty()) {
    frame.slots = static_cast<uint32_t>(slots_.size());
    slots_.resize(slots_.size() + count);
  } else {
    frame.slots = free.back();
    free.pop_back();
  }
  nodes_[node].frame = at;
  return at;
}

uint32_t State::Machine::new_loop() {
  uint32_t at;
  if (free_loops_.empty()) {
    at = static_cast<uint32_t>(loops_.size());
    loops_.push_back(std::make_unique<LoopRun>());
  } else {
    at = free_loops_.back();
    free_loops_.pop_back();
  }
  loops_[at]->in_use = true;
  return at;
}

}  // namespace engine

// A node as a row.
#include <fmt/format.h>

#include "engine/machine.h"
#include "engine/row.h"
#include "engine/summary.h"
#include "text/json.h"

namespace engine {
namespace {

void add_member(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ',';
  text::append_json_string(out, name);
  out += ':';
  text::append_json_string(out, value);
}

// What an output shows besides its name and value: of a pod, where it came from.
std::string output_extra(const PlanOutput& output, NodeType type, bool has_value) {
  std::string from, out;
  if (type == NodeType::kPod || type == NodeType::kRetry) {
    for (const auto& [name, value] :
         {std::pair{"path", &output.path}, std::pair{"jsonPath", &output.json_path},
          std::pair{"jqFilter", &output.jq_filter}})
      if (!value->empty()) add_member(from, name, *value);
    if (output.default_) add_member(from, "default", *output.default_);
  } else if (type == NodeType::kSuspend && !has_value) {
    from = "\"supplied\":{}";
    if (output.default_) add_member(from, "default", *output.default_);
  }
  if (!from.empty()) out = "\"valueFrom\":{" + from + "}";
  if (!output.global_name.empty()) add_member(out, "globalName", output.global_name);
  if (!output.description.empty()) add_member(out, "description", output.description);
  return out;
}

}  // namespace

void State::Machine::links_of(uint32_t id, std::vector<RowLink>& links) const {
  const Node& node = nodes_[id];
  using Kind = RowLink::Kind;
  switch (node.shape) {
    case Shape::kRoot:
      return;
    case Shape::kGroup:
      if (node.index == 0)
        links.push_back({Kind::kUnder, node.owner});
      else
        links.push_back({Kind::kBehindGroup, node.previous});
      return;
    case Shape::kHook:
      links.push_back({Kind::kUnder, node.owner});
      return;
    case Shape::kExit:
      if (node.boundary != kNil) links.push_back({Kind::kUnder, node.owner});
      return;
    case Shape::kContainer: {
      const auto& containers = template_of(node).containers;
      const auto& dependencies = containers[node.index].dependencies;
      for (const uint32_t before : dependencies)
        links.push_back({Kind::kUnder, containers_.at(node.owner)[before]});
      if (dependencies.empty()) links.push_back({Kind::kUnder, node.owner});
      return;
    }
    case Shape::kChild:
      if (node.deps != nullptr) {
        const uint32_t count = plan_->tasks[node.task].depends_count;
        for (uint32_t i = 0; i < count; ++i) links.push_back({Kind::kBehind, node.deps[i]});
        return;
      }
      [[fallthrough]];
    default:
      links.push_back({Kind::kUnder, node.owner});
  }
}

void State::Machine::encode_outputs(uint32_t id, Row& row, std::vector<std::string>& extras) const {
  const Node& node = nodes_[id];
  if (node.outputs == nullptr || node.tmpl == kNil) return;
  row.has_outputs = true;
  row.has_exit_code = node.outputs->has_exit_code;
  row.exit_code = node.outputs->exit_code;
  row.has_result = node.outputs->result.data() != nullptr;
  row.result = node.outputs->result;
  if (node.outputs->values == nullptr) return;
  row.has_output_parameters = true;
  const auto& outputs = template_of(node).outputs;
  extras.clear();
  extras.reserve(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string_view value = node.outputs->values[i];
    extras.push_back(output_extra(outputs[i], node.type, value.data() != nullptr));
    row.outputs.push_back({outputs[i].name, value, extras.back(), value.data() != nullptr});
  }
}

void State::Machine::encode_loops(uint32_t id, Row& row) const {
  const Node& node = nodes_[id];
  if (node.type != NodeType::kStepGroup && node.type != NodeType::kTaskGroup) return;
  const Frame* frame = const_cast<Machine*>(this)->frame_of(node.boundary);
  if (frame == nullptr || is_final(node.phase)) return;
  const auto add = [&](uint32_t task) {
    const uint32_t loop = slot(*frame, task).loop;
    if (loop != kNil && loops_[loop]->json.data() != nullptr)
      row.loops.push_back({task, loops_[loop]->json});
  };
  if (node.type == NodeType::kTaskGroup) {
    add(task_index(*frame, node));
    return;
  }
  const auto [first, count] = plan_->templates[frame->tmpl].groups[node.index];
  for (uint32_t task = first; task < first + count; ++task) add(task);
}

// The name of what a node hangs on: of a node's neighbours it is the same.
const std::string& State::Machine::owner_name(uint32_t owner, RowScratch& scratch) const {
  if (scratch.owner != owner) {
    scratch.owner_name.clear();
    append_name(owner, scratch.owner_name);
    scratch.owner = owner;
  }
  return scratch.owner_name;
}

void State::Machine::encode_name(uint32_t id, RowScratch& scratch) const {
  const Node& node = nodes_[id];
  std::string& name = scratch.name;
  name.clear();
  if (node.shape != Shape::kRoot) name = owner_name(node.owner, scratch);
  append_own_name(node, name);
  if (node.boundary != scratch.boundary || node.boundary == kNil) {
    scratch.boundary = node.boundary;
    scratch.boundary_size = node.boundary == kNil ? 0 : name_of(node.boundary).size();
  }
  scratch.row.name = name;
  scratch.row.display_size = static_cast<uint32_t>(
      node.boundary == kNil ? name.size() : display_part(name, scratch.boundary_size).size());
  scratch.row.item_size = node.shape == Shape::kItem ? static_cast<uint32_t>(node.item.size()) : 0;
}

std::span<const PlanArgument> State::Machine::arguments_of(uint32_t id) const {
  const Node* node = &nodes_[id];
  while (node->shape == Shape::kAttempt) node = &nodes_[node->owner];
  uint32_t first = plan_->entry_arguments_first, count = plan_->entry_arguments_count;
  if (node->task != kNil) {
    first = plan_->tasks[node->task].arguments_first;
    count = plan_->tasks[node->task].arguments_count;
  } else if (node->shape == Shape::kHook || node->shape == Shape::kExit) {
    uint32_t hook = node->index;
    if (node->shape == Shape::kExit)
      hook =
          node->boundary == kNil ? plan_->exit_hook : plan_->tasks[nodes_[node->owner].task].hook;
    first = plan_->hooks[hook].arguments_first;
    count = plan_->hooks[hook].arguments_count;
  }
  return {plan_->arguments.data() + first, count};
}

// As in Argo, one from a ConfigMap shows where it came from.
void State::Machine::encode_inputs(uint32_t id, Row& row, std::vector<std::string>& extras) const {
  const Node& node = nodes_[id];
  const auto& inputs = template_of(node).inputs;
  row.has_inputs = true;
  row.inputs.reserve(inputs.size());
  extras.clear();
  extras.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::string_view extra = inputs[i].extra;
    const uint32_t ref =
        plan_->config_maps.empty() ? kNil : config_map_of(inputs[i], arguments_of(id));
    if (ref != kNil) {
      const PlanConfigMapRef& source = plan_->config_maps[ref];
      std::string name, key, fallback;
      Machine& self = *const_cast<Machine*>(this);
      self.render(source.name, scope_of(id), Strict::kLenient, name, nullptr);
      self.render(source.key, scope_of(id), Strict::kLenient, key, nullptr);
      std::string from, selector;
      if (source.default_.valid()) {
        self.render(source.default_, scope_of(id), Strict::kLenient, fallback, nullptr);
        add_member(from, "default", fallback);
      }
      add_member(selector, "name", name);
      add_member(selector, "key", key);
      if (!from.empty()) from += ',';
      from += "\"configMapKeyRef\":{" + selector + "}";
      extras.push_back(inputs[i].extra);
      if (!extras.back().empty()) extras.back() += ',';
      extras.back() += "\"valueFrom\":{" + from + "}";
      extra = extras.back();
    }
    row.inputs.push_back({inputs[i].name, node.inputs[i], extra, node.inputs[i].data() != nullptr});
  }
}

// What the node waits for, holds and keeps for later runs.
void State::Machine::encode_waits(uint32_t id, Row& row) const {
  if (const auto wait = waits_.find(id); wait != waits_.end()) {
    row.has_wait = true;
    row.was_told = wait->second.was_told;
    row.wait_stage = static_cast<uint8_t>(wait->second.stage);
    for (const Wait::Input& input : wait->second.inputs)
      row.wait_inputs.push_back({input.index, input.key.name, input.key.key,
                                 input.fallback ? *input.fallback : std::string_view(),
                                 input.fallback.has_value()});
  }
  if (const auto locks = locks_.find(id); locks != locks_.end()) {
    for (const LockWish::Lock& lock : locks->second.wish.locks)
      row.locks.push_back({lock.name, lock.is_mutex});
    row.locks_held = locks->second.is_held;
    row.waiting_lock = locks->second.answer.lock;
  }
  if (const auto begun = begun_at_.find(id); begun != begun_at_.end()) row.begun = begun->second;
  if (const Memo* memo = memo_of(id)) {
    row.has_memo = true;
    row.memo_hit = memo->is_hit;
    row.memo_in_database = memo->key.in_database;
    row.memo_cache = memo->key.cache;
    row.memo_key = memo->key.key;
  }
}

void State::Machine::encode(uint32_t id, std::string& out) const {
  const Node& node = nodes_[id];
  RowScratch& scratch = *row_scratch_;
  Row& row = scratch.row;
  row.clear();
  row.id = id;
  row.type = node.type;
  row.shape = node.shape;
  row.phase = node.phase;
  row.onward = node.onward;
  row.flags = node.flags & flag::kStored;
  row.hash = node.hash;
  row.index = node.index;
  row.boundary = node.boundary;
  row.owner = node.owner;
  row.task = node.task;
  row.tmpl = node.tmpl;
  row.previous = node.previous;
  row.started = node.started;
  row.finished = node.finished;
  encode_name(id, scratch);
  const std::string reference = template_ref_of(node);
  row.template_name = reference.empty() ? template_name_of(node) : std::string_view(reference);
  if (const std::string& scope = scope_name_of(node); scope != local_scope_)
    row.template_scope = scope;
  row.message = node.message;
  row.host = hosts_[node.host];
  if (node.is(flag::kDaemoned))
    if (const auto ip = pod_ips_.find(id); ip != pod_ips_.end()) row.pod_ip = ip->second;
  if (!progress_.empty())
    if (const auto told = progress_.find(id); told != progress_.end()) {
      row.has_progress = true;
      row.progress = told->second;
    }
  if (node.inputs != nullptr) {
    encode_inputs(id, row, scratch.input_extras);
  }
  if (!artifacts_.empty()) {
    row.input_artifacts = artifacts_of(id, ArtifactSide::kInputs);
    row.output_artifacts = artifacts_of(id, ArtifactSide::kOutputs);
    row.has_inputs = row.has_inputs || row.input_artifacts.data() != nullptr;
  }
  encode_outputs(id, row, scratch.extras);
  links_of(id, row.links);
  if (node.is(flag::kOutbound)) row.outbound = outbounds_[node.frame];
  encode_loops(id, row);
  encode_waits(id, row);
  if (node.type == NodeType::kPod && node.outputs != nullptr) {
    row.run_seconds = node.outputs->run_seconds;
    if (row.run_seconds != 0) row.spent = spent_by(id);
  }
  write_row(row, out);
}

void State::encode_row(NodeId node, std::string& out) const { machine_->encode(node.value, out); }

void write_summary(const StoredSummary& summary, std::string& out) {
  ByteWriter writer(out);
  writer.number(1);
  writer.number((summary.is_started ? 1 : 0) | (summary.is_suspended ? 2 : 0) |
                (summary.deadline_hit ? 4 : 0) | (summary.awaits_locks ? 8 : 0) |
                (summary.is_taken_up ? 16 : 0));
  writer.number(summary.shutdown);
  writer.number(static_cast<uint64_t>(summary.phase));
  writer.number(static_cast<uint64_t>(summary.entry_status));
  writer.text(summary.message);
  for (const base::Time time : {summary.now, summary.started, summary.finished})
    writer.signed_number(time.ns);
  writer.id(summary.root);
  writer.id(summary.exit_root);
  const auto write_pairs = [&](const StoredSummary::Pairs& pairs) {
    writer.number(pairs.size());
    for (const auto& [name, value] : pairs) {
      writer.text(name);
      writer.text(value);
    }
  };
  write_pairs(*summary.outputs);
  const bool has_message = !summary.shutdown_message.empty(), has_holds = !summary.holds.empty();
  if (summary.artifacts->empty() && !has_message && !has_holds) return;
  write_pairs(*summary.artifacts);
  if (has_message || has_holds) writer.text(summary.shutdown_message);
  if (!has_holds) return;
  writer.number(summary.holds.size());
  for (const std::string& hold : summary.holds) writer.text(hold);
}

void State::encode_summary(std::string& out) const {
  const Machine& m = *machine_;
  write_summary({m.is_started_, m.is_suspended_, m.deadline_hit_, m.awaits_locks_, false,
                 static_cast<uint8_t>(m.shutdown_), m.phase_, m.entry_status_, m.message_, m.now_,
                 m.started_, m.finished_, m.root_, m.exit_root_, &m.global_outputs_,
                 &m.global_artifacts_, m.shutdown_message_, m.hold_texts()},
                out);
}

}  // namespace engine

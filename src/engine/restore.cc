// From rows back to a State: nodes first, then the boundaries that still run, from the root down,
// then one look at everything, which must find nothing to do.
#include <algorithm>

#include "engine/machine.h"
#include "engine/row.h"

namespace engine {
namespace {

// Null when the row has other parameters than the template. It may have fewer, where a person has
// given them.
NodeOutputs* outputs_of(const Row& row, const std::vector<PlanOutput>& declared, Arena& arena) {
  auto* out = arena.array<NodeOutputs>(1);
  out->has_exit_code = row.has_exit_code;
  out->exit_code = row.exit_code;
  out->run_seconds = row.run_seconds;
  if (row.has_result) out->result = arena.keep(row.result);
  if (!row.has_output_parameters) return out;
  out->values = arena.array<std::string_view>(declared.size());
  for (size_t i = 0; i < row.outputs.size(); ++i) {
    size_t at = i;
    if (row.outputs.size() != declared.size()) {
      const auto known = std::find_if(declared.begin(), declared.end(), [&](const PlanOutput& o) {
        return o.name == row.outputs[i].name;
      });
      at = static_cast<size_t>(known - declared.begin());
    }
    if (at == declared.size()) return nullptr;
    if (row.outputs[i].has_value) out->values[at] = arena.keep(row.outputs[i].value);
  }
  return out;
}

}  // namespace

base::Result<std::unique_ptr<State>> State::restore(std::shared_ptr<const Plan> plan, uint64_t seed,
                                                    std::string_view summary,
                                                    std::span<const std::string_view> rows) {
  auto state = std::make_unique<State>(std::move(plan), seed);
  Machine& machine = *state->machine_;
  if (auto done = machine.restore_summary(summary); !done) return base::fail(done.error());
  for (const std::string_view bytes : rows) {
    const auto row = read_row(bytes);
    if (!row) return base::fail(row.error());
    if (auto done = machine.restore_node(*row); !done) return base::fail(done.error());
  }
  const size_t count = machine.nodes_.size();
  if ((machine.root_ != kNil && machine.root_ >= count) ||
      (machine.exit_root_ != kNil && machine.exit_root_ >= count))
    return base::fail(base::Code::kCorrupt, "rows are missing");
  // Nobody has been told yet when to wake: the first batch says it.
  machine.restore_frames();
  if (!machine.restore_error_.empty())
    return base::fail(base::Code::kUnsupported, machine.restore_error_);
  if (!machine.is_taken_up_) machine.look_once();
  machine.is_taken_up_ = false;
  return state;
}

base::Status State::Machine::restore_summary(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto corrupt = [] {
    return base::fail(base::Code::kCorrupt, "summary of a workflow cannot be read");
  };
  if (reader.number() != 1) return corrupt();
  const uint64_t bits = reader.number();
  is_started_ = (bits & 1) != 0;
  is_suspended_ = (bits & 2) != 0;
  deadline_hit_ = (bits & 4) != 0;
  awaits_locks_ = (bits & 8) != 0;
  is_taken_up_ = (bits & 16) != 0;
  if (is_started_ && !plan_->locks.empty()) {
    Locking& locking = locks_[kNil];
    std::string error;
    lock_wish(kNil, plan_->locks, locking.wish, error);
    if (is_taken_up_) awaits_locks_ = true;
    locking.is_held = !awaits_locks_;
    if (locking.is_held) held_.insert(kNil);
  }
  const uint64_t shutdown = reader.number(), phase = reader.number(), entry = reader.number();
  if (shutdown > 2 || phase > 7 || entry > 7) return corrupt();
  shutdown_ = static_cast<Shutdown>(shutdown);
  phase_ = static_cast<Phase>(phase);
  entry_status_ = static_cast<Phase>(entry);
  message_ = reader.text();
  for (base::Time* time : {&now_, &started_, &finished_}) time->ns = reader.signed_number();
  root_ = reader.id();
  exit_root_ = reader.id();
  for (size_t count = reader.count(); count > 0; --count) {
    const std::string name(reader.text());
    global_outputs_.emplace_back(name, reader.text());
  }
  for (size_t count = reader.is_at_end() ? 0 : reader.count(); count > 0; --count) {
    const std::string name(reader.text());
    global_artifacts_.emplace_back(name, reader.text());
  }
  if (!reader.is_at_end()) shutdown_message_ = reader.text();
  for (size_t count = reader.is_at_end() ? 0 : reader.count(); count > 0; --count)
    add_hold(std::string(reader.text()));
  if (reader.is_bad() || !reader.is_at_end()) return corrupt();
  return {};
}

// What is kept beside the node.
base::Status State::Machine::restore_sides(uint32_t id, const Row& row) {
  if (row.input_artifacts.data() != nullptr || row.output_artifacts.data() != nullptr) {
    NodeArtifacts& mine = artifacts_[id];
    if (row.input_artifacts.data() != nullptr) mine.inputs = arena_.keep(row.input_artifacts);
    if (row.output_artifacts.data() != nullptr) mine.outputs = arena_.keep(row.output_artifacts);
  }
  if (row.shape == Shape::kContainer) {
    if (row.tmpl == kNil || row.index >= plan_->templates[row.tmpl].containers.size())
      return base::fail(base::Code::kCorrupt, "row of a node: no such container");
    auto& list = containers_[row.owner];
    list.resize(plan_->templates[row.tmpl].containers.size(), row.owner);
    list[row.index] = id;
  }
  return {};
}

base::Status State::Machine::restore_node(const Row& row) {
  const auto id = static_cast<uint32_t>(nodes_.size());
  const auto before = [&](uint32_t other) { return other == kNil || other < id; };
  if (row.id != id || !before(row.boundary) || !before(row.owner) || !before(row.previous) ||
      (row.task != kNil && row.task >= plan_->tasks.size()) ||
      (row.tmpl != kNil && row.tmpl >= plan_->templates.size()) ||
      (row.shape != Shape::kRoot && row.owner == kNil) ||
      (row.shape == Shape::kHook && row.index >= plan_->hooks.size()))
    return base::fail(base::Code::kCorrupt, "row of a node does not fit its workflow");
  Node node;
  node.started = row.started;
  node.finished = row.finished;
  if (!row.message.empty()) node.message = arena_.keep(row.message);
  if (row.shape == Shape::kItem && row.name.size() > row.item_size)
    node.item = arena_.keep(row.name.substr(row.name.size() - 1 - row.item_size, row.item_size));
  node.boundary = row.boundary;
  node.owner = row.owner;
  node.task = row.task;
  node.tmpl = row.tmpl;
  node.hash = row.hash;
  node.index = row.index;
  node.previous = row.previous;
  node.flags = row.flags;
  node.type = row.type;
  node.phase = row.phase;
  node.onward = row.onward;
  node.shape = row.shape;
  if (!row.host.empty()) {
    const auto [at, fresh] = host_index_.try_emplace(std::string(row.host), hosts_.size());
    if (fresh) hosts_.emplace_back(row.host);
    node.host = at->second;
  }
  if (!row.pod_ip.empty()) pod_ips_[id] = row.pod_ip;
  if (row.has_progress) progress_[id] = row.progress;
  if (auto done = restore_sides(id, row); !done) return done;
  if (row.has_inputs && row.tmpl != kNil && !plan_->templates[row.tmpl].inputs.empty()) {
    const size_t count = plan_->templates[row.tmpl].inputs.size();
    if (row.inputs.size() != count && !row.inputs.empty())
      return base::fail(base::Code::kCorrupt, "row of a node: inputs do not fit its template");
    if (!row.inputs.empty()) node.inputs = arena_.array<std::string_view>(count);
    for (size_t i = 0; i < row.inputs.size(); ++i)
      if (row.inputs[i].has_value) node.inputs[i] = arena_.keep(row.inputs[i].value);
  }
  if (row.has_outputs && row.tmpl != kNil) {
    node.outputs = outputs_of(row, plan_->templates[row.tmpl].outputs, arena_);
    if (node.outputs == nullptr)
      return base::fail(base::Code::kCorrupt, "row of a node: outputs do not fit its template");
  }
  if (row.shape == Shape::kChild && !row.links.empty() &&
      row.links.front().kind == RowLink::Kind::kBehind) {
    auto* deps = arena_.array<uint32_t>(row.links.size());
    for (size_t i = 0; i < row.links.size(); ++i) deps[i] = row.links[i].node;
    node.deps = deps;
  }
  if (node.is(flag::kOutbound)) {
    node.frame = static_cast<uint32_t>(outbounds_.size());
    outbounds_.push_back(row.outbound);
  }
  nodes_.push_back(node);
  for (const auto& [name, seconds] : row.spent) total_spent_[std::string(name)] += seconds;
  restore_waits(row);
  const bool is_wide = node.is(flag::kWideId);
  nodes_.back().flags &= static_cast<uint16_t>(~flag::kWideId);
  enter_ids();
  if (is_wide != nodes_[id].is(flag::kWideId))
    return base::fail(base::Code::kCorrupt, "row of a node: its id is another node's");
  for (const RowLoop& loop : row.loops) restored_loops_[{id, loop.task}] = arena_.keep(loop.json);
  return {};
}

void State::Machine::restore_waits(const Row& row) {
  if (row.begun.is_set()) begun_at_[row.id] = row.begun;
  if (!row.locks.empty()) {
    Locking& locking = locks_[row.id];
    for (const RowLock& lock : row.locks)
      locking.wish.locks.push_back({std::string(lock.name), lock.is_mutex});
    locking.is_held = row.locks_held;
    if (row.locks_held) held_.insert(row.id);
    locking.answer.lock = row.waiting_lock;
    note_waiting(locking, +1);
  }
  if (row.has_memo && row.shape != Shape::kAttempt)
    memos_[row.id] = {
        {std::string(row.memo_cache), std::string(row.memo_key), row.memo_in_database},
        row.memo_hit};
  if (!row.has_wait) return;
  Wait& wait = waits_[row.id];
  wait.stage = static_cast<Wait::Stage>(row.wait_stage);
  wait.was_told = row.was_told;
  for (const RowInput& input : row.wait_inputs)
    wait.inputs.push_back(
        {input.index,
         {std::string(input.name), std::string(input.key)},
         input.has_fallback ? std::optional(std::string(input.fallback)) : std::nullopt});
  nodes_[row.id].flags |= flag::kWaiting;
  if (wait.stage != Wait::Stage::kSlot) return;
  wait.is_slot_waiter = true;
  slot_waiters_.push_back(row.id);
}

void State::Machine::restore_frames() {
  std::vector<bool> has_begun(nodes_.size(), false);
  for (uint32_t id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].owner != kNil) has_begun[nodes_[id].owner] = true;
  for (uint32_t id = 0; id < nodes_.size(); ++id) {
    Node& node = nodes_[id];
    if (node.shape == Shape::kAttempt) {
      RetryRun& run = retries_[nodes_[node.owner].frame];
      if (run.first == kNil) run.first = id;
      run.last = id;
      ++run.count;
      if (was_lost(node)) ++run.lost;
    }
    if (node.shape == Shape::kExit && node.boundary != kNil) exit_nodes_[node.owner] = id;
    if (node.shape == Shape::kHook) hook_nodes_[node.owner].push_back(id);
    if (node.is(flag::kDaemoned)) ++daemons_;
    if (node.phase != Phase::kNone && !is_final(node.phase)) note_open(id);
    if (is_failed(node.phase)) failed_.push_back(id);
    const Frame* outer = frame_of(node.boundary);
    const uint32_t depth = node.shape == Shape::kAttempt
                               ? retries_[nodes_[node.owner].frame].depth
                               : (outer != nullptr ? outer->depth + 1 : 1);
    const bool has_frame = !node.is(flag::kWaiting) || has_begun[id];
    if (node.type == NodeType::kRetry && has_frame) {
      node.frame = static_cast<uint32_t>(retries_.size());
      retries_.push_back(RetryRun{.depth = depth});
    } else if ((node.type == NodeType::kSteps || node.type == NodeType::kDag) &&
               !is_final(node.phase) && has_frame) {
      new_frame(id, depth);
      // An order that cannot be chosen has ended the boundary when it began.
      if (node.type == NodeType::kDag) (void)choose_order(*frame_of(id));
    }
    count(id, +1);
    if (Frame* frame = frame_of(node.boundary)) restore_child(*frame, id);
  }
  // Inner boundaries were made after outer ones; what they need is known now.
  for (uint32_t id = 0; id < nodes_.size(); ++id) {
    if (is_taken_up_) {
      make_inputs_again(id);
      ask_locks_again(id);
    }
    if (Frame* frame = frame_of(id)) {
      if (plan_->templates[frame->tmpl].body == Body::kDag)
        restore_dag(*frame);
      else
        restore_steps(*frame);
    }
  }
  restored_loops_.clear();
  if ((!is_started_ && !is_taken_up_) || is_final(phase_)) return;
  if (const auto deadline = workflow_deadline(); is_started_ && deadline && !deadline_hit_)
    wake_at(*deadline + base::Duration{1}, kNil);
  for (uint32_t id = 0; id < nodes_.size(); ++id)
    if (!is_final(nodes_[id].phase) || !nodes_[id].is(flag::kSettled)) notify(id);
  for (const auto& [id, locking] : locks_)
    if (id != kNil && is_orphan(id)) has_orphans_ = look_for_orphans_ = true;
  root_dirty_ = true;
}

// Of what runs on with other arguments than before: plan_rerun() has left its inputs out.
void State::Machine::make_inputs_again(uint32_t id) {
  Node& node = nodes_[id];
  if (is_final(node.phase) || node.inputs != nullptr || node.tmpl == kNil ||
      node.type == NodeType::kStepGroup || node.type == NodeType::kTaskGroup ||
      template_of(node).inputs.empty())
    return;
  std::string error;
  std::vector<Wait::Input> waits;
  Frame* frame = frame_of(node.boundary);
  if (node.shape == Shape::kAttempt)
    node.inputs = nodes_[node.owner].inputs;
  else if (node.shape == Shape::kRoot)
    fill_parameters(id, birth_of_entry(), waits, error);
  else if (node.shape == Shape::kChild && frame != nullptr)
    fill_parameters(id, birth_of(*frame, task_index(*frame, node), nullptr, 0), waits, error);
  if (!waits.empty()) error = "inputs from ConfigMaps cannot be read again";
  if (!error.empty()) restore_error_ = name_of(id) + ": " + error;
}

// What runs on had given its locks back when it ended; they are among the asks().
void State::Machine::ask_locks_again(uint32_t id) {
  const Node& node = nodes_[id];
  if (is_held(id)) return;
  const bool waits = node.is(flag::kWaiting) && waits_.at(id).stage == Wait::Stage::kLocks;
  const bool may_hold = waits || node.type == NodeType::kSteps || node.type == NodeType::kDag ||
                        node.type == NodeType::kRetry;
  if (!may_hold || is_final(node.phase) || node.shape == Shape::kAttempt || node.tmpl == kNil ||
      template_of(node).locks.empty() || locks_.contains(id))
    return;
  LockWish locks;
  std::string error;
  if (!lock_wish(id, template_of(node).locks, locks, error)) {
    restore_error_ = name_of(id) + ": " + error;
    return;
  }
  locks_[id].wish = std::move(locks);
  hold(id, Wait::Stage::kLocks);
  waits_.at(id).was_told = true;
}

// After a restart of ours nothing is to be done but to set the timers again.
void State::Machine::look_once() {
  if (!is_started_ || is_final(phase_)) return;
  Actions nothing;
  actions_ = &nothing;
  decide();
  actions_ = nullptr;
  for (const uint32_t id : changed_)
    nodes_[id].flags &= static_cast<uint16_t>(~(flag::kChanged | flag::kCreated));
  changed_.clear();
  workflow_changed_ = false;
}

// A node takes its place in the slot of its boundary.
void State::Machine::restore_child(Frame& frame, uint32_t id) {
  const Node& node = nodes_[id];
  if (node.shape == Shape::kGroup) {
    frame.group = node.index;
    frame.group_node = id;
    return;
  }
  if (node.is(flag::kDaemoned) && node.is(flag::kSettled)) frame.daemons.push_back(id);
  if (node.shape == Shape::kChild) slot(frame, task_index(frame, node)).node = id;
  if (node.shape != Shape::kItem) return;
  Slot& mine = slot(frame, task_index(frame, node));
  if (mine.loop == kNil) mine.loop = new_loop();
  LoopRun& run = *loops_[mine.loop];
  if (run.children.size() <= node.index) run.children.resize(node.index + 1, kNil);
  run.children[node.index] = id;
}

// The items again, from what the row kept or from the Plan; counters from the children.
void State::Machine::restore_loop(Frame& frame, uint32_t task) {
  Slot& mine = slot(frame, task);
  if (mine.loop == kNil) return;
  const uint32_t holder =
      plan_->templates[frame.tmpl].body == Body::kSteps ? frame.group_node : mine.node;
  const auto kept = restored_loops_.find({holder, task});
  std::string error;
  bool stuck = false;
  std::shared_ptr<const ItemSource> source;
  if (kept != restored_loops_.end()) {
    auto list = std::make_shared<ItemSource>();
    if (expand_list(kept->second, "items", *list, error)) {
      list->json = kept->second;
      source = list;
    }
  } else {
    Scope scope = scope_of(frame.node);
    scope.frame = &frame;
    source = expand(task_of(frame, task), scope, error, stuck, nullptr);
  }
  LoopRun& run = *loops_[mine.loop];
  if (source == nullptr) source = std::make_shared<ItemSource>();
  run.json = source->json;
  run.source = source;
  const size_t count = std::max<size_t>(source->count, run.children.size());
  run.next = 0;
  while (run.next < run.children.size() && run.children[run.next] != kNil) ++run.next;
  run.children.resize(count, kNil);
  run.open = static_cast<uint32_t>(count);
  for (const uint32_t child : run.children) {
    if (child == kNil || !nodes_[child].is(flag::kSettled)) continue;
    --run.open;
    if (nodes_[child].phase == Phase::kSucceeded) run.any_succeeded = true;
    if (nodes_[child].phase != Phase::kFailed) run.all_failed = false;
  }
  mine.is_prepared = true;
}

void State::Machine::restore_dag(Frame& frame) {
  const std::vector<uint32_t>& order = frame.order->order;
  for (uint32_t rank = 0; rank < order.size(); ++rank) {
    const uint32_t task = order[rank];
    const PlanTask& entry = task_of(frame, task);
    Slot& mine = slot(frame, task);
    mine.waiting = 0;
    for (uint32_t i = 0; i < entry.depends_count; ++i) {
      const Slot& other = slot(frame, plan_->edges[entry.depends_first + i]);
      if (other.node == kNil || !nodes_[other.node].is(flag::kSettled))
        ++mine.waiting;
      else if (!operand_holds(frame, plan_->edges[entry.depends_first + i],
                              expr::TaskResult::kSucceeded, true))
        mine.is_unmet = true;
    }
    if (mine.node == kNil) {
      if (mine.waiting == 0) push_work(frame, rank, kNil);
      continue;
    }
    const Node& node = nodes_[mine.node];
    mine.is_counted = true;
    if (node.is(flag::kSettled)) {
      mine.branch = branch_of(frame, task);
      if (node.type == NodeType::kTaskGroup) restore_loop(frame, task);
      continue;
    }
    ++frame.open;
    mine.is_prepared = true;
    if (node.type != NodeType::kTaskGroup) continue;
    if (mine.loop == kNil) mine.loop = new_loop();
    prepare_restored_when(frame, task);
    restore_loop(frame, task);
    if (loops_[mine.loop]->next < loops_[mine.loop]->source->count) push_work(frame, rank, kNil);
  }
}

void State::Machine::prepare_restored_when(Frame& frame, uint32_t task) {
  std::string error;
  prepare_when(frame, task, error);
}

void State::Machine::restore_steps(Frame& frame) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (frame.group_node == kNil) return;
  for (uint32_t group = 0; group < frame.group; ++group) {
    const auto [first, count] = tmpl.groups[group];
    for (uint32_t task = first; task < first + count; ++task) {
      if (slot(frame, task).loop == kNil) continue;
      LoopRun& run = *loops_[slot(frame, task).loop];
      run.source = std::make_shared<ItemSource>();
      run.next = static_cast<uint32_t>(run.children.size());
    }
  }
  const auto [first, count] = tmpl.groups[frame.group];
  for (uint32_t task = first; task < first + count; ++task) {
    std::string error;
    Prepared prepared = prepare_when(frame, task, error);
    if (prepared == Prepared::kReady && !slot(frame, task).is_when_false &&
        !references_known(frame, task))
      prepared = Prepared::kStuck;
    if (prepared == Prepared::kStuck) {
      frame.is_stuck = true;
      frame.open = 1;
      return;
    }
  }
  for (uint32_t task = first; task < first + count; ++task) restore_group_task(frame, task);
}

void State::Machine::restore_group_task(Frame& frame, uint32_t task) {
  Slot& mine = slot(frame, task);
  const PlanTask& entry = task_of(frame, task);
  const auto fails = [&](uint32_t id) {
    const Node& node = nodes_[id];
    return node.is(flag::kSettled) &&
           ((node.phase == Phase::kFailed && !entry.continue_on_failed) ||
            (node.phase == Phase::kError && !entry.continue_on_error));
  };
  if (entry.loop == kNil || mine.node != kNil) {
    if (mine.node == kNil) {
      ++frame.open;
      push_work(frame, rank_of(frame, task), kNil);
      return;
    }
    if (fails(mine.node)) frame.first_failed = std::min(frame.first_failed, mine.node);
    if (!nodes_[mine.node].is(flag::kSettled)) ++frame.open;
    return;
  }
  if (mine.loop == kNil) mine.loop = new_loop();
  restore_loop(frame, task);
  const LoopRun& run = *loops_[mine.loop];
  if (run.open != 0) ++frame.open;
  for (const uint32_t child : run.children)
    if (child != kNil && fails(child)) frame.first_failed = std::min(frame.first_failed, child);
  if (run.next < run.source->count) push_work(frame, rank_of(frame, task), kNil);
}

}  // namespace engine

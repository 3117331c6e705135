// Nodes that wait for an answer of the world before their body begins: for keys of ConfigMaps,
// locks and memos, in this order, as Argo asks for them.
//
// A waiting node is Pending. As in Argo it counts for its boundary's parallelism and not among the
// pods of the workflow; it begins once the workflow's limit has room, and keeps its locks until
// then. Steps, DAGs and retries that begin after a wait are Running: Argo leaves them Pending.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "engine/lock_table.h"
#include "engine/machine.h"
#include "text/json.h"
#include "text/quantity.h"

namespace engine {
namespace {

// As Argo's: the key is one of a ConfigMap.
bool is_memo_key(std::string_view key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !key.empty() && is_plain(key.front()) &&
         std::all_of(key.begin(), key.end(), [&](char c) { return is_plain(c) || c == '-'; });
}

}  // namespace

void State::Machine::take(const Answered& event) {
  if (!event.node.valid()) {
    if (const auto* answer = std::get_if<LocksAnswer>(&event.answer)) take_workflow_locks(*answer);
    return;
  }
  const uint32_t id = event.node.value;
  const auto found = waits_.find(id);
  if (found == waits_.end()) return;
  // The variants of Answer are in the order of the stages.
  if (event.answer.index() != static_cast<size_t>(found->second.stage)) return;
  const auto* locks = std::get_if<LocksAnswer>(&event.answer);
  const auto* before =
      found->second.answer ? std::get_if<LocksAnswer>(&*found->second.answer) : nullptr;
  if (before != nullptr && before->state != LocksAnswer::State::kWaiting) return;
  const bool is_over = nodes_[id].boundary != kNil && frame_of(nodes_[id].boundary) == nullptr;
  if (is_over && locks != nullptr) {  // nobody waits for the node any more
    release_locks(id);
    changed(id);
    return;
  }
  found->second.answer = event.answer;
  notify(id);
}

void State::Machine::take_workflow_locks(const LocksAnswer& answer) {
  if (!awaits_locks_ || is_final(phase_)) return;
  Locking& locking = locks_[kNil];
  workflow_changed_ = true;
  switch (answer.state) {
    case LocksAnswer::State::kWaiting:
      note_waiting(locking, -1);
      locking.answer = answer;
      note_waiting(locking, +1);
      set_workflow(Phase::kPending, answer.message);
      return;
    case LocksAnswer::State::kError:
      awaits_locks_ = false;
      end_workflow(Phase::kFailed, "Failed to acquire the synchronization lock. " + answer.message);
      return;
    case LocksAnswer::State::kGranted:
      break;
  }
  note_waiting(locking, -1);
  awaits_locks_ = false;
  locking.answer = LocksAnswer();
  locking.is_held = true;
  held_.insert(kNil);
  set_workflow(Phase::kRunning, "");
  if (const auto deadline = workflow_deadline()) wake_at(*deadline + base::Duration{1}, kNil);
  for (Ask& ask : lock_asks()) wish(std::move(ask));
}

// Of nodes that wait already when the workflow has its own locks: it runs again, and they go on.
// Before, they would hold what those need from whom the workflow waits.
std::vector<Ask> State::Machine::lock_asks() const {
  std::vector<Ask> out;
  if (awaits_locks_) return out;
  for (const auto& [id, wait] : waits_)
    if (wait.stage == Wait::Stage::kLocks)
      if (const auto locks = locks_.find(id); locks != locks_.end())
        out.push_back({NodeId{id}, locks->second.wish});
  std::sort(out.begin(), out.end(),
            [](const Ask& a, const Ask& b) { return a.node.value < b.node.value; });
  return out;
}

// --- asking

bool State::Machine::lock_wish(uint32_t id, const std::vector<PlanLock>& locks, LockWish& out,
                               std::string& error) {
  for (const PlanLock& lock : locks) {
    std::string name;
    render(lock.name, scope_of(id), Strict::kLenient, name, nullptr);
    const auto parsed = parse_lock_name(name);
    if (!parsed) {
      error = fmt::format("invalid lock name '{}'", name);
      return false;
    }
    if (parsed->kind == LockKind::kDatabase && !plan_->has_lock_database) {
      error = fmt::format("database session is not available for {} {}",
                          lock.is_mutex ? "mutex" : "semaphore", name);
      return false;
    }
    out.locks.push_back({std::move(name), lock.is_mutex});
  }
  return true;
}

void State::Machine::hold(uint32_t id, Wait::Stage stage) {
  waits_[id].stage = stage;
  changed(id);
  if (!nodes_[id].is(flag::kWaiting)) {
    count(id, -1);
    nodes_[id].flags |= flag::kWaiting;
    count(id, +1);
    set_phase(id, Phase::kPending);
  }
  check_pending_timeouts(id);
}

Start State::Machine::advance(uint32_t id, Wait::Stage stage, std::string& error) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  if (stage <= Wait::Stage::kLocks && !tmpl.locks.empty()) return ask_locks(id, error);
  if (stage <= Wait::Stage::kMemo && tmpl.memo) return ask_memo(id, error);
  begin_waiting(id);
  return Start::kStarted;
}

Start State::Machine::ask_locks(uint32_t id, std::string& error) {
  LockWish locks;
  if (!lock_wish(id, template_of(nodes_[id]).locks, locks, error)) return Start::kErrored;
  locks_[id].wish = locks;
  hold(id, Wait::Stage::kLocks);
  wish(Ask{NodeId{id}, std::move(locks)});
  return Start::kStarted;
}

Start State::Machine::ask_memo(uint32_t id, std::string& error) {
  const PlanMemo& memo = *template_of(nodes_[id]).memo;
  Memo& mine = memos_[id];
  mine = Memo();
  mine.key.in_database = memo.in_database;
  render(memo.cache, scope_of(id), Strict::kLenient, mine.key.cache, nullptr);
  if (memo.key.valid()) render(memo.key, scope_of(id), Strict::kLenient, mine.key.key, nullptr);
  if (!is_memo_key(mine.key.key)) {
    error = "invalid cache key: " + mine.key.key;
    memos_.erase(id);
    return Start::kErrored;
  }
  hold(id, Wait::Stage::kMemo);
  wish(Ask{NodeId{id}, mine.key});
  return Start::kStarted;
}

// --- answers

void State::Machine::visit_waiting(uint32_t id) {
  Wait& wait = waits_.at(id);
  if (wait.stage == Wait::Stage::kSlot) {
    begin_waiting(id);
    return;
  }
  if (!wait.answer) {
    // A held one waits without end.
    check_pending_timeouts(id);
    return;
  }
  const Answer answer = std::move(*wait.answer);
  wait.answer.reset();
  std::visit([&](const auto& given) { act_on(id, given); }, answer);
}

void State::Machine::act_on(uint32_t id, const ConfigMapValues& values) {
  const std::vector<Wait::Input> inputs = std::move(waits_.at(id).inputs);
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Wait::Input& input = inputs[i];
    const ConfigMapValue value = i < values.size() ? values[i] : ConfigMapValue();
    std::string_view& place = nodes_[id].inputs[input.index];
    if (value.value) {
      place = arena_.keep(*value.value);
    } else if (input.fallback && value.is_not_found) {
      place = arena_.keep(*input.fallback);
    } else {
      fail_waiting(id, fmt::format("unable to retrieve inputs.parameters.{} from ConfigMap: {}",
                                   tmpl.inputs[input.index].name, value.error));
      return;
    }
  }
  waits_.at(id).inputs.clear();
  if (!inputs.empty() && hold_back(id)) return;
  go_on(id, Wait::Stage::kLocks);
}

void State::Machine::act_on(uint32_t id, const LocksAnswer& answer) {
  Locking& locking = locks_.at(id);
  switch (answer.state) {
    case LocksAnswer::State::kWaiting:
      waits_.at(id).was_told = true;
      note_waiting(locking, -1);
      locking.answer = answer;
      note_waiting(locking, +1);
      set_message(id, answer.message);
      changed(id);
      check_pending_timeouts(id);
      return;
    case LocksAnswer::State::kError: {
      const std::string message = answer.message;
      release_locks(id);
      fail_waiting(id, message);
      return;
    }
    case LocksAnswer::State::kGranted:
      break;
  }
  note_waiting(locking, -1);
  locking.answer = LocksAnswer();
  locking.is_held = true;
  held_.insert(id);
  set_message(id, "");
  changed(id);
  go_on(id, waits_to_run_on(id) ? Wait::Stage::kSlot : Wait::Stage::kMemo);
}

void State::Machine::act_on(uint32_t id, const MemoEntry& entry) {
  if (!entry.error.empty()) {
    fail_waiting(id, entry.error);
    return;
  }
  const PlanMemo& memo = *template_of(nodes_[id]).memo;
  bool is_hit = entry.is_found;
  if (memo.max_age.valid()) {
    std::string text;
    render(memo.max_age, scope_of(id), Strict::kLenient, text, nullptr);
    const auto age = text::parse_duration(text);
    if (!age) {
      fail_waiting(id, "invalid maxAge: " + age.error().text);
      return;
    }
    is_hit = is_hit && now_ - entry.created_at <= *age;
  }
  changed(id);
  if (is_hit)
    use_memo(id, entry.outputs);
  else
    go_on(id, Wait::Stage::kSlot);
}

void State::Machine::go_on(uint32_t id, Wait::Stage stage) {
  std::string error;
  if (advance(id, stage, error) == Start::kErrored) fail_waiting(id, error);
}

// As Argo: what never was seen to wait did not come into being as what it was to be.
void State::Machine::fail_waiting(uint32_t id, const std::string& error) {
  const bool was_told = waits_.at(id).was_told;
  stop_waiting(id);
  Node& node = nodes_[id];
  if (!was_told) {
    count(id, -1);
    node.type = NodeType::kSkipped;
    node.phase = Phase::kNone;
    node.inputs = nullptr;
  }
  node.flags |= flag::kBubbles;
  memos_.erase(id);
  set_phase(id, Phase::kError, error);
}

// --- the end of waiting

void State::Machine::stop_waiting(uint32_t id) {
  if (!nodes_[id].is(flag::kWaiting)) return;
  count(id, -1);
  nodes_[id].flags &= static_cast<uint16_t>(~flag::kWaiting);
  count(id, +1);
  waits_.erase(id);
  changed(id);
}

void State::Machine::begin_waiting(uint32_t id) {
  if (!has_slot(nullptr)) {
    Wait& wait = waits_.at(id);
    wait.stage = Wait::Stage::kSlot;
    if (!std::exchange(wait.is_slot_waiter, true)) slot_waiters_.push_back(id);
    changed(id);
    return;
  }
  const bool runs_on = waits_to_run_on(id);
  stop_waiting(id);
  if (runs_on) {
    set_phase(id, Phase::kRunning);
    notify(id);
    return;
  }
  if (now_ != nodes_[id].started) begun_at_[id] = now_;
  const Frame* frame = frame_of(nodes_[id].boundary);
  begin(id, frame != nullptr ? frame->depth + 1 : 1);
}

// As many as there are slots for.
void State::Machine::wake_slot_waiters() {
  if (slot_waiters_.empty() || !has_slot(nullptr)) return;
  const auto limit = static_cast<uint64_t>(std::max<int64_t>(0, plan_->parallelism.value_or(0)));
  for (uint64_t free = limit - active_pods_; free > 0 && !slot_waiters_.empty();) {
    const uint32_t id = slot_waiters_.front();
    slot_waiters_.pop_front();
    const auto wait = waits_.find(id);
    // Has ended meanwhile, or nothing visits it any more.
    if (wait == waits_.end() || (has_orphans_ && is_orphan(id))) continue;
    wait->second.is_slot_waiter = false;
    notify(id);
    --free;
  }
}

// --- locks

// Counts a waiter of each of its locks, for status.synchronization.
void State::Machine::note_waiting(const Locking& locking, int by) {
  if (locking.answer.lock.empty()) return;
  for (const LockWish::Lock& lock : locking.wish.locks) {
    LockView& view = waiting_locks_[lock.name];
    view.is_mutex = lock.is_mutex;
    view.waiters += by;
    for (const auto& [name, holders] : locking.answer.holders)
      if (name == lock.name) view.holders = holders;
    if (view.waiters == 0) waiting_locks_.erase(lock.name);
  }
}

void State::Machine::release_locks(uint32_t id) {
  const auto found = locks_.find(id);
  if (found == locks_.end()) return;
  note_waiting(found->second, -1);
  held_.erase(id);
  locks_.erase(found);
  wish(ReleaseLocks{NodeId{id}});
  changed(id);
}

void State::Machine::release_all_locks() {
  awaits_locks_ = false;
  if (locks_.empty()) return;
  for (const auto& [id, locking] : locks_)
    if (id != kNil) changed(id);
  locks_.clear();
  held_.clear();
  waiting_locks_.clear();
  wish(ReleaseLocks{});
}

// Inside of a boundary that has ended: nothing visits it any more.
bool State::Machine::is_orphan(uint32_t id) const {
  for (uint32_t at = nodes_[id].boundary; at != kNil; at = nodes_[at].boundary)
    if (is_final(nodes_[at].phase)) return true;
  return false;
}

// Orphans in which no pod runs give up their locks, which they would else keep, or wait for, until
// the workflow ends; its exit handler may need them. In Argo such a workflow hangs.
void State::Machine::release_orphans() {
  look_for_orphans_ = false;
  std::set<uint32_t> busy;
  for (const uint32_t id : open_nodes()) {
    const Node& node = nodes_[id];
    if ((node.type != NodeType::kPod && !is_task(node.type)) || node.is(flag::kWaiting)) continue;
    if (node.shape == Shape::kAttempt) busy.insert(node.owner);
    for (uint32_t at = id; at != kNil; at = nodes_[at].boundary) busy.insert(at);
  }
  std::vector<uint32_t> orphans;
  for (const auto& [id, locking] : locks_)
    if (id != kNil && is_orphan(id) && !busy.contains(id)) orphans.push_back(id);
  std::sort(orphans.begin(), orphans.end());
  for (const uint32_t id : orphans) release_locks(id);
}

text::Value State::Machine::synchronization() const {
  text::Value out;
  const std::string workflow = plan_->namespace_ + "/" + plan_->workflow_name;
  const auto list = [&](bool is_mutex, std::string_view part) -> text::Value& {
    text::Value& entries = out[is_mutex ? "mutex" : "semaphore"][part];
    if (!entries.is_list()) entries = text::Value(text::List());
    return entries;
  };
  std::map<std::string, std::pair<bool, text::List>> held;
  for (const uint32_t id : held_)
    for (const LockWish::Lock& lock : locks_.at(id).wish.locks) {
      auto& [is_mutex, holders] = held[lock.name];
      is_mutex = lock.is_mutex;
      holders.emplace_back(id == kNil ? workflow : workflow + "/" + id_of(id));
    }
  const auto add = [&](const std::string& name, bool is_mutex, std::string_view part,
                       text::List holders) {
    text::Map entry;
    entry.set(is_mutex ? "mutex" : "semaphore", text::Value(name));
    if (is_mutex && !holders.empty()) entry.set("holder", holders.front());
    if (!is_mutex) entry.set("holders", text::Value(std::move(holders)));
    list(is_mutex, part).as_list().emplace_back(std::move(entry));
  };
  for (auto& [name, entry] : held) add(name, entry.first, "holding", std::move(entry.second));
  for (const auto& [name, view] : waiting_locks_) {
    text::List holders;
    for (const std::string& holder : view.holders) holders.emplace_back(holder);
    add(name, view.is_mutex, "waiting", std::move(holders));
  }
  return out;
}

// --- memos

const Memo* State::Machine::memo_of(uint32_t id) const {
  if (memos_.empty()) return nullptr;
  const auto found = memos_.find(nodes_[id].shape == Shape::kAttempt ? nodes_[id].owner : id);
  return found == memos_.end() ? nullptr : &found->second;
}

// The node is over without having run.
void State::Machine::use_memo(uint32_t id, std::string_view json) {
  memos_.at(id).is_hit = true;
  const auto outputs = text::parse_json(json);
  if (!outputs) {
    fail_waiting(id, "malformed cache entry: " + outputs.error().text);
    return;
  }
  if (outputs->is_map()) {
    const auto& declared = template_of(nodes_[id]).outputs;
    auto* kept = arena_.array<NodeOutputs>(1);
    if (const text::Value* result = outputs->find("result"))
      kept->result = arena_.keep(result->to_any_string());
    const std::string_view code = outputs->string_at("exitCode");
    kept->has_exit_code =
        std::from_chars(code.data(), code.data() + code.size(), kept->exit_code).ec == std::errc();
    const text::Value* list = outputs->find("parameters");
    if (list != nullptr && list->is_list()) {
      kept->values = arena_.array<std::string_view>(declared.size());
      for (const text::Value& entry : list->as_list())
        for (size_t i = 0; i < declared.size(); ++i)
          if (const text::Value* value = entry.find("value");
              value != nullptr && declared[i].name == entry.string_at("name"))
            kept->values[i] = arena_.keep(value->to_any_string());
    }
    nodes_[id].outputs = kept;
    if (const text::Value* artifacts = outputs->find("artifacts"))
      set_artifacts(id, ArtifactSide::kOutputs, text::to_json(*artifacts));
    export_outputs(id);
  }
  stop_waiting(id);
  set_phase(id, Phase::kSucceeded, "");
}

void State::Machine::save_memo(uint32_t id) {
  const Memo* memo = memo_of(id);
  const NodeType type = nodes_[id].type;
  const bool keeps =
      is_task(type) || type == NodeType::kPod || type == NodeType::kSteps || type == NodeType::kDag;
  if (memo == nullptr || memo->is_hit || !keeps) return;
  Row row;
  std::vector<std::string> extras;
  encode_outputs(id, row, extras);
  wish(SaveMemo{NodeId{id}, memo->key, outputs_json(row)});
}

// --- after a restart

std::vector<Ask> State::asks() const {
  const Machine& machine = *machine_;
  std::vector<Ask> out;
  if (machine.awaits_locks_) out.push_back({NodeId{}, machine.locks_.at(kNil).wish});
  std::vector<uint32_t> waiting;
  for (const auto& [id, wait] : machine.waits_) waiting.push_back(id);
  std::sort(waiting.begin(), waiting.end());
  for (const uint32_t id : waiting) {
    const Wait& wait = machine.waits_.at(id);
    if (wait.stage == Wait::Stage::kInputs) {
      std::vector<ConfigMapKey> keys;
      for (const Wait::Input& input : wait.inputs) keys.push_back(input.key);
      out.push_back({NodeId{id}, std::move(keys)});
    } else if (wait.stage == Wait::Stage::kMemo) {
      out.push_back({NodeId{id}, machine.memos_.at(id).key});
    }
  }
  for (Ask& ask : machine.lock_asks()) out.push_back(std::move(ask));
  return out;
}

std::vector<std::pair<NodeId, LockWish>> State::held_locks() const {
  std::vector<std::pair<NodeId, LockWish>> out;
  for (const uint32_t id : machine_->held_)
    out.emplace_back(NodeId{id}, machine_->locks_.at(id).wish);
  return out;
}

}  // namespace engine

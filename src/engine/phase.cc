// The one door through which phases change: counters, times, changes to write, and telling the
// boundary follow from it and are nowhere else.
#include <algorithm>
#include <charconv>

#include "engine/machine.h"

namespace engine {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kNone:
      return "";
    case Phase::kPending:
      return "Pending";
    case Phase::kRunning:
      return "Running";
    case Phase::kSucceeded:
      return "Succeeded";
    case Phase::kFailed:
      return "Failed";
    case Phase::kError:
      return "Error";
    case Phase::kSkipped:
      return "Skipped";
    case Phase::kOmitted:
      return "Omitted";
  }
  return "";
}

std::string_view to_string(NodeType type) {
  constexpr std::string_view kNames[] = {"Pod",       "Steps",  "StepGroup", "DAG",
                                         "TaskGroup", "Retry",  "Skipped",   "Suspend",
                                         "HTTP",      "Plugin", "Container"};
  return kNames[static_cast<size_t>(type)];
}

void State::Machine::changed(uint32_t id) {
  Node& node = nodes_[id];
  if (node.is(flag::kChanged)) return;
  node.flags |= flag::kChanged;
  changed_.push_back(id);
}

std::optional<Progress> parse_progress(std::string_view text) {
  Progress out;
  const char* const end = text.data() + text.size();
  const auto done = std::from_chars(text.data(), end, out.done);
  if (done.ec != std::errc() || done.ptr == end || *done.ptr != '/') return std::nullopt;
  const auto total = std::from_chars(done.ptr + 1, end, out.total);
  if (total.ec != std::errc() || total.ptr != end || out.total == 0 || out.done > out.total)
    return std::nullopt;
  return out;
}

// Of one that has succeeded all is done, whatever it last said.
Progress State::Machine::progress_of(uint32_t id) const {
  Progress out;
  if (!progress_.empty())
    if (const auto told = progress_.find(id); told != progress_.end()) out = told->second;
  if (nodes_[id].phase == Phase::kSucceeded) out.done = out.total;
  return out;
}

void State::Machine::take_progress(uint32_t id, std::string_view text) {
  if (text.empty()) return;
  const auto told = parse_progress(text);
  if (!told || *told == progress_of(id)) return;
  count(id, -1);
  progress_[id] = *told;
  count(id, +1);
  changed(id);
}

// What a node adds to the counters of its boundary and of the workflow.
void State::Machine::count(uint32_t id, int by) {
  const Node& node = nodes_[id];
  const bool is_pod = node.type == NodeType::kPod;
  const bool is_active = node.phase == Phase::kPending || node.phase == Phase::kRunning;
  const bool has_pod = is_pod && !node.is(flag::kWaiting);
  if (has_pod && is_active) active_pods_ += by;
  if (has_progress(node.type) && node.phase != Phase::kNone) {
    const Progress progress = progress_of(id);
    pods_total_ += static_cast<int64_t>(progress.total) * by;
    pods_done_ += static_cast<int64_t>(progress.done) * by;
  }
  if (!is_pod && node.type != NodeType::kSteps && node.type != NodeType::kDag) return;
  Frame* frame = frame_of(node.boundary);
  if (frame == nullptr) return;
  if (is_active) {
    frame->active += by;
    if (has_pod) frame->active_pods += by;
  }
  if (is_failed(node.phase)) frame->unsuccessful += by;
}

void State::Machine::note_open(uint32_t id) {
  const NodeType type = nodes_[id].type;
  if (type == NodeType::kStepGroup || type == NodeType::kTaskGroup) return;
  // Once most have ended they leave, so that the list stays as long as what is open.
  if (ended_ > begun_.size() / 2 + 32) {
    std::erase_if(begun_, [&](uint32_t other) { return is_final(nodes_[other].phase); });
    ended_ = 0;
  }
  begun_.push_back(id);
}

std::vector<uint32_t> State::Machine::open_nodes() const {
  std::vector<uint32_t> out;
  for (const uint32_t id : begun_)
    if (!is_final(nodes_[id].phase)) out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

void State::Machine::set_phase(uint32_t id, Phase phase) {
  Node& node = nodes_[id];
  if (node.phase == phase) return;
  if (node.phase == Phase::kNone && !is_final(phase))
    note_open(id);
  else if (is_final(phase) && node.phase != Phase::kNone && !is_final(node.phase))
    ++ended_;
  count(id, -1);
  node.phase = phase;
  count(id, +1);
  changed(id);
  if (is_failed(phase)) failed_.push_back(id);
  if (is_fulfilled(node) && !node.finished.is_set()) node.finished = now_;
  if (!is_fulfilled(node)) {
    if (has_hooks(node)) notify(id);
    return;
  }
  node.flags |= flag::kFulfilled;
  if (node.is(flag::kWaiting)) stop_waiting(id);
  if (!locks_.empty()) release_locks(id);
  if (has_orphans_) look_for_orphans_ = true;
  if (!memos_.empty() && phase == Phase::kSucceeded) save_memo(id);
  notify(id);
}

void State::Machine::set_message(uint32_t id, std::string_view message) {
  Node& node = nodes_[id];
  if (node.message == message) return;
  node.message = message.empty() ? std::string_view() : arena_.keep(message);
  changed(id);
}

void State::Machine::set_phase(uint32_t id, Phase phase, std::string_view message) {
  set_message(id, message);
  set_phase(id, phase);
}

// The daemons of a boundary end with it. Argo calls them Succeeded and gives them no end time.
void State::Machine::kill_daemons(Frame& frame) {
  for (const uint32_t id : frame.daemons) {
    Node& node = nodes_[id];
    if (!node.is(flag::kDaemoned)) continue;
    node.flags &= static_cast<uint16_t>(~flag::kDaemoned);
    --daemons_;
    changed(id);
    const uint32_t pod = node.type == NodeType::kRetry ? retries_[node.frame].last : id;
    for (const uint32_t ended : {id, pod}) {
      Node& target = nodes_[ended];
      target.flags |= flag::kFromOutside;
      if (target.is(flag::kDaemoned)) {
        target.flags &= static_cast<uint16_t>(~flag::kDaemoned);
        --daemons_;
      }
      if (is_final(target.phase)) continue;
      count(ended, -1);
      target.phase = Phase::kSucceeded;
      count(ended, +1);
      changed(ended);
    }
    if (nodes_[pod].type == NodeType::kPod) wish(StopPod{NodeId{pod}, false});
  }
  frame.daemons.clear();
}

void State::Machine::record(bool warning, std::string_view reason, std::string message) {
  wish(Recorded{warning, std::string(reason), std::move(message)});
}

void State::Machine::set_workflow(Phase phase, std::string_view message) {
  if (phase != phase_) {
    workflow_changed_ = true;
    phase_ = phase;
    if (phase == Phase::kPending) record(false, "WorkflowPending", std::string(message));
    if (phase == Phase::kRunning) record(false, "WorkflowRunning", "Workflow Running");
    if (phase == Phase::kSucceeded) record(false, "WorkflowSucceeded", "Workflow completed");
    if (is_failed(phase)) record(true, "WorkflowFailed", std::string(message));
    if (is_final(phase)) finished_ = now_;
  }
  if (!started_.is_set()) started_ = now_;
  if (message_ != message) {
    workflow_changed_ = true;
    message_ = message;
  }
}

}  // namespace engine

#include "engine/rerun.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "base/hash.h"
#include "engine/row.h"
#include "engine/summary.h"
#include "text/json.h"

namespace engine {
namespace {

constexpr uint32_t kNone = 0xffffffffu;

bool is_group(NodeType type) {
  return type == NodeType::kSteps || type == NodeType::kDag || type == NodeType::kStepGroup ||
         type == NodeType::kTaskGroup || type == NodeType::kRetry;
}
bool is_hook(const Row& row) { return row.shape == Shape::kHook || row.shape == Shape::kExit; }

class RerunPlanner {
 public:
  explicit RerunPlanner(const RerunRequest& request) : request_(request) {}
  base::Status read(std::span<const std::string_view> bytes);
  base::Result<Rerun> run();

 private:
  enum class Fate : uint8_t { kStays, kUnsettled, kRunsOn, kGoes };

  uint32_t unit_of(uint32_t id) const;
  bool is_superseded(uint32_t id) const;
  void look_behind();
  void find_failed();
  void remove_open();
  base::Status count_as_done(uint32_t id);
  void remove(uint32_t id);
  void remove_below(uint32_t id);
  void remove_behind(uint32_t id);
  void run_on_above(uint32_t id);
  void expand_again();
  void restart_daemons();
  Row renewed(uint32_t id);
  void take_over(Row& row);
  void number_again(Row& row) const;
  void write_summary_of(Rerun& out) const;

  const RerunRequest& request_;
  std::vector<Row> rows_;
  std::vector<std::vector<uint32_t>> owned_, behind_;
  std::vector<uint32_t> last_attempt_;  // of Retry nodes
  std::vector<bool> is_from_, is_done_;
  std::vector<bool> good_inside_, good_behind_;  // a success is under the node, or comes after it
  std::vector<Fate> fate_;
  std::vector<uint32_t> new_ids_;
  std::deque<std::string> texts_;  // that rows point into
  uint32_t exit_root_ = kNone;
};

base::Status RerunPlanner::read(std::span<const std::string_view> bytes) {
  rows_.reserve(bytes.size());
  owned_.resize(bytes.size());
  behind_.resize(bytes.size());
  last_attempt_.assign(bytes.size(), kNone);
  for (const std::string_view one : bytes) {
    auto row = read_row(one);
    if (!row) return base::fail(row.error());
    const auto id = static_cast<uint32_t>(rows_.size());
    const auto before = [&](uint32_t other) { return other == kNone || other < id; };
    const bool links_fit = std::all_of(row->links.begin(), row->links.end(),
                                       [&](const RowLink& link) { return link.node < id; });
    if (row->id != id || !before(row->owner) || !before(row->boundary) || !links_fit)
      return base::fail(base::Code::kCorrupt, "row of a node does not fit its workflow");
    if (row->owner != kNone) owned_[row->owner].push_back(id);
    for (const RowLink& link : row->links)
      if (link.kind != RowLink::Kind::kUnder) behind_[link.node].push_back(id);
    if (row->shape == Shape::kAttempt) last_attempt_[row->owner] = id;
    if (row->shape == Shape::kExit && row->boundary == kNone) exit_root_ = id;
    rows_.push_back(std::move(*row));
  }
  fate_.assign(rows_.size(), Fate::kStays);
  is_from_.assign(rows_.size(), false);
  is_done_.assign(rows_.size(), false);
  return {};
}

// What must go for the node to run again: a container runs with its pod, and attempts that are
// leaves begin again with the first.
uint32_t RerunPlanner::unit_of(uint32_t id) const {
  if (rows_[id].shape == Shape::kContainer) id = rows_[id].owner;
  if (rows_[id].shape == Shape::kAttempt) id = rows_[id].owner;
  // Without its first group a boundary has nothing to go on from.
  if (rows_[id].shape == Shape::kGroup && rows_[id].index == 0) return unit_of(rows_[id].owner);
  return id;
}

// Of an attempt that another one has followed, or of one that goes with all others.
bool RerunPlanner::is_superseded(uint32_t id) const {
  for (; id != kNone; id = rows_[id].owner)
    if (rows_[id].shape == Shape::kAttempt && last_attempt_[rows_[id].owner] != id) return true;
  return false;
}

// Owned nodes and those behind have larger ids: one pass from the end finds everything.
void RerunPlanner::look_behind() {
  good_inside_.assign(rows_.size(), false);
  good_behind_.assign(rows_.size(), false);
  const auto is_good = [&](uint32_t id) {
    return is_from_[id] ? request_.keeps_before
                        : rows_[id].phase == Phase::kSucceeded || good_inside_[id];
  };
  for (auto id = static_cast<uint32_t>(rows_.size()); id-- > 0;) {
    for (const uint32_t child : owned_[id])
      if (!is_hook(rows_[child]) && rows_[child].shape != Shape::kContainer && is_good(child))
        good_inside_[id] = true;
    for (const uint32_t other : behind_[id])
      if (is_good(other) || good_behind_[other]) good_behind_[id] = true;
  }
  // What is behind that which a node is part of comes after the node as well.
  for (uint32_t id = 0; id < rows_.size(); ++id)
    if (rows_[id].owner != kNone && good_behind_[rows_[id].owner]) good_behind_[id] = true;
}

void RerunPlanner::find_failed() {
  look_behind();
  std::vector<bool> failed_inside(rows_.size(), false);
  for (auto id = static_cast<uint32_t>(rows_.size()); id-- > 0;) {
    const Row& row = rows_[id];
    const bool is_failure = is_failed(row.phase) && !is_superseded(id);
    if (row.owner != kNone && (is_failure || failed_inside[id])) failed_inside[row.owner] = true;
    if (!is_failure || failed_inside[id] || row.shape == Shape::kContainer) continue;
    if (row.shape == Shape::kExit && row.boundary == kNone) continue;
    const uint32_t unit = unit_of(id);
    if (good_behind_[id] || good_behind_[unit]) continue;
    // Its own end went wrong, as its outputs did: all inside of it stays.
    const bool is_holder = is_group(row.type) && row.type != NodeType::kRetry;
    if (is_holder && good_inside_[id]) {
      fate_[id] = std::max(fate_[id], Fate::kRunsOn);
      remove_behind(id);
      run_on_above(id);
    } else if (!good_inside_[unit]) {
      remove(unit);
    }
  }
}

// What was still open when the workflow ended begins anew: nobody has watched it since.
void RerunPlanner::remove_open() {
  for (uint32_t id = 0; id < rows_.size(); ++id) {
    const Row& row = rows_[id];
    const bool is_open = row.phase == Phase::kPending || row.phase == Phase::kRunning;
    if (is_open && !is_group(row.type) && row.shape != Shape::kContainer) remove(unit_of(id));
  }
}

base::Status RerunPlanner::count_as_done(uint32_t id) {
  if (rows_[id].shape == Shape::kAttempt) id = rows_[id].owner;
  const uint32_t last = rows_[id].type == NodeType::kRetry ? last_attempt_[id] : id;
  if (last == kNone || is_group(rows_[last].type) || rows_[last].shape == Shape::kContainer)
    return base::fail(
        base::Code::kInvalid,
        fmt::format("node {} stands for others: set those that it is made of", rows_[id].name));
  for (const uint32_t one : {id, last}) is_done_[one] = true;
  fate_[id] = std::max(fate_[id], Fate::kUnsettled);
  remove_behind(id);
  run_on_above(id);
  return {};
}

void RerunPlanner::remove(uint32_t id) {
  if (fate_[id] == Fate::kGoes) return;
  remove_below(id);
  run_on_above(id);
}

void RerunPlanner::remove_below(uint32_t id) {
  std::vector<uint32_t> todo{id};
  while (!todo.empty()) {
    const uint32_t at = todo.back();
    todo.pop_back();
    if (fate_[at] == Fate::kGoes) continue;
    fate_[at] = Fate::kGoes;
    todo.insert(todo.end(), owned_[at].begin(), owned_[at].end());
    todo.insert(todo.end(), behind_[at].begin(), behind_[at].end());
  }
}

void RerunPlanner::remove_behind(uint32_t id) {
  for (const uint32_t other : behind_[id]) remove_below(other);
}

// What the node is part of; a node whose hook runs again does not run itself.
void RerunPlanner::run_on_above(uint32_t id) {
  for (; rows_[id].owner != kNone; id = rows_[id].owner) {
    const uint32_t above = rows_[id].owner;
    const Fate fate = is_hook(rows_[id]) ? Fate::kUnsettled : Fate::kRunsOn;
    const bool is_new = fate_[above] < fate;
    fate_[above] = std::max(fate_[above], fate);
    if (is_new) remove_behind(above);
  }
}

void RerunPlanner::expand_again() {
  for (uint32_t id = 0; id < rows_.size(); ++id) {
    const bool holds_loops =
        rows_[id].type == NodeType::kStepGroup || rows_[id].type == NodeType::kTaskGroup;
    if (fate_[id] == Fate::kRunsOn && (holds_loops || is_hook(rows_[id]))) remove(unit_of(id));
  }
}

// A boundary's daemons were stopped when it ended: what runs on in it may need them, and what has
// run with them runs with the new ones.
void RerunPlanner::restart_daemons() {
  for (uint32_t id = 0; id < rows_.size(); ++id) {
    const Row& row = rows_[id];
    const bool was_daemon = (row.flags & flag::kFromOutside) != 0 && row.phase != Phase::kError &&
                            row.boundary != kNone;
    if (!was_daemon || fate_[row.boundary] != Fate::kRunsOn || fate_[id] == Fate::kGoes) continue;
    remove(unit_of(id));
  }
}

// Under the name of another workflow.
void RerunPlanner::take_over(Row& row) {
  const std::string old_name(rows_.front().name);
  const std::string id =
      row.shape == Shape::kRoot ? old_name : fmt::format("{}-{}", old_name, id_number(row));
  if (row.type == NodeType::kPod && !is_failed(row.phase)) {
    row.type = NodeType::kSkipped;
    row.phase = Phase::kSkipped;
    row.message = texts_.emplace_back("original pod: " + id);
  }
  row.started = request_.now;
  if (row.finished.is_set()) row.finished = request_.now;
  const size_t display_start = row.name.size() - row.display_size;
  row.name = texts_.emplace_back(request_.new_name + std::string(row.name.substr(old_name.size())));
  if (display_start == 0) row.display_size = static_cast<uint32_t>(row.name.size());
  row.hash = base::fnv1a32(row.name);
}

Row RerunPlanner::renewed(uint32_t id) {
  constexpr auto kOfEnd =
      static_cast<uint16_t>(flag::kSettled | flag::kFulfilled | flag::kOutbound | flag::kBubbles);
  Row row = rows_[id];
  if (fate_[id] == Fate::kUnsettled)
    row.flags = static_cast<uint16_t>(row.flags & ~(flag::kSettled | flag::kBubbles));
  if (fate_[id] == Fate::kRunsOn) {
    row.flags = static_cast<uint16_t>(row.flags & ~kOfEnd);
    row.phase = Phase::kRunning;
    row.onward = Phase::kNone;
    row.message = {};
    row.started = request_.now;
    row.finished = {};
    row.outbound.clear();
    row.outputs.clear();
    row.has_outputs = row.has_output_parameters = row.has_result = row.has_exit_code = false;
    row.output_artifacts = {};
    if (request_.new_arguments) {
      row.has_inputs = row.input_artifacts.data() != nullptr;
      row.inputs.clear();
    }
  }
  if (!request_.new_name.empty()) take_over(row);
  if (!is_done_[id]) return row;
  row.phase = Phase::kSucceeded;
  row.flags = static_cast<uint16_t>((row.flags | flag::kFulfilled) & ~flag::kBubbles);
  if (!row.finished.is_set()) row.finished = request_.now;
  row.message = request_.message ? std::string_view(*request_.message) : std::string_view();
  for (const auto& [name, value] : request_.output_parameters) {
    row.has_outputs = row.has_output_parameters = true;
    const auto known =
        std::find_if(row.outputs.begin(), row.outputs.end(),
                     [&name = name](const RowParameter& p) { return p.name == name; });
    if (known == row.outputs.end())
      row.outputs.push_back({name, value, {}, true});
    else
      known->value = value, known->has_value = true;
  }
  return row;
}

void RerunPlanner::number_again(Row& row) const {
  row.id = new_ids_[row.id];
  for (uint32_t* other : {&row.boundary, &row.owner, &row.previous})
    if (*other != kNone) *other = new_ids_[*other];
  for (RowLink& link : row.links) link.node = new_ids_[link.node];
  for (uint32_t& other : row.outbound) other = new_ids_[other];
  std::erase(row.outbound, kNone);
}

void RerunPlanner::write_summary_of(Rerun& out) const {
  StoredSummary::Pairs outputs, artifacts;
  const auto list_of = [&](std::string_view part) {
    const text::Value* list = request_.global_outputs.find(part);
    return list != nullptr && list->is_list() ? list->as_list() : text::List();
  };
  for (const text::Value& entry : list_of("parameters"))
    if (const text::Value* value = entry.find("value"); value != nullptr && value->is_string())
      outputs.emplace_back(entry.string_at("name"), value->as_string());
  for (const text::Value& entry : list_of("artifacts"))
    artifacts.emplace_back(entry.string_at("name"), text::to_json(entry));
  StoredSummary summary;
  summary.is_started = summary.is_taken_up = true;
  summary.is_suspended = request_.suspended;
  summary.phase = Phase::kRunning;
  summary.now = summary.started = request_.now;
  summary.root = out.rows.empty() ? kNone : 0;
  summary.outputs = &outputs;
  summary.artifacts = &artifacts;
  write_summary(summary, out.summary);
}

base::Result<Rerun> RerunPlanner::run() {
  for (const NodeId id : request_.from) is_from_[unit_of(id.value)] = true;
  for (const NodeId id : request_.done)
    if (auto done = count_as_done(id.value); !done) return base::fail(done.error());
  if (request_.failed) find_failed();
  for (uint32_t id = 0; id < rows_.size(); ++id)
    if (is_from_[id]) remove(id);
  const bool is_idle =
      std::all_of(fate_.begin(), fate_.end(), [](Fate fate) { return fate == Fate::kStays; });
  if (rows_.empty() && request_.failed) return Rerun();
  if (is_idle && exit_root_ == kNone)
    return base::fail(base::Code::kInvalid, "there is no node to run again");
  remove_open();
  if (exit_root_ != kNone) remove_below(exit_root_);
  if (request_.new_arguments) expand_again();
  restart_daemons();
  Rerun out;
  new_ids_.assign(rows_.size(), kNone);
  uint32_t count = 0;
  for (uint32_t id = 0; id < rows_.size(); ++id) {
    if (fate_[id] == Fate::kGoes) out.removed.push_back(NodeId{id});
    if (fate_[id] == Fate::kRunsOn) out.reset.push_back(NodeId{id});
    if (fate_[id] != Fate::kGoes) new_ids_[id] = count++;
  }
  std::unordered_set<uint32_t> hashes;
  for (uint32_t id = 0; id < rows_.size(); ++id) {
    if (fate_[id] == Fate::kGoes) continue;
    Row row = renewed(id);
    // Whoever had the 32-bit id before it may be gone, or have come with the name: see names.cc.
    const bool is_first = row.shape == Shape::kRoot || hashes.insert(row.hash).second;
    row.flags =
        static_cast<uint16_t>(is_first ? row.flags & ~flag::kWideId : row.flags | flag::kWideId);
    number_again(row);
    write_row(row, out.rows.emplace_back());
  }
  write_summary_of(out);
  return out;
}

}  // namespace

base::Result<Rerun> plan_rerun(std::span<const std::string_view> rows,
                               const RerunRequest& request) {
  RerunPlanner planner(request);
  if (auto done = planner.read(rows); !done) return base::fail(done.error());
  return planner.run();
}

}  // namespace engine

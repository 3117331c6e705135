#include "control/run_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "control/event_object.h"
#include "control/start_queue.h"
#include "control/telling.h"
#include "text/json.h"

namespace control {
namespace {

constexpr base::Duration kAskAgain = base::Duration::seconds(1);

// One call's work; the members are what its steps share.
class RunRound {
 public:
  RunRound(const std::shared_ptr<Run>& run, const RoundLimits& limits, sys::Random& random,
           std::vector<StopWish>& stops, World& world, Part& part)
      : ptr_(run),
        run_(*run),
        limits_(limits),
        random_(random),
        stops_(stops),
        world_(world),
        part_(part) {}

  void apply_events();
  void write_rows();
  void write_summary();
  void refuse();    // instead of all that: its spec cannot be used
  void postpone();  // instead of all that: it waits for its turn

 private:
  void take(const engine::Actions& actions);
  void stop(const engine::StopPod& wish);
  void ask_world();
  void save(const engine::SaveMemo& memo);
  void record(const engine::Recorded& what);
  void release(const engine::ReleaseLocks& wish);
  void create_pods();
  base::Result<store::PutObject> build_pod(engine::NodeId node) const;
  void put_row(std::string_view collection, uint64_t key, std::string bytes) {
    part_.rows.push_back({run_.uid, std::string(collection), key, std::move(bytes)});
  }

  const std::shared_ptr<Run>& ptr_;
  Run& run_;
  const RoundLimits& limits_;
  sys::Random& random_;
  std::vector<StopWish>& stops_;
  World& world_;
  Part& part_;
  std::vector<uint32_t> changed_;
  bool summary_changed_ = false;
};

// A pod that cannot be built ends at once, which is an event again.
void RunRound::apply_events() {
  engine::Actions actions;
  create_pods();
  ask_world();
  while (!run_.events.empty()) {
    const std::vector<engine::Event> events = std::move(run_.events);
    run_.events.clear();
    for (const engine::Event& event : events) {
      const auto* end = std::get_if<engine::PodEnded>(&event);
      if (end == nullptr) continue;
      const bool is_good = end->outcome == engine::PodEnded::Outcome::kSucceeded;
      if (run_.has_open_pod(end->node)) tell_pod(run_, is_good ? "Succeeded" : "Failed", limits_);
      run_.close_pod(end->node);
    }
    actions.clear();
    run_.state->apply(run_.now, events, actions);
    take(actions);
    ask_world();
    create_pods();
  }
}

void RunRound::take(const engine::Actions& actions) {
  for (const engine::Action& action : actions) {
    if (const auto* changed = std::get_if<engine::NodeChanged>(&action)) {
      changed_.push_back(changed->node.value);
    } else if (const auto* create = std::get_if<engine::CreatePod>(&action)) {
      run_.wanted_pods.push_back(create->node);
    } else if (const auto* wish = std::get_if<engine::StopPod>(&action)) {
      stop(*wish);
    } else if (const auto* ask = std::get_if<engine::Ask>(&action)) {
      run_.unanswered.push_back(*ask);
    } else if (const auto* over = std::get_if<engine::ReleaseLocks>(&action)) {
      release(*over);
    } else if (const auto* memo = std::get_if<engine::SaveMemo>(&action)) {
      save(*memo);
    } else if (const auto* wake = std::get_if<engine::WakeAt>(&action)) {
      run_.wake_at = wake->at;
    } else if (const auto* status = std::get_if<engine::WorkflowChanged>(&action)) {
      summary_changed_ = true;
      part_.finished = part_.finished || status->finished;
    } else if (const auto* recorded = std::get_if<engine::Recorded>(&action)) {
      record(*recorded);
    }
  }
}

// What cannot be answered now is asked again.
void RunRound::ask_world() {
  std::vector<engine::Ask> asks = std::move(run_.unanswered);
  run_.unanswered.clear();
  for (engine::Ask& ask : asks) {
    if (auto answer = world_.answer(run_, ask, run_.now))
      run_.events.emplace_back(std::move(*answer));
    else
      run_.unanswered.push_back(std::move(ask));
  }
  if (!run_.unanswered.empty()) run_.retry_at = run_.now + kAskAgain;
}

// The node has run all the same: as it is, the next run pays for it.
void RunRound::save(const engine::SaveMemo& memo) {
  if (const auto kept = world_.save(run_, memo, run_.now); !kept)
    record(
        {true, "MemoizationFailed", run_.state->node_name(memo.node) + ": " + kept.error().text});
}

// What it has asked for and nobody could answer yet is not asked again: it is over.
void RunRound::release(const engine::ReleaseLocks& wish) {
  std::erase_if(run_.unanswered, [&](const engine::Ask& ask) {
    return !wish.node.valid() || ask.node == wish.node;
  });
  world_.release(run_, wish.node);
}

void RunRound::refuse() {
  part_.summary = *run_.refusal;
  part_.finished = true;
  record({true, "WorkflowFailed", run_.refusal->message});
}

void RunRound::postpone() {
  if (run_.phase_written == engine::Phase::kPending) return;
  part_.summary = postponed_summary();
  record({false, "WorkflowPending", part_.summary->message});
}

void RunRound::record(const engine::Recorded& what) {
  if (!limits_.record_events || run_.events_recorded >= kEventsPerWorkflow) return;
  if (!what.warning && !limits_.recorder->has_room()) return;
  ++run_.events_recorded;
  if (what.warning)
    part_.events.push_back(make_event_object(run_.key, run_.uid, what, run_.now, random_));
  else
    limits_.recorder->add(run_.key, run_.uid, what, run_.now);
}

void RunRound::stop(const engine::StopPod& wish) {
  if (run_.has_open_pod(wish.node)) {
    stops_.push_back({ptr_, wish.node, wish.kill});
    return;
  }
  // Held back until now: it never begins.
  if (!run_.unwanted.insert(wish.node.value).second) return;
  engine::PodEnded end;
  end.node = wish.node;
  end.outcome = engine::PodEnded::Outcome::kFailed;
  end.message = "stopped before it started";
  run_.events.emplace_back(std::move(end));
}

void RunRound::create_pods() {
  while (!run_.wanted_pods.empty() && part_.pods.size() < limits_.pods_max) {
    const engine::NodeId node = run_.wanted_pods.front();
    run_.wanted_pods.pop_front();
    if (run_.unwanted.erase(node.value) != 0) continue;
    auto pod = build_pod(node);
    if (pod) {
      run_.open_pod(node);
      tell_pod(run_, "Pending", limits_);
      part_.pods.push_back(std::move(*pod));
      continue;
    }
    engine::PodEnded end;
    end.node = node;
    end.outcome = engine::PodEnded::Outcome::kError;
    end.message = pod.error().text;
    run_.events.emplace_back(std::move(end));
  }
}

base::Result<store::PutObject> RunRound::build_pod(engine::NodeId node) const {
  const engine::State& state = *run_.state;
  auto tmpl = state.pod_template(node);
  if (!tmpl) return base::fail(tmpl.error());
  const auto boundary = state.boundary_placement(node);
  if (!boundary) return base::fail(boundary.error());
  PodRequest request;
  request.name = state.pod_name(node);
  request.uid = run_.pod_uid(node);
  request.node_id = state.node_id(node);
  request.node_name = state.node_name(node);
  request.template_json = *tmpl;
  request.boundary_json = *boundary;
  request.now = run_.now;
  request.deadline = state.pod_deadline(node);
  request.wants_result =
      state.wants_result(node) ||
      (run_.metrics && run_.metrics->wants_result(state.view(node).template_name));
  request.is_on_exit = state.is_on_exit(node);
  request.avoided_hosts = state.avoided_hosts(node);
  auto built = run_.pods->build(request);
  if (!built) return base::fail(built.error());
  store::PutObject put;
  put.key = {"pods", run_.key.namespace_, std::move(request.name)};
  put.uid = std::move(request.uid);
  put.json = std::move(built->json);
  put.labels = std::move(built->labels);
  put.owner_uids = {run_.uid};
  put.precondition = store::Precondition::must_not_exist();
  return put;
}

void RunRound::write_rows() {
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  part_.rows.reserve(changed_.size() + 2);
  for (const uint32_t node : changed_) {
    std::string bytes;
    run_.state->encode_row(engine::NodeId{node}, bytes);
    tell_node(run_, bytes, limits_, random_, part_);
    put_row(kNodes, node, std::move(bytes));
  }
  // Nobody restores a workflow that has ended.
  if (summary_changed_ && !part_.finished) {
    std::string bytes(sizeof run_.seed, '\0');
    memcpy(bytes.data(), &run_.seed, sizeof run_.seed);
    run_.state->encode_summary(bytes);
    put_row(kEngine, kSeedAndSummary, std::move(bytes));
  }
  run_.is_fresh = false;
}

void RunRound::write_summary() {
  const bool has_operations = !run_.operations.empty();
  for (const uint64_t key : run_.operations)
    part_.deleted_rows.push_back({run_.uid, std::string(kOperations), key});
  run_.operations.clear();
  for (auto& [key, text] : run_.refusals) put_row(kRefusals, key, std::move(text));
  run_.refusals.clear();
  const bool is_due = run_.status_due.is_set() && run_.status_due <= run_.now;
  if (!summary_changed_ && !is_due && !has_operations && !run_.marks.pinned) return;
  engine::Summary summary = run_.state->summary();
  tell_workflow(run_, summary, limits_);
  const base::Time earliest = run_.status_written + limits_.status_interval;
  if (summary.phase != run_.phase_written || part_.finished || has_operations ||
      run_.marks.pinned || earliest <= run_.now) {
    run_.marks.suspended = summary.suspended;
    part_.summary = std::move(summary);
  } else {
    run_.status_due = earliest;
  }
}

}  // namespace

Part make_part(const std::shared_ptr<Run>& run, base::Time now, const RoundLimits& limits,
               sys::Random& random, std::vector<StopWish>& stops, World& world) {
  Part part;
  part.run = run;
  run->now = std::max(run->now, now);
  RunRound round(run, limits, random, stops, world, part);
  if (run->refusal) {
    round.refuse();
    return part;
  }
  if (run->waits_to_start) {
    round.postpone();
    return part;
  }
  round.apply_events();
  round.write_rows();
  round.write_summary();
  return part;
}

}  // namespace control

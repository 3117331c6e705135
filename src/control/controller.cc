#include "control/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <unordered_map>

#include "control/estimates.h"
#include "control/loader.h"
#include "control/operation_events.h"
#include "control/pod_status.h"
#include "control/pod_stopper.h"
#include "control/round.h"
#include "control/run.h"
#include "control/run_round.h"
#include "control/run_timers.h"
#include "control/start_queue.h"
#include "control/template_guard.h"
#include "control/worker.h"
#include "kube/pod_contract.h"
#include "kube/sync_limit.h"
#include "kube/workflow_rows.h"
#include "text/json_scan.h"

namespace control {
namespace {

constexpr base::Duration kLeftoverPause = base::Duration::millis(50);
constexpr std::string_view kFreshPod = R"("status":{"phase":"Pending"}})";

}  // namespace

class Controller::Impl {
 public:
  Impl(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random, ControllerOptions options)
      : api_(api), clock_(clock), random_(random), options_(std::move(options)) {}

  void start() { worker_.start(); }
  void stop();

  base::Result<bool> run_once();
  base::Time next_wake() const;
  std::vector<kube::LockReport> locks(std::string_view namespace_, size_t waiters_most) const {
    return world_.report(namespace_, waiters_most);
  }
  std::atomic<size_t> active = 0;

 private:
  using RunPtr = std::shared_ptr<Run>;

  void note(const base::Error& error) const;
  Worker::Waits waits() const;

  // What comes in.
  base::Status open_watches();
  base::Result<bool> gather();
  base::Status take_workflow(const store::Change& change);
  base::Status take_object(std::shared_ptr<const store::Object> object, bool is_new);
  void take_pod(const store::Change& change);
  base::Status take_operations(Run& run);
  base::Status estimate(Run& run, const store::Object& object);
  void compare_spec(Run& run, const store::Object& object);
  base::Status take_limits();
  base::Status take_templates();
  void take_timers();
  void queue(const RunPtr& run);
  void begin_if_stopped(const RunPtr& run);
  void start_some();
  void queue_woken();
  void starve(const RunPtr& run) {
    run->is_starved = true;
    starved_.push_back(run);
  }
  void drop(const RunPtr& run);

  // What goes out.
  void build_round();
  base::Status commit_round();
  base::Result<bool> write_recorded();
  void settle(Part& part, uint64_t revision);
  void set_timer(const RunPtr& run);

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  sys::Random& random_;
  const ControllerOptions options_;

  std::unique_ptr<store::Watch> workflow_watch_, pod_watch_, config_map_watch_, limit_watch_;
  StartQueue start_queue_{api_, options_.log};
  Estimates estimates_;
  TemplateGuard template_guard_{api_};
  std::vector<RunPtr> unsure_;  // whose templates have changed while they began
  World world_{api_};
  std::unordered_map<std::string, RunPtr> runs_;  // by the stem of the uid
  std::vector<RunPtr> queue_;                     // have something to do this round
  RunTimers timers_;
  std::deque<RunPtr> starved_;  // hold back pods for want of a slot
  size_t open_pods_ = 0;
  EventRecorder recorder_;
  std::optional<Round> round_;   // built, not yet committed
  std::vector<StopWish> stops_;  // of that round
  // The last member: its thread ends before the others go.
  Worker worker_{clock_,
                 {[this] { return run_once(); }, [this] { return waits(); },
                  [this](const base::Error& error) { note(error); }}};
};

void Controller::Impl::note(const base::Error& error) const {
  options_.log("control: " + error.text);
  if (options_.metrics != nullptr)
    options_.metrics->add(metric::kErrorCount, {{"cause", "OperationError"}});
}

Worker::Waits Controller::Impl::waits() const {
  Worker::Waits out{start_queue_.fds(), next_wake()};
  for (const auto* watch : {&workflow_watch_, &pod_watch_, &config_map_watch_, &limit_watch_})
    if (*watch) out.fds.push_back((*watch)->fd());
  for (const int fd : template_guard_.fds()) out.fds.push_back(fd);
  return out;
}

base::Time Controller::Impl::next_wake() const {
  const base::Time timer = timers_.next();
  const base::Time due = recorder_.due();
  return !timer.is_set() || (due.is_set() && due < timer) ? due : timer;
}

// Gives whether any were written.
base::Result<bool> Controller::Impl::write_recorded() {
  const base::Time now = clock_.now();
  if (!recorder_.due().is_set() || recorder_.due() > now) return false;
  return recorder_.flush(api_, random_, now);
}

// What is left is not worth a wait for a store that refuses.
void Controller::Impl::stop() {
  worker_.stop();
  while (true) {
    const auto flushed = recorder_.flush(api_, random_, clock_.now());
    if (!flushed || !*flushed) return;
  }
}

base::Result<bool> Controller::Impl::run_once() {
  if (round_) {
    if (auto done = commit_round(); !done) return base::fail(done.error());
  }
  if (!workflow_watch_ || !pod_watch_ || !config_map_watch_ || !limit_watch_)
    if (auto opened = open_watches(); !opened) return base::fail(opened.error());
  auto gathered = gather();
  if (!gathered) return base::fail(gathered.error());
  const bool has_room = !starved_.empty() && open_pods_ < options_.open_pods_max;
  const auto told = write_recorded();
  if (!told) return base::fail(told.error());
  if (queue_.empty() && !has_room) return *gathered || *told;
  const base::Time began = clock_.now();
  build_round();
  if (auto done = commit_round(); !done) return base::fail(done.error());
  if (options_.metrics != nullptr)
    options_.metrics->observe(metric::kOperationDuration, {},
                              static_cast<double>((clock_.now() - began).ns) / 1e9);
  return true;
}

// Watches first, then the lists: what changes in between comes twice and is recognised. Early ones:
// all that control does is to commit, and its commit of a round is durable with what the round
// answers to.
base::Status Controller::Impl::open_watches() {
  if (auto opened = start_queue_.open(); !opened) return opened;
  auto workflows = api_.store().watch_early(kube::kWorkflows, "");
  if (!workflows) return base::fail(workflows.error());
  auto pods = api_.store().watch_early("pods", "");
  if (!pods) return base::fail(pods.error());
  auto config_maps = api_.store().watch_early("configmaps", "");
  if (!config_maps) return base::fail(config_maps.error());
  auto limits = api_.store().watch_early(kube::kSyncLimits, "");
  if (!limits) return base::fail(limits.error());
  world_.read_all_limits();
  store::ListQuery query;
  query.resource = kube::kWorkflows;
  auto unfinished = text::Selector::parse_labels(fmt::format("{}!=true", kube::kCompletedLabel));
  if (!unfinished) return base::fail(unfinished.error());
  query.labels = std::move(*unfinished);
  query.limit = 200;
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (store::Object& object : page->objects) {
      const auto known = runs_.find(std::string(uid_stem(object.uid)));
      if (known == runs_.end()) {
        auto taken = take_object(std::make_shared<const store::Object>(std::move(object)), false);
        if (!taken) return taken;
      } else if (known->second->state) {
        // The watches were lost: tell the engine all its pods again.
        open_pods_ -= known->second->open_pods;
        auto told = reconcile_pods(api_, *known->second);
        open_pods_ += known->second->open_pods;
        if (!told) return told;
        compare_spec(*known->second, object);
        if (auto taken = take_operations(*known->second); !taken) return taken;
        queue(known->second);
      }
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  workflow_watch_ = std::move(*workflows);
  pod_watch_ = std::move(*pods);
  config_map_watch_ = std::move(*config_maps);
  limit_watch_ = std::move(*limits);
  return {};
}

base::Result<bool> Controller::Impl::gather() {
  bool any = false;
  auto workflows = workflow_watch_->next(0, nullptr);
  if (!workflows && workflows.error().code == base::Code::kGone) {
    workflow_watch_.reset();
    return true;
  }
  if (!workflows) return base::fail(workflows.error());
  for (const store::Change& change : *workflows) {
    any = true;
    if (auto taken = take_workflow(change); !taken) {
      workflow_watch_.reset();  // nothing is lost: the lists are read again
      return base::fail(taken.error());
    }
  }
  auto pods = pod_watch_->next(0, nullptr);
  if (!pods && pods.error().code == base::Code::kGone) {
    pod_watch_.reset();
    return true;
  }
  if (!pods) return base::fail(pods.error());
  for (const store::Change& change : *pods) {
    any = true;
    take_pod(change);
  }
  if (auto taken = start_queue_.gather(); !taken) return base::fail(taken.error());
  start_some();
  if (auto taken = take_limits(); !taken) return base::fail(taken.error());
  if (auto taken = take_templates(); !taken) return base::fail(taken.error());
  take_timers();
  queue_woken();
  return any;
}

// Those whose template may not change, and has, end.
base::Status Controller::Impl::take_templates() {
  auto concerns = template_guard_.gather(start_queue_.settings().template_referencing ==
                                         TemplateReferencing::kSecure);
  if (!concerns) return base::fail(concerns.error());
  if (!*concerns && unsure_.empty()) return {};
  std::vector<RunPtr> asked = std::exchange(unsure_, {});
  if (*concerns)
    for (const auto& [stem, run] : runs_)
      if ((*concerns)(*run)) asked.push_back(run);
  for (const RunPtr& run : asked) {
    if (!run->state) continue;
    if (run->is_fresh) {  // what it begins with is not written yet
      unsure_.push_back(run);
      continue;
    }
    const auto changed = template_guard_.has_changed(*run);
    if (!changed) return base::fail(changed.error());
    if (!*changed) continue;
    run->marks.shutdown = "Terminate";
    run->events.emplace_back(engine::ShutdownRequested{true, std::string(kSpecChanged), {}});
    queue(run);
  }
  return {};
}

// ConfigMaps and rows of the database, for the limits in them.
base::Status Controller::Impl::take_limits() {
  for (auto* watch : {&config_map_watch_, &limit_watch_}) {
    auto changes = (*watch)->next(0, nullptr);
    if (!changes && changes.error().code == base::Code::kGone) {
      watch->reset();
      continue;
    }
    if (!changes) return base::fail(changes.error());
    for (const store::Change& change : *changes) {
      const store::Key& key = change.object->key;
      if (watch == &config_map_watch_)
        world_.take_config_map(key.namespace_, key.name);
      else
        world_.take_database_limit(key.namespace_, key.name);
    }
  }
  return {};
}

base::Status Controller::Impl::take_workflow(const store::Change& change) {
  const auto known = runs_.find(std::string(uid_stem(change.object->uid)));
  if (change.type == store::Change::Type::kDeleted) {
    if (known != runs_.end()) drop(known->second);
    return {};
  }
  if (known == runs_.end()) {
    const bool is_new = change.type == store::Change::Type::kAdded && change.rows.empty();
    return take_object(change.object, is_new && !change.rows_lost);
  }
  const RunPtr run = known->second;
  if (change.object->revision > run->seen_revision) {
    run->object = change.object;
    run->value.reset();
    compare_spec(*run, *change.object);
  }
  const bool has_operations =
      change.rows_lost || std::any_of(change.rows.begin(), change.rows.end(),
                                      [](const auto& row) { return row.first == kOperations; });
  if (has_operations && run->state) {
    if (auto taken = take_operations(*run); !taken) return taken;
    begin_if_stopped(run);
    if (!run->events.empty() || !run->operations.empty()) queue(run);
  }
  return {};
}

// A workflow that control does not hold yet.
base::Status Controller::Impl::take_object(std::shared_ptr<const store::Object> object,
                                           bool is_new) {
  if (store::find_label(object->labels, kube::kCompletedLabel) == "true") return {};
  if (object->uid.size() != 36) return {};
  auto loaded = load_run(api_, random_, object, is_new, clock_.now(), options_.metrics,
                         options_.specs, options_.transient_error_pattern);
  if (!loaded) return base::fail(loaded.error());
  const RunPtr run = *loaded;
  runs_[std::string(uid_stem(run->uid))] = run;
  active = runs_.size();
  open_pods_ += run->open_pods;
  if (run->state) {
    if (run->is_fresh) run->marks.shutdown.clear();
    if (auto estimated = estimate(*run, *object); !estimated) return estimated;
    if (!is_new)
      if (auto taken = take_operations(*run); !taken) return taken;
    if (!run->is_fresh) compare_spec(*run, *object);
  }
  start_queue_.enter(*run);
  begin_if_stopped(run);
  world_.enter(run);
  queue(run);
  return {};
}

// How long it will take, for its status.
base::Status Controller::Impl::estimate(Run& run, const store::Object& object) {
  store::Labels labels = object.labels;
  if (run.marks.pinned)
    labels.insert(labels.end(), run.marks.pinned->labels.begin(), run.marks.pinned->labels.end());
  const auto seconds = estimates_.estimate(api_, object.key.namespace_, labels);
  if (!seconds) return base::fail(seconds.error());
  run.marks.estimated_seconds = *seconds;
  return {};
}

// Those whom somebody's release has let in.
void Controller::Impl::queue_woken() {
  for (const RunPtr& run : world_.take_woken())
    if (run->state) queue(run);
}

// spec.suspend and spec.shutdown may be written by kubectl and the like: the same as an operation.
void Controller::Impl::compare_spec(Run& run, const store::Object& object) {
  run.seen_revision = object.revision;
  if (!run.state) return;
  // Of each version of each workflow: without making Values of all the rest.
  const std::string_view spec = text::json_member(object.json, "spec");
  const bool suspended = text::json_member(spec, "suspend") == "true";
  const std::string_view shutdown = text::json_string(text::json_member(spec, "shutdown"));
  if (suspended != run.marks.suspended) {
    run.marks.suspended = suspended;
    if (suspended)
      run.events.emplace_back(engine::SuspendRequested{});
    else
      run.events.emplace_back(engine::ResumeRequested{});
  }
  if (shutdown != run.marks.shutdown && (shutdown == "Stop" || shutdown == "Terminate")) {
    run.marks.shutdown = shutdown;
    run.events.emplace_back(engine::ShutdownRequested{shutdown == "Terminate", "", {}});
  }
  const auto held = runs_.find(std::string(uid_stem(run.uid)));
  if (held == runs_.end() || run.events.empty()) return;
  begin_if_stopped(held->second);
  queue(held->second);
}

base::Status Controller::Impl::take_operations(Run& run) {
  std::vector<std::pair<uint64_t, std::string>> rows;
  auto read = api_.store().rows(run.uid, kOperations, 0, [&](uint64_t key, std::string_view bytes) {
    if (std::find(run.operations.begin(), run.operations.end(), key) == run.operations.end())
      rows.emplace_back(key, bytes);
    return true;
  });
  if (!read) return base::fail(read.error());
  for (const auto& [key, bytes] : rows) {
    run.operations.push_back(key);
    if (std::string refusal = add_operation_events(run, bytes); !refusal.empty())
      run.refusals.emplace_back(key, std::move(refusal));
  }
  return {};
}

void Controller::Impl::take_pod(const store::Change& change) {
  const auto known = runs_.find(std::string(uid_stem(change.object->uid)));
  if (known == runs_.end() || !known->second->state) return;
  const RunPtr& run = known->second;
  const auto named = run->node_of_pod(change.object->uid);
  if (!named || !run->has_open_pod(*named)) return;  // it has ended for us already
  const engine::NodeId node = *named;
  // Our own news.
  if (change.type == store::Change::Type::kAdded && change.object->json.ends_with(kFreshPod))
    return;
  // What it said last counts: it may have ended before it was deleted.
  auto event = read_pod_status(change.object->json, node);
  const bool has_ended = event && *event && std::holds_alternative<engine::PodEnded>(**event);
  if (change.type == store::Change::Type::kDeleted && !has_ended) {
    engine::PodEnded end;
    end.node = node;
    end.outcome = engine::PodEnded::Outcome::kError;
    end.message = "pod deleted";
    run->events.emplace_back(std::move(end));
  } else {
    if (!event || !*event) return;
    run->events.push_back(std::move(**event));
  }
  queue(run);
}

void Controller::Impl::take_timers() {
  const base::Time now = clock_.now();
  while (const RunPtr run = timers_.take_due(now)) {
    if (run->wake_at.is_set() && run->wake_at <= now && run->state) {
      run->wake_at = {};
      run->events.emplace_back(engine::Ticked{});
    }
    if (run->retry_at.is_set() && run->retry_at <= now) {
      run->retry_at = {};
      run->wanted_pods.insert(run->wanted_pods.end(), run->blocked_pods.begin(),
                              run->blocked_pods.end());
      run->blocked_pods.clear();
    }
    queue(run);
  }
}

// One that waits for others to end is ended at once.
void Controller::Impl::begin_if_stopped(const RunPtr& run) {
  for (const engine::Event& event : run->events)
    if (run->waits_to_start && std::holds_alternative<engine::ShutdownRequested>(event))
      start_queue_.begin_at_once(*run);
}

void Controller::Impl::start_some() {
  for (const std::string& uid : start_queue_.admit()) {
    const RunPtr& run = runs_.at(std::string(uid_stem(uid)));
    run->waits_to_start = false;
    queue(run);
  }
  if (options_.metrics != nullptr)
    options_.metrics->set(metric::kQueueDepth, {{"queue_name", "workflow_queue"}},
                          static_cast<double>(start_queue_.waiting_count()));
}

void Controller::Impl::queue(const RunPtr& run) {
  if (std::exchange(run->is_queued, true)) return;
  queue_.push_back(run);
}

void Controller::Impl::drop(const RunPtr& run) {
  open_pods_ -= run->open_pods;
  run->open_pods = 0;
  start_queue_.leave(*run);
  run->state.reset();
  timers_.set(run, {});
  std::erase(queue_, run);
  std::erase(starved_, run);
  world_.leave(*run);
  runs_.erase(std::string(uid_stem(run->uid)));  // perhaps the last who holds it
  active = runs_.size();
  queue_woken();
}

void Controller::Impl::build_round() {
  const base::Time now = clock_.now();
  Round round;
  // Those that waited longest for room for their pods come first.
  std::vector<RunPtr> order(starved_.begin(), starved_.end());
  for (const RunPtr& run : queue_)
    if (!run->is_starved) order.push_back(run);
  queue_.clear();
  starved_.clear();
  size_t pods_left = options_.pods_per_batch;
  for (const RunPtr& run : order) {
    run->is_starved = false;
    const size_t room =
        options_.open_pods_max > open_pods_ ? options_.open_pods_max - open_pods_ : 0;
    if (!std::exchange(run->is_queued, false) && std::min(room, pods_left) == 0) {
      starve(run);
      continue;
    }
    const size_t before = run->open_pods;
    const RoundLimits limits{std::min(room, pods_left),
                             options_.status_interval,
                             options_.record_events && start_queue_.settings().workflow_events,
                             options_.record_events && start_queue_.settings().node_events,
                             &recorder_,
                             options_.metrics};
    Part part = make_part(run, now, limits, random_, stops_, world_);
    open_pods_ = open_pods_ - before + run->open_pods;
    pods_left -= std::min(pods_left, part.pods.size());
    if (!run->wanted_pods.empty()) starve(run);
    if (part.empty())
      set_timer(run);
    else
      round.parts().push_back(std::move(part));
  }
  round_ = std::move(round);
  queue_woken();
}

base::Status Controller::Impl::commit_round() {
  // Before the commit: after a crash the same facts come again and stop the same pods again, and
  // keep the same outcomes.
  if (auto stopped = stop_pods(api_, stops_); !stopped) return stopped;
  stops_.clear();
  if (auto kept = world_.flush(); !kept) return kept;
  if (round_->empty()) {
    round_.reset();
    return {};
  }
  auto outcome = round_->commit(api_);
  if (!outcome) return base::fail(outcome.error());  // the round is kept and tried again
  options_.on_committed();
  for (Part& part : round_->parts()) settle(part, outcome->revision);
  round_.reset();
  for (const RunPtr& run : outcome->gone) drop(run);
  for (const RunPtr& run : outcome->superseded) {
    drop(run);
    workflow_watch_.reset();  // its news may have been read already: the lists are read again
  }
  for (const auto& [run, uid, is_leftover] : outcome->taken_pods) {
    if (!run->state) continue;  // it has ended in this round, or is gone
    const engine::NodeId node = *run->node_of_pod(uid);
    if (is_leftover) {
      open_pods_ -= run->has_open_pod(node) ? 1 : 0;
      run->close_pod(node);
      run->blocked_pods.push_back(node);
      run->retry_at = clock_.now() + kLeftoverPause;
      set_timer(run);
      continue;
    }
    engine::PodEnded end;
    end.node = node;
    end.outcome = engine::PodEnded::Outcome::kError;
    end.message = "a pod of this name exists already";
    run->events.emplace_back(std::move(end));
    queue(run);
  }
  return {};
}

void Controller::Impl::settle(Part& part, uint64_t revision) {
  const RunPtr& run = part.run;
  if (part.object) {
    if (part.summary->phase == engine::Phase::kSucceeded)
      estimates_.learn(run->key.namespace_, part.object->labels,
                       part.summary->finished_at - part.summary->started_at);
    auto written = std::make_shared<store::Object>();
    written->key = run->key;
    written->uid = run->uid;
    written->revision = revision;
    written->json = std::move(part.object->json);
    run->object = std::move(written);
    run->seen_revision = revision;
    run->phase_written = part.summary->phase;
    run->status_written = run->now;
    run->status_due = {};
    run->marks.pinned = nullptr;
  }
  if (part.finished) return drop(run);
  set_timer(run);
}

void Controller::Impl::set_timer(const RunPtr& run) {
  base::Time at = run->wake_at;
  for (const base::Time other : {run->status_due, run->retry_at})
    if (other.is_set() && (!at.is_set() || other < at)) at = other;
  timers_.set(run, at);
}

Controller::Controller(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random,
                       ControllerOptions options)
    : impl_(std::make_unique<Impl>(api, clock, random, std::move(options))) {}
Controller::~Controller() = default;
void Controller::start() { impl_->start(); }
void Controller::stop() { impl_->stop(); }
base::Result<bool> Controller::run_once() { return impl_->run_once(); }
base::Time Controller::next_wake() const { return impl_->next_wake(); }
size_t Controller::active_count() const { return impl_->active; }
std::vector<kube::LockReport> Controller::locks(std::string_view namespace_,
                                                size_t waiters_most) const {
  return impl_->locks(namespace_, waiters_most);
}

}  // namespace control

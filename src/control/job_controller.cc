#include "control/job_controller.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <unordered_map>

#include "control/job_plan.h"
#include "control/worker.h"
#include "kube/job_writes.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "text/json.h"

namespace control {
namespace {

using base::Code;
using text::Value;

constexpr std::string_view kJobs = "jobs.batch";
constexpr uint64_t kPage = 500;

bool is_overtaken(const base::Error& error) {
  return error.code == Code::kConflict || error.code == Code::kNotFound ||
         error.code == Code::kAlreadyExists;
}

}  // namespace

class JobController::Impl {
 public:
  Impl(kube::StoreApi& api, const sys::Clock& clock, JobOptions options)
      : api_(api), clock_(clock), options_(std::move(options)) {}

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }
  base::Result<bool> run_once();
  base::Time next_wake() const { return timers_.empty() ? base::Time() : timers_.begin()->first; }
  std::atomic<size_t> active = 0;

 private:
  struct Entry {
    store::Key key;
    base::Time wake;
    bool is_finished = false, is_active = false;
  };
  using Pods = std::vector<store::Object>;

  Worker::Waits waits() const;
  base::Status open_jobs();
  base::Status open_pods();
  base::Result<bool> gather();
  void take_job(const store::Object& job);
  base::Status find_orphans(const std::set<std::string>& there);
  base::Status release_pods(const std::string& uid, const std::string& namespace_);
  void drop(const std::string& uid);
  base::Status look_at(const std::string& uid);
  base::Result<Pods> pods_of(const std::string& uid, const std::string& namespace_) const;
  base::Status carry_out(const kube::ObjectRef& ref, const store::Object& stored, Value job,
                         const Pods& pods, const JobPlan& plan);
  base::Status count_pod(const store::Object& pod, store::Batch& batch);
  base::Status end_pod(const store::Object& pod, store::Batch& batch);
  void set_timer(const std::string& uid, Entry& entry, base::Time at);
  bool has_open_jobs() const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [](const auto& one) { return !one.second.is_finished; });
  }

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  const JobOptions options_;
  std::unique_ptr<store::Watch> job_watch_;
  std::unique_ptr<store::Watch> pod_watch_;         // only while a Job is open
  std::unordered_map<std::string, Entry> entries_;  // by uid
  std::set<std::string> queue_;                     // uids to be looked at
  std::set<std::pair<base::Time, std::string>> timers_;
  // The last member: its thread ends before the others go.
  Worker worker_{clock_,
                 {[this] { return run_once(); }, [this] { return waits(); },
                  [this](const base::Error& error) { options_.log("jobs: " + error.text); }}};
};

Worker::Waits JobController::Impl::waits() const {
  Worker::Waits out{{}, next_wake()};
  for (const auto* watch : {&job_watch_, &pod_watch_})
    if (*watch) out.fds.push_back((*watch)->fd());
  return out;
}

base::Result<bool> JobController::Impl::run_once() {
  if (!job_watch_)
    if (auto opened = open_jobs(); !opened) return base::fail(opened.error());
  if (!pod_watch_ && has_open_jobs())
    if (auto opened = open_pods(); !opened) return base::fail(opened.error());
  auto any = gather();
  if (!any) return any;
  if (!job_watch_ || (!pod_watch_ && has_open_jobs())) return true;
  const base::Time now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    queue_.insert(timers_.begin()->second);
    entries_[timers_.begin()->second].wake = base::Time();
    timers_.erase(timers_.begin());
  }
  const std::set<std::string> todo = std::exchange(queue_, {});
  for (auto uid = todo.begin(); uid != todo.end(); ++uid) {
    auto done = look_at(*uid);
    if (done) continue;
    queue_.insert(uid, todo.end());
    return base::fail(done.error());
  }
  active = static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                             [](const auto& one) { return one.second.is_active; }));
  if (pod_watch_ && !has_open_jobs()) pod_watch_.reset();
  return *any || !todo.empty();
}

// Watches first, then the lists: what changes in between comes twice, and is looked at twice.
base::Status JobController::Impl::open_jobs() {
  auto watch = api_.store().watch(kJobs, "", 0);
  if (!watch) return base::fail(watch.error());
  store::ListQuery query;
  query.resource = kJobs;
  query.limit = kPage;
  std::set<std::string> there;
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& job : page->objects) {
      there.insert(job.uid);
      take_job(job);
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  std::vector<std::string> gone;
  for (const auto& [uid, entry] : entries_)
    if (!there.contains(uid)) gone.push_back(uid);
  queue_.insert(gone.begin(), gone.end());
  if (auto ok = find_orphans(there); !ok) return ok;
  job_watch_ = std::move(*watch);
  return {};
}

// Pods whose Job went while nobody was here.
base::Status JobController::Impl::find_orphans(const std::set<std::string>& there) {
  auto of_jobs = text::Selector::parse_labels(std::string(kube::kJobUidLabel));
  if (!of_jobs) return base::fail(of_jobs.error());
  store::ListQuery query;
  query.resource = "pods";
  query.labels = std::move(*of_jobs);
  query.limit = kPage;
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& pod : page->objects) {
      const std::string uid(store::find_label(pod.labels, kube::kJobUidLabel).value_or(""));
      if (there.contains(uid)) continue;
      entries_[uid].key = {std::string(kJobs), pod.key.namespace_, ""};
      queue_.insert(uid);
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  return {};
}

// Nobody counts them any more: they may go, or stay, as whoever deleted the Job wanted.
base::Status JobController::Impl::release_pods(const std::string& uid,
                                               const std::string& namespace_) {
  auto own = text::Selector::parse_labels(std::string(kube::kJobUidLabel) + "=" + uid);
  if (!own) return base::fail(own.error());
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = namespace_;
  query.labels = std::move(*own);
  const auto page = api_.store().list(query);
  if (!page) return base::fail(page.error());
  for (const store::Object& pod : page->objects) {
    const auto value = kube::StoreApi::to_value(pod);
    if (!value || read_job_pod(*value).is_counted) continue;
    store::Batch batch;
    if (auto ok = count_pod(pod, batch); !ok) return ok;
    const auto done = api_.commit(std::move(batch));
    if (!done && !is_overtaken(done.error())) return base::fail(done.error());
    if (!done) queue_.insert(uid);
  }
  return {};
}

base::Status JobController::Impl::open_pods() {
  auto watch = api_.store().watch("pods", "", 0);
  if (!watch) return base::fail(watch.error());
  pod_watch_ = std::move(*watch);
  for (const auto& [uid, entry] : entries_)
    if (!entry.is_finished) queue_.insert(uid);
  return {};
}

base::Result<bool> JobController::Impl::gather() {
  bool any = false;
  for (const bool jobs : {true, false}) {
    auto& watch = jobs ? job_watch_ : pod_watch_;
    if (!watch) continue;
    auto changes = watch->next(0, nullptr);
    if (!changes && changes.error().code == Code::kGone) {
      watch.reset();  // all is read again
      any = true;
      continue;
    }
    if (!changes) return base::fail(changes.error());
    for (const store::Change& change : *changes) {
      if (jobs) {
        take_job(*change.object);
        continue;
      }
      const auto uid = store::find_label(change.object->labels, kube::kJobUidLabel);
      if (uid && entries_.contains(std::string(*uid))) queue_.emplace(*uid);
    }
    any = any || !changes->empty();
  }
  return any;
}

void JobController::Impl::take_job(const store::Object& job) {
  entries_[job.uid].key = job.key;
  queue_.insert(job.uid);
}

void JobController::Impl::drop(const std::string& uid) {
  const auto found = entries_.find(uid);
  if (found == entries_.end()) return;
  timers_.erase({found->second.wake, uid});
  queue_.erase(uid);
  entries_.erase(found);
}

void JobController::Impl::set_timer(const std::string& uid, Entry& entry, base::Time at) {
  timers_.erase({entry.wake, uid});
  entry.wake = at;
  if (at.is_set()) timers_.insert({at, uid});
}

base::Result<JobController::Impl::Pods> JobController::Impl::pods_of(
    const std::string& uid, const std::string& namespace_) const {
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = namespace_;
  query.owner_uid = uid;
  auto page = api_.store().list(query);
  if (!page) return base::fail(page.error());
  return std::move(page->objects);
}

base::Status JobController::Impl::look_at(const std::string& uid) {
  const auto found = entries_.find(uid);
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  const auto stored = api_.store().get(entry.key);
  if (!stored && stored.error().code != Code::kNotFound) return base::fail(stored.error());
  if (!stored || stored->uid != uid) {
    const std::string namespace_ = entry.key.namespace_;
    if (auto ok = release_pods(uid, namespace_); !ok) return ok;
    if (!queue_.contains(uid)) drop(uid);
    return {};
  }
  auto job = kube::StoreApi::to_value(*stored);
  if (!job || !job->find("spec") || job->find_path("metadata", "deletionTimestamp")) {
    entry.is_finished = true;  // the garbage collector's
    entry.is_active = false;
    return release_pods(uid, entry.key.namespace_);
  }
  auto pods = pods_of(uid, entry.key.namespace_);
  if (!pods) return base::fail(pods.error());
  std::vector<JobPod> facts;
  for (const store::Object& pod : *pods) {
    auto value = kube::StoreApi::to_value(pod);
    facts.push_back(value ? read_job_pod(*value)
                          : JobPod{pod.key.name, JobPod::State::kFailed, true});
  }
  const JobPlan plan = plan_job(*job, facts, clock_.now());
  const Value* suspend = job->find_path("spec", "suspend");
  const bool is_suspended = suspend && suspend->is_bool() && suspend->as_bool();
  const kube::ObjectRef ref{&kube::kind_of("jobs"), entry.key.namespace_, entry.key.name};
  const auto done = carry_out(ref, *stored, std::move(*job), *pods, plan);
  if (!done && is_overtaken(done.error())) {
    queue_.insert(uid);  // as it is now
    return {};
  }
  if (!done && (done.error().code == Code::kInvalid || done.error().code == Code::kForbidden)) {
    // Its template makes no pod, or its namespace goes: that changes with the Job only.
    options_.log("jobs: " + entry.key.namespace_ + "/" + entry.key.name + ": " + done.error().text);
    entry.is_active = false;
    return {};
  }
  if (!done) return done;
  entry.is_finished = plan.is_finished;
  entry.is_active = !plan.is_finished && !is_suspended;
  set_timer(uid, entry, plan.wake);
  return {};
}

// It may go now: the Job has counted it. One that is being deleted goes at once.
base::Status JobController::Impl::count_pod(const store::Object& pod, store::Batch& batch) {
  auto value = kube::StoreApi::to_value(pod);
  if (!value) return base::fail(value.error());
  Value& metadata = (*value)["metadata"];
  kube::remove_finalizer(metadata, kJobTracking);
  const bool is_ended = read_job_pod(*value).state == JobPod::State::kSucceeded ||
                        value->string_at("status", "phase") == "Failed";
  if (metadata.find("deletionTimestamp") && !kube::has_finalizers(metadata)) {
    // The node agent still ends what runs, and takes the pod away itself: it is only let go.
    if (is_ended) {
      batch.deletes.push_back({pod.key, store::Precondition::revision_is(pod.revision)});
      return {};
    }
    return end_pod(pod, batch);
  }
  const kube::ObjectRef ref{&kube::kind_of("pods"), pod.key.namespace_, pod.key.name};
  auto put = api_.prepare_update(ref, pod, std::move(*value));
  if (!put) return base::fail(put.error());
  batch.puts.push_back(std::move(*put));
  return {};
}

// Ended by the Job itself: it counts for nothing.
base::Status JobController::Impl::end_pod(const store::Object& pod, store::Batch& batch) {
  auto value = kube::StoreApi::to_value(pod);
  if (!value) return base::fail(value.error());
  (*value)["metadata"].as_map().erase("resourceVersion");
  kube::remove_finalizer((*value)["metadata"], kJobTracking);
  store::Object released = pod;
  released.json = text::to_json(*value);
  const kube::ObjectRef ref{&kube::kind_of("pods"), pod.key.namespace_, pod.key.name};
  const size_t before = batch.puts.size() + batch.deletes.size();
  if (auto ok = api_.prepare_remove(ref, released, {}, batch); !ok) return ok;
  if (batch.puts.size() + batch.deletes.size() != before) return {};
  // It is marked already: what is left is to let it go.
  store::PutObject put;
  put.key = pod.key;
  put.uid = pod.uid;
  put.json = std::move(released.json);
  put.labels = pod.labels;
  for (kube::OwnerReference& owner : kube::owners_of(*value->find("metadata")))
    put.owner_uids.push_back(std::move(owner.uid));
  put.precondition = store::Precondition::revision_is(pod.revision);
  batch.puts.push_back(std::move(put));
  return {};
}

base::Status JobController::Impl::carry_out(const kube::ObjectRef& ref, const store::Object& stored,
                                            Value job, const Pods& pods, const JobPlan& plan) {
  if (plan.is_over) {
    kube::DeleteOptions options;
    options.uid = stored.uid;
    return api_.remove(ref, options);
  }
  store::Batch batch;
  for (const size_t place : plan.counted)
    if (auto ok = count_pod(pods[place], batch); !ok) return ok;
  for (const std::string& name : plan.deleted) {
    const auto pod = std::find_if(pods.begin(), pods.end(),
                                  [&](const store::Object& one) { return one.key.name == name; });
    if (auto ok = end_pod(*pod, batch); !ok) return ok;
  }
  for (const auto& index : plan.created) {
    auto put = api_.prepare_create(kube::kind_of("pods"), ref.namespace_, job_pod(job, index));
    if (!put) return base::fail(put.error());
    batch.puts.push_back(std::move(*put));
  }
  const Value* old_status = job.find("status");
  if (!old_status || !(*old_status == plan.status)) {
    job["metadata"].as_map().erase("resourceVersion");
    job["status"] = plan.status;
    auto put = api_.prepare_update(ref, stored, std::move(job), kube::Part::kStatus);
    if (!put) return base::fail(put.error());
    batch.puts.push_back(std::move(*put));
  } else if (!batch.empty()) {
    batch.checks.push_back({stored.key, store::Precondition::revision_is(stored.revision)});
  }
  if (batch.empty()) return {};
  const auto done = api_.commit(std::move(batch));
  return done ? base::Status() : base::fail(done.error());
}

JobController::JobController(kube::StoreApi& api, const sys::Clock& clock, JobOptions options)
    : impl_(std::make_unique<Impl>(api, clock, std::move(options))) {}
JobController::~JobController() = default;
void JobController::start() { impl_->start(); }
void JobController::stop() { impl_->stop(); }
base::Result<bool> JobController::run_once() { return impl_->run_once(); }
base::Time JobController::next_wake() const { return impl_->next_wake(); }
size_t JobController::active_count() const { return impl_->active; }

}  // namespace control

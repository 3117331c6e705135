#include "control/cron_controller.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <unordered_map>

#include "control/cron_entry.h"
#include "control/worker.h"
#include "kube/workflow_rows.h"
#include "text/json.h"
#include "text/selector.h"

namespace control {
namespace {

constexpr std::string_view kCrons = "cronworkflows.argoproj.io";

// The uid of the CronWorkflow that has started it; empty: none has.
std::string owner_of(const text::Value& workflow) {
  const text::Value* owners = workflow.find_path("metadata", "ownerReferences");
  if (owners && owners->is_list())
    for (const text::Value& owner : owners->as_list())
      if (owner.string_at("kind") == "CronWorkflow") return std::string(owner.string_at("uid"));
  return {};
}

}  // namespace

class CronController::Impl {
 public:
  Impl(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random, CronOptions options)
      : api_(api), clock_(clock), random_(random), options_(std::move(options)) {}

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }
  base::Result<bool> run_once();
  base::Time next_wake() const { return timers_.empty() ? base::Time() : timers_.begin()->first; }
  std::atomic<size_t> active = 0;

 private:
  using EntryPtr = std::shared_ptr<CronEntry>;

  Worker::Waits waits() const;
  base::Status open_crons();
  base::Status open_workflows();
  base::Result<bool> gather();
  void take_cron(const store::Change& change);
  void take_workflow(const store::Object& object, bool is_deleted);
  void add(std::shared_ptr<const store::Object> object);
  void drop(const EntryPtr& entry);
  void queue(const EntryPtr& entry) {
    if (!std::exchange(entry->is_queued, true)) queue_.push_back(entry);
  }
  base::Status find_active(CronEntry& entry);
  base::Status look_at(const EntryPtr& entry);
  base::Status refresh(const EntryPtr& entry);
  void set_timer(const EntryPtr& entry, base::Time at);

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  sys::Random& random_;
  const CronOptions options_;

  std::unique_ptr<store::Watch> cron_watch_;
  std::unique_ptr<store::Watch> workflow_watch_;          // only while there are crons
  std::unordered_map<std::string, EntryPtr> entries_;     // by uid
  std::unordered_map<std::string, std::string> cron_of_;  // workflow's uid -> CronWorkflow's
  std::vector<EntryPtr> queue_;                           // are to be looked at
  std::set<std::pair<base::Time, EntryPtr>> timers_;
  // The last member: its thread ends before the others go.
  Worker worker_{clock_,
                 {[this] { return run_once(); }, [this] { return waits(); },
                  [this](const base::Error& error) { options_.log("cron: " + error.text); }}};
};

// With crons at most a minute: the clock may be set while nothing happens.
Worker::Waits CronController::Impl::waits() const {
  Worker::Waits out{{}, next_wake()};
  if (!out.wake.is_set() && !entries_.empty())
    out.wake = clock_.now() + base::Duration::seconds(60);
  for (const auto* watch : {&cron_watch_, &workflow_watch_})
    if (*watch) out.fds.push_back((*watch)->fd());
  return out;
}

base::Result<bool> CronController::Impl::run_once() {
  if (!cron_watch_)
    if (auto opened = open_crons(); !opened) return base::fail(opened.error());
  if (!workflow_watch_ && !entries_.empty())
    if (auto opened = open_workflows(); !opened) return base::fail(opened.error());
  auto any = gather();
  if (!any) return any;
  // Perhaps the first CronWorkflow has come: its workflows must be known before it is looked at.
  if (!cron_watch_ || (!workflow_watch_ && !entries_.empty())) return true;
  const base::Time now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    queue(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  std::vector<EntryPtr> todo = std::move(queue_);
  queue_.clear();
  for (const EntryPtr& entry : todo) entry->is_queued = false;
  for (size_t i = 0; i < todo.size(); ++i) {
    auto done = look_at(todo[i]);
    if (done) continue;
    for (size_t left = i; left < todo.size(); ++left) queue(todo[left]);
    return base::fail(done.error());
  }
  active = timers_.size();
  return *any || !todo.empty();
}

// Watches first, then the lists: what changes in between comes twice and is recognised.
base::Status CronController::Impl::open_crons() {
  auto watch = api_.store().watch(kCrons, "", 0);
  if (!watch) return base::fail(watch.error());
  store::ListQuery query;
  query.resource = kCrons;
  auto page = api_.store().list(query);
  if (!page) return base::fail(page.error());
  std::set<std::string> there;
  for (store::Object& object : page->objects) {
    there.insert(object.uid);
    add(std::make_shared<const store::Object>(std::move(object)));
  }
  std::vector<EntryPtr> gone;
  for (const auto& [uid, entry] : entries_)
    if (!there.contains(uid)) gone.push_back(entry);
  for (const EntryPtr& entry : gone) drop(entry);
  cron_watch_ = std::move(*watch);
  return {};
}

base::Status CronController::Impl::open_workflows() {
  auto watch = api_.store().watch(kube::kWorkflows, "", 0);
  if (!watch) return base::fail(watch.error());
  auto owned = text::Selector::parse_labels(std::string(model::kCronWorkflowLabel));
  if (!owned) return base::fail(owned.error());
  store::ListQuery query;
  query.resource = kube::kWorkflows;
  query.labels = std::move(*owned);
  query.limit = 200;
  for (const auto& [uid, entry] : entries_) entry->children.clear();
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& object : page->objects) take_workflow(object, false);
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  for (const auto& [uid, entry] : entries_) queue(entry);
  workflow_watch_ = std::move(*watch);
  return {};
}

base::Result<bool> CronController::Impl::gather() {
  bool any = false;
  for (const bool crons : {true, false}) {
    auto& watch = crons ? cron_watch_ : workflow_watch_;
    if (!watch) continue;
    auto changes = watch->next(0, nullptr);
    if (!changes && changes.error().code == base::Code::kGone) {
      watch.reset();  // the lists are read again, before anything is decided
      any = true;
      continue;
    }
    if (!changes) return base::fail(changes.error());
    for (const store::Change& change : *changes) {
      if (crons)
        take_cron(change);
      else
        take_workflow(*change.object, change.type == store::Change::Type::kDeleted);
    }
    any = any || !changes->empty();
  }
  return any;
}

void CronController::Impl::take_cron(const store::Change& change) {
  const auto known = entries_.find(change.object->uid);
  if (change.type == store::Change::Type::kDeleted) {
    if (known != entries_.end()) drop(known->second);
    return;
  }
  add(change.object);
}

void CronController::Impl::add(std::shared_ptr<const store::Object> object) {
  EntryPtr& entry = entries_[object->uid];
  if (!entry) {
    entry = std::make_shared<CronEntry>();
    // Its workflows, perhaps of before, are read with all others'.
    if (workflow_watch_) {
      store::ListQuery query;
      query.resource = kube::kWorkflows;
      query.namespace_ = object->key.namespace_;
      query.owner_uid = object->uid;
      if (auto page = api_.store().list(query)) {
        for (const store::Object& workflow : page->objects) take_workflow(workflow, false);
      } else {
        workflow_watch_.reset();  // all are read again, before anything is decided
      }
    }
  } else if (object->revision <= entry->object->revision) {
    return;  // our own news
  }
  entry->take(std::move(object), clock_.now());
  queue(entry);
}

void CronController::Impl::drop(const EntryPtr& entry) {
  const EntryPtr kept = entry;
  timers_.erase({kept->wake_at, kept});
  std::erase(queue_, kept);
  std::erase_if(cron_of_, [&](const auto& one) { return one.second == kept->object->uid; });
  entries_.erase(kept->object->uid);
  if (entries_.empty()) workflow_watch_.reset();
}

void CronController::Impl::take_workflow(const store::Object& object, bool is_deleted) {
  if (store::find_label(object.labels, model::kCronWorkflowLabel).value_or("").empty()) return;
  auto known = cron_of_.find(object.uid);
  if (is_deleted) {
    if (known == cron_of_.end()) return;
    if (const auto entry = entries_.find(known->second); entry != entries_.end()) {
      entry->second->drop_child(object.uid);
      std::erase(entry->second->forgotten, object.uid);
      queue(entry->second);
    }
    cron_of_.erase(known);
    return;
  }
  engine::CronChild child{
      object.key.name,
      object.uid,
      std::string(store::find_label(object.labels, kube::kPhaseLabel).value_or("")),
      {}};
  std::optional<text::Value> value;
  if (known == cron_of_.end() || child.is_done()) {
    auto parsed = text::parse_json(object.json);
    if (!parsed) return;
    value = std::move(*parsed);
  }
  if (known == cron_of_.end()) {
    const std::string owner = owner_of(*value);
    if (owner.empty()) return;
    known = cron_of_.emplace(object.uid, owner).first;
  }
  if (child.is_done())
    child.finished_at =
        base::parse_rfc3339(value->string_at("status", "finishedAt")).value_or(base::Time());
  const auto entry = entries_.find(known->second);
  if (entry != entries_.end() && entry->second->take_child(std::move(child))) queue(entry->second);
}

// What its status calls active may have begun just before, with the news still on their way.
base::Status CronController::Impl::find_active(CronEntry& entry) {
  const std::vector<model::ActiveWorkflow> listed = entry.cron.status.active;
  for (const model::ActiveWorkflow& one : listed) {
    if (std::any_of(entry.children.begin(), entry.children.end(),
                    [&](const engine::CronChild& child) { return child.uid == one.uid; }))
      continue;
    auto stored =
        api_.store().get({std::string(kube::kWorkflows), entry.object->key.namespace_, one.name});
    if (stored && stored->uid == one.uid) take_workflow(*stored, false);
    if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  }
  return {};
}

base::Status CronController::Impl::look_at(const EntryPtr& entry) {
  if (!entries_.contains(entry->object->uid)) return {};
  if (auto found = find_active(*entry); !found) return found;
  const base::Time now = clock_.now();
  const bool is_late = entry->wake_at.is_set() && now - entry->wake_at > options_.late;
  if (is_late || entry->is_broken) entry->watched_since = now;
  engine::CronMoment moment;
  moment.now = now;
  moment.watched_since = entry->watched_since;
  moment.handled = entry->handled;
  moment.local = options_.local;
  moment.random_seed = random_.next();
  const auto decision = engine::decide_cron(entry->cron, entry->children, moment);
  entry->is_broken = !decision;
  auto done = decision ? carry_out(api_, *entry, *decision, now, random_)
                       : note_problem(api_, *entry, decision.error(), now, random_);
  if (!done &&
      (done.error().code == base::Code::kNotFound || done.error().code == base::Code::kConflict))
    return refresh(entry);
  if (!done) return done;
  if (decision && decision->start)
    options_.log("cron: started " +
                 engine::cron_child_name(entry->cron.metadata.name, *decision->start));
  if (decision && decision->start && options_.metrics != nullptr)
    options_.metrics->add(metric::kCronTriggered, {{"name", entry->cron.metadata.name},
                                                   {"namespace", entry->object->key.namespace_}});
  if (decision && decision->handled && options_.metrics != nullptr &&
      (decision->is_forbidden || (decision->start && !decision->terminate.empty())))
    options_.metrics->add(metric::kCronConcurrency,
                          {{"name", entry->cron.metadata.name},
                           {"namespace", entry->object->key.namespace_},
                           {"concurrency_policy", decision->is_forbidden ? "Forbid" : "Replace"}});
  const bool can_start = decision && !entry->cron.spec.suspend && !entry->cron.status.stopped;
  set_timer(entry, can_start ? decision->wake_at.value_or(base::Time()) : base::Time());
  return {};
}

// Somebody has written it: it is looked at again as it is now.
base::Status CronController::Impl::refresh(const EntryPtr& entry) {
  auto stored = api_.store().get(entry->object->key);
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  if (!stored || stored->uid != entry->object->uid) {
    drop(entry);
    return {};
  }
  entry->take(std::make_shared<const store::Object>(std::move(*stored)), clock_.now());
  queue(entry);
  return {};
}

void CronController::Impl::set_timer(const EntryPtr& entry, base::Time at) {
  timers_.erase({entry->wake_at, entry});
  entry->wake_at = at;
  if (at.is_set()) timers_.insert({at, entry});
}

CronController::CronController(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random,
                               CronOptions options)
    : impl_(std::make_unique<Impl>(api, clock, random, std::move(options))) {}
CronController::~CronController() = default;
void CronController::start() { impl_->start(); }
void CronController::stop() { impl_->stop(); }
base::Result<bool> CronController::run_once() { return impl_->run_once(); }
base::Time CronController::next_wake() const { return impl_->next_wake(); }
size_t CronController::active_count() const { return impl_->active; }

}  // namespace control

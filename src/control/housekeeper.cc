#include "control/housekeeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <unordered_map>

#include "control/keeping.h"
#include "control/settings.h"
#include "control/worker.h"
#include "control/workflow_object.h"
#include "engine/row.h"
#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"
#include "text/json.h"

namespace control {
namespace {

constexpr base::Duration kNotYetPause = base::Duration::millis(200);

bool mentions(const store::Object& object, std::string_view field) {
  return object.json.find(fmt::format("\"{}\"", field)) != std::string::npos;
}

}  // namespace

class Housekeeper::Impl {
 public:
  Impl(kube::StoreApi& api, const sys::Clock& clock, HousekeeperOptions options)
      : api_(api), clock_(clock), options_(std::move(options)) {}

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }
  base::Result<bool> run_once();
  base::Time next_wake() const { return timers_.empty() ? base::Time() : timers_.begin()->at; }

 private:
  // One a stored workflow, also of those that ended long ago: small.
  struct Entry {
    std::string_view namespace_, uid, phase;  // live in namespaces_, entries_ and phases_
    std::string name;
    uint64_t created = 0;
    bool is_done = false, has_budget = false;
    bool is_surplus = false;    // the settings want it gone
    std::unique_ptr<PodGc> gc;  // null: none
    store::Key key() const {
      return {std::string(kube::kWorkflows), std::string(namespace_), name};
    }
  };
  using Done = std::set<std::pair<uint64_t, Entry*>>;  // oldest first
  struct Timer {
    base::Time at;
    store::Key key;
    std::string uid;
    friend auto operator<=>(const Timer&, const Timer&) = default;
  };

  Worker::Waits waits() const;
  base::Status open_workflows();
  base::Status open_settings();
  base::Result<bool> gather();
  void take_settings(const store::Object& object);
  base::Status take_workflow(const store::Object& object);
  base::Status make_budget(Entry& entry, const text::Value& workflow);
  base::Status take_end(Entry& entry, const text::Value& workflow);
  void take_pod(const store::Object& pod);
  base::Status look_at_pods(const Entry& entry);
  void forget(const std::string& uid);
  void count_phase(Entry& entry, std::string_view phase);
  std::optional<size_t> kept_of(std::string_view phase) const;
  void enter_done(Entry& entry);
  void leave_done(Entry& entry);
  bool is_due(const Entry& entry, const store::Object& pod) const;
  base::Status fire(const Timer& timer);
  base::Status remove_workflow(const Timer& timer);
  base::Status remove_pod(const Timer& timer);
  base::Result<bool> has_told_its_end(const std::string& pod_uid, const Entry& entry) const;

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  const HousekeeperOptions options_;

  std::unique_ptr<store::Watch> workflow_watch_, settings_watch_;
  std::unique_ptr<store::Watch> pod_watch_;  // only while a workflow has a podGC
  Settings settings_;
  std::unordered_map<std::string, Entry> entries_;  // by uid
  std::set<std::string, std::less<>> namespaces_;
  std::unordered_map<std::string, std::string> of_pod_;  // stem of the pods' uids -> uid
  std::map<std::string_view, Done> done_;  // by phase, of those of which only some are kept
  std::map<std::string, int64_t, std::less<>> phases_;
  std::set<Timer> timers_;
  // The last member: its thread ends before the others go.
  Worker worker_{
      clock_,
      {[this] { return run_once(); }, [this] { return waits(); },
       [this](const base::Error& error) { options_.log("housekeeping: " + error.text); }}};
};

Worker::Waits Housekeeper::Impl::waits() const {
  Worker::Waits out{{}, next_wake()};
  for (const auto* watch : {&workflow_watch_, &settings_watch_, &pod_watch_})
    if (*watch) out.fds.push_back((*watch)->fd());
  return out;
}

base::Result<bool> Housekeeper::Impl::run_once() {
  if (!settings_watch_)
    if (auto opened = open_settings(); !opened) return base::fail(opened.error());
  if (!workflow_watch_)
    if (auto opened = open_workflows(); !opened) return base::fail(opened.error());
  auto any = gather();
  if (!any) return any;
  const base::Time now = clock_.now();
  for (size_t left = options_.deletions_per_round; left != 0 && !timers_.empty(); --left) {
    const Timer timer = *timers_.begin();
    if (timer.at > now) break;
    if (auto done = fire(timer); !done) return base::fail(done.error());
    timers_.erase(timer);
    *any = true;
  }
  return any;
}

base::Status Housekeeper::Impl::open_settings() {
  auto watch = api_.store().watch("configmaps", std::string(kSettingsNamespace), 0);
  if (!watch) return base::fail(watch.error());
  auto stored =
      api_.store().get({"configmaps", std::string(kSettingsNamespace), std::string(kSettingsName)});
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  settings_ = Settings();
  if (stored) take_settings(*stored);
  settings_watch_ = std::move(*watch);
  return {};
}

// Watches first, then the lists: what changes in between comes twice and is recognised.
base::Status Housekeeper::Impl::open_workflows() {
  auto watch = api_.store().watch(kube::kWorkflows, "", 0);
  if (!watch) return base::fail(watch.error());
  store::ListQuery query;
  query.resource = kube::kWorkflows;
  query.limit = 200;
  std::set<std::string> there;
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& object : page->objects) {
      there.insert(object.uid);
      if (auto taken = take_workflow(object); !taken) return taken;
    }
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  std::vector<std::string> gone;
  for (const auto& [uid, entry] : entries_)
    if (!there.contains(uid)) gone.push_back(uid);
  for (const std::string& uid : gone) forget(uid);
  workflow_watch_ = std::move(*watch);
  return {};
}

base::Result<bool> Housekeeper::Impl::gather() {
  bool any = false;
  if (of_pod_.empty()) {
    pod_watch_.reset();
  } else if (!pod_watch_) {
    auto watch = api_.store().watch("pods", "", 0);
    if (!watch) return base::fail(watch.error());
    for (const auto& [stem, uid] : of_pod_)
      if (auto looked = look_at_pods(entries_.at(uid)); !looked) return base::fail(looked.error());
    pod_watch_ = std::move(*watch);
  }
  for (auto* watch : {&settings_watch_, &workflow_watch_, &pod_watch_}) {
    if (!*watch) continue;
    auto changes = (*watch)->next(0, nullptr);
    if (!changes && changes.error().code == base::Code::kGone) {
      watch->reset();  // the lists are read again
      return true;
    }
    if (!changes) return base::fail(changes.error());
    for (const store::Change& change : *changes) {
      any = true;
      const bool is_deleted = change.type == store::Change::Type::kDeleted;
      if (watch == &settings_watch_) {
        if (change.object->key.name != kSettingsName) continue;
        settings_ = Settings();
        if (!is_deleted) take_settings(*change.object);
      } else if (watch == &pod_watch_) {
        if (!is_deleted) take_pod(*change.object);
      } else if (is_deleted) {
        forget(change.object->uid);
      } else if (auto taken = take_workflow(*change.object); !taken) {
        watch->reset();
        return base::fail(taken.error());
      }
    }
  }
  return any;
}

void Housekeeper::Impl::take_settings(const store::Object& object) {
  const auto value = text::parse_json(object.json);
  if (!value) return;
  SettingsReport report = read_settings(*value);
  for (const std::string& error : report.errors)
    options_.log(fmt::format("{}: {}", kSettingsName, error));
  settings_ = std::move(report.settings);
  done_.clear();
  for (auto& [uid, entry] : entries_)
    if (entry.is_done) enter_done(entry);
}

void Housekeeper::Impl::count_phase(Entry& entry, std::string_view phase) {
  if (entry.phase == phase) return;
  for (const bool enters : {false, true}) {
    if (enters)
      entry.phase = phase.empty() ? phase : phases_.try_emplace(std::string(phase)).first->first;
    if (entry.phase.empty()) continue;
    int64_t& count = phases_.find(entry.phase)->second;
    count += enters ? 1 : -1;
    if (options_.metrics != nullptr)
      options_.metrics->set(metric::kGauge, {{"phase", std::string(entry.phase)}},
                            static_cast<double>(count));
  }
}

void Housekeeper::Impl::forget(const std::string& uid) {
  const auto found = entries_.find(uid);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  leave_done(entry);
  count_phase(entry, "");
  of_pod_.erase(std::string(kube::uid_stem(uid)));
  entries_.erase(found);
}

base::Status Housekeeper::Impl::take_workflow(const store::Object& object) {
  const auto [found, is_new] = entries_.try_emplace(object.uid);
  Entry& entry = found->second;
  if (is_new) {
    entry.namespace_ = *namespaces_.insert(object.key.namespace_).first;
    entry.name = object.key.name;
    entry.uid = found->first;
    entry.created = object.created_revision;
  }
  const std::string_view phase = store::find_label(object.labels, kube::kPhaseLabel).value_or("");
  const bool is_done = store::find_label(object.labels, kube::kCompletedLabel) == "true";
  const bool ends = is_done && !entry.is_done;
  if (entry.is_done && (!is_done || entry.phase != phase)) {
    leave_done(entry);
    entry.is_done = entry.has_budget = entry.is_surplus = false;  // is run again
  }
  count_phase(entry, phase);
  const bool wants_budget = !is_done && !entry.has_budget && phase == "Running" &&
                            mentions(object, "podDisruptionBudget");
  const bool learns_gc = !entry.gc && object.uid.size() == 36 && mentions(object, "podGC");
  if (!ends && !learns_gc && !wants_budget) return {};
  // Most say nothing of what concerns us, and need not be read.
  text::Value workflow;
  if (learns_gc || wants_budget || mentions(object, "ttlStrategy") ||
      mentions(object, "podDisruptionBudget")) {
    auto parsed = text::parse_json(object.json);
    if (!parsed) return {};
    workflow = std::move(*parsed);
  }
  if (learns_gc) {
    PodGc gc = pod_gc_of(workflow);
    if (gc.strategy != PodGc::Strategy::kNever) {
      entry.gc = std::make_unique<PodGc>(std::move(gc));
      of_pod_[std::string(kube::uid_stem(entry.uid))] = entry.uid;
      if (pod_watch_)
        if (auto looked = look_at_pods(entry); !looked) return looked;
    }
  }
  if (wants_budget)
    if (auto made = make_budget(entry, workflow); !made) return made;
  return ends ? take_end(entry, workflow) : base::Status();
}

// As Argo: named as the workflow, for its pods where it does not say for which.
base::Status Housekeeper::Impl::make_budget(Entry& entry, const text::Value& workflow) {
  entry.has_budget = true;
  const text::Value* wanted = disruption_budget_of(workflow);
  if (wanted == nullptr) return {};
  text::Value labels;
  labels["workflows.argoproj.io/workflow"] = entry.name;
  text::Value owner;
  owner["apiVersion"] = "argoproj.io/v1alpha1";
  owner["kind"] = "Workflow";
  owner["name"] = entry.name;
  owner["uid"] = std::string(entry.uid);
  owner["controller"] = true;
  owner["blockOwnerDeletion"] = true;
  text::Value object;
  object["apiVersion"] = "policy/v1";
  object["kind"] = "PodDisruptionBudget";
  object["metadata"]["name"] = entry.name;
  object["metadata"]["namespace"] = std::string(entry.namespace_);
  object["metadata"]["labels"] = labels;
  object["metadata"]["ownerReferences"] = text::List{std::move(owner)};
  object["spec"] = *wanted;
  text::Value& selector = object["spec"]["selector"];
  if (!selector.is_map()) selector["matchLabels"] = std::move(labels);
  const auto made = api_.create(kube::kind_of("poddisruptionbudgets"), entry.namespace_,
                                std::move(object), false);
  // There is one already: after a restart, or the user's own.
  if (made || made.error().code != base::Code::kUnavailable) return {};
  entry.has_budget = false;
  return base::fail(made.error());
}

base::Status Housekeeper::Impl::take_end(Entry& entry, const text::Value& workflow) {
  entry.is_done = true;
  if (const auto at = expiry_of(workflow))
    timers_.insert({*at, entry.key(), std::string(entry.uid)});
  if (disruption_budget_of(workflow) != nullptr) {
    const auto removed = api_.remove(
        {&kube::kind_of("poddisruptionbudgets"), std::string(entry.namespace_), entry.name}, {});
    if (!removed && removed.error().code == base::Code::kUnavailable) return removed;
  }
  enter_done(entry);
  return entry.gc && pod_watch_ ? look_at_pods(entry) : base::Status();
}

std::optional<size_t> Housekeeper::Impl::kept_of(std::string_view phase) const {
  return phase == "Succeeded" ? settings_.keep_succeeded
         : phase == "Failed"  ? settings_.keep_failed
                              : settings_.keep_errored;
}

// The newest of a phase stay, as many as the settings say.
void Housekeeper::Impl::enter_done(Entry& entry) {
  const auto keep = kept_of(entry.phase);
  entry.is_surplus = false;
  if (!keep) return;
  Done& done = done_[entry.phase];
  done.insert({entry.created, &entry});
  if (done.size() <= *keep) return;
  Entry& oldest = *done.begin()->second;
  done.erase(done.begin());
  oldest.is_surplus = true;
  timers_.insert({clock_.now(), oldest.key(), std::string(oldest.uid)});
}

void Housekeeper::Impl::leave_done(Entry& entry) {
  if (const auto done = done_.find(entry.phase); done != done_.end())
    done->second.erase({entry.created, &entry});
}

bool Housekeeper::Impl::is_due(const Entry& entry, const store::Object& pod) const {
  if (store::find_label(pod.labels, kube::kCompletedLabel) != "true" ||
      !entry.gc->wants(pod.labels))
    return false;
  switch (entry.gc->strategy) {
    case PodGc::Strategy::kNever:
      return false;
    case PodGc::Strategy::kOnPodCompletion:
      return true;
    case PodGc::Strategy::kOnPodSuccess: {
      const auto value = text::parse_json(pod.json);
      return value && value->string_at("status", "phase") == "Succeeded";
    }
    case PodGc::Strategy::kOnWorkflowCompletion:
      return entry.is_done;
    case PodGc::Strategy::kOnWorkflowSuccess:
      return entry.is_done && entry.phase == "Succeeded";
  }
  return false;
}

void Housekeeper::Impl::take_pod(const store::Object& pod) {
  if (!kube::number_of_pod_uid(pod.uid)) return;
  const auto found = of_pod_.find(std::string(kube::uid_stem(pod.uid)));
  if (found == of_pod_.end()) return;
  const Entry& entry = entries_.at(found->second);
  if (!is_due(entry, pod)) return;
  const base::Duration delay = entry.gc->delay.value_or(settings_.pod_gc_delay);
  timers_.insert({clock_.now() + delay, pod.key, pod.uid});
}

base::Status Housekeeper::Impl::look_at_pods(const Entry& entry) {
  store::ListQuery query;
  query.resource = "pods";
  query.namespace_ = entry.namespace_;
  query.owner_uid = entry.uid;
  query.limit = 500;
  do {
    auto page = api_.store().list(query);
    if (!page) return base::fail(page.error());
    for (const store::Object& pod : page->objects) take_pod(pod);
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty());
  return {};
}

base::Status Housekeeper::Impl::fire(const Timer& timer) {
  const auto done = timer.key.resource == "pods" ? remove_pod(timer) : remove_workflow(timer);
  // Gone already, or made again under its name.
  if (!done && done.error().code != base::Code::kUnavailable) return {};
  return done;
}

// It may run again: then it stays.
base::Status Housekeeper::Impl::remove_workflow(const Timer& timer) {
  const auto entry = entries_.find(timer.uid);
  if (entry == entries_.end() || !entry->second.is_done) return {};
  auto stored = api_.store().get(timer.key);
  if (!stored) return base::fail(stored.error());
  if (stored->uid != timer.uid ||
      store::find_label(stored->labels, kube::kCompletedLabel) != "true")
    return {};
  // Has been run again since: a later timer is there, unless the settings want it gone.
  const auto workflow = text::parse_json(stored->json);
  const auto expires = workflow ? expiry_of(*workflow) : std::nullopt;
  if (!entry->second.is_surplus && (!expires || *expires > clock_.now())) return {};
  kube::DeleteOptions options;
  options.uid = timer.uid;
  return api_.remove({&kube::kind_of("workflows"), timer.key.namespace_, timer.key.name}, options);
}

// A row that is not final: control has not yet put down how the pod has ended.
base::Result<bool> Housekeeper::Impl::has_told_its_end(const std::string& pod_uid,
                                                       const Entry& entry) const {
  if (entry.is_done) return true;
  const auto base = kube::read_pod_base(api_.store(), std::string(entry.uid));
  if (!base) return base::fail(base.error());
  const uint32_t number = *kube::number_of_pod_uid(pod_uid);
  if (number < *base) return true;  // of an earlier run
  const uint32_t node = number - *base;
  bool told = false;
  auto read =
      api_.store().rows(entry.uid, kube::kNodes, node, [&](uint64_t key, std::string_view row) {
        const auto parsed = engine::read_row(row);
        told = key == node && parsed && engine::is_final(parsed->phase);
        return false;
      });
  if (!read) return base::fail(read.error());
  return told;
}

base::Status Housekeeper::Impl::remove_pod(const Timer& timer) {
  const auto found = of_pod_.find(std::string(kube::uid_stem(timer.uid)));
  if (found == of_pod_.end()) return {};  // goes with its workflow
  const auto told = has_told_its_end(timer.uid, entries_.at(found->second));
  if (!told) return base::fail(told.error());
  if (!*told) {
    timers_.insert({clock_.now() + kNotYetPause, timer.key, timer.uid});
    return {};
  }
  kube::DeleteOptions options;
  options.uid = timer.uid;
  options.grace_period_seconds = 0;
  return api_.remove({&kube::kind_of("pods"), timer.key.namespace_, timer.key.name}, options);
}

Housekeeper::Housekeeper(kube::StoreApi& api, const sys::Clock& clock, HousekeeperOptions options)
    : impl_(std::make_unique<Impl>(api, clock, std::move(options))) {}
Housekeeper::~Housekeeper() = default;
void Housekeeper::start() { impl_->start(); }
void Housekeeper::stop() { impl_->stop(); }
base::Result<bool> Housekeeper::run_once() { return impl_->run_once(); }
base::Time Housekeeper::next_wake() const { return impl_->next_wake(); }

}  // namespace control

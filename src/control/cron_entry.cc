#include "control/cron_entry.h"

#include <algorithm>

#include "control/event_object.h"
#include "control/workflow_object.h"
#include "kube/kinds.h"
#include "kube/workflow_rows.h"
#include "model/operation.h"
#include "text/json.h"

namespace control {
namespace {

using text::Value;

constexpr std::string_view kStoppedLabel = "cronworkflows.argoproj.io/completed";
using kube::kOperations;
constexpr std::string_view kSpecError = "SpecError", kSubmissionError = "SubmissionError";

bool remove_condition(text::List& conditions, std::string_view type) {
  return std::erase_if(conditions,
                       [&](const Value& one) { return one.string_at("type") == type; }) != 0;
}

void add_condition(text::List& conditions, std::string_view type, const std::string& message) {
  remove_condition(conditions, type);
  Value condition;
  condition["type"] = type;
  condition["status"] = "True";
  condition["message"] = message;
  conditions.push_back(std::move(condition));
}

Value to_value(const model::CronWorkflowStatus& status, const std::string& namespace_) {
  Value out;
  text::List active;
  for (const model::ActiveWorkflow& one : status.active) {
    Value reference = one.rest;
    if (!reference.is_map()) {
      reference["kind"] = "Workflow";
      reference["namespace"] = namespace_;
      reference["name"] = one.name;
      reference["uid"] = one.uid;
      reference["apiVersion"] = "argoproj.io/v1alpha1";
    }
    active.push_back(std::move(reference));
  }
  out["active"] = active.empty() ? Value() : Value(std::move(active));
  if (status.last_scheduled_time.is_set())
    out["lastScheduledTime"] = base::to_rfc3339(status.last_scheduled_time);
  out["conditions"] = status.conditions.empty() ? Value() : Value(status.conditions);
  out["succeeded"] = status.succeeded;
  out["failed"] = status.failed;
  out["phase"] = status.stopped ? "Stopped" : "Active";
  return out;
}

// The object with this status, for the batch.
base::Result<store::PutObject> put_status(const CronEntry& entry,
                                          const model::CronWorkflowStatus& status,
                                          bool uses_schedule) {
  auto object = text::parse_json(entry.object->json);
  if (!object) return base::fail(base::Code::kCorrupt, object.error().text);
  (*object)["status"] = to_value(status, entry.object->key.namespace_);
  Value& metadata = (*object)["metadata"];
  if (uses_schedule)
    metadata["annotations"][engine::kLastUsedSchedule] = engine::schedules_text(entry.cron.spec);
  if (status.stopped)
    metadata["labels"][kStoppedLabel] = "true";
  else if (Value* labels = metadata.find("labels"); labels && labels->is_map())
    labels->as_map().erase(kStoppedLabel);
  store::PutObject put;
  put.key = entry.object->key;
  put.uid = entry.object->uid;
  put.json = text::to_json(*object);
  put.labels = labels_of(*object);
  put.owner_uids = owner_uids_of(*object);
  put.precondition = store::Precondition::revision_is(entry.object->revision);
  return put;
}

// One moment's work; the members are what its steps share.
class Step {
 public:
  Step(kube::StoreApi& api, CronEntry& entry, const engine::CronDecision& decision, base::Time now,
       sys::Random& random)
      : api_(api),
        entry_(entry),
        decision_(decision),
        now_(now),
        random_(random),
        status_(decision.status) {}

  base::Status run();

 private:
  void add_terminations();
  base::Status add_start();
  base::Status add_deletions();
  base::Status add_event(const engine::Recorded& what);
  bool uses_new_schedule() const {
    return decision_.handled &&
           model::value_of(entry_.cron.metadata.annotations, engine::kLastUsedSchedule) !=
               engine::schedules_text(entry_.cron.spec);
  }
  base::Status commit();

  kube::StoreApi& api_;
  CronEntry& entry_;
  const engine::CronDecision& decision_;
  const base::Time now_;
  sys::Random& random_;
  model::CronWorkflowStatus status_;
  bool status_changed_ = false;
  store::Batch batch_;
  std::optional<engine::CronChild> started_;
  std::vector<std::string> forgotten_;
};

// As if somebody had called `argo terminate`.
void Step::add_terminations() {
  model::Operation operation;
  operation.kind = model::Operation::Kind::kTerminate;
  for (const std::string& name : decision_.terminate)
    for (const engine::CronChild& child : entry_.children)
      if (child.name == name && !child.is_done())
        batch_.rows.push_back({child.uid, std::string(kOperations), static_cast<uint64_t>(now_.ns),
                               model::to_json(operation)});
}

base::Status Step::add_start() {
  if (!decision_.start) return {};
  Value workflow = model::workflow_of(entry_.cron, *decision_.start);
  const std::string name = engine::cron_child_name(entry_.cron.metadata.name, *decision_.start);
  workflow["metadata"]["name"] = name;
  auto put = api_.prepare_create(kube::kind_of("workflows"), entry_.object->key.namespace_,
                                 std::move(workflow));
  // The store is busy, or somebody was faster: once more.
  if (!put &&
      (put.error().code == base::Code::kUnavailable || put.error().code == base::Code::kConflict))
    return base::fail(put.error());
  if (!put) {
    ++status_.failed;
    const std::string message = "Failed to submit Workflow: " + put.error().text;
    add_condition(status_.conditions, kSubmissionError, message);
    return add_event({true, "FailedCreate", message});
  }
  remove_condition(status_.conditions, kSubmissionError);
  started_ = engine::CronChild{name, put->uid, "", {}};
  status_.active.push_back({name, put->uid, {}});
  batch_.puts.push_back(std::move(*put));
  return add_event({false, "SuccessfulCreate", "Created workflow " + name});
}

// In words of Kubernetes' CronJobs.
base::Status Step::add_event(const engine::Recorded& what) {
  auto put = count_event(api_, entry_.object->key, entry_.object->uid, what, now_, random_);
  if (!put) return base::fail(put.error());
  batch_.puts.push_back(std::move(*put));
  return {};
}

base::Status Step::add_deletions() {
  const kube::Kind& workflows = kube::kind_of("workflows");
  for (const std::string& name : decision_.forget) {
    const kube::ObjectRef ref{&workflows, entry_.object->key.namespace_, name};
    auto stored = api_.store().get(kube::StoreApi::key_of(ref));
    if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
    const auto child = std::find_if(entry_.children.begin(), entry_.children.end(),
                                    [&](const engine::CronChild& one) { return one.name == name; });
    if (child == entry_.children.end()) continue;
    forgotten_.push_back(child->uid);
    if (!stored || stored->uid != child->uid) continue;
    if (auto added = api_.prepare_remove(ref, *stored, {}, batch_); !added) return added;
  }
  return {};
}

base::Status Step::commit() {
  const bool writes_status = decision_.status_changed || status_changed_ || uses_new_schedule();
  std::shared_ptr<store::Object> written;
  if (writes_status) {
    auto put = put_status(entry_, status_, decision_.handled.has_value());
    if (!put) return base::fail(put.error());
    written = std::make_shared<store::Object>();
    written->key = put->key;
    written->uid = put->uid;
    written->json = put->json;
    written->labels = put->labels;
    batch_.puts.push_back(std::move(*put));
  } else {
    batch_.checks.push_back(
        {entry_.object->key, store::Precondition::revision_is(entry_.object->revision)});
  }
  if (batch_.empty()) return {};
  auto revision = api_.commit(batch_);
  if (!revision) return base::fail(revision.error());
  if (written) {
    written->revision = *revision;
    entry_.object = std::move(written);
    if (auto value = text::parse_json(entry_.object->json))
      entry_.cron = model::decode_cron_workflow(*value);
  }
  return {};
}

base::Status Step::run() {
  status_changed_ = remove_condition(status_.conditions, kSpecError);
  add_terminations();
  if (auto added = add_start(); !added) return added;
  if (decision_.handled && !decision_.skipped.empty())
    if (auto added =
            add_event({false, decision_.is_forbidden ? "WorkflowAlreadyActive" : "MissSchedule",
                       decision_.skipped});
        !added)
      return added;
  if (auto added = add_deletions(); !added) return added;
  auto done = commit();
  if (!done && done.error().code == base::Code::kAlreadyExists && started_) {
    // The slot had its run before a crash.
    std::erase_if(batch_.puts, [&](const auto& put) { return put.uid == started_->uid; });
    std::erase_if(batch_.puts, [&](const auto& put) {
      return put.uid == entry_.object->uid || put.key.resource == "events";
    });
    std::erase_if(status_.active, [&](const auto& one) { return one.uid == started_->uid; });
    started_.reset();
    done = commit();
  }
  if (!done) return done;
  if (started_) entry_.children.push_back(*started_);
  for (const std::string& uid : forgotten_) entry_.drop_child(uid);
  entry_.forgotten.insert(entry_.forgotten.end(), forgotten_.begin(), forgotten_.end());
  if (decision_.handled) entry_.handled = *decision_.handled;
  return {};
}

}  // namespace

void CronEntry::take(std::shared_ptr<const store::Object> stored, base::Time now) {
  auto value = text::parse_json(stored->json);
  const std::string before = engine::schedules_text(cron.spec);
  const bool was_suspended = cron.spec.suspend;
  object = std::move(stored);
  cron = value ? model::decode_cron_workflow(*value) : model::CronWorkflow();
  // What was due by another schedule, or in a pause, was not ours to start.
  if (engine::schedules_text(cron.spec) != before || was_suspended) watched_since = now;
}

bool CronEntry::take_child(engine::CronChild child) {
  if (std::find(forgotten.begin(), forgotten.end(), child.uid) != forgotten.end()) return false;
  const auto known = std::find_if(children.begin(), children.end(),
                                  [&](const auto& one) { return one.uid == child.uid; });
  if (known == children.end()) {
    children.push_back(std::move(child));
    return true;
  }
  const bool differs = known->is_done() != child.is_done();
  *known = std::move(child);
  return differs;
}

void CronEntry::drop_child(std::string_view uid) {
  std::erase_if(children, [&](const engine::CronChild& one) { return one.uid == uid; });
}

base::Status carry_out(kube::StoreApi& api, CronEntry& entry, const engine::CronDecision& decision,
                       base::Time now, sys::Random& random) {
  return Step(api, entry, decision, now, random).run();
}

base::Status note_problem(kube::StoreApi& api, CronEntry& entry, const base::Error& problem,
                          base::Time now, sys::Random& random) {
  for (const Value& one : entry.cron.status.conditions)
    if (one.string_at("type") == kSpecError && one.string_at("message") == problem.text) return {};
  model::CronWorkflowStatus status = entry.cron.status;
  add_condition(status.conditions, kSpecError, problem.text);
  auto put = put_status(entry, status, false);
  if (!put) return base::fail(put.error());
  auto written = std::make_shared<store::Object>(*entry.object);
  written->json = put->json;
  auto event = count_event(api, entry.object->key, entry.object->uid,
                           {true, std::string(kSpecError), problem.text}, now, random);
  if (!event) return base::fail(event.error());
  store::Batch batch;
  batch.puts.push_back(std::move(*put));
  batch.puts.push_back(std::move(*event));
  auto revision = api.commit(std::move(batch));
  if (!revision) return base::fail(revision.error());
  written->revision = *revision;
  entry.object = std::move(written);
  entry.cron.status = std::move(status);
  return {};
}

}  // namespace control

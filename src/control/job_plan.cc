#include "control/job_plan.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "kube/job_writes.h"

namespace control {
namespace {

using text::Value;

constexpr int64_t kBackoffSeconds = 10, kBackoffSecondsMax = 600;  // as Kubernetes
constexpr size_t kCreatedMax = 100;  // in one round; the next follows at once

int64_t number(const Value& object, std::string_view name, int64_t otherwise) {
  const Value* value = object.find(name);
  return value && !value->is_null() ? value->to_int().value_or(otherwise) : otherwise;
}

std::optional<int64_t> optional_number(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value && !value->is_null() ? value->to_int() : std::nullopt;
}

base::Time time_at(const Value& object, std::string_view name) {
  return base::parse_rfc3339(object.string_at(name)).value_or(base::Time());
}

const Value* condition(const Value& status, std::string_view type) {
  const Value* list = status.find("conditions");
  if (!list || !list->is_list()) return nullptr;
  for (const Value& one : list->as_list())
    if (one.string_at("type") == type) return &one;
  return nullptr;
}

void put_condition(Value& status, std::string_view type, bool is_true, std::string_view reason,
                   std::string_view message, base::Time now) {
  Value& list = status["conditions"];
  if (!list.is_list()) list = text::List();
  std::erase_if(list.as_list(), [&](const Value& one) { return one.string_at("type") == type; });
  Value out;
  out["type"] = type;
  out["status"] = is_true ? "True" : "False";
  out["lastProbeTime"] = base::to_rfc3339(now);
  out["lastTransitionTime"] = base::to_rfc3339(now);
  out["reason"] = reason;
  out["message"] = message;
  list.as_list().push_back(std::move(out));
}

// "1,3-5" as the numbers that it names.
std::set<int64_t> parse_indexes(std::string_view text) {
  std::set<int64_t> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    int64_t first = 0, last = 0;
    const char* const end = part.data() + part.size();
    auto [at, error] = std::from_chars(part.data(), end, first);
    if (error != std::errc()) continue;
    last = first;
    if (at != end && *at == '-') std::from_chars(at + 1, end, last);
    for (; first <= last; ++first) out.insert(first);
  }
  return out;
}

std::string to_text(const std::set<int64_t>& indexes) {
  std::string out;
  for (auto at = indexes.begin(); at != indexes.end();) {
    const int64_t first = *at;
    int64_t last = first;
    while (++at != indexes.end() && *at == last + 1) last = *at;
    out += (out.empty() ? "" : ",") + std::to_string(first);
    if (last != first) out += (last == first + 1 ? "," : "-") + std::to_string(last);
  }
  return out;
}

class Planner {
 public:
  Planner(const Value& job, const std::vector<JobPod>& pods, base::Time now)
      : spec_(*job.find("spec")), pods_(pods), now_(now) {
    if (const Value* status = job.find("status"); status && status->is_map()) {
      plan_.status = *status;
    } else {
      plan_.status = text::Map();
    }
    is_indexed_ = spec_.string_at("completionMode") == "Indexed";
    completions_ = optional_number(spec_, "completions");
    parallelism_ = number(spec_, "parallelism", 1);
    const Value* suspend = spec_.find("suspend");
    is_suspended_ = suspend && suspend->is_bool() && suspend->as_bool();
    done_ = parse_indexes(plan_.status.string_at("completedIndexes"));
  }
  JobPlan plan();

 private:
  void count_pods();
  bool is_finished() const {
    return condition(plan_.status, "Complete") || condition(plan_.status, "Failed");
  }
  void finish_off();
  void fail(std::string_view reason, std::string_view message);
  void complete();
  void suspend_or_start();
  void make_pods();
  void wake_at(base::Time at) {
    if (!plan_.wake.is_set() || at < plan_.wake) plan_.wake = at;
  }
  bool waits_after_failure();
  void write_counts();
  void end_all() {
    for (const JobPod* pod : active_) plan_.deleted.push_back(pod->name);
    active_.clear();
  }

  const Value& spec_;
  const std::vector<JobPod>& pods_;
  const base::Time now_;
  JobPlan plan_;
  bool is_indexed_ = false, is_suspended_ = false;
  std::optional<int64_t> completions_;
  int64_t parallelism_ = 1, succeeded_ = 0, failed_ = 0;
  std::set<int64_t> done_;
  std::vector<const JobPod*> active_;
};

void Planner::count_pods() {
  succeeded_ = number(plan_.status, "succeeded", 0);
  failed_ = number(plan_.status, "failed", 0);
  for (size_t i = 0; i < pods_.size(); ++i) {
    const JobPod& pod = pods_[i];
    if (pod.state == JobPod::State::kActive) {
      active_.push_back(&pod);
    } else if (!pod.is_counted) {
      plan_.counted.push_back(i);
      if (pod.state == JobPod::State::kFailed)
        ++failed_;
      else if (!is_indexed_)
        ++succeeded_;
      else if (pod.index && *pod.index < completions_.value_or(0) &&
               done_.insert(*pod.index).second)
        ++succeeded_;
    }
  }
}

void Planner::write_counts() {
  Value& status = plan_.status;
  const auto put = [&](std::string_view name, int64_t value) {
    if (value > 0)
      status[name] = value;
    else
      status.as_map().erase(name);
  };
  put("active", static_cast<int64_t>(active_.size() + plan_.created.size()));
  status["ready"] = static_cast<int64_t>(std::count_if(
      active_.begin(), active_.end(), [](const JobPod* pod) { return pod->is_ready; }));
  put("succeeded", succeeded_);
  put("failed", failed_);
  status["terminating"] = 0;
  status["uncountedTerminatedPods"] = text::Map();
  if (is_indexed_) status["completedIndexes"] = to_text(done_);
}

void Planner::fail(std::string_view reason, std::string_view message) {
  end_all();
  put_condition(plan_.status, "FailureTarget", true, reason, message, now_);
  put_condition(plan_.status, "Failed", true, reason, message, now_);
}

void Planner::complete() {
  end_all();
  constexpr std::string_view kReason = "CompletionsReached",
                             kMessage = "Reached expected number of succeeded pods";
  put_condition(plan_.status, "SuccessCriteriaMet", true, kReason, kMessage, now_);
  put_condition(plan_.status, "Complete", true, kReason, kMessage, now_);
  plan_.status["completionTime"] = base::to_rfc3339(now_);
}

// What is left of a finished Job is deleted when its time to live is up.
void Planner::finish_off() {
  plan_.is_finished = true;
  end_all();
  const auto ttl = optional_number(spec_, "ttlSecondsAfterFinished");
  if (!ttl) return;
  const Value* end = condition(plan_.status, "Complete");
  if (!end) end = condition(plan_.status, "Failed");
  const base::Time at = time_at(*end, "lastTransitionTime") + base::Duration::seconds(*ttl);
  if (now_ >= at)
    plan_.is_over = true;
  else
    wake_at(at);
}

void Planner::suspend_or_start() {
  Value& status = plan_.status;
  const Value* old_condition = condition(status, "Suspended");
  const bool was = old_condition && old_condition->string_at("status") == "True";
  if (is_suspended_ && !was) {
    put_condition(status, "Suspended", true, "JobSuspended", "Job suspended", now_);
    status.as_map().erase("startTime");
  } else if (!is_suspended_ && was) {
    put_condition(status, "Suspended", false, "JobResumed", "Job resumed", now_);
  }
  if (is_suspended_)
    end_all();
  else if (status.string_at("startTime").empty())
    status["startTime"] = base::to_rfc3339(now_);
}

// After each failure that follows the last success the wait is twice as long.
bool Planner::waits_after_failure() {
  base::Time last_success, last_failure;
  for (const JobPod& pod : pods_)
    if (pod.state == JobPod::State::kSucceeded) last_success = std::max(last_success, pod.ended_at);
  int failures = 0;
  for (const JobPod& pod : pods_) {
    if (pod.state != JobPod::State::kFailed || pod.ended_at <= last_success) continue;
    ++failures;
    last_failure = std::max(last_failure, pod.ended_at);
  }
  if (failures == 0) return false;
  const int64_t seconds = failures > 6
                              ? kBackoffSecondsMax
                              : std::min(kBackoffSecondsMax, kBackoffSeconds << (failures - 1));
  const base::Time at = last_failure + base::Duration::seconds(seconds);
  if (now_ >= at) return false;
  wake_at(at);
  return true;
}

void Planner::make_pods() {
  int64_t wanted = parallelism_;
  if (completions_)
    wanted = std::min(parallelism_, *completions_ - succeeded_);
  else if (succeeded_ > 0)
    wanted = std::min(parallelism_, static_cast<int64_t>(active_.size()));
  while (static_cast<int64_t>(active_.size()) > std::max<int64_t>(wanted, 0)) {
    plan_.deleted.push_back(active_.back()->name);
    active_.pop_back();
  }
  int64_t missing = wanted - static_cast<int64_t>(active_.size());
  if (missing <= 0 || waits_after_failure()) return;
  if (missing > static_cast<int64_t>(kCreatedMax)) {
    missing = kCreatedMax;
    wake_at(now_);
  }
  if (!is_indexed_) {
    plan_.created.resize(static_cast<size_t>(missing));
    return;
  }
  std::set<int64_t> taken = done_;
  for (const JobPod* pod : active_)
    if (pod->index) taken.insert(*pod->index);
  for (int64_t index = 0; missing > 0 && index < completions_.value_or(0); ++index) {
    if (taken.contains(index)) continue;
    plan_.created.emplace_back(index);
    --missing;
  }
}

JobPlan Planner::plan() {
  count_pods();
  if (is_finished()) {
    finish_off();
    write_counts();
    return std::move(plan_);
  }
  suspend_or_start();
  const auto deadline = optional_number(spec_, "activeDeadlineSeconds");
  const base::Time started = time_at(plan_.status, "startTime");
  const base::Time deadline_at =
      deadline && started.is_set() ? started + base::Duration::seconds(*deadline) : base::Time();
  const bool is_done =
      completions_ ? succeeded_ >= *completions_ : succeeded_ > 0 && active_.empty();
  if (failed_ > number(spec_, "backoffLimit", 6)) {
    fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  } else if (deadline_at.is_set() && now_ >= deadline_at) {
    fail("DeadlineExceeded", "Job was active longer than specified deadline");
  } else if (is_done) {
    complete();
  } else if (!is_suspended_) {
    if (deadline_at.is_set()) wake_at(deadline_at);
    make_pods();
  }
  if (is_finished()) finish_off();
  write_counts();
  return std::move(plan_);
}

}  // namespace

JobPod read_job_pod(const Value& pod) {
  JobPod out;
  out.name = pod.string_at("metadata", "name");
  const std::string_view phase = pod.string_at("status", "phase");
  const bool is_leaving = pod.find_path("metadata", "deletionTimestamp") != nullptr;
  if (phase == "Succeeded")
    out.state = JobPod::State::kSucceeded;
  else if (phase == "Failed" || is_leaving)
    out.state = JobPod::State::kFailed;
  const Value* finalizers = pod.find_path("metadata", "finalizers");
  out.is_counted = true;
  if (finalizers && finalizers->is_list())
    for (const Value& one : finalizers->as_list())
      if (one.is_string() && one.as_string() == kJobTracking) out.is_counted = false;
  if (const Value* notes = pod.find_path("metadata", "annotations"))
    if (const Value* index = notes->find(kJobIndex); index && index->is_string()) {
      int64_t value = 0;
      const std::string& text = index->as_string();
      if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
        out.index = value;
    }
  if (const Value* conditions = pod.find_path("status", "conditions");
      conditions && conditions->is_list())
    for (const Value& one : conditions->as_list())
      if (one.string_at("type") == "Ready") out.is_ready = one.string_at("status") == "True";
  if (const Value* containers = pod.find_path("status", "containerStatuses");
      containers && containers->is_list())
    for (const Value& one : containers->as_list())
      out.ended_at = std::max(
          out.ended_at, base::parse_rfc3339(one.string_at("state", "terminated", "finishedAt"))
                            .value_or(base::Time()));
  return out;
}

JobPlan plan_job(const Value& job, const std::vector<JobPod>& pods, base::Time now) {
  return Planner(job, pods, now).plan();
}

Value job_pod(const Value& job, std::optional<int64_t> index) {
  const Value* pod_template = job.find_path("spec", "template");
  Value out = pod_template ? *pod_template : Value(text::Map());
  const std::string name(job.string_at("metadata", "name"));
  out["apiVersion"] = "v1";
  out["kind"] = "Pod";
  Value& metadata = out["metadata"];
  for (const std::string_view field : {"name", "namespace", "creationTimestamp"})
    if (metadata.is_map()) metadata.as_map().erase(field);
  metadata["generateName"] = name + (index ? "-" + std::to_string(*index) : "") + "-";
  Value owner;
  owner["apiVersion"] = "batch/v1";
  owner["kind"] = "Job";
  owner["name"] = name;
  owner["uid"] = std::string(job.string_at("metadata", "uid"));
  owner["controller"] = true;
  owner["blockOwnerDeletion"] = true;
  metadata["ownerReferences"] = text::List{std::move(owner)};
  metadata["finalizers"] = text::List{Value(kJobTracking)};
  metadata["labels"][kube::kJobUidLabel] = std::string(job.string_at("metadata", "uid"));
  Value& spec = out["spec"];
  // A pod runs once here: after a failure comes another.
  spec["restartPolicy"] = "Never";
  if (!index) return out;
  const std::string text = std::to_string(*index);
  metadata["labels"][kJobIndex] = text;
  metadata["annotations"][kJobIndex] = text;
  if (spec.string_at("hostname").empty()) spec["hostname"] = name + "-" + text;
  for (const std::string_view part : {"initContainers", "containers"}) {
    Value* list = spec.find(part);
    if (!list || !list->is_list()) continue;
    for (Value& container : list->as_list()) {
      Value one;
      one["name"] = "JOB_COMPLETION_INDEX";
      one["value"] = text;
      Value& env = container["env"];
      if (!env.is_list()) env = text::List();
      env.as_list().push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace control

#include "sim/faulty_agent.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace sim {

using text::Value;

void FaultyAgent::restart(kube::StoreApi& api) {
  api_ = &api;
  watch_.reset();
  open_.clear();
}

void FaultyAgent::allow_again(const std::string& workflow) {
  for (auto& [name, record] : runs_)
    if (name.starts_with(workflow + "-")) record.may_come_again = true;
}

// What the store says of pods, into open_; false: it could not be asked.
bool FaultyAgent::look() {
  if (!watch_) {
    auto watch = api_->store().watch("pods", "", 0);
    if (!watch) return false;
    store::ListQuery query;
    query.resource = "pods";
    auto page = api_->store().list(query);
    if (!page) return false;
    open_.clear();
    for (const store::Object& pod : page->objects) take(pod);
    watch_ = std::move(*watch);
  }
  auto changes = watch_->next(0, nullptr);
  if (!changes) {
    watch_.reset();
    return false;
  }
  for (const store::Change& change : *changes) {
    if (change.type == store::Change::Type::kDeleted)
      open_.erase(change.object->key.name);
    else
      take(*change.object);
  }
  return true;
}

void FaultyAgent::take(const store::Object& pod) {
  const std::string_view phase =
      text::json_string(text::json_member(text::json_member(pod.json, "status"), "phase"));
  if (phase == "Succeeded" || phase == "Failed") {
    open_.erase(pod.key.name);
    return;
  }
  const std::string_view annotations =
      text::json_member(text::json_member(pod.json, "metadata"), "annotations");
  Seen seen{pod.key.namespace_, pod.uid};
  seen.wants_outputs = !text::json_member(annotations, kube::kOutputsWanted).empty();
  seen.is_stopped = !text::json_member(annotations, kube::kStop).empty();
  open_[pod.key.name] = std::move(seen);
}

bool FaultyAgent::step() {
  if (!look() || open_.empty()) return false;
  const auto chosen = std::next(open_.begin(), static_cast<ptrdiff_t>(random_() % open_.size()));
  const std::string name = chosen->first;
  const Seen pod = chosen->second;
  const auto known = runs_.find(name);
  if (known == runs_.end()) {
    start(name, pod);
    return true;
  }
  RunRecord& record = known->second;
  if (record.uid != pod.uid) {
    const bool is_new = !earlier_uids_.contains(pod.uid);
    if (!record.may_come_again || !is_new) {
      problem_ =
          fmt::format("pod {} ran as {} and was made again as {}", name, record.uid, pod.uid);
      return true;
    }
    earlier_uids_.insert(record.uid);
    record = {pod.uid, pod.is_stopped, false, record.generation + 1};
    report(name, pod, record);
    return true;
  }
  const bool stays = !pod.is_stopped && !record.has_ended && fates_(name).stays;
  // Now and then it says again that it runs, instead of going on.
  if (random_() % 8 != 0 && !stays) record.has_ended = true;
  if (stays && random_() % 16 != 0) return false;
  report(name, pod, record);
  return true;
}

void FaultyAgent::start(const std::string& name, const Seen& pod) {
  const auto at = runs_.emplace(name, RunRecord{pod.uid, pod.is_stopped, false, 0}).first;
  report(name, pod, at->second);
}

void FaultyAgent::report(const std::string& name, const Seen& pod, const RunRecord& record) {
  kube::StatusUpdate update;
  update.ref = {&kube::kind_of("pods"), pod.namespace_, name};
  update.uid = pod.uid;
  if (record.has_ended) {
    const PodFate fate = pod.is_stopped ? PodFate{143, "", false}
                         : record.generation == 0
                             ? fates_(name)
                             : fates_(fmt::format("{}#{}", name, record.generation));
    update.status = ended_status(fate);
    if (pod.wants_outputs && fate.exit_code == 0)
      update.annotations.emplace_back(
          kube::kOutputs,
          fmt::format(R"({{"parameters":[{{"name":"o","value":"{}"}}]}})", fate.parameter));
  } else {
    update.status = *text::parse_json(
        R"({"phase":"Running","podIP":"10.0.0.1",)"
        R"("containerStatuses":[{"name":"main","ready":true,"state":{"running":{}}}]})");
  }
  // Whether it arrived is seen by the watch; if not, it is said again.
  (void)api_->update_statuses({update});
}

Value FaultyAgent::ended_status(const PodFate& fate) const {
  const std::string now = base::to_rfc3339(clock_.now());
  return *text::parse_json(fmt::format(
      R"({{"phase":"{}",{}"containerStatuses":[{{"name":"main","ready":false,"state":)"
      R"({{"terminated":{{"exitCode":{},"reason":"{}","startedAt":"{}","finishedAt":"{}"}}}}}}]}})",
      fate.exit_code == 0 ? "Succeeded" : "Failed", fate.is_lost ? R"("reason":"Lost",)" : "",
      fate.exit_code, fate.exit_code == 0 ? "Completed" : "Error", now, now));
}

}  // namespace sim

// simulated_agent.h — ends pods as soon as they appear, for tests and benchmarks: the node agent's
// side of kube/pod_contract.h without containers. Not part of the product.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kube/pod_contract.h"
#include "kube/store_api.h"
#include "sys/clock.h"
#include "text/json.h"

namespace sim {

// What becomes of a pod.
struct SimulatedEnd {
  int exit_code = 0;
  std::string outputs;         // JSON for the annotation kube::kOutputs; "" for none
  std::string reason = "";     // of the pod's status: kube::kReasonLost
  bool stays_running = false;  // until it is asked to stop
  int64_t ran_seconds = 0;
};
using SimulatedScript =
    std::function<SimulatedEnd(std::string_view pod_name, std::string_view json)>;

class SimulatedAgent {
 public:
  SimulatedAgent(store::Store& store, const sys::Clock& clock, SimulatedScript script = {})
      : store_(store), clock_(clock), script_(std::move(script)) {}

  // Ends what has appeared; waits at most `timeout_ms` for the first. Gives how many were written.
  base::Result<size_t> run_once(int timeout_ms) {
    if (!watch_)
      if (auto opened = open(); !opened) return base::fail(opened.error());
    if (pending_.empty()) {
      auto changes = watch_->next(timeout_ms, nullptr);
      if (!changes) {
        watch_.reset();
        return size_t{1};
      }
      for (const store::Change& change : *changes)
        if (change.type != store::Change::Type::kDeleted) pending_.push_back(change.object);
    }
    store::Batch batch;
    for (const auto& pod : pending_) end(*pod, batch);
    const size_t count = batch.puts.size();
    if (count != 0) {
      auto committed = store_.commit(std::move(batch));
      const bool lost = !committed && committed.error().code == base::Code::kUnavailable;
      if (lost) return base::fail(committed.error());
      if (!committed) watch_.reset();  // somebody wrote meanwhile: read all again
    }
    pending_.clear();
    return count;
  }

 private:
  using Pod = std::shared_ptr<const store::Object>;

  base::Status open() {
    auto watch = store_.watch("pods", "", 0);
    if (!watch) return base::fail(watch.error());
    store::ListQuery query;
    query.resource = "pods";
    auto page = store_.list(query);
    if (!page) return base::fail(page.error());
    pending_.clear();
    for (store::Object& pod : page->objects)
      pending_.push_back(std::make_shared<const store::Object>(std::move(pod)));
    watch_ = std::move(*watch);
    return {};
  }

  void end(const store::Object& pod, store::Batch& batch) {
    constexpr std::string_view kFresh = R"("status":{"phase":"Pending"}})";
    constexpr std::string_view kRuns =
        R"("status":{"phase":"Running","podIP":"10.0.0.1",)"
        R"("containerStatuses":[{"name":"main","ready":true,"state":{"running":{}}}]}})";
    const bool is_fresh = pod.json.ends_with(kFresh), is_running = pod.json.ends_with(kRuns);
    if (!is_fresh && !is_running) return;
    const bool is_stopped = pod.json.find(std::string(kube::kStop) + "\":") != std::string::npos;
    SimulatedEnd what = script_ ? script_(pod.key.name, pod.json) : SimulatedEnd{};
    if (is_stopped) what = {143, "", "", false};
    if (what.stays_running && is_running) return;
    store::PutObject put;
    put.key = pod.key;
    put.uid = pod.uid;
    put.labels = pod.labels;
    put.precondition = store::Precondition::revision_is(pod.revision);
    const std::string_view head(pod.json.data(),
                                pod.json.size() - (is_fresh ? kFresh : kRuns).size());
    put.json.reserve(pod.json.size() + 300);
    put.json = head;
    // A Workflow, or a Job.
    constexpr std::string_view kOwners = R"("ownerReferences":[)";
    if (const size_t at = put.json.find(kOwners); at != std::string::npos)
      if (const size_t uid = put.json.find("\"uid\":\"", at); uid != std::string::npos)
        put.owner_uids = {put.json.substr(uid + 7, 36)};
    if (what.stays_running) {
      put.json += kRuns;
    } else {
      for (auto& [key, value] : put.labels)
        if (key == kube::kCompletedLabel) value = "true";
      const std::string label = "\"" + std::string(kube::kCompletedLabel) + "\":\"";
      if (const size_t at = put.json.find(label + "false"); at != std::string::npos)
        put.json.replace(at + label.size(), 5, "true");
      if (!what.outputs.empty()) {
        std::string annotation = "\"" + std::string(kube::kOutputs) + "\":";
        text::append_json_string(annotation, what.outputs);
        const size_t at = put.json.find("\"annotations\":{");
        if (at != std::string::npos) put.json.insert(at + 15, annotation + ",");
      }
      const std::string now = base::to_rfc3339(clock_.now());
      const std::string began =
          base::to_rfc3339(clock_.now() - base::Duration::seconds(what.ran_seconds));
      put.json += what.exit_code == 0 ? R"("status":{"phase":"Succeeded")"
                                      : R"("status":{"phase":"Failed")";
      if (!what.reason.empty()) put.json += ",\"reason\":\"" + what.reason + "\"";
      put.json += R"(,"containerStatuses":[{"name":"main","ready":false,)"
                  R"("state":{"terminated":{"exitCode":)" +
                  std::to_string(what.exit_code) + R"(,"reason":")" +
                  (what.exit_code == 0 ? "Completed" : "Error") + R"(","startedAt":")" + began +
                  R"(","finishedAt":")" + now + R"("}}}]}})";
    }
    batch.puts.push_back(std::move(put));
  }

  store::Store& store_;
  const sys::Clock& clock_;
  const SimulatedScript script_;
  std::unique_ptr<store::Watch> watch_;
  std::vector<Pod> pending_;
};

}  // namespace sim

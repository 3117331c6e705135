// Agent::Core: what the API server is told of the pods, and when.
#include <algorithm>

#include "kube/event_object.h"
#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "runtime/agent_core.h"
#include "runtime/pod_status.h"
#include "text/json.h"

namespace runtime {
namespace {

constexpr base::Duration kRetryFirst = base::Duration::millis(200);
constexpr base::Duration kRetryMax = base::Duration::seconds(5);
constexpr size_t kBatchMax = 200, kBatchBytesMax = 8 << 20;

kube::ObjectRef ref_of(const kube::Kind& kind, const PodSpec& spec) {
  return {&kind, spec.namespace_, spec.name};
}

}  // namespace

// At the latest after `delay`; an earlier wish stands.
void Agent::Core::mark_dirty(LivePod& pod, base::Duration delay) {
  const base::Time at = clock_.now() + delay;
  if (pod.is_dirty && pod.write_at <= at) return;
  const Uid& uid = pod.run.spec().uid;
  if (pod.is_dirty) writes_due_.erase({pod.write_at, uid});
  pod.is_dirty = true;
  pod.write_at = at;
  writes_due_.emplace(at, uid);
  if (delay.ns > 0) loop_.at(at, [] {});  // wakes the loop for write_due()
}

// Runs behind each turn of the loop, so that all that came at once is told at once; one request at
// a time, so that what comes meanwhile is told together.
void Agent::Core::write_due() {
  if (is_writing_) return;
  const base::Time now = clock_.now();
  std::vector<kube::StatusUpdate> updates;
  std::vector<Sent> sent;
  size_t bytes = 0;
  while (!writes_due_.empty() && writes_due_.begin()->first <= now && updates.size() < kBatchMax &&
         bytes < kBatchBytesMax) {
    const Uid uid = writes_due_.begin()->second;
    writes_due_.erase(writes_due_.begin());
    LivePod* const pod = find(uid);
    if (pod == nullptr || !pod->is_dirty) continue;
    pod->is_dirty = false;
    const bool is_final = pod->stage == LivePod::Stage::kOver;
    if (is_final) trace("status sent");
    if (is_final) read_progress(*pod);
    updates.push_back(status_of(*pod, is_final));
    for (const auto& [key, value] : updates.back().annotations) bytes += value.size();
    sent.push_back({uid, is_final, pod->is_deleting});
  }
  if (!updates.empty()) write_statuses(std::move(updates), std::move(sent));
}

kube::StatusUpdate Agent::Core::status_of(const LivePod& pod, bool is_final) const {
  StatusFacts facts;
  facts.host_ip = config_.host_ip;
  facts.node_name = config_.node_name;
  facts.accepted = pod.accepted;
  facts.unschedulable = pod.unschedulable;
  facts.now = clock_.now();
  if (pod.sandbox)
    facts.pod_ip = pod.sandbox->ip();
  else
    facts.pod_ip = pod.object.string_at("status", "podIP");
  if (pod.run.spec().host_network) facts.pod_ip = config_.host_ip;
  kube::StatusUpdate out;
  out.ref = ref_of(pod_kind_, pod.run.spec());
  out.uid = pod.run.spec().uid;
  out.status = build_status(pod.run, facts);
  if (!pod.progress.empty()) out.annotations.emplace_back(kube::kProgress, pod.progress);
  if (is_final && pod.run.spec().outputs)
    out.annotations.emplace_back(kube::kOutputs, build_outputs(pod.run));
  return out;
}

void Agent::Core::write_statuses(std::vector<kube::StatusUpdate> updates, std::vector<Sent> sent) {
  is_writing_ = true;
  writers_.run([this, updates = std::move(updates), sent = std::move(sent)]() mutable {
    std::vector<base::Status> results = api_.update_statuses(updates);
    for (size_t i = 0; i < sent.size(); ++i) {
      if (!results[i] || !sent[i].is_final || !sent[i].is_deleting) continue;
      kube::DeleteOptions options;
      options.uid = sent[i].uid;
      options.grace_period_seconds = 0;
      (void)api_.remove(updates[i].ref, options);
    }
    loop_.post([this, sent = std::move(sent), done = std::move(results)] {
      is_writing_ = false;
      for (size_t i = 0; i < sent.size(); ++i) on_written(sent[i], done[i]);
    });
  });
}

void Agent::Core::on_written(const Sent& sent, const base::Status& result) {
  LivePod* const pod = find(sent.uid);
  if (pod == nullptr) return;
  if (result) {
    pod->write_failures = 0;
    if (sent.is_final) forget(sent.uid);
    return;
  }
  if (result.error().code == base::Code::kNotFound) {
    // Deleted: the watch says so too, perhaps not yet.
    pod->is_gone = true;
    pod->run.ask_stop(true);
    return advance(*pod);
  }
  base::Duration pause = kRetryFirst;
  for (int i = 0; i < pod->write_failures && pause < kRetryMax; ++i) pause.ns *= 2;
  ++pod->write_failures;
  if (pod->is_dirty) writes_due_.erase({pod->write_at, sent.uid});
  pod->is_dirty = false;
  mark_dirty(*pod, std::min(pause, kRetryMax));
}

// The moments that argoexec has noted in its record, and ours.
void Agent::Core::trace_end(const ContainerRun& run) const {
  if (!run.end) return;
  trace_.mark("argoexec runs", run.end->began);
  trace_.mark("mark durable", run.end->marked);
  trace_.mark("container started", run.end->started);
  trace_.mark("process ended", run.end->finished);
  trace("record durable, read by the agent");
}

void Agent::Core::record_event(const LivePod& pod, std::string reason, std::string message) {
  const PodSpec& spec = pod.run.spec();
  text::Value about;
  about["apiVersion"] = "v1";
  about["kind"] = "Pod";
  about["namespace"] = spec.namespace_;
  about["name"] = spec.name;
  about["uid"] = spec.uid;
  text::Value event = kube::make_event(std::move(about), true, std::move(reason),
                                       std::move(message), "argo-agent", clock_.now());
  event["metadata"]["generateName"] = spec.name + ".";
  writers_.run([this, space = spec.namespace_, event = std::move(event)] {
    (void)api_.create(kube::kind_of("events"), space, event, false);
  });
}

}  // namespace runtime

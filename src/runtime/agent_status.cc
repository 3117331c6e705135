// Agent::Core: what the API server is told of the pods, and when.
#include <algorithm>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "runtime/agent_core.h"
#include "runtime/pod_status.h"
#include "text/json.h"

namespace runtime {
namespace {

constexpr base::Duration kRetryFirst = base::Duration::millis(200);
constexpr base::Duration kRetryMax = base::Duration::seconds(5);

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

// Runs behind each turn of the loop, so that all that came at once is told at once.
void Agent::Core::write_due() {
  const base::Time now = clock_.now();
  while (!writes_due_.empty() && writes_due_.begin()->first <= now) {
    const Uid uid = writes_due_.begin()->second;
    writes_due_.erase(writes_due_.begin());
    LivePod* const pod = find(uid);
    if (pod == nullptr || !pod->is_dirty) continue;
    if (pod->is_writing) continue;  // on_written() sees that it is dirty
    write_status(*pod);
  }
}

text::Value Agent::Core::status_object(const LivePod& pod, bool is_final) const {
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
  // All of a status update but metadata and status is ignored: the spec is not sent.
  text::Map out;
  out.set("apiVersion", "v1");
  out.set("kind", "Pod");
  const text::Value* const metadata = pod.object.find("metadata");
  text::Value& copy = out.set("metadata", metadata == nullptr ? text::Value() : *metadata);
  if (is_final && pod.run.spec().outputs)
    copy["annotations"][kube::kOutputs] = build_outputs(pod.run);
  out.set("status", build_status(pod.run, facts));
  return out;
}

void Agent::Core::write_status(LivePod& pod) {
  pod.is_dirty = false;
  pod.is_writing = true;
  const bool is_final = pod.stage == LivePod::Stage::kOver;
  if (is_final) trace("status sent");
  const Uid uid = pod.run.spec().uid;
  writers_.run([this, uid, is_final, deleting = pod.is_deleting,
                ref = ref_of(pod_kind_, pod.run.spec()),
                object = status_object(pod, is_final)]() mutable {
    base::Result<text::Value> result = api_.update_status(ref, object);
    for (int tries = 0; tries < 5 && !result && result.error().code == base::Code::kConflict;
         ++tries) {
      // Somebody else has written: the newest metadata, our status.
      base::Result<text::Value> now = api_.get(ref);
      if (!now || now->string_at("metadata", "uid") != uid) break;
      text::Value outputs;
      if (const text::Value* found = object.find_path("metadata", "annotations", kube::kOutputs))
        outputs = *found;
      object["metadata"] = std::move((*now)["metadata"]);
      if (!outputs.is_null()) object["metadata"]["annotations"][kube::kOutputs] = outputs;
      result = api_.update_status(ref, object);
    }
    if (result && is_final && deleting) {
      kube::DeleteOptions options;
      options.uid = uid;
      options.grace_period_seconds = 0;
      (void)api_.remove(ref, options);
    }
    loop_.post([this, uid, is_final, done = std::move(result)]() mutable {
      on_written(uid, is_final, std::move(done));
    });
  });
}

void Agent::Core::on_written(const Uid& uid, bool was_final, base::Result<text::Value> result) {
  LivePod* const pod = find(uid);
  if (pod == nullptr) return;
  pod->is_writing = false;
  if (result) {
    pod->write_failures = 0;
    if (was_final) return forget(uid);
    update(*pod, std::move(*result));
    LivePod* const still = find(uid);
    if (still != nullptr && still->is_dirty) {
      writes_due_.emplace(still->write_at, uid);
      loop_.at(still->write_at, [] {});
    }
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
  if (pod->is_dirty) writes_due_.erase({pod->write_at, uid});
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
  text::Value event;
  event["apiVersion"] = "v1";
  event["kind"] = "Event";
  event["metadata"]["generateName"] = spec.name + ".";
  text::Value& about = event["involvedObject"];
  about["apiVersion"] = "v1";
  about["kind"] = "Pod";
  about["namespace"] = spec.namespace_;
  about["name"] = spec.name;
  about["uid"] = spec.uid;
  event["type"] = "Warning";
  event["reason"] = std::move(reason);
  event["message"] = std::move(message);
  event["source"]["component"] = "argo-agent";
  event["firstTimestamp"] = event["lastTimestamp"] = to_rfc3339(clock_.now());
  event["count"] = 1;
  writers_.run([this, space = spec.namespace_, event = std::move(event)] {
    (void)api_.create(kube::kind_of("events"), space, event, false);
  });
}

}  // namespace runtime

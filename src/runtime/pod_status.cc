#include "runtime/pod_status.h"

#include "kube/pod_contract.h"
#include "text/json.h"

namespace runtime {
namespace {

using text::List;
using text::Map;
using text::Value;

Value time_value(base::Time time) { return time.is_set() ? Value(to_rfc3339(time)) : Value(); }

std::string end_message(const ContainerRun& run) {
  if (run.is_lost) return "its end is not known";
  if (!run.end) return {};
  if (!run.end->start_error.empty()) return run.end->start_error;
  if (!run.end->termination_message.empty()) return run.end->termination_message;
  if (run.end->oom_killed) return "the container used more memory than its limit";
  return run.end->log_error;
}

Value state_of(const ContainerRun& run) {
  Map out;
  if (run.phase == ContainerRun::Phase::kRunning) {
    Map running;
    running.set("startedAt", time_value(run.started));
    out.set("running", running);
  } else if (run.phase == ContainerRun::Phase::kEnded) {
    Map terminated;
    terminated.set("exitCode", run.is_lost || !run.end ? 137 : run.end->exit_code);
    if (run.end && run.end->signal != 0) terminated.set("signal", run.end->signal);
    terminated.set("reason", end_reason(run));
    if (const std::string message = end_message(run); !message.empty())
      terminated.set("message", message);
    terminated.set("startedAt", time_value(run.end ? run.end->started : run.started));
    terminated.set("finishedAt", time_value(run.end ? run.end->finished : base::Time()));
    out.set("terminated", terminated);
  } else {
    Map waiting;
    waiting.set("reason", run.waiting_reason);
    if (!run.waiting_message.empty()) waiting.set("message", run.waiting_message);
    out.set("waiting", waiting);
  }
  return out;
}

Value container_status(const ContainerRun& run) {
  Map out;
  const bool running = run.phase == ContainerRun::Phase::kRunning;
  out.set("name", run.spec->name);
  out.set("image", run.spec->image);
  out.set("imageID", run.image_id);
  out.set("ready", running && run.is_ready);
  out.set("started", running && run.has_started);
  out.set("restartCount", 0);
  out.set("state", state_of(run));
  out.set("lastState", Map());
  return out;
}

Value condition(const char* type, bool holds, const StatusFacts& facts, std::string reason = {},
                std::string message = {}) {
  Map out;
  out.set("type", type);
  out.set("status", holds ? "True" : "False");
  out.set("lastTransitionTime", time_value(facts.now));
  if (!reason.empty()) out.set("reason", std::move(reason));
  if (!message.empty()) out.set("message", std::move(message));
  return out;
}

bool init_is_done(const PodRun& pod) {
  for (const ContainerRun& run : pod.containers()) {
    if (!run.is_init) continue;
    const bool done = run.is_sidecar ? run.phase != ContainerRun::Phase::kWaiting
                                     : run.end && run.end->exit_code == 0;
    if (!done) return false;
  }
  return true;
}

Value conditions(const PodRun& pod, const StatusFacts& facts, const std::string& phase) {
  List out;
  const bool ready = pod.is_ready();
  std::string why;
  if (phase == "Succeeded")
    why = "PodCompleted";
  else if (phase == "Failed")
    why = "PodFailed";
  else if (!ready)
    why = "ContainersNotReady";
  if (facts.accepted.is_set()) {
    out.push_back(condition("PodScheduled", true, facts));
    out.push_back(condition("Initialized", init_is_done(pod), facts,
                            init_is_done(pod) ? "" : "ContainersNotInitialized"));
    out.push_back(condition("ContainersReady", ready, facts, why));
    out.push_back(condition("Ready", ready, facts, why));
  } else {
    out.push_back(condition("PodScheduled", false, facts, "Unschedulable", facts.unschedulable));
  }
  return out;
}

}  // namespace

std::string end_reason(const ContainerRun& run) {
  if (run.is_lost || !run.end) return std::string(kube::kReasonLost);
  if (!run.end_reason.empty()) return run.end_reason;
  if (!run.end->start_error.empty()) return "StartError";
  if (run.end->oom_killed) return "OOMKilled";
  return run.end->exit_code == 0 ? "Completed" : "Error";
}

text::Value build_status(const PodRun& pod, const StatusFacts& facts) {
  Map out;
  const std::string phase = pod.phase();
  out.set("phase", phase);
  if (!pod.reason().empty()) out.set("reason", pod.reason());
  if (!pod.message().empty()) out.set("message", pod.message());
  out.set("conditions", conditions(pod, facts, phase));
  if (facts.accepted.is_set()) {
    if (!facts.node_name.empty()) out.set(std::string(kube::kStatusNode), facts.node_name);
    if (!facts.host_ip.empty()) {
      out.set("hostIP", facts.host_ip);
      out.set("hostIPs", List{Map()}).as_list()[0].as_map().set("ip", facts.host_ip);
    }
    if (!facts.pod_ip.empty()) {
      out.set("podIP", facts.pod_ip);
      out.set("podIPs", List{Map()}).as_list()[0].as_map().set("ip", facts.pod_ip);
    }
    out.set("startTime", time_value(facts.accepted));
    List init, main;
    for (const ContainerRun& run : pod.containers())
      (run.is_init ? init : main).push_back(container_status(run));
    if (!init.empty()) out.set("initContainerStatuses", std::move(init));
    out.set("containerStatuses", std::move(main));
  }
  out.set("qosClass", "BestEffort");
  for (const ContainerRun& run : pod.containers())
    if (run.spec->resources.cpu_request || run.spec->resources.memory_request)
      out.set("qosClass", "Burstable");
  return out;
}

std::string build_outputs(const PodRun& pod) {
  Map out;
  for (const ContainerRun& run : pod.containers()) {
    if (run.is_init || run.spec->name != "main" || !run.end) continue;
    if (run.end->result && pod.spec().outputs && pod.spec().outputs->result) {
      std::string result = *run.end->result;
      if (result.ends_with('\n')) result.pop_back();
      out.set("result", result);
    }
    out.set("exitCode", std::to_string(run.end->exit_code));
    List parameters, missing;
    for (const auto& [name, value] : run.end->parameters) {
      Map one;
      one.set("name", name);
      one.set("value", value);
      parameters.emplace_back(std::move(one));
    }
    for (const std::string& name : run.end->missing) missing.emplace_back(name);
    if (!parameters.empty()) out.set("parameters", std::move(parameters));
    if (!missing.empty()) out.set("missing", std::move(missing));
    if (!run.end->output_error.empty()) out.set("error", run.end->output_error);
  }
  return text::to_json(out);
}

}  // namespace runtime

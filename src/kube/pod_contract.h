// pod_contract.h — what control asks of a pod and what the node agent reports, beyond Kubernetes.
//
// A pod that is to hand in outputs carries the annotation kOutputsWanted; the agent writes
// kOutputs together with the final status, in one update, so that phase and outputs arrive at once.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kube {

// JSON: {"result": true, "parameters": [{"name": "p", "path": "/tmp/p", "optional": true}]}
// Files are read in the container "main". `optional`: a missing file is no error.
inline constexpr std::string_view kOutputsWanted = "workflows.argoproj.io/outputs-wanted";
// JSON: {"result": "…", "exitCode": "0", "parameters": [{"name": "p", "value": "…"}],
//        "missing": ["q"], "error": "…"}. Result: stdout of main, at most 256 KiB (the last),
// one trailing newline cut. `error` is set when the outputs could not be saved.
inline constexpr std::string_view kOutputs = "workflows.argoproj.io/outputs";

inline constexpr std::string_view kNodeId = "workflows.argoproj.io/node-id";
inline constexpr std::string_view kNodeName = "workflows.argoproj.io/node-name";
inline constexpr std::string_view kWorkflowLabel = "workflows.argoproj.io/workflow";
inline constexpr std::string_view kCompletedLabel = "workflows.argoproj.io/completed";
// "process": the workflow's wish to run without containers; granted by the agent's --runtime only.
inline constexpr std::string_view kRuntime = "workflows.argoproj.io/runtime";

// "N/M": how far a pod is, of its own accord. A pod that has the volume kProgressVolume may write
// it into the file kProgressFile there; the agent puts the last line into this annotation.
inline constexpr std::string_view kProgress = "workflows.argoproj.io/progress";
inline constexpr std::string_view kProgressVolume = "argo-progress";
inline constexpr std::string_view kProgressFolder = "/var/run/argo";
inline constexpr std::string_view kProgressFile = "progress";

// A pod's status.reason when the machine, not the user's process, ended it: a killed container
// process or a reboot. Control makes PodEnded::Outcome::kLost of it.
inline constexpr std::string_view kReasonLost = "Lost";
// A member of the status that the embedded agent writes: the name of its node. spec.nodeName is an
// API server's to set, and makes a deletion wait for the node.
inline constexpr std::string_view kStatusNode = "nodeName";

// To stop a pod, control sets metadata.deletionTimestamp by Api::remove with the grace period; the
// agent stops it, reports the final status, and the finalizer kAgentFinalizer is removed by the
// agent in the same update only when the pod is to go; a Workflow's `stop` does not delete pods:
// it sets the annotation kStop ("TERM" or "KILL") and the pod object stays.
inline constexpr std::string_view kStop = "workflows.argoproj.io/stop";

}  // namespace kube

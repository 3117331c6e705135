// pod_assessment.h — what a Pod's status means for its node: Argo's rules, without a pod's place.
//
// `status` is the Pod's `.status` as a Value. Messages are Argo's: "main: Error (exit code 1)",
// "OOMKilled (exit code 137)", the reason of a waiting container. Source: Argo's controller.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/state.h"
#include "model/workflow.h"
#include "text/value.h"

namespace engine {

// What must be known of the pod besides its status.
struct PodTraits {
  std::string name, namespace_;
  std::vector<std::string> main_containers = {"main"};  // those of a containerSet by their names
  // Argo's own pods have a container that saves the outputs ("wait", or "supervisor"), which must
  // end well before the pod counts as succeeded. Ours hand their outputs in without one.
  bool has_wait_container = false;
};

struct PodVerdict {
  Phase phase = Phase::kFailed;
  std::string message;
};

// Why the pod waits: "ImagePullBackOff: …", "Unschedulable: …"; "" when it does not say.
std::string pending_reason(const text::Value& status);

// What a pod of phase Failed did: it may still have succeeded, when only sidecars were killed.
PodVerdict failed_reason(const text::Value& status, const PodTraits& traits);

// Exit code of the container "main", when it has ended.
std::optional<int> main_exit_code(const text::Value& status);

// A node as it was before the pod's status came.
struct NodeBefore {
  Phase phase = Phase::kPending;
  std::string message;
  bool daemoned = false;
  bool has_parameters = false, has_artifacts = false, has_result = false;  // outputs that are set
};

struct NodeAfter {
  Phase phase = Phase::kPending;
  std::string message, pod_ip;
  bool daemoned = false;
  std::optional<int> exit_code;
  // Of a containerSet: each container's name with what it did.
  std::vector<std::pair<std::string, PodVerdict>> containers;
};

// The node that the status makes of one of this template; nothing: it stays as it was.
std::optional<NodeAfter> assess_pod(const text::Value& status, const model::Template& tmpl,
                                    const PodTraits& traits, const NodeBefore& before);

}  // namespace engine

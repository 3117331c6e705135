// pod_status.h — a pod's state as Kubernetes shows it, and its outputs as control asks for them.
#pragma once
#include <string>

#include "base/time.h"
#include "runtime/pod_run.h"
#include "text/value.h"

namespace runtime {

struct StatusFacts {
  std::string host_ip, pod_ip, node_name;
  base::Time accepted;        // by the scheduler; unset: still waiting
  std::string unschedulable;  // then: why
  base::Time now;
};

// The whole `status`.
text::Value build_status(const PodRun& pod, const StatusFacts& facts);
// The value of kube::kOutputs.
std::string build_outputs(const PodRun& pod);
// "OOMKilled", "Error", "Completed", "StartError", …
std::string end_reason(const ContainerRun& run);

}  // namespace runtime

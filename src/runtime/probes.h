// probes.h — readiness, liveness and startup probes of a container: asking, and counting answers.
#pragma once
#include <array>
#include <optional>
#include <string>

#include "runtime/pod_spec.h"

namespace runtime {

enum class ProbeRole : uint8_t { kStartup, kReadiness, kLiveness };

// Counts of one container. Pure.
struct ContainerProbes {
  struct Count {
    int successes = 0, failures = 0;
  };
  std::array<Count, 3> counts;  // by role

  // What an answer means: true or false when a threshold was reached, nothing before.
  std::optional<bool> count(ProbeRole role, const Probe& probe, bool success);
};

const std::optional<Probe>& probe_of(const ContainerSpec& container, ProbeRole role);

// Where a probe is sent.
struct ProbeTarget {
  std::string ip;                                         // of the pod
  std::string argoexec, crun, container_folder, attempt;  // for exec in a container
  int monitor_pid = 0;
  bool as_process = false;
};
struct ProbeAnswer {
  bool success = false;
  std::string message;
};
// Blocks for at most the probe's timeout. Any thread.
ProbeAnswer run_probe(const Probe& probe, const ContainerSpec& container,
                      const ProbeTarget& target);

}  // namespace runtime

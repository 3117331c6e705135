// monitor.h — argoexec's one task: start a container once, keep its output, wait for its end, and
// leave a record of it that survives the agent, the server and a loss of power.
//
// It starts crun rather than cloning by hand: crun's share of a no-op step (some 4 ms of 7) would
// fall to 1 or 2, at the price of keeping its sandbox's rules ourselves. What costs nothing to
// avoid is avoided: its second start (a read-only crun), its cgroups, its seccomp compiler.
// It stands outside of the container, so neither the step nor its OOM kill reaches it. One thread.
#pragma once
#include <string>

#include "sys/clock.h"

namespace exec {

// Runs the attempt that the state folder describes; see sys/monitor_spec.h. Gives the exit code of
// argoexec: 0 when a record of the end was written, 3 when this attempt has begun before.
int run_monitor(const std::string& folder, const sys::Clock& clock);

}  // namespace exec

// fault_simulation.h — the whole program (admission, control, engine, store, an agent) in one
// thread with one seed, and whatever can go wrong in between: kill -9 of each part, commits that
// fail or whose answer is lost, reads that fail, watches that are lost, late and doubled news,
// clocks that jump, a person who suspends and stops. What must hold is looked at all along.
//
// The same seed does the same, always. Not part of the product.
#pragma once
#include <cstdint>
#include <string>

namespace sim {

struct FaultReport {
  std::string problem;    // what did not hold; empty: everything did
  std::string workflows;  // their YAML, for whoever looks into it
  uint64_t steps = 0, kills = 0, faults = 0, retries = 0, pods = 0, nodes = 0, cron_runs = 0;
};

// What must hold: no node or pod is there or runs twice, none that has ended changes or vanishes,
// no more pods than `parallelism` says, no lock over its limit, every workflow ends once the faults
// are over, and (for workflows whose end does not hang on time or chance) in the phases and outputs
// of a run without faults. CronWorkflows: see fault_crons.h.
FaultReport simulate_faults(uint64_t seed);

}  // namespace sim

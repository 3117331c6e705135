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
  uint64_t workflow_count = 0, resubmitted = 0;
  uint64_t hits = 0;                    // of caches
  uint64_t deleted = 0, collected = 0;  // workflows, pods
};

// What must hold: see fault_checks.h and fault_crons.h; every workflow ends once the faults are
// over, and (where its end does not hang on time or chance) in the phases and outputs of a run
// without faults; what is to be deleted goes, with all that was its own; no more workflows run than
// the settings allow.
FaultReport simulate_faults(uint64_t seed);

}  // namespace sim

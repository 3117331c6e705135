// loader.h — from a stored Workflow object to a Run: fresh, or rebuilt from its rows. Internal.
#pragma once
#include <memory>
#include <vector>

#include "base/error.h"
#include "control/run.h"
#include "sys/random.h"

namespace control {

class ExecutedSpecs;

// Errors are the store's (kUnavailable: try again). What is wrong with the workflow itself is in
// Run::refusal.
// `is_new`: the object has just been created and has no rows, so none are looked for. `out`: gets
// the real-time metrics of what runs already; may be null, as may be `specs`.
// `transient_pattern`: see engine::Settings.
base::Result<std::shared_ptr<Run>> load_run(kube::StoreApi& api, sys::Random& random,
                                            std::shared_ptr<const store::Object> object,
                                            bool is_new, base::Time now, Metrics* out,
                                            ExecutedSpecs* specs,
                                            const std::string& transient_pattern);

// Tells the engine what has become of the run's pods: events for all that are there, and pods that
// are wanted but were never created, or have vanished.
base::Status reconcile_pods(kube::StoreApi& api, Run& run);

}  // namespace control

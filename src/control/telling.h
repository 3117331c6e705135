// telling.h — what a round tells besides what it stores: Kubernetes Events of nodes, and metrics.
// Internal to control/.
#pragma once
#include <cstdint>
#include <string_view>

#include "control/run_round.h"

namespace control {

inline constexpr size_t kEventsPerWorkflow = 100;
// Of these, those of nodes; the others are left for the workflow itself.
inline constexpr size_t kNodeEventsPerWorkflow = 90;

// A node's row has changed.
void tell_node(Run& run, std::string_view row, const RoundLimits& limits, sys::Random& random,
               Part& part);

// A pod was made, or its phase has become known.
void tell_pod(const Run& run, std::string_view phase, const RoundLimits& limits);

// The workflow's own status. A metric that cannot be published becomes a condition of it, as in
// Argo.
void tell_workflow(Run& run, engine::Summary& summary, const RoundLimits& limits);

}  // namespace control

// run_round.h — one workflow's share of a round: events to the engine, its actions to a Part.
// Internal to control/.
#pragma once
#include <memory>
#include <vector>

#include "control/event_recorder.h"
#include "control/metrics.h"
#include "control/pod_stopper.h"
#include "control/run.h"
#include "control/world.h"
#include "sys/random.h"

namespace control {

struct RoundLimits {
  size_t pods_max = 0;  // that may be created now
  base::Duration status_interval;
  bool record_events = false, record_node_events = false;
  EventRecorder* recorder = nullptr;  // of Normal ones; never null where some are wanted
  Metrics* metrics = nullptr;         // may be null
};

// Takes the run's events and operations. Wishes to stop pods are appended to `stops`.
Part make_part(const std::shared_ptr<Run>& run, base::Time now, const RoundLimits& limits,
               sys::Random& random, std::vector<StopWish>& stops, World& world);

}  // namespace control

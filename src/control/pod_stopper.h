// pod_stopper.h — asks the agent to stop pods, by the annotation kube::kStop. Internal to control/.
#pragma once
#include <memory>
#include <vector>

#include "base/error.h"
#include "control/run.h"

namespace control {

struct StopWish {
  std::shared_ptr<Run> run;
  engine::NodeId node;
  bool kill = false;
};

// Pods that are gone are passed over. Doing it twice is as doing it once.
base::Status stop_pods(kube::StoreApi& api, const std::vector<StopWish>& wishes);

}  // namespace control

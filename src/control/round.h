// round.h — the parts of all workflows of one round, committed as one batch. Internal to control/.
//
// Survives what may happen at a commit: somebody else wrote the object (its part is put together
// again), the workflow is gone (its part is left out), the pod is already there because the answer
// of an earlier commit was lost.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "control/run.h"

namespace control {

struct RoundOutcome {
  uint64_t revision = 0;
  std::vector<std::shared_ptr<Run>> gone;  // whose workflow is no more
  // Pods whose name was taken by somebody else's pod.
  std::vector<std::pair<std::shared_ptr<Run>, std::string>> taken_pods;  // run, our pod's uid
};

class Round {
 public:
  std::vector<Part>& parts() { return parts_; }
  bool empty() const { return parts_.empty(); }

  // On kUnavailable nothing is lost: call again later. Other errors are given after several tries.
  base::Result<RoundOutcome> commit(kube::StoreApi& api);

 private:
  store::Batch make_batch() const;
  base::Status resolve(kube::StoreApi& api, RoundOutcome& outcome);

  std::vector<Part> parts_;
};

}  // namespace control

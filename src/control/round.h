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
  // The answer to its last commit was lost, and meanwhile it has been taken up again: to be loaded.
  std::vector<std::shared_ptr<Run>> superseded;
  // Pods whose name is taken by another pod: a stranger's, or one that a deleted workflow of the
  // same name has left behind and that will go.
  struct TakenPod {
    std::shared_ptr<Run> run;
    std::string uid;  // of our pod
    bool is_leftover = false;
  };
  std::vector<TakenPod> taken_pods;
};

class Round {
 public:
  std::vector<Part>& parts() { return parts_; }
  bool empty() const { return parts_.empty(); }

  // On kUnavailable nothing is lost: call again later. Other errors are given after several tries.
  // Once it has succeeded, the outcome is of all calls together.
  base::Result<RoundOutcome> commit(kube::StoreApi& api);

 private:
  store::Batch make_batch() const;
  base::Status resolve(kube::StoreApi& api);
  enum class Fate { kStays, kGone, kSuperseded };
  base::Result<Fate> resolve_part(kube::StoreApi& api, Part& part);

  std::vector<Part> parts_;
  RoundOutcome outcome_;
};

}  // namespace control

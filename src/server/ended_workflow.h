// ended_workflow.h — a workflow that has ended, and how it is taken up again: its object and its
// rows change in one transaction, and control then finds it as after a restart.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/rerun.h"
#include "kube/store_api.h"

namespace server {

struct EndedWorkflow {
  store::Object object;
  text::Value value;
  std::vector<std::string> nodes;  // rows, by NodeId
  std::string seed;                // eight bytes
  uint32_t pod_base = 0;
};

// kNotFound, or kInvalid when it has not ended; with an empty `verb` it need not have ended.
base::Result<EndedWorkflow> read_ended(kube::StoreApi& api, const std::string& namespace_,
                                       const std::string& name, std::string_view verb);

using Parameters = std::vector<std::pair<std::string, std::string>>;

// The nodes that would run again, without doing anything.
base::Result<engine::Rerun> plan_again(const EndedWorkflow& ended, engine::RerunRequest request);

// Writes it. kConflict: somebody has changed it meanwhile.
base::Status take_up_again(kube::StoreApi& api, const EndedWorkflow& ended,
                           const engine::Rerun& rerun, const Parameters& parameters,
                           base::Time now);

// What model::resubmitted() makes, with what has succeeded, under a name of its own; gives the
// created object.
base::Result<store::Object> resubmit_memoized(kube::StoreApi& api, const EndedWorkflow& ended,
                                              const Parameters& parameters, base::Time now);

}  // namespace server

// executed_spec.h — what a workflow really runs: its own spec, or that of its workflowTemplateRef
// with its own over it, compiled; and what of this must be kept. Internal to control/.
//
// What was read from stored templates when the workflow began stands in its status from its first
// round on (storedWorkflowTemplateSpec, storedTemplates), and is all that is looked at later: a
// template that is changed or deleted meanwhile does not touch the workflow, nor does a restart.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "control/workflow_object.h"
#include "engine/plan.h"
#include "engine/state.h"
#include "kube/store_api.h"
#include "text/value.h"

namespace control {

struct ExecutedSpec {
  std::shared_ptr<const engine::Plan> plan;  // null: `refusal` says why
  std::optional<text::Value> object;  // the workflow with the spec that is run; unset: as given
  std::shared_ptr<const PinnedParts> pinned;  // null when there is nothing to keep
  std::optional<engine::Summary> refusal;
};

// `object`: the stored Workflow; `transient_pattern`: see engine::Settings. Errors are the store's:
// try again.
base::Result<ExecutedSpec> execute_spec(kube::StoreApi& api, const text::Value& object,
                                        base::Time now, const std::string& transient_pattern = {});

// Whether a workflow that has begun would have another spec if it began now, for its template or
// the server's defaults have changed since. False where it has no workflowTemplateRef.
base::Result<bool> has_spec_changed(kube::StoreApi& api, const text::Value& object);

// What it gave for workflows that had begun, whose specs do not change any more: for simulations
// that restart their controllers many times. One thread.
class ExecutedSpecs {
 public:
  // `json`: the object as text.
  base::Result<ExecutedSpec> execute(kube::StoreApi& api, const text::Value& object,
                                     std::string_view json, base::Time now);

 private:
  std::unordered_map<std::string, ExecutedSpec> known_;  // by all that it hangs on
};

}  // namespace control

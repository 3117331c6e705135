// rehearsal.h — a workflow made ready to be played: decoded, checked, planned.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "engine/plan.h"
#include "model/validate.h"
#include "model/workflow.h"
#include "text/value.h"

namespace play {

struct Rehearsal {
  text::Value object;  // a Workflow
  model::Workflow workflow;
  std::shared_ptr<const engine::Plan> plan;  // null: `found` says why
};

struct RehearsalOptions {
  model::StringMap arguments;  // these win over the file's
  std::string entrypoint;      // "": the file's
  // The WorkflowTemplates that it may refer to.
  model::FindTemplateHolder find = {};
  engine::ListTemplateHolders list = {};
  // The ConfigMaps that it may read: for parameters, limits of semaphores, kept outcomes.
  std::vector<text::Value> config_maps = {};
};

// A Workflow, or the one that a WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow would
// give. Its mistakes are added to `found`, with their places in `file`.
Rehearsal rehearse(const text::Value& document, std::string_view file,
                   const RehearsalOptions& options, base::Diagnostics& found);

}  // namespace play

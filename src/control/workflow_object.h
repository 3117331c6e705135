// workflow_object.h — the Workflow object as control writes it: the engine's summary put into its
// status, and the labels by which Argo's clients filter.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/state.h"
#include "text/value.h"

namespace control {

// What a workflow took over from stored templates and ConfigMaps when it began; its object keeps
// it.
struct PinnedParts {
  text::Value spec;       // status.storedWorkflowTemplateSpec; null: it has no workflowTemplateRef
  text::Value templates;  // status.storedTemplates; null: there are no references
  std::vector<std::pair<std::string, std::string>> labels, annotations;
  // Of spec.arguments, those with a valueFrom.configMapKeyRef: name and value.
  std::vector<std::pair<std::string, std::string>> arguments;
  bool empty() const {
    return spec.is_null() && templates.is_null() && labels.empty() && annotations.empty() &&
           arguments.empty();
  }
};

// What else control knows of a workflow.
struct WorkflowMarks {
  bool suspended = false;
  std::string shutdown;           // "", "Stop", "Terminate"
  int64_t estimated_seconds = 0;  // see Estimates; 0: not known
  // To be written with the first summary; null: nothing, or it has been written.
  std::shared_ptr<const PinnedParts> pinned;
};

// Puts phase, message, times, progress, outputs, conditions into `object`'s status, spec.suspend
// and spec.shutdown into its spec, and the labels phase and completed into its metadata. What else
// stands there stays.
void put_summary(text::Value& object, const engine::Summary& summary, const WorkflowMarks& marks);

// The status of a workflow that cannot even start, or go on.
engine::Summary failed_summary(engine::Phase phase, std::string message, base::Time now);

bool is_final(engine::Phase phase);
bool is_final_word(std::string_view phase);  // "Succeeded", "Failed", "Error"

// For the store's index of labels.
std::vector<std::pair<std::string, std::string>> labels_of(const text::Value& object);
std::vector<std::string> owner_uids_of(const text::Value& object);

}  // namespace control

// again.h — new Workflows of what is there: of a template, of one that has run.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/value.h"

namespace model {

// A Workflow that refers to a WorkflowTemplate, or to a ClusterWorkflowTemplate, as `argo submit
// --from` makes it.
text::Value workflow_of_template(bool cluster_scope, const std::string& name_space,
                                 const std::string& name);

// A Workflow like the old one, as `argo resubmit` makes it; it has no name yet.
text::Value resubmitted(const text::Value& old,
                        const std::vector<std::pair<std::string, std::string>>& parameters);

// Takes away what has ended a run, and would end the next one at once.
void clear_ending(text::Value& spec);

}  // namespace model

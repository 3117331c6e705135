// merge.h — one spec put over another, in the manner of Kubernetes' strategic merge patch.
#pragma once
#include "text/value.h"

namespace model {

// `given` with what it lacks taken from `defaults`: maps member by member, the lists whose elements
// have names (parameters, volumes, env, templates, …) element by element, anything else as given.
text::Value merge_defaults(const text::Value& defaults, const text::Value& given);

// The Workflow that runs when `workflow` has a workflowTemplateRef: its spec over the spec of the
// template, templates included. Source: Argo docs "workflow-templates", "workflowTemplateRef".
text::Value merge_template_spec(const text::Value& workflow, const text::Value& template_spec);

}  // namespace model

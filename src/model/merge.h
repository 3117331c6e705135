// merge.h — one spec put over another, in the manner of Kubernetes' strategic merge patch.
#pragma once
#include <string>

#include "model/validate.h"
#include "text/value.h"

namespace model {

// `given` with what it lacks taken from `defaults`: maps member by member, the lists whose elements
// have names (parameters, volumes, env, templates, …) element by element, anything else as given.
text::Value merge_defaults(const text::Value& defaults, const text::Value& given);

// The Workflow that runs when `workflow` has a workflowTemplateRef: its spec over the spec of the
// template, templates included. Source: Argo docs "workflow-templates", "workflowTemplateRef".
text::Value merge_template_spec(const text::Value& workflow, const text::Value& template_spec);

// Makes a Workflow the one that runs, where it has a workflowTemplateRef. False: `find` does not
// know that template, and the Workflow is as it was.
bool merge_template_ref(text::Value& workflow, const FindTemplateHolder& find);

// Gives a workflow's parameter another value. One that is declared keeps its place and its enum.
// What stands where a map of arguments belongs stays, for the check of the workflow to report.
void set_argument(text::Value& spec, const std::string& name, const std::string& value);

// The same with the server's workflowDefaults (an object with metadata and spec, as a Workflow)
// below both; either may be null. Argo's rules beside the merge: a parameter that has a value comes
// whole from the first that gives it one, hooks and labelsFrom are not mixed, and spec.suspend is
// the workflow's alone.
text::Value merge_run(const text::Value& workflow, const text::Value* template_spec,
                      const text::Value* defaults);

}  // namespace model

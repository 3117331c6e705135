// validate.h — what `argo lint` and every create check: does this workflow make sense?
//
// Runs on the decoded structs; places are found by walking the source Value along a path. Reports
// all problems of all templates, not the first one. Rules are those of Argo's own validation, found
// by its answers; what Argo lets through although it cannot work is a warning in lint and an error
// at submit.
#pragma once
#include <functional>
#include <string_view>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

// Finds stored templates for templateRef and workflowTemplateRef; null when there is none. The spec
// must live until the validation is over.
using FindTemplateHolder =
    std::function<const WorkflowSpec*(std::string_view name, bool cluster_scope)>;

struct ValidateOptions {
  FindTemplateHolder find = {};  // without it nothing is said about stored templates
  bool submit = false;  // a real submit: arguments without value are errors, refused fields too
  // Arguments without value are errors, and nothing else of a submit: how the controller looks at a
  // workflow. Implied by `submit` and for CronWorkflows.
  bool needs_values = false;
  // Nothing is to run: what only running lacks is no matter. Not together with `submit`.
  bool rehearsal = false;
  // The text that the source was read from: for places inside strings. May be empty.
  std::string_view source_text = {};
};

// Semantic rules and the treatments of fields (refused-field, ignored-field).
void validate_workflow(const Workflow& workflow, const text::Value& source, std::string_view file,
                       const ValidateOptions& options, base::Diagnostics& found);

// The fields of a value (of type "Workflow" or "Template") that nothing runs yet: an error each.
void check_runs(const text::Value& value, std::string_view type, std::string_view path,
                base::Diagnostics& found);

// Decode + validate of one document of any kind that lint knows: the kinds of Argo, and ConfigMap,
// Secret, Pod field by field. Other kinds are left alone. `strict`: unknown fields are errors.
void lint_document(const text::Value& document, std::string_view file, bool strict,
                   const ValidateOptions& options, base::Diagnostics& found);

}  // namespace model

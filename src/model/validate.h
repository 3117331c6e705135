// validate.h — what `argo lint` and every create check: does this workflow make sense?
//
// Runs on the decoded structs; places are found by walking the source Value along a path. Reports
// all problems of all templates, not the first one.
#pragma once
#include <functional>
#include <string_view>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

// Finds stored templates for templateRef and workflowTemplateRef; null when there is none.
using FindTemplateHolder = std::function<const WorkflowSpec*(std::string_view name, bool cluster_scope)>;

struct ValidateOptions {
  FindTemplateHolder find = {};
  bool submit = false;  // a real submit: arguments without value are errors, refused fields too
};

void validate_workflow(const Workflow& workflow, const text::Value& source, std::string_view file,
                       const ValidateOptions& options, base::Diagnostics& found);

// Decode + validate of one document of any kind that lint knows.
void lint_document(const text::Value& document, std::string_view file, bool strict,
                   const ValidateOptions& options, base::Diagnostics& found);

}  // namespace model

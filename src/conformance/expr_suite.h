// expr_suite.h — expressions, evaluated as in templates, against Argo's answers.
#pragma once
#include "conformance/suite.h"

namespace conformance {

// A case's result, its type, its failure with the stage, and what it becomes in a template:
// "<name>", "<name>#bool", "<name>#template".
base::Status run_expr(const std::string& folder, const Report& report);

}  // namespace conformance

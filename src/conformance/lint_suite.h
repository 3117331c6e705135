// lint_suite.h — are the workflows that Argo's `argo lint --offline` accepts accepted, and those
// that it refuses refused? Compares verdicts, not wording.
#pragma once
#include "conformance/suite.h"

namespace conformance {

// Reads every lint-*.json of the folder. Cases: "<name>#strict", "<name>#lenient" (offline lint of
// the file, together with the case's other files) and "<name>#validate" (the controller's view).
base::Status run_lint(const std::string& folder, const Report& report);

}  // namespace conformance

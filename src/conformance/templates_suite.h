// templates_suite.h — do {{tags}} and {{=expressions}} become what Argo makes of them?
#pragma once
#include "conformance/suite.h"

namespace conformance {

// Cases "<name>#allowUnresolved", "#strict", "#strictTasksSteps", "#strictInputs" of each file.
base::Status run_templates(const std::string& folder, const Report& report);

}  // namespace conformance

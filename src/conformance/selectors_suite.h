// selectors_suite.h — JSONPath, conditions, jq filters and data transformations.
#pragma once
#include <string>

#include "conformance/suite.h"

namespace conformance {

base::Status run_selectors(const std::string& folder, const Report& report);

}  // namespace conformance

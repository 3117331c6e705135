// names_suite.h — how items, sequences, durations and names print, and when a retry goes on.
//
// What has no door of its own is asked through a small workflow in the engine.
#pragma once
#include "conformance/suite.h"

namespace conformance {

base::Status run_names(const std::string& folder, const Report& report);

}  // namespace conformance

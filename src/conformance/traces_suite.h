// traces_suite.h — complete runs of workflows: does our engine make the nodes, pods and outputs
// that the real controller made, given the same results of the pods and the same clock?
#pragma once
#include "conformance/suite.h"

namespace conformance {

// Reads index.json and the folders beside it. A case is "<id>#<policy>". A workflow that uses what
// the engine refuses by name is reported as not in scope, with the field.
base::Status run_traces(const std::string& folder, const Report& report);

}  // namespace conformance

// when_suite.h — conditions (`when`) and the logic of `depends`, against Argo's answers.
#pragma once
#include "conformance/suite.h"

namespace conformance {

// Cases of when.json by their text ("when: 1 == 1"), of depends.json by their name.
base::Status run_when(const std::string& folder, const Report& report);

}  // namespace conformance

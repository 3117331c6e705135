// suite.h — how a conformance suite reports: one result a case, in the order of the files.
//
// A suite reads the folder that it is given, computes each case with our code and compares it with
// the recorded answer of the real system. It knows nothing of printing; `conformance` prints.
#pragma once
#include <functional>
#include <string>

#include "base/error.h"

namespace conformance {

struct CaseResult {
  std::string id;  // the name of the case; a part of it after '#'
  bool ok = false;
  std::string expected;  // in words, for the reader of a difference
  std::string got;
  // The feature that is not there yet: such a case is counted apart, neither ok nor not.
  std::string not_in_scope = {};
};

using Report = std::function<void(const CaseResult& result)>;

// Each suite has this form. Fails only when the folder cannot be read as one of its kind.
using Suite = base::Status (*)(const std::string& folder, const Report& report);

}  // namespace conformance

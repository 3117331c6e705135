// pattern.h — regular expressions as Go's regexp package reads them, run by RE2.
#pragma once
#include <re2/re2.h>

#include <memory>
#include <string_view>

#include "base/error.h"

namespace expr {

// What RE2 of Debian 12 does not read as Go does: (?<name>…) is a named group, \C is none.
// Errors: kInvalid.
base::Result<std::unique_ptr<const RE2>> compile_pattern(std::string_view source);

}  // namespace expr

// version.h — semantic versions and what they must fulfil, as Masterminds/semver reads them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace expr {

struct Version {
  uint64_t major = 0, minor = 0, patch = 0;
  std::string prerelease, metadata;  // without "-" and "+"
  std::string original;              // as it was written

  std::string text() const;  // "1.2.0-rc.1+5"
};

// "1.2.3-rc.1+build", also with a "v" before it and without the minor or patch number.
base::Result<Version> parse_version(std::string_view text);
// -1, 0 or 1; metadata does not count, a prerelease comes before its release.
int compare(const Version& a, const Version& b);
// Dotted words of letters, digits and "-"; a number without leading zero.
base::Status check_prerelease(std::string_view text);
base::Status check_metadata(std::string_view text);

// Whether the version fulfils a constraint: "^1.2", "~1.2.3", ">= 1.0, < 2", "1.2 - 1.4", "1.x",
// alternatives joined by "||".
base::Result<bool> satisfies(std::string_view constraint, const Version& version);

}  // namespace expr

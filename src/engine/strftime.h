// strftime.h — the few letters of strftime that Argo knows (workflow.creationTimestamp.<letter>).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "expr/time_text.h"

namespace engine {

// Each %letter that is known is replaced; %% is a percent sign, all others stay as they are.
std::string strftime(std::string_view format, const expr::Instant& time);

struct StrftimeLetter {
  char letter;
  std::string_view layout;  // Go's
};
std::span<const StrftimeLetter> strftime_letters();

}  // namespace engine

// suites.h — the table of suites, and the answers of the original that we do not follow.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "conformance/suite.h"

namespace conformance {

struct SuiteRow {
  std::string_view name;
  Suite run = nullptr;  // null: not there yet
};
std::span<const SuiteRow> suites();

// Why a case that differs counts as passed, or nothing. At most 1 % of a suite may be such.
std::optional<std::string_view> exception_of(std::string_view suite, std::string_view case_id);

}  // namespace conformance

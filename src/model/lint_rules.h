// lint_rules.h — the rules of lint: a stable name and a sentence each.
//
// Names appear in the output and in what others build on it: they do not change. docs/lint.md shows
// each with an example.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace model {

struct LintRule {
  std::string_view name, help;
};

// By name.
std::span<const LintRule> lint_rules();
// Its position in lint_rules(), or their number for a name that is none.
size_t lint_rule_index(std::string_view name);

}  // namespace model

// lint_report.h — the findings of lint in the forms that -o asks for.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "cli/paint.h"

namespace cli {

// A file as it was linted.
struct LintedFile {
  std::string file;    // for messages
  std::string source;  // whole text
  bool linted = false;
  base::Diagnostics found;
};

struct LintSummary {
  bool linted = false;  // something was
  size_t errors = 0, warnings = 0;
};

// For people: each finding with its line and a caret.
std::string lint_pretty(const Paint& paint, const LintedFile& file);
std::string lint_pretty_end(const Paint& paint, const LintSummary& summary);
// One line a finding, as Argo's; warnings say that they are.
std::string lint_simple(const LintedFile& file);
std::string lint_simple_end(const LintSummary& summary);
// For programs: a list of findings; a log of SARIF 2.1.0.
std::string lint_json(const std::vector<LintedFile>& files);
std::string lint_sarif(const std::vector<LintedFile>& files, std::string_view version);

}  // namespace cli

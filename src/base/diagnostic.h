// diagnostic.h — findings about the user's files, all at once, and how they are shown.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace base {

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string rule;  // kebab-case name of the rule: "unknown-field"
  Where where;
  std::string path;  // in the resource: "spec.templates[0].container.commad"; may be empty
  std::string text;  // lower case, no full stop
  std::string hint;  // "did you mean \"command\"?", or empty
};

using Diagnostics = std::vector<Diagnostic>;

inline bool has_errors(const Diagnostics& found) {
  for (const Diagnostic& d : found)
    if (d.severity == Severity::kError) return true;
  return false;
}

// Those from `first` on in the order of the file; of one place in the order they have.
void sort_by_place(Diagnostics& found, size_t first = 0);

// Shows one finding with the line of the source and a caret below its column:
//   wf.yaml:12:9: error: unknown field "commad" [unknown-field]
//       commad: [echo]
//       ^ did you mean "command"?
// `source` is the whole text of the file; empty leaves line and caret out. `color` uses ANSI codes.
std::string render(const Diagnostic& finding, std::string_view source, bool color);

// The candidate that is nearest to `word` by edit distance, or "" when none is near enough to be a
// likely typing mistake.
std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace base

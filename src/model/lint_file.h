// lint_file.h — the text of a file of manifests, read as lint reads it: what can be read of it, and
// what is wrong with the rest.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "text/value.h"

namespace model {

struct LintFile {
  std::vector<text::Value> documents;  // those that Argo reads; items of a List one by one
  // Those that Argo leaves out, as far as they could be read: to find their other mistakes.
  std::vector<text::Value> faulty;
  base::Diagnostics found;
  // What keeps Argo from reading them: errors, but where something else is linted.
  base::Diagnostics left_out;
};

// Rules: bad-yaml, duplicate-key. Argo takes a file of YAML apart at its "---" and leaves out what
// cannot be read and, when `strict`, what has a key twice. When it is not, the last value counts.
LintFile read_lint_file(std::string_view source, std::string_view file, bool strict);

// The kinds that Argo's lint looks at: "Workflow", "WorkflowTemplate", …
bool is_linted_kind(std::string_view kind);

}  // namespace model

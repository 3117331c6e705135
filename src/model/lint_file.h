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
  std::vector<text::Value> documents;  // those that could be read; items of a List one by one
  base::Diagnostics found;             // rules: bad-yaml, duplicate-key
};

// Argo takes a file apart at its "---" and leaves out what is no YAML: such a document is an error
// where it stands alone, and a warning beside others. A key that is there twice is an error when
// `strict`, else a warning, and its last value counts.
LintFile read_lint_file(std::string_view source, std::string_view file, bool strict);

}  // namespace model

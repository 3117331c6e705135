// condition.h — `when`: Argo's conditions after substitution, in govaluate's grammar.
//
// Bare words become strings ("heads == heads"). Comparisons, &&, ||, !, =~, !~, in (), arithmetic,
// parentheses. Source: Argo docs "conditionals", govaluate's manual.
#pragma once
#include <string_view>

#include "base/error.h"

namespace expr {

// Parses and evaluates the text; no variables are left in it. Errors: kInvalid with the text.
base::Result<bool> evaluate_when(std::string_view substituted);

}  // namespace expr

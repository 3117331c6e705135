// parser.h — expr-lang's grammar: a Pratt parser over the tokens.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "expr/ast.h"

namespace expr {

// Errors: kInvalid; kUnsupported for a function that is known and not there yet. Trees of more than
// 10,000 nodes or 400 levels are refused.
base::Result<Tree> parse_expression(std::string_view source);

// What Argo takes for the variables of an expression: identifiers and member paths with constant
// names, children first, each once; members that ?? or ?. guard are left out.
std::vector<std::string> variables_of(const Tree& tree);

// The members that ?? or ?. guard: they may be absent.
std::unordered_set<const Node*> guarded_members(const Tree& tree);

// The names of expr-lang's functions and predicates, and of Argo's functions.
std::vector<std::string_view> language_functions();

}  // namespace expr

// evaluator.h — runs a checked tree.
#pragma once
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/ast.h"
#include "expr/checker.h"
#include "expr/function.h"

namespace expr {

// Errors are kInvalid with their place. `all` gives the whole environment as a map, for $env.
base::Result<Value> evaluate(const Tree& tree, const FindVariable& find,
                             const std::function<Value()>& all, const EvalContext& context);

}  // namespace expr

// data_transformation.h — the steps of a data template: each expression makes `data` anew.
#pragma once
#include <span>
#include <string>

#include "base/error.h"
#include "expr/expression.h"
#include "expr/value.h"

namespace expr {

// An empty expression leaves the data as it is. Errors: kInvalid, naming the step from 0.
base::Result<Value> transform_data(Value data, std::span<const std::string> expressions,
                                   const EvalContext& context);

}  // namespace expr

// json_numbers.h — JSON values for the languages that tell whole numbers from others.
#pragma once
#include "expr/value.h"
#include "text/value.h"

namespace expr {

// What a JSON number without fraction is: kubectl and jq read a whole number as such; Go's plain
// decoder makes each number a float, which shows as 1e+10 and is not of the type of a whole number.
enum class JsonNumbers { kWhole, kFloats };

Value from_json(const text::Value& value, JsonNumbers numbers);

}  // namespace expr

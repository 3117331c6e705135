// patch.h — changes to a Value: JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386).
#pragma once
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace text {

base::Result<Value> apply_json_patch(Value target, const Value& patch);
Value apply_merge_patch(Value target, const Value& patch);
// The smallest merge patch that makes `from` into `to`; an empty map when they are equal.
Value make_merge_patch(const Value& from, const Value& to);

}  // namespace text

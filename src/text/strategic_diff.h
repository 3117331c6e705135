// strategic_diff.h — the strategic merge patch that leads from one object to another.
#pragma once
#include "base/error.h"
#include "text/strategic_patch.h"
#include "text/value.h"

namespace text {

// The patch that `kubectl apply` sends: what `last_applied` has and `wanted` has no more goes, what
// `live` has otherwise than `wanted` is set; what only `live` has stays. An empty map: nothing to
// do. kInvalid: an element of a merged list lacks its merge key.
base::Result<Value> make_three_way_strategic_patch(const Value& last_applied, const Value& wanted,
                                                   const Value& live, const MergeRules* rules);

}  // namespace text

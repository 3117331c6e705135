// strategic_patch.h — Kubernetes' strategic merge patch of a pod's spec.
#pragma once
#include "text/value.h"

namespace text {

// Maps are merged, null takes a member away; the elements of the lists that Kubernetes merges are
// told apart by their key (containers by name, volumeMounts by mountPath, …) and keep their order;
// other lists are replaced. "$patch: replace" in a map replaces it, "$patch: delete" takes the map
// or the element away.
Value apply_strategic_patch(Value target, const Value& patch);

}  // namespace text

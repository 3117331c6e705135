// three_way_patch.h — what `kubectl apply` works out: last applied, wanted and live make a patch.
#pragma once
#include "base/error.h"
#include "text/strategic_patch.h"
#include "text/value.h"

namespace kube {

struct ThreeWayPatch {
  bool is_strategic = false;  // a JSON merge patch else
  text::Value patch;          // an empty map: nothing to do
  text::Value result;         // of the patch on `live`
};

// `last_applied` is null where nothing was applied before; `rules` where the kind is a custom one.
// kInvalid: the patch would change apiVersion, kind or name, or a list lacks its merge keys.
base::Result<ThreeWayPatch> three_way_patch(const text::Value* last_applied,
                                            const text::Value& config, const text::Value& live,
                                            const text::MergeRules* rules);

}  // namespace kube

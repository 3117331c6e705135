// strategic_patch.h — Kubernetes' strategic merge patch, by the rules of the types.
#pragma once
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace text {

// How the members of a map are merged. Immutable, free for all threads.
class MergeRules {
 public:
  struct Of {
    std::string_view merge_key;  // of a list: its elements are told apart by this member; "*": a
                                 // list of scalars that is united; empty: the list is replaced
    bool retain_keys = false;    // members that the patch does not name go
    bool replaces = false;       // a patch takes the place of the whole map
    const MergeRules* below = nullptr;  // of the map, or of the list's elements; null: none known
  };
  virtual Of member(std::string_view name) const = 0;

 protected:
  ~MergeRules() = default;
};

// Maps are merged, null takes a member away; lists with a merge key are merged element by element,
// those of the patch in its order; other lists are replaced. The directives $patch (replace,
// delete), $retainKeys, $setElementOrder/x and $deleteFromPrimitiveList/x are obeyed.
// `rules` may be null. kInvalid: a directive that is none, an element without its merge key.
base::Result<Value> apply_strategic_patch(Value target, const Value& patch,
                                          const MergeRules* rules);

// One patch that does what `first` does and then what `second` does: directives are kept.
base::Result<Value> join_strategic_patches(Value first, const Value& second,
                                           const MergeRules* rules);

}  // namespace text

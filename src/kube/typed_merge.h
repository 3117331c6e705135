// typed_merge.h — server-side apply's work on values: merge, fields, differences.
#pragma once
#include "base/error.h"
#include "kube/apply_type.h"
#include "kube/field_set.h"
#include "text/value.h"

namespace kube {

// `live` with everything that `config` sets. Elements of lists that have keys are merged, in the
// order of `config`, those of `live` alone where they were. kInvalid: `config` has a field
// that its type has not, or one of them an element twice or without its keys.
base::Result<text::Value> merge_typed(text::Value live, const text::Value& config,
                                      const ApplyType& type);

// All fields that an applied configuration sets.
FieldSet fields_of(const text::Value& config, const ApplyType& type);

struct FieldChanges {
  FieldSet added, modified, removed;
  bool empty() const { return added.empty() && modified.empty() && removed.empty(); }
};
FieldChanges compare_fields(const text::Value& before, const text::Value& after,
                            const ApplyType& type);

// Takes the fields away, maps and lists that become empty by that too. What `kept` owns stays: an
// element of a list goes only when nothing in it is kept.
void remove_fields(text::Value& object, const FieldSet& fields, const FieldSet& kept,
                   const ApplyType& type);

}  // namespace kube

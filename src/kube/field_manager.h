// field_manager.h — who set which field of an object: metadata.managedFields.
//
// Server-side apply as Kubernetes documents it. What control and the agent write has no manager; it
// is taken for before-first-apply's when somebody applies.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/schema.h"
#include "text/value.h"

namespace kube {

struct Manager {
  std::string name;
  std::string subresource;  // "status", or empty
};

// A field that somebody else has set to another value.
struct FieldConflict {
  std::string who;    // `conflict with "kubectl-edit" using apps/v1`
  std::string field;  // ".spec.replicas"
};

// `config` laid over `live` (null: not there yet), with what `manager` applied before and applies
// no more taken away. A null `type` is a custom resource. kConflict: fields of other managers would
// change and `force` is not set; they are appended to `conflicts`. kInvalid: as merge_typed(). An
// object that nothing changes comes back as it was.
base::Result<text::Value> apply_fields(const model::SchemaType* type, const text::Value& live,
                                       const text::Value& config, const Manager& manager,
                                       bool force, base::Time now,
                                       std::vector<FieldConflict>& conflicts);

// Notes in `after` what an update changed against `before` (null: it is created). Objects whose
// fields nobody has noted before stay so.
void note_update(const model::SchemaType* type, const text::Value& before, text::Value& after,
                 const Manager& manager, base::Time now);

// What a refusal says, as Kubernetes words it.
std::string conflict_text(const std::vector<FieldConflict>& conflicts);

}  // namespace kube

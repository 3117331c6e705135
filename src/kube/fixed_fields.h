// fixed_fields.h — what an update may not change.
#pragma once
#include <string>
#include <vector>

#include "model/schema.h"
#include "text/value.h"

namespace kube {

// One reason of a refusal, as Kubernetes lists them in a Status' details.causes.
struct Cause {
  std::string reason;   // "FieldValueForbidden"
  std::string message;  // "Forbidden: …"
  std::string field;    // "spec.template"
};

// The fields that `after` has changed and may not, by the rules of Kubernetes for the type. Empty:
// none.
std::vector<Cause> changed_fixed_fields(const model::SchemaType& type, const text::Value& before,
                                        const text::Value& after);

}  // namespace kube

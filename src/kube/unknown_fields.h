// unknown_fields.h — the fields of an object that its type does not have, or has otherwise.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "model/schema.h"
#include "text/value.h"

namespace kube {

// Takes them out, as an API server does with built-in kinds, and gives their paths in order:
// "spec.containers[0].imagee".
std::vector<std::string> take_unknown_fields(const model::SchemaType& type, text::Value& object);

// Whether each field is of the form that its type says: kInvalid, "data.a: expected a string, not a
// number". Unknown fields and nulls are let through.
base::Status check_forms(const model::SchemaType& type, const text::Value& object);

}  // namespace kube

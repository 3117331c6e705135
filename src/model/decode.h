// decode.h — from Values to the structs, and every mistake on the way, at once.
#pragma once
#include <string_view>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

enum class Strictness {
  kStrict,  // an unknown field is an error, as `argo lint --strict` and the API server's create
  kLenient  // unknown fields are warnings, as Argo's controller decodes
};

// Decodes and checks types and fields of any kind we know by walking the field tables. Finds all
// mistakes: unknown fields (with the nearest known name), wrong types, and fields whose treatment
// is `refused` (an error) or `hint` (one warning). `file` goes into the places.
Workflow decode_workflow(const text::Value& object, std::string_view file, Strictness strictness,
                         base::Diagnostics& found);
// One template alone (inline templates of stored objects, tests).
Template decode_template(const text::Value& value, std::string_view file, Strictness strictness,
                         base::Diagnostics& found);

}  // namespace model

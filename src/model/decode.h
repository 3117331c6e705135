// decode.h — from Values to the structs, and every mistake on the way, at once.
//
// The structs take what they know of; a value of a wrong type leaves its member as it was and is
// reported by the check, which walks the field tables (schema.h). Nothing here keeps a reference to
// the Value it read. Safe to call from several threads.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

enum class Strictness {
  kStrict,  // an unknown field is an error, as `argo lint --strict` and the API server's create
  kLenient  // unknown fields are warnings, as Argo's controller decodes; `status` is not looked at
};

// Decodes and checks types and fields by walking the field tables. Finds all mistakes: unknown
// fields (with the nearest known name), wrong types. What is known but not supported is found by
// validate_workflow (treatment `refused` and `hint`). `file` goes into the places.
Workflow decode_workflow(const text::Value& object, std::string_view file, Strictness strictness,
                         base::Diagnostics& found);
// The same without any check, for objects that come back from the store.
Workflow decode_workflow(const text::Value& object);
WorkflowSpec decode_spec(const text::Value& spec);
ObjectMeta decode_metadata(const text::Value& metadata);

// One template alone (inline templates of stored objects, tests).
Template decode_template(const text::Value& value, std::string_view file, Strictness strictness,
                         base::Diagnostics& found);
Template decode_template(const text::Value& value);

// A scalar as Argo's AnyString reads it: 1.50 is "1.5", true is "true", null is "".
std::string any_string(const text::Value& value);

// Every (type, field) that has a member in a struct of workflow.h: tests hold it against the
// tables.
std::vector<std::pair<std::string_view, std::string_view>> decoded_fields();

}  // namespace model

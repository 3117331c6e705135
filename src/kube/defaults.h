// defaults.h — the values that Kubernetes fills in where an object leaves them out.
//
// For objects of clients only: what control and the agent write stays as small as it is.
// Source of the rules: the columns of the field tables (model/field.h, or_else), and Kubernetes'
// API reference for those that depend on other fields.
#pragma once
#include <string_view>

#include "model/schema.h"
#include "text/value.h"

namespace kube {

// Whether structs that hold nothing are shown, as an API server does ("resources: {}").
enum class EmptyStructs : uint8_t { kShown, kHidden };

// Nothing for a null type: a custom resource. Filled in once, it changes nothing a second time.
void fill_defaults(const model::SchemaType* type, text::Value& object,
                   EmptyStructs empty = EmptyStructs::kShown);

}  // namespace kube

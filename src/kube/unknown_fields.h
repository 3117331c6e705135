// unknown_fields.h — the fields of an object that its type does not have.
#pragma once
#include <string>
#include <vector>

#include "model/schema.h"
#include "text/value.h"

namespace kube {

// Takes them out, as an API server does with built-in kinds, and gives their paths in order:
// "spec.containers[0].imagee".
std::vector<std::string> take_unknown_fields(const model::SchemaType& type, text::Value& object);

}  // namespace kube

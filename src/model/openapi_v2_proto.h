// openapi_v2_proto.h — a swagger 2.0 document as gnostic's openapi.v2.Document.
#pragma once
#include <string>

#include "text/value.h"

namespace model {

// Numbers as in gnostic's openapiv2/OpenAPIv2.proto. What the documents of openapi.h do not use
// (examples, headers, forms, shared parameters) is not written.
std::string to_v2_protobuf(const text::Value& document);

}  // namespace model

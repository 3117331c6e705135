// argo_openapi.h — Argo's REST as OpenAPI documents, from rows of operations and the field tables.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "model/openapi_schema.h"

namespace model {

// One operation of Argo's REST.
struct RestOperation {
  std::string_view method, pattern;  // "GET", "/api/v1/workflows/{namespace}"
  std::string_view id;               // "WorkflowService_ListWorkflows": its service is the tag
  std::string_view summary;
  // Parameters of the query with blanks between them: a name (a text), NAME? (true or false),
  // PREFIX:TYPE (each field of a type, as PREFIX.FIELD).
  std::string_view query;
  std::string_view body;  // its type; "object": any; "": none
  // A type; "List TYPE": {metadata, items}; "Stream TYPE": lines {result} or server-sent events;
  // "object": any; "bytes"; "": an empty object.
  std::string_view answer;
};

// kV2: swagger 2.0; kV3: OpenAPI 3.0.
std::string argo_openapi_json(OpenApi version, std::span<const RestOperation> operations,
                              std::string_view program_version);

}  // namespace model

// openapi_operations.h — the paths of an OpenAPI document, in the words of either version.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/openapi_schema.h"

namespace model {

struct QueryParameter {
  std::string_view name, type, help;  // type: string, integer, boolean
};

// One operation, before it is written.
struct OperationSketch {
  std::string id, tag, summary;
  std::vector<QueryParameter> query;
  std::vector<std::string> path;           // names of the placeholders
  text::Value body;                        // its schema; null: none
  std::vector<std::string_view> consumes;  // of the body
  bool body_required = true;
  text::Value answer;  // schema of 200; null: none
  std::vector<std::string_view> produces;
  bool creates = false;  // 201 is answered too
  text::Value error;     // schema of what stands where it failed; null: nothing is said
  std::vector<std::pair<std::string, text::Value>> extensions;
};

// As the document's version wants it: {operationId, parameters, responses, …}.
text::Value write_operation(OpenApi version, OperationSketch sketch);

}  // namespace model

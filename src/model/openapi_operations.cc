#include "model/openapi_operations.h"

#include <utility>

namespace model {
namespace {

using text::Value;

Value parameter(OpenApi version, std::string_view where, std::string_view name,
                std::string_view type, std::string_view help) {
  Value out;
  out["name"] = name;
  out["in"] = where;
  if (!help.empty()) out["description"] = help;
  if (where == "path") out["required"] = true;
  if (version == OpenApi::kV2) {
    out["type"] = type;
    if (type == "array") out["items"]["type"] = "string";
  } else {
    out["schema"]["type"] = type;
    if (type == "array") out["schema"]["items"]["type"] = "string";
  }
  return out;
}

Value content(const std::vector<std::string_view>& types, const Value& schema) {
  Value out{text::Map()};
  for (const std::string_view type : types) out[type]["schema"] = schema;
  return out;
}

Value list_of(const std::vector<std::string_view>& all) {
  text::List out;
  for (const std::string_view word : all) out.emplace_back(word);
  return out;
}

Value response(OpenApi version, const OperationSketch& sketch, std::string_view description) {
  Value out;
  out["description"] = description;
  if (sketch.answer.is_null()) return out;
  if (version == OpenApi::kV2)
    out["schema"] = sketch.answer;
  else
    out["content"] = content(sketch.produces, sketch.answer);
  return out;
}

}  // namespace

Value write_operation(OpenApi version, OperationSketch sketch) {
  if (sketch.produces.empty()) sketch.produces = {"application/json"};
  if (sketch.consumes.empty()) sketch.consumes = {"application/json"};
  Value out;
  out["operationId"] = sketch.id;
  if (!sketch.tag.empty()) out["tags"] = text::List{sketch.tag};
  if (!sketch.summary.empty()) out["description"] = sketch.summary;
  text::List parameters;
  for (const std::string& name : sketch.path)
    parameters.push_back(parameter(version, "path", name, "string", {}));
  for (const QueryParameter& one : sketch.query)
    parameters.push_back(parameter(version, "query", one.name, one.type, one.help));
  if (!sketch.body.is_null()) {
    if (version == OpenApi::kV2) {
      out["consumes"] = list_of(sketch.consumes);
      Value body;
      body["name"] = "body";
      body["in"] = "body";
      if (sketch.body_required) body["required"] = true;
      body["schema"] = std::move(sketch.body);
      parameters.push_back(std::move(body));
    } else {
      Value& body = out["requestBody"];
      body["content"] = content(sketch.consumes, sketch.body);
      if (sketch.body_required) body["required"] = true;
    }
  }
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (version == OpenApi::kV2) out["produces"] = list_of(sketch.produces);
  Value& responses = out["responses"];
  responses["200"] = response(version, sketch, "OK");
  if (sketch.creates) responses["201"] = response(version, sketch, "Created");
  responses["401"]["description"] = "Unauthorized";
  if (!sketch.error.is_null()) {
    sketch.answer = std::move(sketch.error);
    sketch.produces = {"application/json"};
    responses["default"] = response(version, sketch, "It failed.");
  }
  for (auto& [name, value] : sketch.extensions) out[name] = std::move(value);
  return out;
}

}  // namespace model

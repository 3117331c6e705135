#include "model/argo_openapi.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/openapi_names.h"
#include "model/openapi_operations.h"
#include "text/json.h"
#include "text/words.h"

namespace model {
namespace {

using text::take_word;
using text::Value;

Value any_object() {
  Value out;
  out["type"] = "object";
  return out;
}

class Writer {
 public:
  explicit Writer(OpenApi version) : version_(version), definitions_(version) {}

  void add(const RestOperation& row);
  Value take_paths() { return std::move(paths_); }
  Value take_definitions() { return definitions_.take(); }

 private:
  const SchemaType& type_named(std::string_view name) {
    const SchemaType* type = Schema::get().find(name);
    assert(type);  // a row names a type that no table has
    return *type;
  }
  Value schema(std::string_view type) {
    return type.empty() || type == "object" ? any_object()
                                            : definitions_.reference(type_named(type));
  }
  Value list_of(std::string_view type);
  Value stream_of(std::string_view type);
  void add_answer(std::string_view answer, OperationSketch& out);
  void add_fields(const std::string& prefix, const SchemaType& type, OperationSketch& out);

  const OpenApi version_;
  Definitions definitions_;
  Value paths_{text::Map()};
  std::vector<std::unique_ptr<std::string>> names_;  // of the parameters that are put together
};

Value Writer::list_of(std::string_view type) {
  const std::string name =
      type == "object" ? std::string("ObjectList") : definition_name(type_named(type)) + "List";
  Value out = any_object();
  Value& properties = out["properties"];
  for (const std::string_view field : {"apiVersion", "kind"}) properties[field]["type"] = "string";
  properties["metadata"] = schema("ListMeta");
  Value& items = properties["items"];
  items["type"] = "array";
  items["items"] = schema(type);
  // Argo says null where there is nothing.
  items[version_ == OpenApi::kV2 ? "x-nullable" : "nullable"] = true;
  definitions_.define(name, std::move(out));
  return definitions_.reference(name);
}

Value Writer::stream_of(std::string_view type) {
  Value out = any_object();
  out["properties"]["result"] = schema(type);
  out["properties"]["error"] = schema("GatewayError");
  return out;
}

void Writer::add_answer(std::string_view answer, OperationSketch& out) {
  const std::string_view word = answer.substr(0, answer.find(' '));
  const std::string_view type = answer.substr(std::min(word.size() + 1, answer.size()));
  if (word == "List") {
    out.answer = list_of(type);
  } else if (word == "Stream") {
    out.answer = stream_of(type);
    out.produces = {"application/json", "text/event-stream"};
  } else if (word == "bytes") {
    out.answer["type"] = "string";
    out.answer["format"] = "binary";
    out.produces = {"application/octet-stream"};
  } else {
    out.answer = schema(answer);
  }
}

void Writer::add_fields(const std::string& prefix, const SchemaType& type, OperationSketch& out) {
  for (const SchemaField& field : type.fields) {
    const Field& row = *field.row;
    if (row.name == "apiVersion" || row.name == "kind") continue;
    const std::string name = prefix + "." + std::string(row.name);
    if (field.shape->kind == Kind::kStruct) {
      add_fields(name, *field.shape->type, out);
      continue;
    }
    names_.push_back(std::make_unique<std::string>(name));
    const std::string_view form = field.shape->kind == Kind::kBool   ? "boolean"
                                  : field.shape->kind == Kind::kInt  ? "integer"
                                  : field.shape->kind == Kind::kList ? "array"
                                                                     : "string";
    out.query.push_back({*names_.back(), form, row.help});
  }
}

void Writer::add(const RestOperation& row) {
  OperationSketch out;
  out.id = row.id;
  out.tag = row.id.substr(0, row.id.find('_'));
  out.summary = row.summary;
  for (std::string_view rest = row.pattern; rest.find('{') != rest.npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    out.path.emplace_back(rest.substr(0, rest.find('}')));
  }
  for (std::string_view rest = row.query; !rest.empty();) {
    const std::string_view word = take_word(rest);
    if (const size_t colon = word.find(':'); colon != word.npos)
      add_fields(std::string(word.substr(0, colon)), type_named(word.substr(colon + 1)), out);
    else if (word.ends_with('?'))
      out.query.push_back({word.substr(0, word.size() - 1), "boolean", {}});
    else
      out.query.push_back({word, "string", {}});
  }
  if (!row.body.empty()) out.body = schema(row.body);
  add_answer(row.answer, out);
  out.error = schema("GatewayError");
  std::string method(row.method);
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  paths_[row.pattern][method] = write_operation(version_, std::move(out));
}

}  // namespace

std::string argo_openapi_json(OpenApi version, std::span<const RestOperation> operations,
                              std::string_view program_version) {
  Writer writer(version);
  for (const RestOperation& row : operations) writer.add(row);
  Value out;
  out[version == OpenApi::kV2 ? "swagger" : "openapi"] = version == OpenApi::kV2 ? "2.0" : "3.0.0";
  Value& info = out["info"];
  info["title"] = "Argo Workflows API";
  info["description"] = "Argo's REST, as this server answers it.";
  info["version"] = program_version;
  out["paths"] = writer.take_paths();
  Value bearer;
  bearer["type"] = "apiKey";
  bearer["name"] = "Authorization";
  bearer["in"] = "header";
  bearer["description"] = "Bearer, and the token that argo auth token prints";
  if (version == OpenApi::kV2) {
    out["definitions"] = writer.take_definitions();
    out["securityDefinitions"]["BearerToken"] = std::move(bearer);
  } else {
    out["components"]["schemas"] = writer.take_definitions();
    out["components"]["securitySchemes"]["BearerToken"] = std::move(bearer);
  }
  Value token;
  token["BearerToken"] = text::List();
  out["security"] = text::List{std::move(token)};
  return text::to_json(out);
}

}  // namespace model

#include "model/openapi_schema.h"

#include <array>
#include <utility>

#include "model/explain.h"
#include "model/openapi_names.h"
#include "text/json.h"

namespace model {
namespace {

using text::Value;

constexpr std::string_view kQuantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
constexpr std::string_view kIntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
constexpr std::string_view kTime = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";

Value of_type(std::string_view type, std::string_view format = {}) {
  Value out{text::Map()};
  out["type"] = type;
  if (!format.empty()) out["format"] = format;
  return out;
}

std::string description_of(const Field& row) {
  std::string out(row.help);
  if (!row.words.empty()) {
    out += "; one of ";
    for (const char c : row.words) out += c == '|' ? std::string(", ") : std::string(1, c);
  }
  if (const std::string_view note = treatment_note(row.treatment); !note.empty())
    out += " (" + std::string(note) + ")";
  return out;
}

Value split(std::string_view names) {
  text::List out;
  while (!names.empty()) {
    const size_t end = std::min(names.find(','), names.size());
    out.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return out;
}

// How Kubernetes' clients and server merge it.
void add_merge_rules(const Field& row, Kind kind, Value& out) {
  if (kind == Kind::kList) {
    if (row.list == ListType::kMap) out["x-kubernetes-list-map-keys"] = split(row.keys);
    out["x-kubernetes-list-type"] = row.list == ListType::kMap   ? "map"
                                    : row.list == ListType::kSet ? "set"
                                                                 : "atomic";
    if (!row.merge_key.empty() && row.merge_key != "*")
      out["x-kubernetes-patch-merge-key"] = row.merge_key;
  }
  if (row.is_whole) out["x-kubernetes-map-type"] = "atomic";
  std::string strategy;
  if (!row.merge_key.empty()) strategy = "merge";
  if (row.replaces) strategy = "replace";
  if (row.retain_keys) strategy += strategy.empty() ? "retainKeys" : ",retainKeys";
  if (!strategy.empty()) out["x-kubernetes-patch-strategy"] = strategy;
}

}  // namespace

Value words(std::initializer_list<std::string_view> all) {
  text::List out;
  for (const std::string_view word : all) out.emplace_back(word);
  return out;
}

Value Definitions::reference(std::string_view name) const {
  Value out;
  out["$ref"] =
      (version_ == OpenApi::kV2 ? "#/definitions/" : "#/components/schemas/") + std::string(name);
  return out;
}

Value Definitions::reference(const SchemaType& type) {
  const std::string name = definition_name(type);
  if (schemas_.try_emplace(name).second) {
    // Types contain themselves: it is there before it is made.
    Value made = schema_of(type);
    schemas_[name] = std::move(made);
  }
  return reference(name);
}

void Definitions::define(const std::string& name, Value schema) {
  schemas_.try_emplace(name, std::move(schema));
}

Value Definitions::named(std::string_view name) {
  const std::string key(name);
  if (schemas_.contains(key)) return reference(name);
  Value schema;
  if (name == kTime) {
    schema = of_type("string", "date-time");
    schema["description"] = "A moment, as RFC 3339 writes it; null where there is none yet.";
    schema[version_ == OpenApi::kV2 ? "x-nullable" : "nullable"] = true;
  } else if (version_ == OpenApi::kV2) {
    schema = name == kIntOrString ? of_type("string", "int-or-string") : of_type("string");
  } else {
    const std::string_view other = name == kIntOrString ? "integer" : "number";
    schema["oneOf"] = text::List{of_type(other), of_type("string")};
    if (name == kIntOrString) schema["format"] = "int-or-string";
  }
  if (name == kQuantity)
    schema["description"] = "A number with a unit: 500m, 1Gi, 2.";
  else if (name == kIntOrString)
    schema["description"] = "A whole number, or a text.";
  schemas_.emplace(key, std::move(schema));
  return reference(name);
}

Value Definitions::schema_of(const Shape& shape) {
  Value out;
  switch (shape.kind) {
    case Kind::kString:
      return of_type("string");
    case Kind::kBool:
      return of_type("boolean");
    case Kind::kInt:
      return of_type("integer", "int64");
    case Kind::kNumber:
      return of_type("number", "double");
    case Kind::kIntOrString:
      return named(kIntOrString);
    case Kind::kQuantity:
      return named(kQuantity);
    case Kind::kTime:
      return named(kTime);
    case Kind::kObject:
      out = of_type("object");
      out["x-kubernetes-preserve-unknown-fields"] = true;
      return out;
    case Kind::kStruct:
      return reference(*shape.type);
    case Kind::kList:
      out = of_type("array");
      out["items"] = schema_of(*shape.element);
      return out;
    case Kind::kMap:
      out = of_type("object");
      out["additionalProperties"] = schema_of(*shape.element);
      return out;
    default:  // any scalar, any value: nothing is said of it
      return text::Map();
  }
}

Value Definitions::property(const SchemaField& field) {
  const Field& row = *field.row;
  Value out = schema_of(*field.shape);
  if (out.find("$ref") && version_ == OpenApi::kV3) {
    // Nothing may stand beside a reference.
    Value around;
    around["allOf"] = text::List{std::move(out)};
    out = std::move(around);
  }
  out["description"] = description_of(row);
  // An empty struct says nothing, and some makers of clients take it for a mistake.
  if (!row.default_json.empty() && row.default_json != "{}")
    if (auto value = text::parse_json(row.default_json)) out["default"] = std::move(*value);
  add_merge_rules(row, field.shape->kind, out);
  return out;
}

Value Definitions::schema_of(const SchemaType& type) {
  Value out = of_type("object");
  out["description"] = type.row->help;
  text::List required;
  text::Map properties;
  for (const SchemaField& field : type.fields) {
    if (field.row->required) required.emplace_back(field.row->name);
    properties.set(std::string(field.row->name), property(field));
  }
  if (!required.empty()) out["required"] = std::move(required);
  if (!properties.empty()) out["properties"] = std::move(properties);
  if (type.row->is_whole) out["x-kubernetes-map-type"] = "atomic";
  return out;
}

Value Definitions::take() {
  text::Map out;
  out.reserve(schemas_.size());
  for (auto& [name, schema] : schemas_) out.append_unchecked({name, {}, std::move(schema)});
  schemas_.clear();
  return out;
}

Value to_v2_schema(const Value& structural) {
  Value out{text::Map()};
  if (!structural.is_map()) return out;
  const auto is_set = [&](std::string_view name) {
    const Value* flag = structural.find(name);
    return flag && flag->is_bool() && flag->as_bool();
  };
  const bool says_nothing = is_set("x-kubernetes-preserve-unknown-fields") ||
                            is_set("x-kubernetes-int-or-string") || is_set("nullable");
  for (const text::Member& member : structural.as_map()) {
    const std::string_view key = member.key;
    const Value& value = member.value;
    if (key == "description" || key == "title" || key == "format" || key == "default" ||
        key.starts_with("x-kubernetes-")) {
      out[key] = value;
    } else if (says_nothing) {
      continue;
    } else if (key == "type" || key == "required") {
      out[key] = value;
    } else if (key == "properties" && value.is_map()) {
      Value& properties = out[key] = text::Map();
      for (const text::Member& property : value.as_map())
        properties[property.key] = to_v2_schema(property.value);
    } else if (key == "items" || key == "additionalProperties") {
      out[key] = value.is_map() ? to_v2_schema(value) : value;
    }
  }
  return out;
}

}  // namespace model

#include "kube/unknown_fields.h"

namespace kube {
namespace {

using text::Value;

void take(const model::Shape& shape, Value& value, const std::string& path,
          std::vector<std::string>& out);

void take_members(const model::SchemaType& type, Value& object, const std::string& path,
                  std::vector<std::string>& out) {
  std::vector<std::string> unknown;
  for (text::Member& member : object.as_map()) {
    const std::string below = path.empty() ? member.key : path + "." + member.key;
    if (const model::SchemaField* field = type.find(member.key)) {
      take(*field->shape, member.value, below, out);
    } else {
      unknown.push_back(member.key);
      out.push_back(below);
    }
  }
  for (const std::string& name : unknown) object.as_map().erase(name);
}

void take(const model::Shape& shape, Value& value, const std::string& path,
          std::vector<std::string>& out) {
  if (shape.kind == model::Kind::kStruct && value.is_map()) {
    take_members(*shape.type, value, path, out);
  } else if (shape.kind == model::Kind::kList && value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i)
      take(*shape.element, value.as_list()[i], path + "[" + std::to_string(i) + "]", out);
  } else if (shape.kind == model::Kind::kMap && value.is_map()) {
    for (text::Member& member : value.as_map())
      take(*shape.element, member.value, path + "." + member.key, out);
  }
}

std::string_view form_of(model::Kind kind) {
  switch (kind) {
    case model::Kind::kBool:
      return "a boolean";
    case model::Kind::kInt:
      return "a whole number";
    case model::Kind::kNumber:
      return "a number";
    case model::Kind::kIntOrString:
    case model::Kind::kQuantity:
      return "a number or a string";
    case model::Kind::kObject:
    case model::Kind::kStruct:
    case model::Kind::kMap:
      return "a map";
    case model::Kind::kList:
      return "a list";
    default:
      return "a string";
  }
}

bool has_form(model::Kind kind, const Value& value) {
  switch (kind) {
    case model::Kind::kString:
    case model::Kind::kTime:
      return value.is_string();
    case model::Kind::kBool:
      return value.is_bool();
    case model::Kind::kInt:
      return value.to_int().has_value();
    case model::Kind::kNumber:
      return value.is_number();
    case model::Kind::kAnyString:
      return !value.is_map() && !value.is_list();
    case model::Kind::kIntOrString:
      return value.is_string() || value.to_int().has_value();
    case model::Kind::kQuantity:
      return value.is_string() || value.is_number();
    case model::Kind::kItem:
      return true;
    case model::Kind::kList:
      return value.is_list();
    default:
      return value.is_map();
  }
}

base::Status check_form(const model::Shape& shape, const Value& value, const std::string& path);

base::Status check_members(const model::SchemaType& type, const Value& object,
                           const std::string& path) {
  for (const text::Member& member : object.as_map())
    if (const model::SchemaField* field = type.find(member.key))
      if (auto ok = check_form(*field->shape, member.value,
                               path.empty() ? member.key : path + "." + member.key);
          !ok)
        return ok;
  return {};
}

base::Status check_form(const model::Shape& shape, const Value& value, const std::string& path) {
  if (value.is_null()) return {};
  if (!has_form(shape.kind, value))
    return base::fail(base::Code::kInvalid, path + ": expected " +
                                                std::string(form_of(shape.kind)) + ", not " +
                                                std::string(value.kind_name()));
  if (shape.kind == model::Kind::kStruct) return check_members(*shape.type, value, path);
  if (shape.kind == model::Kind::kList) {
    for (size_t i = 0; i < value.as_list().size(); ++i)
      if (auto ok =
              check_form(*shape.element, value.as_list()[i], path + "[" + std::to_string(i) + "]");
          !ok)
        return ok;
  } else if (shape.kind == model::Kind::kMap) {
    for (const text::Member& member : value.as_map())
      if (auto ok = check_form(*shape.element, member.value, path + "." + member.key); !ok)
        return ok;
  }
  return {};
}

}  // namespace

base::Status check_forms(const model::SchemaType& type, const Value& object) {
  if (!object.is_map()) return base::fail(base::Code::kInvalid, "an object must be a map");
  return check_members(type, object, "");
}

std::vector<std::string> take_unknown_fields(const model::SchemaType& type, Value& object) {
  std::vector<std::string> out;
  if (object.is_map()) take_members(type, object, "", out);
  return out;
}

}  // namespace kube

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

}  // namespace

std::vector<std::string> take_unknown_fields(const model::SchemaType& type, Value& object) {
  std::vector<std::string> out;
  if (object.is_map()) take_members(type, object, "", out);
  return out;
}

}  // namespace kube

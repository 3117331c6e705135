#include "kube/apply_type.h"

#include <algorithm>
#include <vector>

#include "text/json.h"

namespace kube {

using As = ApplyType::As;

ApplyType ApplyType::of_object(const model::SchemaType* type) {
  ApplyType out;
  out.type_ = type;
  out.as_ = type ? As::kStruct : As::kUnknown;
  out.is_custom_object_ = !type;
  return out;
}

ApplyType ApplyType::of_shape(const model::Shape& shape, const model::Field* row) {
  ApplyType out;
  out.row_ = row;
  out.element_ = shape.element;
  switch (shape.kind) {
    case model::Kind::kStruct:
      out.type_ = shape.type;
      out.as_ = shape.type->row->is_whole ? As::kWhole : As::kStruct;
      break;
    case model::Kind::kMap:
      out.as_ = As::kMap;
      break;
    case model::Kind::kList:
      out.as_ = !row || row->list == model::ListType::kAtomic ? As::kWhole
                : row->list == model::ListType::kSet          ? As::kSet
                                                              : As::kKeyed;
      break;
    case model::Kind::kItem:
    case model::Kind::kObject:
      out.as_ = As::kUnknown;
      break;
    default:
      out.as_ = As::kWhole;
  }
  if (row && row->is_whole) out.as_ = As::kWhole;
  return out;
}

As ApplyType::as(const text::Value& value) const {
  switch (as_) {
    case As::kUnknown:
      return value.is_map() ? As::kMap : As::kWhole;
    case As::kStruct:
    case As::kMap:
      return value.is_map() ? as_ : As::kWhole;
    case As::kSet:
    case As::kKeyed:
      return value.is_list() ? as_ : As::kWhole;
    default:
      return As::kWhole;
  }
}

std::optional<ApplyType> ApplyType::member(std::string_view name) const {
  if (as_ == As::kStruct) {
    const model::SchemaField* field = type_->find(name);
    if (!field) return std::nullopt;
    return of_shape(*field->shape, field->row);
  }
  if (is_custom_object_ && name == "metadata")
    return of_object(model::Schema::get().find("ObjectMeta"));
  if (as_ == As::kMap && element_) return of_shape(*element_, nullptr);
  return ApplyType();
}

ApplyType ApplyType::element() const {
  return element_ ? of_shape(*element_, nullptr) : ApplyType();
}

base::Result<std::string> ApplyType::path_element(const text::Value& element) const {
  if (as_ == As::kSet) return "v:" + text::to_json(element);
  const model::SchemaType* type = element_ ? element_->type : nullptr;
  std::vector<std::string_view> names;
  for (std::string_view rest = row_->keys; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::sort(names.begin(), names.end());
  text::Value keys{text::Map()};
  for (const std::string_view name : names) {
    const text::Value* given = element.find(name);
    if (given && !given->is_null()) {
      keys[name] = *given;
    } else if (const model::SchemaField* field = type ? type->find(name) : nullptr;
               field && !field->row->default_json.empty()) {
      if (auto value = text::parse_json(field->row->default_json)) keys[name] = std::move(*value);
    }
  }
  if (keys.as_map().empty())
    return base::fail(base::Code::kInvalid,
                      "an element has none of the keys " + std::string(row_->keys));
  return "k:" + text::to_json(keys);
}

}  // namespace kube

#include "kube/fields.h"

#include <algorithm>
#include <string_view>

namespace kube {
namespace {

std::string field(const text::Value& object, std::string_view path) {
  const text::Value* value = &object;
  while (value && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    value = value->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value && !value->is_map() && !value->is_list() ? value->to_any_string() : std::string();
}

}  // namespace

bool matches_fields(const text::Selector& fields, const text::Value& object) {
  for (const text::Requirement& wanted : fields.requirements())
    if (!wanted.matches(field(object, wanted.key))) return false;
  return true;
}

bool is_by_name_only(const text::Selector& fields) {
  const auto& wanted = fields.requirements();
  return std::all_of(wanted.begin(), wanted.end(), [](const text::Requirement& requirement) {
    return requirement.key == "metadata.name" || requirement.key == "metadata.namespace";
  });
}

std::optional<std::string> demanded_name(const text::Selector& fields) {
  for (const text::Requirement& wanted : fields.requirements())
    if (wanted.key == "metadata.name" && wanted.op == text::Requirement::Operator::kEquals &&
        wanted.values.size() == 1)
      return wanted.values[0];
  return std::nullopt;
}

}  // namespace kube

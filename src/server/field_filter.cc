#include "server/field_filter.h"

namespace server {
namespace {

// "a.b" is at or above "a.b.c".
bool is_prefix(std::string_view above, std::string_view below) {
  return below.starts_with(above) && (below.size() == above.size() || below[above.size()] == '.');
}

}  // namespace

FieldFilter::FieldFilter(std::string_view fields, std::string_view prefix) {
  if (fields.starts_with('-')) {
    excludes_ = true;
    fields.remove_prefix(1);
  }
  while (!fields.empty()) {
    const size_t comma = fields.find(',');
    std::string_view field = fields.substr(0, comma);
    if (field.starts_with('-')) field.remove_prefix(1);
    if (!prefix.empty() && field.starts_with(prefix)) field.remove_prefix(prefix.size());
    if (!field.empty()) fields_.emplace_back(field);
    if (comma == std::string_view::npos) break;
    fields.remove_prefix(comma + 1);
  }
}

bool FieldFilter::will_exclude(std::string_view path) const {
  if (fields_.empty()) return false;
  for (const std::string& field : fields_) {
    if (excludes_ && is_prefix(field, path)) return true;
    if (!excludes_ && (is_prefix(field, path) || is_prefix(path, field))) return false;
  }
  return !excludes_;
}

void FieldFilter::apply(text::Value& value) const {
  if (!fields_.empty()) clean(value, {});
}

void FieldFilter::clean(text::Value& value, const std::string& path) const {
  if (value.is_list()) {
    for (text::Value& item : value.as_list()) clean(item, path);
    return;
  }
  if (!value.is_map()) return;
  text::Map kept;
  for (text::Member& member : value.as_map()) {
    const std::string inner = path.empty() ? member.key : path + "." + member.key;
    if (will_exclude(inner)) continue;
    bool is_whole = false;
    for (const std::string& field : fields_)
      is_whole = is_whole || (!excludes_ && is_prefix(field, inner));
    if (!is_whole) clean(member.value, inner);
    kept.append_unchecked(std::move(member));
  }
  value = std::move(kept);
}

}  // namespace server

#include "server/field_filter.h"

#include "text/json_scan.h"

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

bool FieldFilter::keeps_all(std::string_view path) const {
  if (fields_.empty()) return true;
  for (const std::string& field : fields_) {
    if (excludes_ && (is_prefix(field, path) || is_prefix(path, field))) return false;
    if (!excludes_ && is_prefix(field, path)) return true;
  }
  return excludes_;
}

void FieldFilter::copy(std::string_view json, const std::string& path, std::string& out) const {
  text::JsonScan scan(json);
  if (keeps_all(path) || (!scan.is_map() && !scan.is_list())) {
    out += json;
    return;
  }
  out += scan.is_map() ? '{' : '[';
  for (std::string_view key, value; scan.next(key, value);) {
    std::string inner = path;
    if (scan.is_map()) {
      inner.append(path.empty() ? "" : ".").append(key);
      if (will_exclude(inner)) continue;
    }
    if (out.back() != '{' && out.back() != '[') out += ',';
    if (scan.is_map()) out.append("\"").append(key).append("\":");
    copy(value, inner, out);
  }
  out += scan.is_map() ? '}' : ']';
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
    if (!keeps_all(inner)) clean(member.value, inner);
    kept.append_unchecked(std::move(member));
  }
  value = std::move(kept);
}

}  // namespace server

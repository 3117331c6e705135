#include "server/custom_cells.h"

#include <algorithm>
#include <cctype>

#include "expr/resource_jsonpath.h"
#include "server/table_cells.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

// ".spec.replicas": members alone.
bool is_plain(std::string_view path) {
  return path.starts_with('.') && std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

// Of a path that is more than members: its text.
Value text_at(const std::string& path, const Value& object) {
  const auto parsed = expr::ResourceJsonPath::parse("{" + path + "}");
  if (!parsed) return {};
  auto filled = parsed->fill(object);
  return filled && !filled->empty() ? Value(std::move(*filled)) : Value();
}

}  // namespace

Value custom_cell(const kube::PrinterColumn& column, const Value& object, base::Time now) {
  Value found;
  if (is_plain(column.path)) {
    if (const Value* at = at_path(object, column.path)) found = *at;
  } else {
    found = text_at(column.path, object);
  }
  if (found.is_null()) return found;
  if (column.type == "date") return age_of(&found, now);
  if (column.type == "string") return found.to_any_string();
  // What is not of the column's type is not shown.
  const Value read =
      found.is_string() ? text::parse_json(found.as_string()).value_or(Value()) : std::move(found);
  if (column.type == "boolean") return read.is_bool() ? read : Value();
  if (column.type == "integer") return read.to_int() ? read : Value();
  return read.is_number() ? read : Value();
}

}  // namespace server

#include "server/view.h"

#include <fmt/format.h>

#include "kube/custom_kind.h"
#include "server/custom_cells.h"
#include "server/table_cells.h"
#include "server/table_columns.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// One entry of Accept: the media type and its parameters.
struct Accepted {
  std::string_view type, as, group, version;
};
Accepted parse_accepted(std::string_view entry) {
  Accepted out;
  for (bool is_first = true; is_first || !entry.empty(); is_first = false) {
    const size_t end = std::min(entry.find(';'), entry.size());
    const std::string_view part = trimmed(entry.substr(0, end));
    entry.remove_prefix(std::min(end + 1, entry.size()));
    if (is_first)
      out.type = part;
    else if (part.starts_with("as="))
      out.as = part.substr(3);
    else if (part.starts_with("g="))
      out.group = part.substr(2);
    else if (part.starts_with("v="))
      out.version = part.substr(2);
  }
  return out;
}

std::string meta_version(const View& view) {
  return view.is_beta ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1";
}

std::string partial_metadata(const View& view, const Value& object) {
  std::string out = fmt::format(R"({{"kind":"PartialObjectMetadata","apiVersion":"{}","metadata":)",
                                meta_version(view));
  const Value* metadata = object.find("metadata");
  text::append_json(out, metadata ? *metadata : Value(text::Map()));
  return out + "}";
}

void append_column(std::string& out, std::string_view name, std::string_view type,
                   std::string_view format, std::string_view description, int priority) {
  if (!out.empty()) out += ',';
  out += "{\"name\":";
  text::append_json_string(out, name);
  out += ",\"type\":";
  text::append_json_string(out, type);
  out += ",\"format\":";
  text::append_json_string(out, format);
  out += ",\"description\":";
  text::append_json_string(out, description);
  out += fmt::format(",\"priority\":{}}}", priority);
}

// A kind of a CustomResourceDefinition that names columns of its own.
bool has_own_columns(const kube::Kind& kind) {
  return kind.custom && !kind.custom->columns.empty();
}

std::string column_definitions(const kube::Kind& kind) {
  std::string out;
  append_column(out, "Name", "string", "name", "The name, which is unique in its namespace.", 0);
  if (has_own_columns(kind)) {
    for (const kube::PrinterColumn& column : kind.custom->columns)
      append_column(out, column.name, column.type, column.format, column.description,
                    column.priority);
    return out;
  }
  for (const Column& column : columns_of(kind))
    append_column(out, column.name, column.type, "", column.description, column.priority);
  return out;
}

Value cell(const Column& column, const Value& object, base::Time now) {
  Value out = cell_of(column.source, object, now);
  const bool is_there = !out.is_null() && !(out.is_string() && out.as_string().empty());
  if (!is_there && !column.absent.empty()) return column.absent;
  return out;
}

void append_row(std::string& out, const kube::Kind& kind, const View& view, const Value& object) {
  const base::Time now = view.clock ? view.clock->now() : base::Time();
  if (!out.empty()) out += ',';
  out += "{\"cells\":[";
  text::append_json_string(out, object.string_at("metadata", "name"));
  const auto add = [&](const Value& value) {
    out += ',';
    text::append_json(out, value);
  };
  if (has_own_columns(kind)) {
    for (const kube::PrinterColumn& column : kind.custom->columns)
      add(custom_cell(column, object, now));
  } else {
    for (const Column& column : columns_of(kind)) add(cell(column, object, now));
  }
  out += "]";
  if (view.include == View::Include::kObject) {
    out += ",\"object\":";
    text::append_json(out, object);
  } else if (view.include == View::Include::kMetadata) {
    out += ",\"object\":" + partial_metadata(view, object);
  }
  out += "}";
}

std::string list_meta(const ListMeta& meta) {
  std::string out = "{\"resourceVersion\":";
  text::append_json_string(out, meta.resource_version);
  if (!meta.continue_token.empty()) {
    out += ",\"continue\":";
    text::append_json_string(out, meta.continue_token);
  }
  if (meta.remaining) out += fmt::format(",\"remainingItemCount\":{}", *meta.remaining);
  return out + "}";
}

std::string table(const kube::Kind& kind, const View& view, const ListMeta& meta,
                  std::string_view rows) {
  return fmt::format(
      R"({{"kind":"Table","apiVersion":"{}","metadata":{},"columnDefinitions":[{}],"rows":[{}]}})",
      meta_version(view), list_meta(meta), column_definitions(kind), rows);
}

}  // namespace

base::Result<View> read_view(const Call& call, const sys::Clock& clock) {
  View out;
  out.clock = &clock;
  const std::string accept = call.request.header("Accept");
  bool is_refused = false, is_found = accept.empty();
  for (std::string_view rest = accept; !rest.empty() && !is_found;) {
    const size_t end = std::min(rest.find(','), rest.size());
    const Accepted one = parse_accepted(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.as.empty()) {
      // Whatever else is asked for: JSON is what there is.
      is_found = true;
      break;
    }
    is_found = one.type == "application/json" && one.group == "meta.k8s.io" &&
               (one.version == "v1" || one.version == "v1beta1");
    if (is_found && one.as == "Table")
      out.as = View::As::kTable;
    else if (is_found && one.as.starts_with("PartialObjectMetadata"))
      out.as = View::As::kMetadata;
    else
      is_found = false;
    out.is_beta = is_found && one.version == "v1beta1";
    is_refused = true;
  }
  if (!is_found && is_refused)
    return base::fail(base::Code::kUnsupported,
                      "only the following media types are accepted: application/json, "
                      "application/json;as=Table;v=v1;g=meta.k8s.io, "
                      "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
  const std::string_view include = call.query("includeObject");
  if (include == "None")
    out.include = View::Include::kNone;
  else if (include == "Object")
    out.include = View::Include::kObject;
  else if (!include.empty() && include != "Metadata")
    return base::fail(base::Code::kInvalid,
                      fmt::format("includeObject: Invalid value: \"{}\": must be Metadata, None or "
                                  "Object",
                                  include));
  return out;
}

ListWriter::ListWriter(const kube::Kind& kind, const View& view) : kind_(kind), view_(view) {}

void ListWriter::add(const Value& object) {
  if (view_.as == View::As::kTable) return append_row(items_, kind_, view_, object);
  if (!items_.empty()) items_ += ',';
  if (view_.as == View::As::kMetadata)
    items_ += partial_metadata(view_, object);
  else
    text::append_json(items_, object);
}

void ListWriter::add_json(std::string_view object) {
  if (!items_.empty()) items_ += ',';
  items_ += object;
}

std::string ListWriter::finish(const ListMeta& meta) {
  if (view_.as == View::As::kTable) return table(kind_, view_, meta, items_);
  return take_head(meta) + "]}";
}

std::string ListWriter::take_head(const ListMeta& meta) {
  const bool is_plain = view_.is_plain();
  std::string out =
      fmt::format(R"({{"kind":"{}List","apiVersion":"{}","metadata":{},"items":[)",
                  is_plain ? kind_.kind : "PartialObjectMetadata",
                  is_plain ? kind_.api_version() : meta_version(view_), list_meta(meta));
  return out + items_;
}

std::string shown(const kube::Kind& kind, const View& view, const Value& object) {
  if (view.as == View::As::kMetadata) return partial_metadata(view, object);
  if (view.is_plain()) return text::to_json(object);
  std::string row;
  append_row(row, kind, view, object);
  return table(kind, view, {std::string(object.string_at("metadata", "resourceVersion")), ""}, row);
}

std::string shown_bookmark(const kube::Kind& kind, const View& view, std::string_view revision,
                           std::string_view annotations) {
  if (view.as == View::As::kTable) return table(kind, view, {std::string(revision), ""}, "");
  const bool is_plain = view.is_plain();
  std::string out =
      fmt::format(R"({{"kind":"{}","apiVersion":"{}","metadata":{{"resourceVersion":"{}",)"
                  R"("creationTimestamp":null)",
                  is_plain ? kind.kind : "PartialObjectMetadata",
                  is_plain ? kind.api_version() : meta_version(view), revision);
  if (!annotations.empty()) out += fmt::format(",\"annotations\":{}", annotations);
  return out + "}}";
}

}  // namespace server

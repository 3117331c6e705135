#include "server/workflow_view.h"

#include <fmt/format.h>

#include "engine/status.h"
#include "kube/workflow_rows.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace server {
namespace {

using kube::kNodes;
using text::Value;
constexpr size_t kChunkBytes = 256 << 10;

base::Result<Value> to_value(const store::Object& object) {
  return kube::StoreApi::to_value(object);
}

// The object's text with `"nodes":` as the last member of a status that stands last, open: what
// follows must be the nodes and "}}".
std::string open_json(Value object) {
  Value status;
  if (Value* found = object.find("status")) status = std::move(*found);
  if (!status.is_map()) status = text::Map();
  object.as_map().erase("status");
  status.as_map().erase("nodes");
  std::string json = text::to_json(object);
  json.pop_back();
  json += ",\"status\":" + text::to_json(status);
  json.pop_back();
  json += status.as_map().empty() ? "\"nodes\":" : ",\"nodes\":";
  return json;
}

// Two passes over the rows, so that the memory does not grow with the text of the nodes.
void stream_nodes(kube::StoreApi& api, const store::Object& object, Value value, const Call& call) {
  engine::StatusReader reader;
  uint64_t count = 0;
  base::Status added;
  auto read = api.store().rows(object.uid, kNodes, 0, [&](uint64_t, std::string_view row) {
    added = reader.add(row);
    ++count;
    return added.has_value();
  });
  if (!read) return call.fail(read.error());
  if (!added) return call.fail(added.error());
  call.out.begin(200, {{"Content-Type", "application/json"}});
  std::string chunk = open_json(std::move(value)) + "{";
  bool is_first = true, is_gone = false;
  std::string id, json;
  (void)api.store().rows(object.uid, kNodes, 0, [&](uint64_t key, std::string_view row) {
    if (key >= count) return false;  // came after the first pass
    id.clear();
    json.clear();
    if (!reader.write(row, id, json)) return true;
    if (!std::exchange(is_first, false)) chunk += ',';
    text::append_json_string(chunk, id);
    chunk += ':';
    chunk += json;
    if (chunk.size() >= kChunkBytes) {
      is_gone = !call.out.write(chunk);
      chunk.clear();
    }
    return !is_gone;
  });
  chunk += "}}}";
  call.out.write(chunk);
  call.out.end();
}

}  // namespace

base::Result<std::optional<std::string>> small_nodes_json(kube::StoreApi& api,
                                                          const std::string& uid) {
  std::vector<std::string> rows;
  auto read = api.store().rows(uid, kNodes, 0, [&](uint64_t, std::string_view row) {
    rows.emplace_back(row);
    return rows.size() <= kNodesInline;
  });
  if (!read) return base::fail(read.error());
  if (rows.size() > kNodesInline) return std::optional<std::string>();
  if (rows.empty()) return std::optional<std::string>("{}");
  auto json = engine::StatusReader::nodes_json({rows.begin(), rows.end()});
  if (!json) return base::fail(json.error());
  return std::optional<std::string>(std::move(*json));
}

// Put together from text: a workflow that runs is shown many times, and most of it never changes.
base::Result<std::string> view_json(kube::StoreApi& api, const store::Object& object,
                                    const FieldFilter& filter, bool* is_large) {
  const bool wants_nodes = !filter.will_exclude("status.nodes");
  std::optional<std::string> nodes;
  if (wants_nodes && !(is_large != nullptr && *is_large)) {
    auto read = small_nodes_json(api, object.uid);
    if (!read) return base::fail(read.error());
    nodes = std::move(*read);
  }
  if (is_large != nullptr && wants_nodes) *is_large = !nodes.has_value();
  const std::string text = kube::StoreApi::to_json(object);
  std::string json = "{", status;
  text::JsonScan scan(text);
  if (!scan.is_map())
    return base::fail(base::Code::kCorrupt,
                      object.key.resource + " \"" + object.key.name + "\" is damaged");
  const auto begin_member = [](std::string& out, std::string_view key) {
    if (out.back() != '{') out += ',';
    out.append("\"").append(key).append("\":");
  };
  for (std::string_view key, value; scan.next(key, value);) {
    if (filter.will_exclude(key)) continue;
    if (key == "status") {
      filter.copy(value, "status", status);
      continue;
    }
    begin_member(json, key);
    filter.copy(value, std::string(key), json);
  }
  // The nodes stand last in a status that stands last.
  const bool has_nodes = nodes && *nodes != "{}";
  constexpr std::string_view kMark = "offloadNodeStatusVersion";
  const bool has_mark =
      wants_nodes && !nodes && !filter.will_exclude("status." + std::string(kMark));
  if ((has_nodes || has_mark) && status.empty()) status = "{}";
  if (has_nodes || has_mark) status.pop_back();
  if (has_mark) {
    begin_member(status, kMark);
    status += fmt::format("\"rows:{}\"", object.revision);
  }
  if (has_nodes) {
    begin_member(status, kNodes);
    filter.copy(*nodes, "status.nodes", status);
  }
  if (has_nodes || has_mark) status += '}';
  if (!status.empty()) {
    begin_member(json, "status");
    json += status;
  }
  return json + "}";
}

void answer_workflow(kube::StoreApi& api, const store::Object& object, const FieldFilter& filter,
                     const Call& call) {
  if (filter.is_empty()) {
    auto nodes = small_nodes_json(api, object.uid);
    if (!nodes) return call.fail(nodes.error());
    if (!*nodes) {
      auto value = to_value(object);
      if (!value) return call.fail(value.error());
      return stream_nodes(api, object, std::move(*value), call);
    }
  }
  auto json = view_json(api, object, filter);
  if (!json) return call.fail(json.error());
  call.reply_json(std::move(*json));
}

}  // namespace server

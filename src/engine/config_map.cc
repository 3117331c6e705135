#include "engine/config_map.h"

#include <fmt/format.h>

#include <charconv>

#include "text/json.h"

namespace engine {
namespace {

std::string_view type_of(const text::Value& object) {
  return object.string_at("metadata", "labels", kConfigMapTypeLabel);
}

const text::Value* data_at(const text::Value& object, std::string_view key) {
  const text::Value* data = object.find("data");
  const text::Value* value = data == nullptr ? nullptr : data->find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

ConfigMapValue read_parameter(const text::Value* object, const ConfigMapKey& key) {
  ConfigMapValue out;
  if (object == nullptr) {
    out.is_not_found = true;
    out.error = fmt::format(
        "ConfigMap '{}' does not exist. Please make sure it has the label {}: {} to be detectable "
        "by the controller",
        key.name, kConfigMapTypeLabel, kParameterType);
    return out;
  }
  if (type_of(*object) != kParameterType) {
    // Argo's controller sees only those that have the label at all.
    out.is_not_found = type_of(*object).empty();
    out.error =
        out.is_not_found
            ? fmt::format(
                  "ConfigMap '{}' does not exist. Please make sure it has the label {}: {} "
                  "to be detectable by the controller",
                  key.name, kConfigMapTypeLabel, kParameterType)
            : fmt::format("ConfigMap '{}' needs to have the label {}: {} to load parameters",
                          key.name, kConfigMapTypeLabel, kParameterType);
    return out;
  }
  if (const text::Value* value = data_at(*object, key.key)) {
    out.value = value->to_any_string();
    return out;
  }
  out.is_not_found = true;
  out.error = fmt::format("ConfigMap '{}' does not have the key '{}'", key.name, key.key);
  return out;
}

std::optional<int64_t> read_limit(const text::Value* object, std::string_view key) {
  const text::Value* value = object == nullptr ? nullptr : data_at(*object, key);
  if (value == nullptr) return std::nullopt;
  const std::string text = value->to_any_string();
  int64_t limit = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return limit;
}

MemoEntry read_memo(const text::Value* object, std::string_view key) {
  if (object == nullptr) return {};
  MemoEntry out;
  if (type_of(*object).empty()) {
    out.error = fmt::format("memoization configmap doesn't have {} label, refusing to use it",
                            kConfigMapTypeLabel);
  } else if (type_of(*object) != kCacheType) {
    out.error = fmt::format("memoization configmap doesn't have label {} = {}, refusing to use it",
                            kConfigMapTypeLabel, kCacheType);
  }
  if (!out.error.empty()) return out;
  const text::Value* entry = data_at(*object, key);
  if (entry == nullptr || !entry->is_string() || entry->as_string().empty()) return {};
  return read_memo_entry(entry->as_string());
}

MemoEntry read_memo_entry(std::string_view json) {
  MemoEntry out;
  const auto entry = text::parse_json(json);
  if (!entry || !entry->is_map()) {
    out.error = "malformed cache entry: could not unmarshal JSON; unable to parse: " +
                (entry ? std::string("it is no object") : entry.error().text);
    return out;
  }
  out.is_found = !entry->string_at("nodeID").empty();
  const text::Value* outputs = entry->find("outputs");
  out.outputs = outputs == nullptr ? "null" : text::to_json(*outputs);
  out.created_at =
      base::parse_rfc3339(entry->string_at("creationTimestamp")).value_or(base::Time{});
  return out;
}

std::string write_memo_entry(std::string_view node_id, std::string_view outputs, base::Time now) {
  std::string out = "{\"nodeID\":";
  text::append_json_string(out, node_id);
  out += ",\"outputs\":";
  out += outputs;
  const std::string time = base::to_rfc3339(now);
  out += ",\"creationTimestamp\":\"" + time + "\",\"lastHitTimestamp\":\"" + time + "\"}";
  return out;
}

std::string touch_memo_entry(std::string_view json, base::Time now) {
  auto entry = text::parse_json(json);
  if (!entry || !entry->is_map()) return std::string(json);
  (*entry)["lastHitTimestamp"] = text::Value(base::to_rfc3339(now));
  return text::to_json(*entry);
}

}  // namespace engine

#include "runtime/pod_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "kube/api.h"
#include "kube/kinds.h"
#include "runtime/volumes.h"
#include "text/base64.h"
#include "text/quantity.h"

namespace runtime {
namespace {

using base::Code;

// Go's %q, for the characters that occur in labels and annotations.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + '"';
}

// key="value" lines, sorted, as kubelet writes labels into a file.
std::string lines_of(const text::Value* map) {
  std::map<std::string, std::string> sorted;
  if (map && map->is_map())
    for (const text::Member& member : map->as_map())
      sorted[member.key] = member.value.to_any_string();
  std::string out;
  for (const auto& [key, value] : sorted)
    out += fmt::format("{}{}={}", out.empty() ? "" : "\n", key, quoted(value));
  return out;
}

// "metadata.labels['app']" with prefix "metadata.labels" gives "app".
std::optional<std::string_view> subscript(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.size() < 5 || !path.starts_with("['") || !path.ends_with("']")) return std::nullopt;
  return path.substr(2, path.size() - 4);
}

const text::Value* find_container(const text::Value& pod, std::string_view name) {
  for (const char* list : {"containers", "initContainers"}) {
    const text::Value* all = pod.find_path("spec", list);
    if (!all || !all->is_list()) continue;
    for (const text::Value& container : all->as_list())
      if (container.string_at("name") == name) return &container;
  }
  return nullptr;
}

// A quantity may be written as a string or a number. Nothing when it is not there.
std::optional<std::string> quantity_at(const text::Value& container, std::string_view list,
                                       std::string_view name) {
  const text::Value* quantity = container.find_path("resources", list, name);
  if (!quantity || quantity->is_null()) return std::nullopt;
  return quantity->to_any_string();
}

}  // namespace

std::string_view word_of(DataKind kind) {
  return kind == DataKind::kConfigMap ? "configmap" : "secret";
}

bool is_optional(const text::Value& reference) {
  const text::Value* optional = reference.find("optional");
  return optional && optional->is_bool() && optional->as_bool();
}

base::Result<std::string> field_of_pod(const text::Value& pod, std::string_view path, FieldUse use,
                                       const PodSurroundings& around, std::string_view where) {
  for (const char* map : {"labels", "annotations"}) {
    const std::string prefix = fmt::format("metadata.{}", map);
    if (const auto key = subscript(path, prefix)) {
      const text::Value* value = pod.find_path("metadata", map, *key);
      return value ? value->to_any_string() : std::string();
    }
    if (path == prefix && use == FieldUse::kFile) return lines_of(pod.find_path("metadata", map));
  }
  for (const char* field : {"name", "namespace", "uid"})
    if (path == fmt::format("metadata.{}", field))
      return std::string(pod.string_at("metadata", field));
  if (use == FieldUse::kEnv) {
    if (path == "spec.nodeName") return around.node_name;
    if (path == "spec.serviceAccountName") {
      const std::string_view account = pod.string_at("spec", "serviceAccountName");
      return std::string(account.empty() ? "default" : account);
    }
    if (path == "status.hostIP" || path == "status.hostIPs") return around.host_ip;
    if (path == "status.podIP" || path == "status.podIPs") return around.pod_ip;
  }
  return base::fail(
      Code::kUnsupported,
      fmt::format("{}: \"{}\" is no field that a pod may {}", where, path,
                  use == FieldUse::kEnv ? "have in its environment" : "have in a file"));
}

base::Result<std::string> resource_of_container(const text::Value& pod,
                                                const text::Value& reference,
                                                std::string_view container_name,
                                                const PodSurroundings& around,
                                                std::string_view where) {
  if (const std::string_view named = reference.string_at("containerName"); !named.empty())
    container_name = named;
  const text::Value* container = find_container(pod, container_name);
  if (!container)
    return base::fail(Code::kInvalid,
                      fmt::format("{}: there is no container \"{}\"", where, container_name));
  const std::string_view resource = reference.string_at("resource");
  const size_t dot = resource.find('.');
  const std::string_view list = resource.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? "" : resource.substr(dot + 1);
  const bool known = (list == "limits" || list == "requests") &&
                     (name == "cpu" || name == "memory" || name == "ephemeral-storage");
  if (!known)
    return base::fail(Code::kUnsupported,
                      fmt::format("{}: resource \"{}\" is not supported", where, resource));
  auto quantity = quantity_at(*container, list, name);
  // The API server's default: who sets a limit only asks for as much.
  if (!quantity && list == "requests") quantity = quantity_at(*container, "limits", name);
  int64_t milli = 0;
  if (quantity) {
    const auto parsed = text::parse_quantity_milli(*quantity);
    if (!parsed) return tl::unexpected(parsed.error());
    milli = *parsed;
  } else if (list == "limits") {
    milli = name == "cpu"      ? around.node_cpu_milli
            : name == "memory" ? around.node_memory_bytes * 1000
                               : 0;
  }
  const text::Value* divisor = reference.find("divisor");
  const std::string divisor_text =
      divisor && !divisor->is_null() ? divisor->to_any_string() : std::string("1");
  const auto by = text::parse_quantity_milli(divisor_text);
  if (!by) return tl::unexpected(by.error());
  const int64_t divisor_milli = *by == 0 ? 1000 : *by;  // "0" means the default
  if (divisor_milli < 0)
    return base::fail(Code::kInvalid,
                      fmt::format("{}: divisor \"{}\" is below zero", where, divisor_text));
  return std::to_string(milli / divisor_milli + (milli % divisor_milli > 0 ? 1 : 0));
}

base::Result<std::map<std::string, std::string>> data_of(DataKind kind, const text::Value& pod,
                                                         std::string_view name,
                                                         const PodSurroundings& around) {
  const bool secret = kind == DataKind::kSecret;
  if (!around.api)
    return base::fail(Code::kUnavailable,
                      fmt::format("no API server to ask for {} \"{}\"", word_of(kind), name));
  kube::ObjectRef ref;
  ref.kind = &kube::kind_of(secret ? "secrets" : "configmaps");
  ref.namespace_ = pod.string_at("metadata", "namespace");
  ref.name = name;
  const auto object = around.api->get(ref);
  if (!object && object.error().code == Code::kNotFound)
    return base::fail(Code::kNotFound, fmt::format("{} \"{}\" not found", word_of(kind), name));
  if (!object) return tl::unexpected(object.error());
  std::map<std::string, std::string> data;
  const auto add = [&](const char* field, bool encoded) {
    const text::Value* map = object->find(field);
    if (!map || !map->is_map()) return true;
    for (const text::Member& member : map->as_map()) {
      if (!encoded) {
        data[member.key] = member.value.to_any_string();
        continue;
      }
      const auto bytes = text::from_base64(member.value.to_any_string());
      if (!bytes) return false;
      data[member.key] = *bytes;
    }
    return true;
  };
  const bool whole = secret ? add("data", true) && add("stringData", false)
                            : add("data", false) && add("binaryData", true);
  if (!whole)
    return base::fail(Code::kInvalid,
                      fmt::format("{} \"{}\": a value is no base64", word_of(kind), name));
  return data;
}

}  // namespace runtime

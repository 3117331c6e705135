// The environment of a pod's containers; declared in volumes.h.
#include <fmt/core.h>

#include <map>

#include "runtime/pod_values.h"
#include "runtime/volumes.h"

namespace runtime {
namespace {

using base::Code;
using Data = std::map<std::string, std::string>;

std::string_view find_value(const std::vector<std::string>& env, std::string_view name,
                            bool* found) {
  for (auto row = env.rbegin(); row != env.rend(); ++row)
    if (row->size() > name.size() && (*row)[name.size()] == '=' && row->starts_with(name)) {
      *found = true;
      return std::string_view(*row).substr(name.size() + 1);
    }
  *found = false;
  return {};
}

// Builds one container's environment; remembers the ConfigMaps and Secrets it has read.
class Environment {
 public:
  Environment(const text::Value& pod, const text::Value& container, const PodSurroundings& around)
      : pod_(pod), container_(container), around_(around) {}

  base::Status add_from(const text::Value& source, const std::string& where) {
    const std::string prefix(source.string_at("prefix"));
    for (const DataKind kind : {DataKind::kConfigMap, DataKind::kSecret}) {
      const text::Value* reference =
          source.find(kind == DataKind::kConfigMap ? "configMapRef" : "secretRef");
      if (!reference || !reference->is_map()) continue;
      const auto data = read(kind, *reference);
      if (!data) return base::fail(data.error().code, where + ": " + data.error().text);
      if (!*data) continue;
      for (const auto& [key, value] : **data)
        if (auto set = this->set(prefix + key, value, where); !set) return set;
    }
    return {};
  }

  base::Status add(const text::Value& row, const std::string& where) {
    const std::string name(row.string_at("name"));
    const text::Value* from = row.find("valueFrom");
    if (!from || from->is_null()) {
      const text::Value* value = row.find("value");
      const std::string text = value ? value->to_any_string() : std::string();
      return set(name, expand_references(text, env_), where);
    }
    const auto value = value_from(*from, where + ".valueFrom");
    if (!value) return tl::unexpected(value.error());
    return *value ? set(name, **value, where) : base::Status();
  }

  std::vector<std::string> take() && { return std::move(env_); }

 private:
  // Null: it is not there, and need not be.
  base::Result<const Data*> read(DataKind kind, const text::Value& reference) {
    const std::string name(reference.string_at("name"));
    const auto [row, is_new] = read_.try_emplace({kind, name});
    if (is_new) row->second = data_of(kind, pod_, name, around_);
    const base::Result<Data>& data = row->second;
    if (data) return &*data;
    if (data.error().code == Code::kNotFound && is_optional(reference)) return nullptr;
    return tl::unexpected(data.error());
  }

  base::Result<std::optional<std::string>> value_from(const text::Value& from,
                                                      const std::string& where) {
    if (const text::Value* field = from.find("fieldRef"); field && field->is_map())
      return field_of_pod(pod_, field->string_at("fieldPath"), FieldUse::kEnv, around_,
                          where + ".fieldRef.fieldPath");
    if (const text::Value* resource = from.find("resourceFieldRef"); resource && resource->is_map())
      return resource_of_container(pod_, *resource, container_.string_at("name"), around_,
                                   where + ".resourceFieldRef");
    if (const text::Value* key = from.find("configMapKeyRef"); key && key->is_map())
      return value_of_key(DataKind::kConfigMap, *key, where + ".configMapKeyRef");
    if (const text::Value* key = from.find("secretKeyRef"); key && key->is_map())
      return value_of_key(DataKind::kSecret, *key, where + ".secretKeyRef");
    std::string kind = from.is_map() && !from.as_map().empty() ? from.as_map().begin()->key : "";
    return base::fail(Code::kUnsupported,
                      fmt::format("{}{}{} is not supported", where, kind.empty() ? "" : ".", kind));
  }

  base::Result<std::optional<std::string>> value_of_key(DataKind kind, const text::Value& reference,
                                                        const std::string& where) {
    const auto data = read(kind, reference);
    if (!data) return base::fail(data.error().code, where + ": " + data.error().text);
    if (!*data) return std::nullopt;
    const std::string key(reference.string_at("key"));
    if (const auto value = (*data)->find(key); value != (*data)->end()) return value->second;
    if (is_optional(reference)) return std::nullopt;
    return base::fail(Code::kNotFound,
                      fmt::format("{}: {} \"{}\" has no key \"{}\"", where, word_of(kind),
                                  reference.string_at("name"), key));
  }

  base::Status set(const std::string& name, std::string_view value, const std::string& where) {
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
      return base::fail(Code::kInvalid,
                        fmt::format("{}: \"{}\" cannot be the name of a variable", where, name));
    if (value.find('\0') != std::string_view::npos)
      return base::fail(Code::kInvalid,
                        fmt::format("{}: the value of \"{}\" holds a zero byte", where, name));
    std::string row = fmt::format("{}={}", name, value);
    const auto [place, is_new] = places_.try_emplace(name, env_.size());
    if (is_new)
      env_.push_back(std::move(row));
    else
      env_[place->second] = std::move(row);
    return {};
  }

  const text::Value& pod_;
  const text::Value& container_;
  const PodSurroundings& around_;
  std::map<std::pair<DataKind, std::string>, base::Result<Data>> read_;
  std::vector<std::string> env_;
  std::map<std::string, size_t> places_;
};

}  // namespace

std::string expand_references(std::string_view text, const std::vector<std::string>& env) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '$' || (next != '$' && next != '(')) {
      out += text[i];
      continue;
    }
    if (next == '$') {
      out += '$';
      ++i;
      continue;
    }
    const size_t end = text.find(')', i);
    bool found = false;
    std::string_view value;
    if (end != std::string_view::npos)
      value = find_value(env, text.substr(i + 2, end - i - 2), &found);
    if (!found) {
      // Kept as it is: it may be the shell's.
      out += text.substr(i, end == std::string_view::npos ? 2 : end - i + 1);
      i = end == std::string_view::npos ? i + 1 : end;
      continue;
    }
    out += value;
    i = end;
  }
  return out;
}

base::Result<std::vector<std::string>> container_env(const text::Value& pod,
                                                     const text::Value& container,
                                                     const PodSurroundings& around) {
  Environment env(pod, container, around);
  const std::string_view name = container.string_at("name");
  const auto each = [&](const char* list, auto add) -> base::Status {
    const text::Value* rows = container.find(list);
    if (!rows || !rows->is_list()) return {};
    for (size_t i = 0; i < rows->as_list().size(); ++i) {
      const std::string where = fmt::format("container \"{}\": {}[{}]", name, list, i);
      if (auto added = add(rows->as_list()[i], where); !added) return added;
    }
    return {};
  };
  const auto from = each("envFrom", [&](const text::Value& row, const std::string& where) {
    return env.add_from(row, where);
  });
  if (!from) return tl::unexpected(from.error());
  const auto own = each(
      "env", [&](const text::Value& row, const std::string& where) { return env.add(row, where); });
  if (!own) return tl::unexpected(own.error());
  return std::move(env).take();
}

}  // namespace runtime

#include "runtime/pod_reader.h"

#include <algorithm>

namespace runtime {
namespace {

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

}  // namespace

const text::Value* PodReader::member(const text::Value& map, std::string_view key) {
  const text::Value* const found = map.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void PodReader::refuse(base::Code code, const std::string& path, std::string_view why) {
  if (!error_) error_ = base::Error{code, path + ": " + std::string(why)};
}

std::string PodReader::text(const text::Value& map, std::string_view key, const std::string& path) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return {};
  if (found->is_string()) return found->as_string();
  refuse(base::Code::kInvalid, join(path, key), "expected a string");
  return {};
}

std::optional<int64_t> PodReader::number(const text::Value& map, std::string_view key,
                                         const std::string& path) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return std::nullopt;
  const std::optional<int64_t> value = found->is_number() ? found->to_int() : std::nullopt;
  if (!value) refuse(base::Code::kInvalid, join(path, key), "expected a whole number");
  return value;
}

std::optional<bool> PodReader::boolean(const text::Value& map, std::string_view key,
                                       const std::string& path) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return std::nullopt;
  if (found->is_bool()) return found->as_bool();
  refuse(base::Code::kInvalid, join(path, key), "expected true or false");
  return std::nullopt;
}

std::optional<std::vector<std::string>> PodReader::texts(const text::Value& map,
                                                         std::string_view key,
                                                         const std::string& path) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return std::nullopt;
  std::vector<std::string> out;
  if (!found->is_list()) {
    refuse(base::Code::kInvalid, join(path, key), "expected a list of strings");
    return out;
  }
  for (const text::Value& item : found->as_list()) {
    if (!item.is_string()) refuse(base::Code::kInvalid, join(path, key), "expected strings");
    out.push_back(item.is_string() ? item.as_string() : std::string());
  }
  return out;
}

void PodReader::each(const text::Value& map, std::string_view key, const std::string& path,
                     const std::function<void(const text::Value&, const std::string&)>& visit) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return;
  const std::string list = join(path, key);
  if (!found->is_list()) return refuse(base::Code::kInvalid, list, "expected a list");
  for (size_t i = 0; i < found->as_list().size(); ++i) {
    const text::Value& item = found->as_list()[i];
    const std::string here = list + "[" + std::to_string(i) + "]";
    if (item.is_map())
      visit(item, here);
    else
      refuse(base::Code::kInvalid, here, "expected a map");
  }
}

std::string PodReader::text_or_number(const text::Value& map, std::string_view key,
                                      const std::string& path) {
  const text::Value* const found = member(map, key);
  if (found == nullptr) return {};
  if (found->is_string() || found->is_number()) return found->to_any_string();
  refuse(base::Code::kInvalid, join(path, key), "expected a string or a number");
  return {};
}

void PodReader::known(const text::Value& map, const std::string& path,
                      std::initializer_list<std::string_view> keys) {
  if (!map.is_map()) return;
  for (const auto& [key, place, value] : map.as_map())
    if (!value.is_null() && std::find(keys.begin(), keys.end(), key) == keys.end())
      refuse(base::Code::kUnsupported, join(path, key), "not supported by the node agent");
}

}  // namespace runtime

#include "play/reader.h"

#include <algorithm>

#include "text/quantity.h"

namespace play {

using text::Value;

Reader::Reader(const Value& map, std::string_view file, std::string path, base::Diagnostics& found)
    : map_(map), file_(file), path_(std::move(path)), found_(found) {
  if (!map.is_map()) report(map, path_, "expected a map, not " + std::string(map.kind_name()));
}

Reader::~Reader() {
  if (!map_.is_map()) return;
  for (const text::Member& member : map_.as_map()) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    const std::string near = base::nearest(member.key, known_);
    found_.push_back({base::Severity::kError,
                      "unknown-field",
                      {std::string(file_), member.key_place.line, member.key_place.column},
                      path_of(member.key),
                      "unknown field \"" + member.key + "\"",
                      near.empty() ? "" : "did you mean \"" + near + "\"?"});
  }
}

std::string Reader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Reader::report(const Value& at, std::string path, std::string text, std::string hint) {
  found_.push_back({base::Severity::kError,
                    "wrong-type",
                    {std::string(file_), at.place.line, at.place.column},
                    std::move(path),
                    std::move(text),
                    std::move(hint)});
}

const Value* Reader::any(std::string_view name) {
  known_.push_back(name);
  const Value* value = map_.find(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

const Value* Reader::list(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr || value->is_list()) return value;
  report(*value, path_of(name), "expected a list, not " + std::string(value->kind_name()));
  return nullptr;
}

const Value* Reader::map(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr || value->is_map()) return value;
  report(*value, path_of(name), "expected a map, not " + std::string(value->kind_name()));
  return nullptr;
}

std::optional<std::string> Reader::optional_text(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr) return std::nullopt;
  return value->to_any_string();
}

std::string Reader::text(std::string_view name, std::string_view without) {
  return optional_text(name).value_or(std::string(without));
}

std::optional<int64_t> Reader::whole(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (const auto number = value->to_int()) return number;
  report(*value, path_of(name), "expected a whole number");
  return std::nullopt;
}

std::optional<bool> Reader::boolean(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->as_bool();
  report(*value, path_of(name), "expected true or false");
  return std::nullopt;
}

std::optional<base::Duration> Reader::duration(std::string_view name) {
  const Value* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (const auto read = text::parse_duration_or_seconds(value->to_any_string());
      read && read->ns >= 0)
    return *read;
  report(*value, path_of(name), "expected a duration", "as 30s, 1h30m, or a number of seconds");
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Reader::texts(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> out;
  if (const Value* value = map(name))
    for (const text::Member& member : value->as_map())
      out.emplace_back(member.key, member.value.to_any_string());
  return out;
}

std::string Reader::word(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto given = optional_text(name);
  if (!given) return std::string(*words.begin());
  if (std::find(words.begin(), words.end(), *given) != words.end()) return *given;
  std::string all;
  for (const std::string_view one : words) all += (all.empty() ? "" : ", ") + std::string(one);
  report(*map_.find(name), path_of(name), "unknown word \"" + *given + "\"", "one of " + all);
  return std::string(*words.begin());
}

}  // namespace play

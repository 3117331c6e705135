#include "text/json_scan.h"

#include <algorithm>
#include <cstdint>

#include "text/json_plain.h"

namespace text {

JsonScan::JsonScan(std::string_view source) : source_(source) {
  skip_blanks();
  if (at_ >= source_.size()) return;
  if (source_[at_] == '{') close_ = '}';
  if (source_[at_] == '[') close_ = ']';
  ++at_;
}

void JsonScan::skip_blanks() {
  at_ = std::min(source_.find_first_not_of(" \t\r\n", at_), source_.size());
}

// At the opening quote; behind the closing one afterwards.
bool JsonScan::skip_string() {
  for (++at_;;) {
    at_ = find_not_plain(source_, at_);
    if (at_ >= source_.size()) return false;
    const char c = source_[at_++];
    if (c == '"') return true;
    if (c == '\\') ++at_;
  }
}

bool JsonScan::skip_value() {
  for (int depth = 0; at_ < source_.size();) {
    const char c = source_[at_];
    if (c == '"') {
      if (!skip_string()) return false;
      if (depth == 0) return true;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return true;
    ++at_;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

bool JsonScan::next(std::string_view& key, std::string_view& value) {
  skip_blanks();
  if (close_ == 0 || at_ >= source_.size() || source_[at_] == close_) return false;
  if (source_[at_] == ',') {
    ++at_;
    skip_blanks();
  }
  key = {};
  if (close_ == '}') {
    const size_t from = at_ + 1;
    if (at_ >= source_.size() || source_[at_] != '"' || !skip_string()) return false;
    key = source_.substr(from, at_ - 1 - from);
    skip_blanks();
    if (at_ >= source_.size() || source_[at_] != ':') return false;
    ++at_;
    skip_blanks();
  }
  const size_t from = at_;
  if (!skip_value()) return false;
  value = source_.substr(from, at_ - from);
  while (!value.empty() && value.back() <= ' ') value.remove_suffix(1);
  return true;
}

std::string_view json_member(std::string_view source, std::string_view key) {
  JsonScan members(source);
  std::string_view name, value;
  if (!members.is_map()) return {};
  while (members.next(name, value))
    if (name == key) return value;
  return {};
}

std::string with_json_members(
    std::string_view source,
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string out;
  size_t size = source.size();
  for (const auto& [key, value] : members) size += key.size() + value.size() + 4;
  out.reserve(size);
  const auto add = [&](std::string_view key, std::string_view value) {
    out.append(out.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
  };
  uint32_t placed = 0;  // a bit a member
  std::string_view key, value;
  for (JsonScan scan(source); scan.next(key, value);) {
    uint32_t bit = 1;
    for (const auto& [name, other] : members) {
      if (name == key) value = other, placed |= bit;
      bit <<= 1;
    }
    add(key, value);
  }
  uint32_t bit = 1;
  for (const auto& [name, other] : members) {
    if ((placed & bit) == 0) add(name, other);
    bit <<= 1;
  }
  return out.empty() ? "{}" : out + "}";
}

std::string_view json_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return {};
  return value.substr(1, value.size() - 2);
}

}  // namespace text

#include "text/json_scan.h"

#include <algorithm>

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

}  // namespace text

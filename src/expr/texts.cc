// Go's strings package, as far as functions need it.
#include <algorithm>

#include "expr/builtins.h"
#include "expr/unicode.h"
#include "text/utf8.h"

namespace expr {
namespace {

size_t rune_length(std::string_view text, size_t at) {
  return std::max<size_t>(text::utf8_length(text, at), 1);
}

}  // namespace

std::string trim_space(std::string_view text) {
  size_t begin = 0, end = 0;
  for (size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    if (!is_space(rune.code)) {
      end = at + rune.size;
    } else if (end == 0) {
      begin = at + rune.size;
    }
    at += rune.size;
  }
  return end == 0 ? std::string() : std::string(text.substr(begin, end - begin));
}

std::string trim_set(std::string_view text, std::string_view set) {
  const auto in_set = [&](std::string_view rune) {
    return set.find(rune) != std::string_view::npos;
  };
  while (!text.empty()) {
    const size_t length = rune_length(text, 0);
    if (!in_set(text.substr(0, length))) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && (text[start] & 0xC0) == 0x80) --start;
    if (!in_set(text.substr(start))) break;
    text.remove_suffix(text.size() - start);
  }
  return std::string(text);
}

std::vector<Value> split_text(std::string_view text, std::string_view separator, int64_t limit,
                              bool keep) {
  std::vector<Value> parts;
  if (limit == 0) return parts;
  const auto room = [&] { return limit < 0 || static_cast<int64_t>(parts.size()) < limit - 1; };
  if (separator.empty()) {
    while (!text.empty()) {
      const size_t length = room() ? rune_length(text, 0) : text.size();
      parts.emplace_back(text.substr(0, length));
      text.remove_prefix(length);
    }
    return parts;
  }
  while (room()) {
    const size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, at + (keep ? separator.size() : 0)));
    text.remove_prefix(at + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::string replace_text(std::string_view text, std::string_view from, std::string_view to,
                         int64_t limit) {
  std::string out;
  size_t at = 0;
  while (limit != 0) {
    if (from.empty()) {  // before each rune, and at the end
      out += to;
      --limit;
      if (at == text.size()) return out;
      const size_t length = rune_length(text, at);
      out += text.substr(at, length);
      at += length;
      continue;
    }
    const size_t found = text.find(from, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
    --limit;
  }
  return out += text.substr(at);
}

size_t count_runes(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); i += rune_length(text, i)) ++count;
  return count;
}

}  // namespace expr

// Go's strings package, as far as functions need it.
#include <algorithm>

#include "expr/builtins.h"
#include "text/utf8.h"

namespace expr {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t rune_length(std::string_view text, size_t at) {
  return std::max<size_t>(text::utf8_length(text, at), 1);
}

// Maps Latin-1, Greek and Cyrillic letters besides ASCII; the rest keeps its case.
uint32_t other_case(uint32_t code, bool upper) {
  if (code < 0x80) {
    if (upper) return code >= 'a' && code <= 'z' ? code - 32 : code;
    return code >= 'A' && code <= 'Z' ? code + 32 : code;
  }
  const auto shifted = [&](uint32_t low, uint32_t high, uint32_t distance) -> uint32_t {
    if (upper && code >= low + distance && code <= high + distance) return code - distance;
    if (!upper && code >= low && code <= high) return code + distance;
    return 0;
  };
  if (code == 0xD7 || code == 0xF7) return code;
  if (const uint32_t latin = shifted(0xC0, 0xDE, 0x20)) return latin;
  if (const uint32_t greek = shifted(0x391, 0x3A9, 0x20)) return greek;
  if (const uint32_t cyrillic = shifted(0x410, 0x42F, 0x20)) return cyrillic;
  if (const uint32_t cyrillic = shifted(0x400, 0x40F, 0x50)) return cyrillic;
  if (code >= 0x100 && code <= 0x137) return upper ? code & ~1u : code | 1u;
  return code;
}

std::string with_case(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = text::utf8_length(text, i);
    if (length <= 1) {
      out += length == 0
                 ? text[i]
                 : static_cast<char>(other_case(static_cast<unsigned char>(text[i]), upper));
      ++i;
      continue;
    }
    uint32_t code = static_cast<unsigned char>(text[i]) & (0x7Fu >> length);
    for (size_t k = 1; k < length; ++k)
      code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    text::append_utf8(out, other_case(code, upper));
    i += length;
  }
  return out;
}

}  // namespace

std::string trim_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
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

std::string upper_case(std::string_view text) { return with_case(text, true); }
std::string lower_case(std::string_view text) { return with_case(text, false); }

size_t count_runes(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); i += rune_length(text, i)) ++count;
  return count;
}

}  // namespace expr

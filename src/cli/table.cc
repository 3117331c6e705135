#include "cli/table.h"

#include <algorithm>

namespace cli {
namespace {

bool continues_character(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// The offset behind an ANSI sequence that begins at `at`, or `at` itself.
size_t behind_colour(std::string_view text, size_t at) {
  if (text[at] != '\x1b' || at + 1 >= text.size() || text[at + 1] != '[') return at;
  const size_t end = text.find('m', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

size_t shown_width(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t next = behind_colour(text, at);
    if (next != at) {
      at = next;
      continue;
    }
    if (!continues_character(text[at])) ++width;
    ++at;
  }
  return width;
}

std::string cut_to_width(std::string_view text, size_t width) {
  if (shown_width(text) <= width) return std::string(text);
  std::string out;
  bool coloured = false;
  size_t shown = 0;
  for (size_t at = 0; at < text.size();) {
    if (const size_t next = behind_colour(text, at); next != at) {
      out += text.substr(at, next - at);
      coloured = true;
      at = next;
      continue;
    }
    if (!continues_character(text[at]) && ++shown > width) break;
    out += text[at++];
  }
  return coloured ? out + "\x1b[0m" : out;
}

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], shown_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    size_t last = row.size();
    while (last > 0 && row[last - 1].empty()) --last;
    for (size_t i = 0; i < last; ++i) {
      out += row[i];
      if (i + 1 < last) out.append(widths[i] - shown_width(row[i]) + gap_, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace cli

#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace base {
namespace {

constexpr size_t kWidest = 160;  // columns of source shown; a longer line is cut around the place

std::string_view line_of(std::string_view source, uint32_t line) {
  for (; line > 1; --line) {
    const size_t end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  source = source.substr(0, source.find('\n'));
  if (source.ends_with('\r')) source.remove_suffix(1);
  return source;
}

bool continues_character(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Columns count characters, bytes are what the line has: the byte where the column begins.
size_t byte_of_column(std::string_view line, uint32_t column) {
  size_t at = 0;
  for (uint32_t left = column; at < line.size(); ++at) {
    if (continues_character(line[at])) continue;
    if (--left == 0) break;
  }
  return at;
}

// Terminals act on control characters; the source may hold any.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

// The line and a caret, both indented by four.
std::string excerpt(const Diagnostic& finding, std::string_view source, std::string_view on,
                    std::string_view off) {
  std::string_view line = line_of(source, finding.where.line);
  size_t at = byte_of_column(line, std::max<uint32_t>(finding.where.column, 1));
  if (line.size() > kWidest) {
    size_t from = at > kWidest / 2 ? at - kWidest / 2 : 0;
    while (from > 0 && continues_character(line[from])) --from;
    size_t to = std::min(line.size(), from + kWidest);
    while (to < line.size() && continues_character(line[to])) ++to;
    line = line.substr(from, to - from);
    at -= from;
  }
  // Leading blanks say nothing once the column is told.
  const size_t blanks = std::min({line.find_first_not_of(" \t"), at, line.size()});
  line.remove_prefix(blanks);
  const std::string pad(characters(line.substr(0, at - blanks)), ' ');
  std::string out = fmt::format("    {}\n    {}{}^{}", printable(line), pad, on, off);
  if (!finding.hint.empty()) out += " " + finding.hint;
  return out + "\n";
}

// Edit distance with swaps of neighbours as one step (optimal string alignment).
size_t distance(std::string_view a, std::string_view b) {
  constexpr size_t kMost = 64;  // field names are short; nothing longer is a typing mistake
  if (a.size() > kMost || b.size() > kMost) return std::numeric_limits<size_t>::max();
  std::array<std::array<size_t, kMost + 1>, kMost + 1> table;
  for (size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string render(const Diagnostic& finding, std::string_view source, bool color) {
  const bool error = finding.severity == Severity::kError;
  const std::string_view on = !color ? "" : error ? "\x1b[31m" : "\x1b[33m";
  const std::string_view off = color ? "\x1b[0m" : "";
  const Where& where = finding.where;
  std::string out = where.file;
  if (where.line != 0) {
    if (!out.empty()) out += ":";
    out += fmt::format("{}:{}", where.line, where.column);
  }
  if (!out.empty()) out += ": ";
  out += fmt::format("{}{}:{} {}", on, error ? "error" : "warning", off, finding.text);
  if (!finding.rule.empty()) out += fmt::format(" [{}]", finding.rule);
  out += "\n";
  const bool shown = where.line != 0 && !line_of(source, where.line).empty();
  if (shown)
    out += excerpt(finding, source, on, off);
  else if (!finding.hint.empty())
    out += fmt::format("    {}\n", finding.hint);
  return out;
}

void sort_by_place(Diagnostics& found, size_t first) {
  std::stable_sort(found.begin() + static_cast<ptrdiff_t>(first), found.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.where.line, a.where.column) <
                            std::pair(b.where.line, b.where.column);
                   });
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string small = lower(word);
  std::string_view best;
  // One mistake in three characters; a word of two may be off by one ("on" for "in").
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate == word) continue;
    // A slip of the case alone counts half: it wins over any other candidate.
    const size_t steps = distance(small, lower(candidate));
    if (steps >= least || steps >= std::max(word.size(), candidate.size())) continue;
    least = steps;
    best = candidate;
  }
  return std::string(best);
}

}  // namespace base

#include "text/yaml_tabs.h"

#include <algorithm>
#include <vector>

namespace text {
namespace {

constexpr size_t kStep = 2;

// Where the line (from 1) begins, or npos when there are not so many.
size_t begin_of(std::string_view source, uint32_t line) {
  size_t at = 0;
  for (; line > 1; --line) {
    at = source.find('\n', at);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

struct Line {
  size_t indent = 0;  // blanks
  std::string_view content;
  explicit Line(std::string_view text) {
    indent = std::min(text.find_first_not_of(' '), text.size());
    content = text.substr(indent);
    content = content.substr(0, content.find_last_not_of(" \r\n") + 1);
  }
  bool says_nothing() const { return content.empty() || content.starts_with('#'); }
  bool has_tab() const { return content.starts_with('\t'); }
  bool is_item() const { return content.starts_with("- "); }
  // What follows stands further in.
  bool opens() const {
    return content.ends_with(':') || content.ends_with('|') || content.ends_with('>');
  }
  // Where the keys of its map stand.
  size_t inner() const { return indent + (is_item() ? kStep : 0); }
};

Line line_at(std::string_view text, size_t begin) {
  return Line(text.substr(begin, text.find('\n', begin) - begin));
}

// The first line that says something behind this one, or an empty one.
Line next_line(std::string_view text, size_t begin) {
  for (;;) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return Line("");
    if (const Line line = line_at(text, ++begin); !line.says_nothing()) return line;
  }
}

// Where the entries of lists stand that may go on here, the innermost first.
std::vector<size_t> items_before(std::string_view text, size_t begin) {
  std::vector<size_t> out;
  for (size_t at = begin; at > 0 && (out.empty() || out.back() > 0);) {
    at = at < 2 ? 0 : text.rfind('\n', at - 2) + 1;
    const Line line = line_at(text, at);
    if (line.is_item() && (out.empty() || line.indent < out.back())) out.push_back(line.indent);
  }
  return out;
}

Line line_before(std::string_view text, size_t begin) {
  for (size_t at = begin; at > 0;) {
    at = at < 2 ? 0 : text.rfind('\n', at - 2) + 1;
    if (const Line line = line_at(text, at); !line.says_nothing()) return line;
  }
  return Line("");
}

// Its own words say whether it is an entry of a list or opens something; the lines before and
// behind it say where those stand.
size_t fitting_indentation(std::string_view text, size_t begin, size_t content) {
  const Line mine = line_at(text, content);
  const Line before = line_before(text, begin), next = next_line(text, begin);
  const bool next_counts = !next.content.empty() && !next.has_tab();
  if (before.opens()) {
    const bool next_is_beside = next_counts && next.indent > before.inner() && !mine.opens();
    return next_is_beside ? next.indent : before.inner() + kStep;
  }
  if (!mine.is_item()) return before.inner();
  if (next_counts && next.is_item()) return next.indent;
  const std::vector<size_t> items = items_before(text, begin);
  for (const size_t item : items)
    if (next_counts && item + kStep == next.indent) return item;  // the next line is its own
  return items.empty() ? before.inner() : items.front();
}

}  // namespace

uint32_t indenting_tab(std::string_view source, uint32_t line) {
  const size_t begin = begin_of(source, line);
  if (begin == std::string_view::npos) return 0;
  const Line found = line_at(source, begin);
  return found.has_tab() ? static_cast<uint32_t>(found.indent + 1) : 0;
}

void TabMender::mend(uint32_t line) {
  const size_t begin = begin_of(text_, line);
  const size_t content = std::min(text_.find_first_not_of(" \t", begin), text_.size());
  const std::string had = text_.substr(begin, content - begin);
  const auto known = widths_.find(had);
  const size_t width =
      known != widths_.end() ? known->second : fitting_indentation(text_, begin, content);
  widths_.emplace(had, width);
  text_.replace(begin, had.size(), std::string(width, ' '));
  lines_[line] = {static_cast<uint32_t>(had.size()), static_cast<uint32_t>(width)};
}

Place TabMender::original(Place place) const {
  const auto found = lines_.find(place.line);
  if (found == lines_.end() || place.column <= found->second.after) return place;
  place.column = place.column - found->second.after + found->second.before;
  return place;
}

}  // namespace text

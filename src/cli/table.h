// table.h — columns of text, aligned by what a terminal shows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Columns that a string takes on a terminal: characters, without ANSI colours.
size_t shown_width(std::string_view text);
// Cut to `width` columns; colours stay whole and are ended.
std::string cut_to_width(std::string_view text, size_t width);

class Table {
 public:
  explicit Table(size_t gap) : gap_(gap) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void add_blank_line() { rows_.emplace_back(); }
  // Every column as wide as its widest cell and the gap; no blanks at the ends of lines.
  std::string text() const;

 private:
  size_t gap_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cli

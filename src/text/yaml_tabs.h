// yaml_tabs.h — tabs in the indentation of YAML, which it does not know: found, and for the sake of
// the mistakes behind them taken for blanks.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "text/value.h"

namespace text {

// The column of the first tab in the indentation of the line, both counted from 1; 0 for none.
uint32_t indenting_tab(std::string_view source, uint32_t line);

// A text whose lines are mended one by one, from the first to the last.
class TabMender {
 public:
  explicit TabMender(std::string_view source) : text_(source) {}

  const std::string& text() const { return text_; }
  // Gives the line, which has an indenting tab, the indentation that fits the lines around it.
  void mend(uint32_t line);
  // Where a place of text() is in the source.
  Place original(Place place) const;

 private:
  struct Mended {
    uint32_t before, after;  // width of the indentation
  };

  std::string text_;
  std::map<uint32_t, Mended> lines_;
  std::map<std::string, size_t, std::less<>> widths_;  // what an indentation was mended to
};

}  // namespace text

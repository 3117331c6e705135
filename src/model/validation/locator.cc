#include "model/validation/locator.h"

#include <algorithm>

namespace model {

namespace {

// Columns count characters.
bool continues_character(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

}  // namespace

size_t Locator::begin_of(uint32_t line) {
  if (lines_.empty()) {
    lines_.push_back(0);
    for (size_t at = source_.find('\n'); at != std::string_view::npos;
         at = source_.find('\n', at + 1))
      lines_.push_back(at + 1);
  }
  return line == 0 || line > lines_.size() ? source_.size() : lines_[line - 1];
}

text::Place Locator::place_of(size_t at) {
  const auto line = std::upper_bound(lines_.begin(), lines_.end(), at) - 1;
  uint32_t column = 1;
  for (size_t i = *line; i < at; ++i) column += !continues_character(source_[i]);
  return {static_cast<uint32_t>(line - lines_.begin() + 1), column};
}

text::Place Locator::find(text::Place start, std::string_view word, size_t reach, size_t offset) {
  word = word.substr(0, word.find('\n'));
  if (source_.empty() || start.line == 0 || word.empty()) return start;
  size_t from = begin_of(start.line);
  for (uint32_t column = 1; column < start.column && from < source_.size(); ++from)
    if (from + 1 >= source_.size() || !continues_character(source_[from + 1])) ++column;
  if (from >= source_.size()) return start;
  const size_t at = source_.substr(from, reach + word.size()).find(word);
  if (at == std::string_view::npos) return start;
  return place_of(from + at + std::min(offset, word.size()));
}

}  // namespace model

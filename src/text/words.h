// words.h — texts of words with blanks between them, as tables of rows hold them.
#pragma once
#include <algorithm>
#include <string_view>

namespace text {

// The first word, which `words` loses. "" when there is none.
inline std::string_view take_word(std::string_view& words) {
  const size_t end = std::min(words.find(' '), words.size());
  const std::string_view word = words.substr(0, end);
  words.remove_prefix(std::min(end + 1, words.size()));
  return word;
}

}  // namespace text

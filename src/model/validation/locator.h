// locator.h — from a place in a file and a word to where the word stands.
//
// A Value knows where its string begins, but not where each of its characters came from: quotes,
// escapes and block scalars stand between. The word is looked for in the text from there on.
#pragma once
#include <string_view>
#include <vector>

#include "text/value.h"

namespace model {

class Locator {
 public:
  // Without a text every place stays as it is. The text must live as long as this.
  explicit Locator(std::string_view source) : source_(source) {}

  // Where the first line of `word` stands, looked for in the `reach` bytes from `start` on; `start`
  // when it is not there. `offset` bytes further where that is in the same line of the word.
  text::Place find(text::Place start, std::string_view word, size_t reach, size_t offset = 0);

 private:
  size_t begin_of(uint32_t line);
  text::Place place_of(size_t at);

  std::string_view source_;
  std::vector<size_t> lines_;  // where each begins; made when the first place is asked for
};

}  // namespace model

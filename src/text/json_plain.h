// json_plain.h — the quick part of reading strings of JSON. Internal to text/.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace text {

// Where the first quote, backslash or control character stands, from `at` on; else the text's end.
inline size_t find_not_plain(std::string_view source, size_t at) {
  constexpr uint64_t kOnes = 0x0101010101010101ull, kHighs = 0x8080808080808080ull;
  // Eight at a time: the lowest marked byte is the first that is less than 0x20, `"` or `\`.
  while (at + sizeof(uint64_t) <= source.size()) {
    uint64_t eight;
    std::memcpy(&eight, source.data() + at, sizeof eight);
    const uint64_t quote = eight ^ (kOnes * '"'), backslash = eight ^ (kOnes * '\\');
    const uint64_t marks = ((eight - kOnes * 0x20) & ~eight) | ((quote - kOnes) & ~quote) |
                           ((backslash - kOnes) & ~backslash);
    if ((marks & kHighs) != 0) return at + static_cast<size_t>(__builtin_ctzll(marks & kHighs) / 8);
    at += sizeof eight;
  }
  for (; at < source.size(); ++at) {
    const char c = source[at];
    if (c == '"' || c == '\\' || static_cast<uint8_t>(c) < 0x20) return at;
  }
  return source.size();
}

}  // namespace text

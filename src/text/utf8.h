// utf8.h — checks and writes UTF-8.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace text {

// How many bytes the character at `at` has; 0 when there is no valid one (overlong, surrogate,
// beyond U+10FFFF, cut off).
size_t utf8_length(std::string_view text, size_t at);
// Nothing but bytes below 0x80?
bool is_ascii(std::string_view text);
// The offset of the first byte that is no valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);
// Each byte that is no valid UTF-8 becomes U+FFFD.
std::string valid_utf8(std::string_view text);
// `code` is at most 0x10FFFF; a surrogate becomes U+FFFD.
void append_utf8(std::string& out, uint32_t code);

}  // namespace text

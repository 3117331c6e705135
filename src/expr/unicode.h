// unicode.h — what letters are, and their other case, beyond ASCII too: as Go's unicode package.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace expr {

// One character of a text; a byte that begins none counts as U+FFFD of one byte.
struct Rune {
  uint32_t code = 0;
  size_t size = 0;  // bytes in the text
};
Rune rune_at(std::string_view text, size_t at);

bool is_space(uint32_t code);
bool is_upper(uint32_t code);
bool is_lower(uint32_t code);
bool is_letter(uint32_t code);
bool is_number(uint32_t code);
bool is_punctuation(uint32_t code);  // without symbols: "$", "+", "<", …
bool is_printable(uint32_t code);    // of spaces only U+0020
uint32_t to_upper(uint32_t code);
uint32_t to_lower(uint32_t code);

// Every character with the case changed.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
// strconv.Quote: in double quotes, what is not printable as an escape.
std::string go_quoted(std::string_view text);

}  // namespace expr

// word_case.h — names written in other styles, as xstrings does: "HTTPServer" is "http_server".
#pragma once
#include <string>
#include <string_view>

namespace expr {

// Words in lower case with `joint` between them: at "-", "_" and spaces, where a capital begins a
// word, before numbers that letters follow.
std::string words_joined(std::string_view text, char joint);
// Words with a capital first, without what stood between them.
std::string pascal_case(std::string_view text);

}  // namespace expr

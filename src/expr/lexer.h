// lexer.h — splits an expression into tokens with their places.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/ast.h"

namespace expr {

struct Token {
  enum class Kind : uint8_t { kEnd, kIdentifier, kNumber, kString, kBytes, kOperator, kBracket };
  Kind kind = Kind::kEnd;
  std::string text;  // strings: their value; numbers: as written
  Place place;
  uint32_t end = 0;  // the byte behind it

  bool is(Kind k, std::string_view t) const { return kind == k && text == t; }
};

// The tokens, kEnd as the last one. Errors are kInvalid with their place.
base::Result<std::vector<Token>> split_expression(std::string_view source);

}  // namespace expr

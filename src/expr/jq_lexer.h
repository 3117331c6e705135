// jq_lexer.h — the words of a jq filter; used by jq_parse.cc alone.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace expr {

struct JqToken {
  enum class Kind : uint8_t {
    kEnd,
    kName,      // reduce, map, a::b
    kVariable,  // $x: "x"
    kField,     // .x: "x"
    kNumber,
    kQuote,   // the " that begins a string
    kFormat,  // @base64
    kSymbol,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;
  size_t at = 0;  // offset in the source

  bool is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == Kind::kName && text == word; }
};

class JqLexer {
 public:
  explicit JqLexer(std::string_view source) : source_(source) {}

  base::Result<JqToken> next();
  // The text of a string up to its end or to "\(": `hole` says which. The place is inside of one.
  base::Result<std::string> string_part(bool& hole);
  tl::unexpected<base::Error> fail(std::string text, size_t at) const;

 private:
  void skip_space();
  base::Result<bool> escape(std::string& out);
  std::string_view source_;
  size_t at_ = 0;
};

}  // namespace expr

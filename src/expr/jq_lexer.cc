#include "expr/jq_lexer.h"

#include <charconv>

#include "text/utf8.h"

namespace expr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_first(char c) { return c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
bool is_word(char c) { return is_first(c) || is_digit(c); }

// Longest first.
constexpr std::string_view kSymbols[] = {"?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==",
                                         "!=",  "<=",  ">=", "//", "..", "|",  ",",  "=",  "<",
                                         ">",   "+",   "-",  "*",  "/",  "%",  ".",  "[",  "]",
                                         "{",   "}",   "(",  ")",  ":",  ";",  "?"};

}  // namespace

tl::unexpected<base::Error> JqLexer::fail(std::string text, size_t at) const {
  return base::fail(base::Code::kInvalid, "jq: " + std::move(text),
                    {.file = {}, .line = 1, .column = static_cast<uint32_t>(at + 1)});
}

void JqLexer::skip_space() {
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == '#')
      at_ = std::min(source_.find('\n', at_), source_.size());
    else if (c == ' ' || (c >= '\t' && c <= '\r'))
      ++at_;
    else
      return;
  }
}

base::Result<JqToken> JqLexer::next() {
  using Kind = JqToken::Kind;
  skip_space();
  const size_t start = at_;
  if (start == source_.size()) return JqToken{Kind::kEnd, {}, start};
  const auto rest = source_.substr(start);
  const auto words = [&](size_t from) {
    while (from < rest.size() && is_word(rest[from])) ++from;
    return from;
  };
  const auto token = [&](Kind kind, size_t skip, size_t length) {
    at_ = start + length;
    return JqToken{kind, rest.substr(skip, length - skip), start};
  };
  const char c = rest[0], second = rest.size() > 1 ? rest[1] : '\0';
  if (is_first(c)) {
    size_t end = words(0);
    while (rest.substr(end).starts_with("::") && end + 2 < rest.size() && is_first(rest[end + 2]))
      end = words(end + 2);
    return token(Kind::kName, 0, end);
  }
  if (c == '$' && is_first(second)) return token(Kind::kVariable, 1, words(1));
  if (c == '@' && is_first(second)) return token(Kind::kFormat, 0, words(1));
  if (c == '.' && is_first(second)) return token(Kind::kField, 1, words(1));
  if (c == '"') return token(Kind::kQuote, 0, 1);
  if (is_digit(c) || (c == '.' && is_digit(second))) {
    size_t end = 0;
    while (end < rest.size() && (is_digit(rest[end]) || rest[end] == '.')) ++end;
    if (end < rest.size() && (rest[end] | 0x20) == 'e') {
      size_t exponent = end + 1;
      if (exponent < rest.size() && (rest[exponent] == '+' || rest[exponent] == '-')) ++exponent;
      if (exponent == rest.size() || !is_digit(rest[exponent])) return fail("bad number", start);
      while (exponent < rest.size() && is_digit(rest[exponent])) ++exponent;
      end = exponent;
    }
    if (end < rest.size() && is_word(rest[end])) return fail("bad number", start);
    return token(Kind::kNumber, 0, end);
  }
  for (const std::string_view symbol : kSymbols)
    if (rest.starts_with(symbol)) return token(Kind::kSymbol, 0, symbol.size());
  return fail("unexpected character", start);
}

// Behind a backslash; true: it began a hole.
base::Result<bool> JqLexer::escape(std::string& out) {
  constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
  if (at_ == source_.size()) return fail("the string has no end", at_);
  const char c = source_[at_++];
  if (c == '(') return true;
  if (const size_t known = kFrom.find(c); known != std::string_view::npos) {
    out += kTo[known];
    return false;
  }
  const auto hex = [&](uint32_t& code) {
    if (source_.size() - at_ < 4) return false;
    const char* from = source_.data() + at_;
    const auto end = std::from_chars(from, from + 4, code, 16);
    at_ += 4;
    return end.ec == std::errc() && end.ptr == from + 4;
  };
  uint32_t code = 0, low = 0;
  if (c != 'u' || !hex(code)) return fail("bad escape in a string", at_ - 1);
  if (code >= 0xD800 && code < 0xDC00 && source_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    if (!hex(low)) return fail("bad escape in a string", at_);
    const bool pair = low >= 0xDC00 && low < 0xE000;
    if (pair) code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  text::append_utf8(out, code);
  return false;
}

base::Result<std::string> JqLexer::string_part(bool& hole) {
  std::string out;
  hole = false;
  for (;;) {
    if (at_ >= source_.size()) return fail("the string has no end", at_);
    const char c = source_[at_++];
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
      continue;
    }
    const auto begins_hole = escape(out);
    if (!begins_hole) return tl::unexpected(begins_hole.error());
    if (*begins_hole) {
      hole = true;
      return out;
    }
  }
}

}  // namespace expr

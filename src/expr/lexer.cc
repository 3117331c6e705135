#include "expr/lexer.h"

#include <algorithm>
#include <array>

#include "expr/unicode.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Kind = Token::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii_word(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '$';
}

constexpr std::array<std::string_view, 11> kWordOperators = {
    "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else", "not"};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  base::Result<std::vector<Token>> split() {
    for (;;) {
      if (auto status = skip(); !status) return tl::unexpected(status.error());
      start_ = at_;
      mark_place();
      if (at_ == source_.size()) break;
      if (auto status = next(); !status) return tl::unexpected(status.error());
    }
    emit(Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  tl::unexpected<base::Error> fail(std::string text) const {
    return base::fail(base::Code::kInvalid, std::move(text),
                      {.file = {}, .line = place_.line, .column = place_.column});
  }
  char peek(size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  char take() {
    const char c = source_[at_++];
    if (c == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++place_.column;
    }
    return c;
  }
  void take(size_t count) {
    while (count-- > 0) take();
  }
  bool accept(std::string_view any) {
    if (at_ == source_.size() || any.find(peek()) == std::string_view::npos) return false;
    take();
    return true;
  }
  void emit(Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), token_place_, static_cast<uint32_t>(at_)});
  }
  void mark_place() {
    token_place_ = place_;
    token_place_.offset = static_cast<uint32_t>(at_);
  }
  // How many bytes a character of a name has here, or a space; 0: it is none.
  size_t word_size() const {
    if (at_ == source_.size()) return 0;
    if (is_ascii(peek())) return is_ascii_word(peek()) ? 1 : 0;
    const Rune rune = rune_at(source_, at_);
    return is_letter(rune.code) || is_number(rune.code) ? rune.size : 0;
  }
  size_t space_size() const {
    if (at_ == source_.size()) return 0;
    const Rune rune =
        is_ascii(peek()) ? Rune{static_cast<unsigned char>(peek()), 1} : rune_at(source_, at_);
    return is_space(rune.code) ? rune.size : 0;
  }
  void take_word() {
    for (size_t size = word_size(); size > 0; size = word_size()) take(size);
  }
  std::string word() const { return std::string(source_.substr(start_, at_ - start_)); }

  // Spaces and comments.
  base::Status skip() {
    for (;;) {
      if (const size_t size = space_size(); size > 0) {
        take(size);
      } else if (peek() == '/' && peek(1) == '/') {
        while (at_ < source_.size() && take() != '\n') {
        }
      } else if (peek() == '/' && peek(1) == '*') {
        take(2);
        while (!(peek() == '*' && peek(1) == '/')) {
          if (at_ == source_.size()) return fail("unclosed comment");
          take();
        }
        take(2);
      } else {
        return {};
      }
    }
  }

  base::Status next() {
    const char c = peek();
    if (c == '\'' || c == '"') return string(Kind::kString);
    if (c == '`') return raw_string();
    if ((c == 'b' || c == 'B') && (peek(1) == '\'' || peek(1) == '"')) {
      take();
      return string(Kind::kBytes);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '#') return pointer();
    if (std::string_view("()[]{}").find(c) != std::string_view::npos) {
      take();
      emit(Kind::kBracket, word());
      return {};
    }
    if (word_size() > 0) {
      take_word();
      const std::string text = word();
      const bool op =
          std::find(kWordOperators.begin(), kWordOperators.end(), text) != kWordOperators.end();
      emit(op ? Kind::kOperator : Kind::kIdentifier, text);
      return {};
    }
    return symbol();
  }

  base::Status symbol() {
    const char c = take();
    switch (c) {
      case '?':
        accept(".?");
        break;
      case '|':
        accept("|");
        break;
      case ':':
        accept(":");
        break;
      case '.':
        accept(".");
        break;
      case '&':
      case '!':
      case '=':
      case '*':
      case '<':
      case '>':
        accept("&=*");
        break;
      case ',':
      case ';':
      case '%':
      case '+':
      case '-':
      case '^':
      case '/':
        break;
      default:
        return fail("unrecognized character \"" + std::string(1, c) + "\"");
    }
    emit(Kind::kOperator, word());
    return {};
  }

  base::Status pointer() {
    take();
    accept("#");
    emit(Kind::kOperator, word());
    start_ = at_;
    mark_place();
    take_word();
    if (at_ > start_) emit(Kind::kIdentifier, word());
    return {};
  }

  base::Status number() {
    std::string_view digits = "0123456789_";
    if (accept("0")) {
      if (accept("xX"))
        digits = "0123456789abcdefABCDEF_";
      else if (accept("oO"))
        digits = "01234567_";
      else if (accept("bB"))
        digits = "01_";
    }
    while (accept(digits)) {
    }
    if (peek() == '.' && peek(1) != '.') {  // two dots are a range
      take();
      while (accept(digits)) {
      }
    }
    if (peek(0) != '.' && accept("eE")) {
      accept("+-");
      while (accept(digits)) {
      }
    }
    if (word_size() > 0) {
      take();
      return fail("bad number syntax: \"" + word() + "\"");
    }
    emit(Kind::kNumber, word());
    return {};
  }

  base::Status raw_string() {
    take();
    std::string out;
    for (;;) {
      if (at_ == source_.size()) return fail("literal not terminated");
      const char c = take();
      if (c == '`' && peek() != '`') break;
      if (c == '`') take();  // two are one
      out += c;
    }
    emit(Kind::kString, std::move(out));
    return {};
  }

  base::Status string(Kind kind) {
    const char quote = take();
    std::string out;
    for (;;) {
      if (at_ == source_.size() || peek() == '\n') return fail("literal not terminated");
      const char c = take();
      if (c == quote) break;
      if (c == '\r') {  // each form of a line's end is one \n
        if (peek() != '\n') out += '\n';
        continue;
      }
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ == source_.size()) return fail("literal not terminated");
      if (auto status = escape(out, quote, kind == Kind::kBytes); !status) return status;
    }
    emit(kind, std::move(out));
    return {};
  }

  base::Status escape(std::string& out, char quote, bool bytes) {
    constexpr std::string_view kFrom = "abfnrtv\\";
    constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\";
    const char c = take();
    if (c == quote) {
      out += c;
      return {};
    }
    if (bytes && (c == 'u' || c == 'U')) return fail("unable to unescape string");
    if (bytes && c == 'x') {
      if (hex_value(peek()) < 0 || hex_value(peek(1)) < 0) return fail("invalid char escape");
      const int high = hex_value(take());
      out += static_cast<char>(high << 4 | hex_value(take()));
      return {};
    }
    if (const size_t at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
      return {};
    }
    if (c == 'u' && peek() == '{') {
      take();
      return code_point(out, 1, 6, true);
    }
    if (c == 'x') return code_point(out, 2, 2, false);
    if (c == 'u') return code_point(out, 4, 4, false);
    if (c == 'U') return code_point(out, 8, 8, false);
    if (c >= '0' && c <= '3') {
      uint32_t code = static_cast<uint32_t>(c - '0');
      for (int i = 0; i < 2; ++i) {
        if (peek() < '0' || peek() > '7') return fail("unable to unescape octal sequence");
        code = code * 8 + static_cast<uint32_t>(take() - '0');
      }
      if (bytes)
        out += static_cast<char>(code);
      else
        text::append_utf8(out, code);
      return {};
    }
    return fail("unable to unescape string");
  }

  base::Status code_point(std::string& out, int min, int max, bool braces) {
    uint32_t code = 0;
    int count = 0;
    while (count < max && hex_value(peek()) >= 0) {
      code = code * 16 + static_cast<uint32_t>(hex_value(take()));
      ++count;
    }
    if (count < min || code > 0x10FFFF || (braces && peek() != '}'))
      return fail("unable to unescape string");
    if (braces) take();
    text::append_utf8(out, code);
    return {};
  }

  std::string_view source_;
  size_t at_ = 0, start_ = 0;
  Place place_, token_place_;
  std::vector<Token> tokens_;
};

}  // namespace

base::Result<std::vector<Token>> split_expression(std::string_view source) {
  return Lexer(source).split();
}

}  // namespace expr

#include "text/json.h"

#include <fmt/format.h>

#include "text/json_plain.h"
#include "text/nesting.h"
#include "text/utf8.h"

namespace text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One line of ASCII, as programs write JSON: the column follows from the offset.
bool is_plain_line(std::string_view source) {
  return source.find('\n') == std::string_view::npos && is_ascii(source);
}

// Turns rising offsets into line and column; each byte is looked at once in all.
class Places {
 public:
  explicit Places(std::string_view source) : source_(source), is_plain_(is_plain_line(source)) {}

  bool is_plain() const { return is_plain_; }

  Place at(size_t offset) {
    if (is_plain_) return {1, static_cast<decltype(now_.column)>(offset + 1)};
    for (; at_ < offset; ++at_) {
      const char c = source_[at_];
      if (c == '\n') {
        ++now_.line;
        now_.column = 1;
      } else if ((static_cast<uint8_t>(c) & 0xC0) != 0x80) {
        ++now_.column;
      }
    }
    return now_;
  }

 private:
  std::string_view source_;
  bool is_plain_;
  size_t at_ = 0;
  Place now_{1, 1};
};

// A recursive reader. Each read_… gives false after it has set error_.
class Reader {
 public:
  Reader(std::string_view source, std::string_view file)
      : source_(source), file_(file), places_(source) {}

  base::Result<Value> read_all() {
    if (!check_utf8()) return base::fail(std::move(error_));
    if (source_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    Value value;
    skip_blanks();
    if (!read(value)) return base::fail(std::move(error_));
    skip_blanks();
    if (at_ < source_.size()) {
      complain(at_, fmt::format("unexpected {} behind the end of the JSON value", here()));
      return base::fail(std::move(error_));
    }
    return value;
  }

  base::Result<Value> read_only(std::string_view key) {
    Value value;
    if (check_utf8() && find_member(key, value)) return value;
    return base::fail(std::move(error_));
  }

 private:
  bool check_utf8() {
    if (places_.is_plain()) return true;
    const size_t bad = find_invalid_utf8(source_);
    return bad == std::string_view::npos || complain(bad, "the text is not valid UTF-8");
  }

  bool complain(size_t offset, std::string message) {
    // From the start: an error may lie before the last place that was asked for.
    const Place place = Places(source_).at(std::min(offset, source_.size()));
    error_ = {
        base::Code::kInvalid, std::move(message), {std::string(file_), place.line, place.column}};
    return false;
  }

  std::string here() const {
    if (at_ >= source_.size()) return "end of the text";
    const auto c = static_cast<uint8_t>(source_[at_]);
    if (c < 0x20 || c == 0x7F) return fmt::format("character 0x{:02x}", c);
    return fmt::format("\"{}\"", source_.substr(at_, utf8_length(source_, at_)));
  }

  char peek() const { return at_ < source_.size() ? source_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
      ++at_;
    }
  }

  bool read(Value& out) {
    const Place place = places_.at(at_);
    const bool good = read_body(out);
    out.place = place;
    return good;
  }

  bool read_body(Value& out) {
    switch (peek()) {
      case '{':
        return read_map(out);
      case '[':
        return read_list(out);
      case '"': {
        out = Value(std::string());
        return read_string(out.as_string());
      }
      case 't':
        return read_word("true", Value(true), out);
      case 'f':
        return read_word("false", Value(false), out);
      case 'n':
        return read_word("null", Value(), out);
      default:
        return read_number(out);
    }
  }

  bool read_word(std::string_view word, Value value, Value& out) {
    if (!source_.substr(at_).starts_with(word))
      return complain(at_, fmt::format("expected a JSON value, found {}", here()));
    at_ += word.size();
    out = std::move(value);
    return true;
  }

  bool read_number(Value& out) {
    const size_t from = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) {
      at_ = from;
      return complain(at_, fmt::format("expected a JSON value, found {}", here()));
    }
    if (peek() == '0')
      ++at_;
    else
      skip_digits();
    if (peek() == '.') {
      ++at_;
      if (!skip_digits()) return complain(from, "this number has no digit behind its point");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!skip_digits()) return complain(from, "this number has no digit in its exponent");
    }
    if (is_digit(peek())) return complain(from, "a number cannot begin with 0");
    out = Value(Number{std::string(source_.substr(from, at_ - from))});
    return true;
  }

  bool skip_digits() {
    const size_t from = at_;
    while (is_digit(peek())) ++at_;
    return at_ > from;
  }

  // A separator and what follows: gives true in `more` when another item comes.
  bool next_item(char close, std::string_view what, size_t opened, bool& more) {
    skip_blanks();
    if (peek() == close) {
      ++at_;
      more = false;
      return true;
    }
    if (peek() != ',') {
      if (at_ >= source_.size()) return complain(opened, fmt::format("this {} has no end", what));
      return complain(
          at_, fmt::format("expected \",\" or \"{}\" in a {}, found {}", close, what, here()));
    }
    ++at_;
    skip_blanks();
    if (peek() == close) return complain(at_ - 1, fmt::format("a comma at the end of a {}", what));
    more = true;
    return true;
  }

  bool deeper() {
    if (++depth_ <= kNestingMost) return true;
    return complain(at_, fmt::format("lists and maps are nested deeper than {}", kNestingMost));
  }

  bool read_list(Value& out) {
    if (!deeper()) return false;
    const size_t opened = at_++;
    out = Value(List());
    List& list = out.as_list();
    skip_blanks();
    bool more = peek() != ']';
    if (!more) ++at_;
    while (more) {
      if (!read(list.emplace_back()) || !next_item(']', "list", opened, more)) return false;
    }
    --depth_;
    return true;
  }

  bool read_map(Value& out) {
    if (!deeper()) return false;
    const size_t opened = at_++;
    out = Value(Map());
    Map& map = out.as_map();
    skip_blanks();
    bool more = peek() != '}';
    if (!more) ++at_;
    while (more) {
      if (!read_member(map, opened) || !next_item('}', "map", opened, more)) return false;
    }
    --depth_;
    return true;
  }

  bool read_member(Map& map, size_t opened) {
    if (at_ >= source_.size()) return complain(opened, "this map has no end");
    if (peek() != '"')
      return complain(at_, fmt::format("expected a key in quotes, found {}", here()));
    Member member;
    const size_t key_at = at_;
    member.key_place = places_.at(at_);
    if (!read_string(member.key)) return false;
    if (const Member* first = map.find_member(member.key))
      return complain(key_at, fmt::format("duplicate key \"{}\", first on line {}", member.key,
                                          first->key_place.line));
    skip_blanks();
    if (peek() != ':') return complain(at_, fmt::format("expected \":\", found {}", here()));
    ++at_;
    skip_blanks();
    if (!read(member.value)) return false;
    if (map.empty()) map.reserve(4);  // few have only one
    map.append_unchecked(std::move(member));
    return true;
  }

  bool find_member(std::string_view key, Value& out) {
    skip_blanks();
    if (peek() != '{') return complain(at_, fmt::format("expected a map, found {}", here()));
    const size_t opened = at_++;
    skip_blanks();
    bool more = peek() != '}';
    std::string name;
    while (more) {
      if (peek() != '"')
        return complain(at_, fmt::format("expected a key in quotes, found {}", here()));
      name.clear();
      if (!read_string(name)) return false;
      skip_blanks();
      if (peek() != ':') return complain(at_, fmt::format("expected \":\", found {}", here()));
      ++at_;
      skip_blanks();
      if (name == key) return read(out);
      if (!skip_value() || !next_item('}', "map", opened, more)) return false;
    }
    return true;
  }

  // Only its strings and brackets are looked at.
  bool skip_value() {
    const size_t from = at_;
    for (int depth = 0; at_ < source_.size(); ++at_) {
      const char c = source_[at_];
      if (c == '"') {
        for (++at_; (at_ = find_not_plain(source_, at_)) < source_.size(); ++at_) {
          if (source_[at_] == '"') break;
          if (source_[at_] == '\\') ++at_;
        }
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
        return true;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return complain(from, "this value has no end");
  }

  bool read_string(std::string& out) {
    const size_t opened = at_++;
    size_t plain_from = at_;
    for (;; ++at_) {
      at_ = find_not_plain(source_, at_);
      if (at_ >= source_.size()) return complain(opened, "this string has no end");
      const char c = source_[at_];
      if (static_cast<uint8_t>(c) < 0x20)
        return complain(at_, fmt::format("a string cannot hold the {}; escape it", here()));
      if (c == '"') break;
      out += source_.substr(plain_from, at_ - plain_from);
      if (!read_escape(out)) return false;
      plain_from = at_ + 1;
    }
    out += source_.substr(plain_from, at_ - plain_from);
    ++at_;
    return true;
  }

  // At the backslash; leaves at_ on the last character of the escape.
  bool read_escape(std::string& out) {
    const size_t from = at_++;
    switch (peek()) {
      case '"':
        out += '"';
        return true;
      case '\\':
        out += '\\';
        return true;
      case '/':
        out += '/';
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        break;
      default:
        return complain(from, "unknown escape in a string");
    }
    uint32_t code = 0, low = 0;
    if (!read_hex(at_ + 1, code)) return complain(from, "\\u needs four hexadecimal digits");
    at_ += 4;
    // Half a surrogate pair stands for no character: U+FFFD, as everywhere.
    if (code >= 0xD800 && code <= 0xDBFF && source_.substr(at_ + 1).starts_with("\\u") &&
        read_hex(at_ + 3, low) && low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at_ += 6;
    }
    append_utf8(out, code);
    return true;
  }

  bool read_hex(size_t from, uint32_t& code) const {
    if (from + 4 > source_.size()) return false;
    code = 0;
    for (const char c : source_.substr(from, 4)) {
      code <<= 4;
      if (is_digit(c))
        code += static_cast<uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        code += static_cast<uint32_t>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        code += static_cast<uint32_t>(c - 'A' + 10);
      else
        return false;
    }
    return true;
  }

  std::string_view source_, file_;
  Places places_;
  size_t at_ = 0;
  int depth_ = 0;
  base::Error error_;
};

}  // namespace

base::Result<Value> parse_json(std::string_view source, std::string_view file) {
  return Reader(source, file).read_all();
}

base::Result<Value> parse_json_member(std::string_view source, std::string_view key) {
  return Reader(source, {}).read_only(key);
}

}  // namespace text

#include "expr/condition_token.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "expr/number_text.h"
#include "expr/time_text.h"

namespace expr {
namespace {

using Kind = ConditionToken::Kind;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_quote(char c) { return c == '\'' || c == '"'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number_part(char c) { return is_digit(c) || c == '.'; }
bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 3> kPrefixes = {"-", "!", "~"};
constexpr std::array<std::string_view, 11> kModifiers = {"+", "-", "*", "/",  "%", "**",
                                                         "&", "|", "^", ">>", "<<"};
constexpr std::array<std::string_view, 2> kLogicals = {"&&", "||"};
constexpr std::array<std::string_view, 8> kComparators = {
    "==", "!=", ">", ">=", "<", "<=", "=~", "!~"};
constexpr std::array<std::string_view, 3> kTernaries = {"?", ":", "??"};

bool is_operand(Kind kind) {
  switch (kind) {
    case Kind::kNumber:
    case Kind::kBool:
    case Kind::kString:
    case Kind::kTime:
    case Kind::kPattern:
    case Kind::kVariable:
    case Kind::kAccessor:
    case Kind::kSlot:
      return true;
    default:
      return false;
  }
}

// govaluate's table of what may follow what.
bool may_follow(Kind before, Kind next) {
  const bool starts = is_operand(next) || next == Kind::kPrefix || next == Kind::kClause;
  switch (before) {
    case Kind::kStart:
      return starts;
    case Kind::kClause:
      return starts || next == Kind::kClauseClose;
    case Kind::kClauseClose:
      return next != Kind::kPrefix && next != Kind::kAccessor;
    case Kind::kModifier:
      return (starts && next != Kind::kTime && next != Kind::kPattern) ||
             next == Kind::kClauseClose;
    case Kind::kComparator:
      return starts || next == Kind::kClauseClose;
    case Kind::kLogical:
      return (starts && next != Kind::kPattern) || next == Kind::kClauseClose;
    case Kind::kPrefix:
      // A bare word becomes a string, and a string may not follow a prefix.
      return next == Kind::kNumber || next == Kind::kBool || next == Kind::kAccessor ||
             next == Kind::kClause || next == Kind::kClauseClose || next == Kind::kSlot;
    case Kind::kTernary:
      return (starts && next != Kind::kPattern) || next == Kind::kSeparator;
    case Kind::kSeparator:
      return starts && next != Kind::kPattern;
    case Kind::kTime:
    case Kind::kPattern:
      return next == Kind::kModifier || next == Kind::kComparator || next == Kind::kLogical ||
             next == Kind::kClauseClose || next == Kind::kSeparator;
    default:  // an operand
      return next == Kind::kModifier || next == Kind::kComparator || next == Kind::kLogical ||
             next == Kind::kClauseClose || next == Kind::kTernary || next == Kind::kSeparator ||
             (before == Kind::kAccessor && next == Kind::kClause);
  }
}

bool may_end(Kind kind) { return is_operand(kind) || kind == Kind::kClauseClose; }

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  base::Result<std::vector<ConditionToken>> split() {
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      start_ = at_;
      auto token = read();
      if (!token) return tl::unexpected(token.error());
      tokens_.push_back(std::move(*token));
    }
    if (auto status = check(); !status) return tl::unexpected(status.error());
    return std::move(tokens_);
  }

 private:
  tl::unexpected<base::Error> fail(std::string text, std::string hint = {}) const {
    return base::fail(base::Code::kInvalid, std::move(text),
                      {.file = {}, .line = 1, .column = static_cast<uint32_t>(start_ + 1)},
                      std::move(hint));
  }

  // The length in bytes of the letter at `at`, 0 when there is none.
  size_t letter_at(size_t at) const {
    if (at >= text_.size()) return 0;
    if (is_ascii_letter(text_[at])) return 1;
    if (static_cast<unsigned char>(text_[at]) < 0x80) return 0;
    size_t length = 1;
    while (at + length < text_.size() && (text_[at + length] & 0xC0) == 0x80) ++length;
    return RE2::FullMatch(text_.substr(at, length), R"(\p{L})") ? length : 0;
  }

  // Reads while `part` holds; a backslash takes the next character as it is. A space ends it.
  template <class Part>
  std::string read_while(Part part) {
    std::string out;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        if (++at_ < text_.size()) out += text_[at_++];
        continue;
      }
      if (is_space(text_[at_]) || !part(at_)) break;
      const size_t length = std::max<size_t>(letter_at(at_), 1);
      out += text_.substr(at_, length);
      at_ += length;
    }
    return out;
  }

  base::Result<ConditionToken> read() {
    const char c = text_[at_];
    if (c == kSlotMark) {
      ++at_;
      return ConditionToken{.kind = Kind::kSlot, .slot = slots_++};
    }
    if (is_number_part(c)) return number();
    if (c == ',') return single(Kind::kSeparator);
    if (c == '(') return single(Kind::kClause);
    if (c == ')') return single(Kind::kClauseClose);
    if (c == '[') return quoted("]", Kind::kVariable, "unclosed parameter bracket");
    if (is_quote(c)) return quoted("'\"", Kind::kString, "unclosed string literal");
    if (letter_at(at_) > 0) return word();
    return symbol();
  }

  ConditionToken single(Kind kind) { return {.kind = kind, .text = std::string(1, text_[at_++])}; }

  base::Result<ConditionToken> number() {
    ConditionToken token{.kind = Kind::kNumber};
    if (text_.substr(at_, 2) == "0x") {
      at_ += 2;
      const std::string digits = read_while([&](size_t at) {
        return is_digit(text_[at]) || ((text_[at] | 0x20) >= 'a' && (text_[at] | 0x20) <= 'f');
      });
      uint64_t value = 0;
      const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (result.ec != std::errc()) return fail("unable to parse hex value \"" + digits + "\"");
      token.number = static_cast<double>(value);
      return token;
    }
    token.text = read_while([&](size_t at) { return is_number_part(text_[at]); });
    if (!parse_float(token.text, token.number))
      return fail("unable to parse numeric value \"" + token.text + "\"");
    return token;
  }

  // A quoted text ends with any of `ends`, whatever it began with.
  base::Result<ConditionToken> quoted(std::string_view ends, Kind kind, const char* unclosed) {
    ConditionToken token{.kind = kind};
    ++at_;
    for (;; ++at_) {
      if (at_ >= text_.size()) return fail(unclosed);
      if (ends.find(text_[at_]) != std::string_view::npos) break;
      if (text_[at_] == '\\' && ++at_ >= text_.size()) return fail(unclosed);
      token.text += text_[at_];
    }
    ++at_;
    if (token.text.size() == 1 && token.text[0] == kSlotMark)
      return ConditionToken{.kind = Kind::kSlot, .text = "quoted", .slot = slots_++};
    if (kind == Kind::kString && condition_time(token.text, token.number)) token.kind = Kind::kTime;
    return token;
  }

  base::Result<ConditionToken> word() {
    ConditionToken token{.kind = Kind::kVariable};
    token.text = read_while([&](size_t at) {
      return letter_at(at) > 0 || is_number_part(text_[at]) || text_[at] == '_';
    });
    const size_t dot = token.text.find('.');
    if (token.text == "true" || token.text == "false") {
      token.kind = Kind::kBool;
      token.number = token.text == "true";
    } else if (token.text == "in" || token.text == "IN") {
      token.kind = Kind::kComparator;
      token.text = "in";
    } else if (dot != std::string::npos && dot > 0) {
      token.kind = Kind::kAccessor;
      if (token.text.back() == '.') return fail("hanging accessor on token \"" + token.text + "\"");
      for (size_t i = dot; i != std::string::npos; i = token.text.find('.', i + 1))
        if (token.text[i + 1] >= 'a' && token.text[i + 1] <= 'z')
          return fail("\"" + token.text + "\" is no word: it has a dot",
                      "put it in quotes, if it is a text");
    }
    return token;
  }

  base::Result<ConditionToken> symbol() {
    ConditionToken token;
    token.text = read_while([&](size_t at) {
      const char c = text_[at];
      return c != kSlotMark && !is_digit(c) && letter_at(at) == 0 && !is_quote(c) && c != '(' &&
             c != ')' && c != '[' && c != ']';
    });
    const Kind before = tokens_.empty() ? Kind::kStart : tokens_.back().kind;
    if (one_of(token.text, kPrefixes) && may_follow(before, Kind::kPrefix))
      token.kind = Kind::kPrefix;
    else if (one_of(token.text, kModifiers))
      token.kind = Kind::kModifier;
    else if (one_of(token.text, kLogicals))
      token.kind = Kind::kLogical;
    else if (one_of(token.text, kComparators))
      token.kind = Kind::kComparator;
    else if (one_of(token.text, kTernaries))
      token.kind = Kind::kTernary;
    else
      return fail("invalid token \"" + token.text + "\"",
                  "try wrapping the affected expression in quotes (\")");
    return token;
  }

  base::Status check() {
    int open = 0;
    for (const ConditionToken& token : tokens_)
      open += (token.kind == Kind::kClause) - (token.kind == Kind::kClauseClose);
    if (open != 0) return fail("unbalanced parenthesis");
    Kind before = Kind::kStart;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      ConditionToken& token = tokens_[i];
      if (!may_follow(before, token.kind))
        return fail("cannot have " + shown(token) + " after " +
                    (i == 0 ? "the start" : shown(tokens_[i - 1])));
      // A quoted text after =~ is a pattern, which no ? may follow.
      const bool matches = i > 0 && before == Kind::kComparator &&
                           (tokens_[i - 1].text == "=~" || tokens_[i - 1].text == "!~");
      if (matches && token.kind == Kind::kString) token.kind = Kind::kPattern;
      before = token.kind;
    }
    if (!may_end(before)) return fail("unexpected end of expression");
    return {};
  }

  static std::string shown(const ConditionToken& token) {
    if (token.kind == Kind::kSlot) return "a tag";
    return "\"" + (token.kind == Kind::kNumber ? go_float(token.number) : token.text) + "\"";
  }

  std::string_view text_;
  size_t at_ = 0, start_ = 0;
  uint32_t slots_ = 0;
  std::vector<ConditionToken> tokens_;
};

}  // namespace

base::Result<std::vector<ConditionToken>> split_condition(std::string_view text) {
  return Splitter(text).split();
}

bool condition_time(std::string_view text, double& seconds) {
  // Every layout has a digit pair with ':' or a date with '-'; most texts end here.
  if (text.size() < 6 || text.size() > 40) return false;
  if (text.find_first_of(":-") == std::string_view::npos) return false;
  constexpr std::array<std::string_view, 14> kLayouts = {"Mon Jan _2 15:04:05 2006",
                                                         "Mon Jan _2 15:04:05 MST 2006",
                                                         "Mon Jan 02 15:04:05 -0700 2006",
                                                         "3:04PM",
                                                         "2006-01-02T15:04:05Z07:00",
                                                         kRfc3339Nano,
                                                         "2006-01-02",
                                                         "2006-01-02 15:04",
                                                         "2006-01-02 15:04:05",
                                                         "2006-01-02 15:04:05-07:00",
                                                         "2006-01-02T15Z0700",
                                                         "2006-01-02T15:04Z0700",
                                                         "2006-01-02T15:04:05Z0700",
                                                         "2006-01-02T15:04:05.999999999Z0700"};
  for (const std::string_view layout : kLayouts) {
    const auto instant = parse_time(layout, text);
    if (!instant) continue;
    seconds = static_cast<double>(instant->seconds);
    return true;
  }
  return false;
}

}  // namespace expr

#include "engine/go_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/json.h"
#include "text/utf8.h"

namespace engine {
namespace {

std::string escape_html(const std::string& json) {
  if (json.find_first_of("<>&") == std::string::npos) return json;
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&')
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

struct Spec {
  bool minus = false, plus = false, zero = false, space = false, sharp = false;
  int width = 0, precision = -1;
};

std::string digits_of(char verb, uint64_t magnitude, int precision) {
  std::string digits;
  switch (verb) {
    case 'x':
      digits = fmt::format("{:x}", magnitude);
      break;
    case 'X':
      digits = fmt::format("{:X}", magnitude);
      break;
    case 'o':
    case 'O':
      digits = fmt::format("{:o}", magnitude);
      break;
    case 'b':
      digits = fmt::format("{:b}", magnitude);
      break;
    default:
      digits = fmt::format("{}", magnitude);
  }
  if (precision == 0 && magnitude == 0) return "";
  const auto least = static_cast<size_t>(std::max(precision, 0));
  return digits.size() < least ? std::string(least - digits.size(), '0') + digits : digits;
}

std::string_view prefix_of(char verb, bool sharp) {
  if (verb == 'O') return "0o";
  if (!sharp) return "";
  return verb == 'x' ? "0x" : verb == 'X' ? "0X" : verb == 'o' ? "0" : verb == 'b' ? "0b" : "";
}

std::string padded(const Spec& spec, std::string text) {
  const auto size = static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
  const auto width = static_cast<size_t>(spec.width);
  if (size >= width) return text;
  if (spec.minus) return text + std::string(width - size, ' ');
  return std::string(width - size, spec.zero ? '0' : ' ') + text;
}

std::string number_text(const Spec& spec, char verb, int64_t number) {
  const uint64_t magnitude =
      number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  const std::string sign = number < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  const std::string_view prefix = prefix_of(verb, spec.sharp);
  std::string digits = digits_of(verb, magnitude, spec.precision);
  const auto width = static_cast<size_t>(spec.width);
  // Zeros stand between sign and number, and count without the prefix.
  if (spec.zero && !spec.minus && spec.precision < 0 && width > sign.size() + digits.size())
    digits.insert(0, width - sign.size() - digits.size(), '0');
  Spec rest = spec;
  rest.zero = false;
  return padded(rest, sign + std::string(prefix) + digits);
}

std::string character(int64_t number) {
  const bool is_one = number >= 0 && number <= 0x10FFFF && !(number >= 0xD800 && number <= 0xDFFF);
  std::string out;
  text::append_utf8(out, is_one ? static_cast<uint32_t>(number) : 0xFFFD);
  return out;
}

// In single quotes, as Go writes a character.
std::string quoted_character(int64_t number) {
  constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\'", kLetters = "abfnrtv\\'";
  const std::string plain = character(number);
  const size_t escape = number >= 0 && number < 128 ? kEscaped.find(static_cast<char>(number))
                                                    : std::string_view::npos;
  if (escape != std::string_view::npos) return fmt::format("'\\{}'", kLetters[escape]);
  if (number >= 0 && (number < 0x20 || (number >= 0x7F && number < 0xA0)))
    return number < 0x80 ? fmt::format("'\\x{:02x}'", number) : fmt::format("'\\u{:04x}'", number);
  return "'" + plain + "'";
}

// What printing one whole number with one verb gives.
std::string format_one(const Spec& spec, std::string_view name, int64_t number) {
  const char verb = name.size() == 1 ? name[0] : '?';
  if (std::string_view("dvxXoOb").find(verb) != std::string_view::npos)
    return number_text(spec, verb, number);
  if (verb == 'c') return padded(spec, character(number));
  if (verb == 'q') return padded(spec, quoted_character(number));
  if (verb == 'T') return padded(spec, "int");
  if (verb == 'U') {
    Spec plain = spec;
    plain.zero = false;
    return padded(plain, fmt::format("U+{:0{}X}", static_cast<uint64_t>(number),
                                     std::max(spec.precision, 4)));
  }
  return fmt::format("%!{}(int={})", name, number);
}

// Reads one directive behind its %, in the order that Go has: flags, [n], width, precision, [n].
class Directive {
 public:
  Directive(std::string_view format, size_t& at, int& next)
      : format_(format), at_(at), next_(next) {}

  std::string print(int64_t number) {
    flags();
    index();
    spec_.width = amount(number, "WIDTH");
    if (peek() == '.') {
      ++at_;
      index();
      spec_.precision = amount(number, "PREC");
    }
    index();
    if (at_ == format_.size()) return out_ + "%!(NOVERB)";
    const std::string_view verb =
        format_.substr(at_, std::max<size_t>(1, text::utf8_length(format_, at_)));
    at_ += verb.size();
    if (verb == "%") return out_ + "%";
    if (bad_index_) return out_ + fmt::format("%!{}(BADINDEX)", verb);
    if (next_ > 0) return out_ + fmt::format("%!{}(MISSING)", verb);
    ++next_;
    return out_ + format_one(spec_, verb, number);
  }
  bool is_reordered() const { return reordered_; }

 private:
  char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  void flags() {
    for (;; ++at_) switch (peek()) {
        case '-':
          spec_.minus = true;
          break;
        case '+':
          spec_.plus = true;
          break;
        case '0':
          spec_.zero = true;
          break;
        case ' ':
          spec_.space = true;
          break;
        case '#':
          spec_.sharp = true;
          break;
        default:
          return;
      }
  }
  int digits() {
    int value = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_)
      if (value < 10'000) value = value * 10 + (peek() - '0');
    return value;
  }
  // [1] is the one argument there is.
  void index() {
    if (peek() != '[') return;
    reordered_ = true;
    const size_t close = format_.find(']', at_);
    if (close == std::string_view::npos) {
      ++at_;
      bad_index_ = true;
      return;
    }
    ++at_;
    const int value = digits();
    bad_index_ = bad_index_ || at_ != close || value != 1;
    at_ = close + 1;
    next_ = value - 1;
  }
  int amount(int64_t number, std::string_view name) {
    if (peek() != '*') return digits();
    ++at_;
    const bool fits = next_ == 0 && number >= -10'000 && number <= 10'000;
    ++next_;
    if (!fits) {
      out_ += fmt::format("%!(BAD{})", name);
      return 0;
    }
    if (number < 0) spec_.minus = true;
    return static_cast<int>(std::abs(number));
  }

  std::string_view format_;
  size_t& at_;
  int& next_;
  Spec spec_;
  std::string out_;
  bool reordered_ = false, bad_index_ = false;
};

}  // namespace

void append_go_json_string(std::string& out, std::string_view text) {
  std::string quoted;
  text::append_json_string(quoted, text);
  out += escape_html(quoted);
}

std::string go_json(const text::Value& value, bool sort_keys) {
  if (!sort_keys || !value.is_map()) return escape_html(text::to_json(value));
  std::vector<const text::Member*> members;
  for (const text::Member& member : value.as_map()) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const text::Member* a, const text::Member* b) { return a->key < b->key; });
  std::string out = "{";
  for (const text::Member* member : members) {
    if (out.size() > 1) out += ',';
    append_go_json_string(out, member->key);
    out += ':';
    out += go_json(member->value, false);
  }
  return out + "}";
}

std::string go_format(std::string_view format, int64_t number) {
  std::string out;
  int next = 0;  // the argument to print: 0 is the number
  bool is_reordered = false;
  for (size_t at = 0; at < format.size();) {
    const size_t percent = std::min(format.find('%', at), format.size());
    out += format.substr(at, percent - at);
    at = percent + 1;
    if (percent == format.size()) break;
    Directive directive(format, at, next);
    out += directive.print(number);
    is_reordered = is_reordered || directive.is_reordered();
  }
  if (!is_reordered && next == 0) out += fmt::format("%!(EXTRA int={})", number);
  return out;
}

}  // namespace engine

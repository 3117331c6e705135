#include "text/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace text {
namespace {

struct Word {
  std::string_view text;
  ScalarKind kind;
  bool truth = false;
};

constexpr Word kWords[] = {
    {"", ScalarKind::kNull},           {"~", ScalarKind::kNull},
    {"null", ScalarKind::kNull},       {"Null", ScalarKind::kNull},
    {"NULL", ScalarKind::kNull},       {"y", ScalarKind::kBool, true},
    {"Y", ScalarKind::kBool, true},    {"yes", ScalarKind::kBool, true},
    {"Yes", ScalarKind::kBool, true},  {"YES", ScalarKind::kBool, true},
    {"true", ScalarKind::kBool, true}, {"True", ScalarKind::kBool, true},
    {"TRUE", ScalarKind::kBool, true}, {"on", ScalarKind::kBool, true},
    {"On", ScalarKind::kBool, true},   {"ON", ScalarKind::kBool, true},
    {"n", ScalarKind::kBool},          {"N", ScalarKind::kBool},
    {"no", ScalarKind::kBool},         {"No", ScalarKind::kBool},
    {"NO", ScalarKind::kBool},         {"false", ScalarKind::kBool},
    {"False", ScalarKind::kBool},      {"FALSE", ScalarKind::kBool},
    {"off", ScalarKind::kBool},        {"Off", ScalarKind::kBool},
    {"OFF", ScalarKind::kBool},        {".inf", ScalarKind::kInfinite},
    {".Inf", ScalarKind::kInfinite},   {".INF", ScalarKind::kInfinite},
    {"+.inf", ScalarKind::kInfinite},  {"+.Inf", ScalarKind::kInfinite},
    {"+.INF", ScalarKind::kInfinite},  {"-.inf", ScalarKind::kInfinite},
    {"-.Inf", ScalarKind::kInfinite},  {"-.INF", ScalarKind::kInfinite},
    {".nan", ScalarKind::kInfinite},   {".NaN", ScalarKind::kInfinite},
    {".NAN", ScalarKind::kInfinite},
};
constexpr size_t kLongestWord = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t skip_digits(std::string_view text, size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_float(std::string_view text) {
  size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const size_t whole_end = skip_digits(text, at);
  bool digits = whole_end > at;
  at = whole_end;
  if (at < text.size() && text[at] == '.') {
    const size_t end = skip_digits(text, at + 1);
    digits = digits || end > at + 1;
    at = end;
  }
  if (!digits) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

// A Go integer literal with its sign, within int64 or uint64.
std::optional<Number> read_int(std::string_view text) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = text[1];
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    text.remove_prefix(base == 8 && mark != 'o' && mark != 'O' ? 1 : 2);
  }
  uint64_t size = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, size, base);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  if (negative && size > uint64_t{1} << 63) return std::nullopt;
  return Number{(negative && size != 0 ? "-" : "") + std::to_string(size)};
}

// Whether each underscore stands between two digits: yaml.v2 asks for it behind a leading point.
bool separates_digits(std::string_view text) {
  for (size_t at = text.find('_'); at != text.npos; at = text.find('_', at + 1))
    if (!is_digit(text[at - 1]) || at + 1 == text.size() || !is_digit(text[at + 1])) return false;
  return true;
}

std::optional<PlainScalar> resolve_number(std::string_view text) {
  std::string plain(text);
  if (text[0] == '.' && !separates_digits(text)) return std::nullopt;
  std::erase(plain, '_');
  if (std::optional<Number> whole = read_int(plain))
    return PlainScalar{ScalarKind::kInt, Value(*std::move(whole))};
  if (!is_float(plain)) return std::nullopt;
  if (plain.starts_with('+')) plain.erase(0, 1);
  double v = 0;
  const auto error = std::from_chars(plain.data(), plain.data() + plain.size(), v).ec;
  if (error != std::errc()) {
    // Out of range. Too small is 0; too large is no number to Go either, so a string.
    const size_t e = plain.find_first_of("eE");
    const bool tiny = e != std::string::npos && plain.compare(e + 1, 1, "-") == 0;
    if (!tiny) return std::nullopt;
    v = 0;
  }
  return PlainScalar{ScalarKind::kFloat, Value(v)};
}

}  // namespace

PlainScalar resolve_plain(std::string_view text) {
  const char first = text.empty() ? '\0' : text[0];
  constexpr std::string_view kFirstOfWord("\0~nNyYtToOfF.+-", 15);
  if (text.size() <= kLongestWord && kFirstOfWord.find(first) != std::string_view::npos) {
    for (const Word& word : kWords) {
      if (word.text != text) continue;
      if (word.kind == ScalarKind::kBool) return {word.kind, Value(word.truth)};
      if (word.kind == ScalarKind::kNull) return {word.kind, Value()};
      return {word.kind, Value(text)};
    }
  }
  if (is_digit(first) || first == '+' || first == '-' || first == '.')
    if (std::optional<PlainScalar> number = resolve_number(text)) return *std::move(number);
  return {ScalarKind::kString, Value(text)};
}

}  // namespace text

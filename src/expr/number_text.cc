#include "expr/number_text.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace expr {
namespace {

// The shortest decimal digits and the exponent of the first one: 12.5 is "125" and 1.
struct Digits {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Digits digits_of(double value) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  Digits out;
  std::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  if (text.starts_with('-')) {
    out.negative = true;
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  for (const char c : text.substr(0, e))
    if (c != '.') out.digits += c;
  std::string_view exponent = text.substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
  return out;
}

std::string plain(const Digits& d) {
  const int count = static_cast<int>(d.digits.size());
  std::string out = d.negative ? "-" : "";
  if (d.exponent < 0)
    return out + "0." + std::string(static_cast<size_t>(-d.exponent - 1), '0') + d.digits;
  if (count <= d.exponent + 1)
    return out + d.digits + std::string(static_cast<size_t>(d.exponent + 1 - count), '0');
  const auto whole = static_cast<size_t>(d.exponent + 1);
  return out + d.digits.substr(0, whole) + "." + d.digits.substr(whole);
}

std::string scientific(const Digits& d, bool pad) {
  std::string out = d.negative ? "-" : "";
  out += d.digits[0];
  if (d.digits.size() > 1) out += "." + d.digits.substr(1);
  out += d.exponent < 0 ? "e-" : "e+";
  const int magnitude = std::abs(d.exponent);
  if (pad && magnitude < 10) out += '0';
  return out + std::to_string(magnitude);
}

}  // namespace

std::string go_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const Digits d = digits_of(value);
  if (value != 0 && (d.exponent < -4 || d.exponent >= 6)) return scientific(d, true);
  return plain(d);
}

std::string json_float(double value) {
  const Digits d = digits_of(value);
  if (value != 0 && (d.exponent < -6 || d.exponent >= 21)) return scientific(d, false);
  return plain(d);
}

int64_t to_int64(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value >= -kLimit && value < kLimit)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

bool separates_digits(std::string_view text) {
  const auto is_digit = [](char c) { return isxdigit(static_cast<unsigned char>(c)) != 0; };
  const bool prefix =
      text.size() > 1 && text[0] == '0' && isalpha(static_cast<unsigned char>(text[1]));
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '_') continue;
    const bool before = at > 0 && (is_digit(text[at - 1]) || (prefix && at == 2));
    if (!before || at + 1 == text.size() || !is_digit(text[at + 1])) return false;
  }
  return true;
}

bool parse_float(std::string_view text, double& out) {
  bool negative = false;
  if (text.starts_with('+') || text.starts_with('-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] == '-' || text[0] == '+') return false;
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    if (!separates_digits(text)) return false;
    for (const char c : text)
      if (c != '_') plain += c;
    text = plain;
  }
  auto format = std::chars_format::general;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    // Go wants an exponent on hexadecimal floats.
    if (text.find_first_of("pP") == std::string_view::npos) return false;
    format = std::chars_format::hex;
    text.remove_prefix(2);
  } else if (text[0] == 'n' || text[0] == 'N' || text[0] == 'i' || text[0] == 'I') {
    std::string lower;
    for (const char c : text) lower += static_cast<char>(c | 0x20);
    if (lower == "nan")
      out = std::numeric_limits<double>::quiet_NaN();
    else if (lower == "inf" || lower == "infinity")
      out = std::numeric_limits<double>::infinity();
    else
      return false;
    if (negative) out = -out;
    return true;
  }
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out, format);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
  if (negative) out = -out;
  return true;
}

}  // namespace expr

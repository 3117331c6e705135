#include "text/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace text {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Suffix {
  std::string_view text;
  int tens = 0;  // times 10^tens
  int twos = 0;  // times 2^twos
};

constexpr Suffix kSuffixes[] = {
    {"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

// The part behind the digits: a suffix of the table, or an exponent as e3 or E-2.
std::optional<Suffix> read_suffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes)
    if (suffix.text == text) return suffix;
  if (!text.starts_with('e') && !text.starts_with('E')) return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  if (exponent < -100 || exponent > 100) return std::nullopt;
  return Suffix{"", exponent, 0};
}

struct Decimal {
  Wide digits = 0;
  int behind_point = 0;
  size_t end = 0;  // of the text that was read
  bool any = false, too_long = false;
};

Decimal read_decimal(std::string_view text, size_t at) {
  Decimal out;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(text[at])) break;
    out.any = true;
    // Nobody means the twenty-seventh digit; it would not fit below.
    if (out.digits > Wide{kMost} * 100'000'000) {
      out.too_long = out.too_long || !point;
      continue;
    }
    out.digits = out.digits * 10 + static_cast<unsigned>(text[at] - '0');
    if (point) ++out.behind_point;
  }
  out.end = at;
  return out;
}

}  // namespace

base::Result<int64_t> parse_quantity_milli(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return base::fail(base::Code::kInvalid, fmt::format("invalid quantity \"{}\": {}", text, why),
                      {}, "write it as 500m, 1.5, 64Mi or 2G");
  };
  size_t at = 0;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) at = 1;
  const Decimal number = read_decimal(text, at);
  if (!number.any) return bad("it has no digits");
  const std::optional<Suffix> suffix = read_suffix(text.substr(number.end));
  if (!suffix) return bad(fmt::format("unknown suffix \"{}\"", text.substr(number.end)));
  int tens = suffix->tens - number.behind_point + 3;
  Wide size = number.digits;
  bool too_large = number.too_long;
  for (int i = 0; i < suffix->twos && !too_large; ++i) {
    too_large = size >> 125 != 0;
    size *= 2;
  }
  for (; tens > 0 && size != 0 && !too_large; --tens) {
    too_large = size > Wide{kMost};
    size *= 10;
  }
  bool rest = false;  // rounded up, away from 0
  for (; tens < 0 && size != 0; ++tens) {
    rest = rest || size % 10 != 0;
    size /= 10;
  }
  if (rest) ++size;
  if (too_large || size > Wide{kMost}) return bad("it is too large");
  const auto milli = static_cast<int64_t>(size);
  return negative ? -milli : milli;
}

namespace {

// Takes out the factors that a suffix stands for; how many there were.
size_t take_factors(uint64_t& size, uint64_t factor, size_t most) {
  size_t count = 0;
  for (; size != 0 && size % factor == 0 && count < most; ++count) size /= factor;
  return count;
}

}  // namespace

std::string canonical_quantity(std::string_view text) {
  constexpr std::string_view kBinary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  constexpr std::string_view kDecimal[] = {"", "k", "M", "G", "T", "P", "E"};
  const auto milli = parse_quantity_milli(text);
  if (!milli || text.ends_with('n') || text.ends_with('u')) return std::string(text);
  const bool negative = *milli < 0;
  const uint64_t size =
      negative ? 0 - static_cast<uint64_t>(*milli) : static_cast<uint64_t>(*milli);
  const std::string sign = negative ? "-" : "";
  const size_t e = text.find_first_of("eE");
  const bool is_exponent = e != std::string_view::npos && e + 1 < text.size();
  if (size == 0) return "0";
  uint64_t units = size / 1000;
  if (size % 1000 != 0) return fmt::format("{}{}{}", sign, size, is_exponent ? "e-3" : "m");
  if (text.ends_with('i') && units >= 1024) {
    const size_t count = take_factors(units, 1024, 6);
    return fmt::format("{}{}{}", sign, units, kBinary[count]);
  }
  const size_t count = take_factors(units, 1000, 6);
  if (is_exponent && count != 0) return fmt::format("{}{}e{}", sign, units, count * 3);
  return fmt::format("{}{}{}", sign, units, kDecimal[count]);
}

namespace {

struct Unit {
  std::string_view text;
  uint64_t ns;
};

constexpr Unit kUnits[] = {
    {"ns", 1},         {"us", 1000},         {"\u00b5s", 1000},     {"\u03bcs", 1000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

const Unit* find_unit(std::string_view text) {
  for (const Unit& unit : kUnits)
    if (unit.text == text) return &unit;
  return nullptr;
}

// One "1.5h" of a duration, added to `sum`; false when it is none or the sum is too large.
bool read_term(std::string_view& text, uint64_t& sum) {
  Wide whole = 0, part = 0, scale = 1;
  size_t at = 0;
  bool digits = false;
  for (; at < text.size() && is_digit(text[at]); ++at, digits = true) {
    whole = whole * 10 + static_cast<unsigned>(text[at] - '0');
    if (whole > kMost) return false;
  }
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at, digits = true) {
      if (scale > kMost) continue;  // beyond what a nanosecond can hold
      part = part * 10 + static_cast<unsigned>(text[at] - '0');
      scale *= 10;
    }
  }
  size_t end = at;
  while (end < text.size() && text[end] != '.' && !is_digit(text[end])) ++end;
  const Unit* unit = find_unit(text.substr(at, end - at));
  if (!digits || !unit) return false;
  const Wide total = whole * unit->ns + part * unit->ns / scale + sum;
  if (total > kMost) return false;
  sum = static_cast<uint64_t>(total);
  text.remove_prefix(end);
  return true;
}

tl::unexpected<base::Error> bad_duration(std::string_view text) {
  return base::fail(base::Code::kInvalid, fmt::format("invalid duration \"{}\"", text), {},
                    "write it as 30s, 5m or 1h30m");
}

}  // namespace

base::Result<base::Duration> parse_duration(std::string_view text) {
  std::string_view left = text;
  const bool negative = left.starts_with('-');
  if (negative || left.starts_with('+')) left.remove_prefix(1);
  if (left == "0") return base::Duration{};
  if (left.empty()) return bad_duration(text);
  uint64_t ns = 0;
  while (!left.empty())
    if (!read_term(left, ns)) return bad_duration(text);
  const auto size = static_cast<int64_t>(ns);
  return base::Duration{negative ? -size : size};
}

base::Result<base::Duration> parse_duration_or_seconds(std::string_view text) {
  int64_t whole = 0;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, whole);
  if (stop != end || digits.empty()) return parse_duration(text);
  constexpr int64_t kSecondsMost = std::numeric_limits<int64_t>::max() / 1'000'000'000;
  if (error != std::errc() || whole > kSecondsMost || whole < -kSecondsMost)
    return bad_duration(text);
  return base::Duration::seconds(whole);
}

std::string to_go_string(base::Duration duration) {
  const bool negative = duration.ns < 0;
  const uint64_t ns =
      negative ? 0 - static_cast<uint64_t>(duration.ns) : static_cast<uint64_t>(duration.ns);
  // The fraction without zeros at its end: 1500 of 1000 is "1.5".
  const auto decimal = [](uint64_t size, uint64_t unit, int places) {
    std::string out = fmt::format("{}.{:0{}}", size / unit, size % unit, places);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
    return out;
  };
  std::string out;
  if (ns == 0)
    out = "0s";
  else if (ns < 1000)
    out = fmt::format("{}ns", ns);
  else if (ns < 1'000'000)
    out = decimal(ns, 1000, 3) + "\u00b5s";
  else if (ns < 1'000'000'000)
    out = decimal(ns, 1'000'000, 6) + "ms";
  else {
    const uint64_t minutes = ns / 60'000'000'000;
    if (minutes >= 60) out = fmt::format("{}h", minutes / 60);
    if (minutes > 0) out += fmt::format("{}m", minutes % 60);
    out += decimal(ns % 60'000'000'000, 1'000'000'000, 9) + "s";
  }
  return negative ? "-" + out : out;
}

}  // namespace text

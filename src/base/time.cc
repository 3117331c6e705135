#include "base/time.h"

#include <fmt/format.h>

#include <cctype>

namespace base {
namespace {

struct Civil {
  int64_t year;
  int month, day, hour, minute, second;
};

// Days from 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-Compatible Low-Level
// Date Algorithms").
int64_t days_from_civil(int64_t y, int m, int d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

Civil to_civil(int64_t unix_seconds) {
  int64_t days = unix_seconds / 86400, rest = unix_seconds % 86400;
  if (rest < 0) rest += 86400, --days;
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t doe = days - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  const int seconds = static_cast<int>(rest);
  return {
      yoe + era * 400 + (month <= 2), month, day, seconds / 3600, seconds / 60 % 60, seconds % 60};
}

// Reads exactly `count` digits and moves on; -1 when there are fewer.
int digits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool skip(std::string_view& text, char wanted) {
  if (text.empty() || std::toupper(static_cast<unsigned char>(text[0])) != wanted) return false;
  text.remove_prefix(1);
  return true;
}

int64_t fraction_ns(std::string_view& text) {
  int64_t ns = 0, unit = 100'000'000;
  while (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0]))) {
    ns += (text[0] - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return ns;
}

}  // namespace

std::string to_rfc3339(Time time) {
  const Civil c = to_civil(time.unix_seconds());
  std::string out = "0000-00-00T00:00:00Z";
  const auto put = [&out](size_t at, size_t count, auto number) {
    for (; count != 0; --count, number /= 10)
      out[at + count - 1] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, c.year);
  put(5, 2, c.month);
  put(8, 2, c.day);
  put(11, 2, c.hour);
  put(14, 2, c.minute);
  put(17, 2, c.second);
  return out;
}

std::string to_rfc3339_nano(Time time) {
  std::string out = to_rfc3339(time);
  const int64_t ns = time.ns - time.unix_seconds() * 1'000'000'000;
  out.insert(out.size() - 1, fmt::format(".{:09}", ns));
  return out;
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  Civil c{};
  c.year = digits(text, 4);
  if (c.year < 0 || !skip(text, '-') || (c.month = digits(text, 2)) < 1 || c.month > 12 ||
      !skip(text, '-') || (c.day = digits(text, 2)) < 1 || c.day > 31 || !skip(text, 'T') ||
      (c.hour = digits(text, 2)) < 0 || !skip(text, ':') || (c.minute = digits(text, 2)) < 0 ||
      !skip(text, ':') || (c.second = digits(text, 2)) < 0 || c.hour > 23 || c.minute > 59 ||
      c.second > 60)
    return std::nullopt;
  int64_t ns = 0;
  if (skip(text, '.')) ns = fraction_ns(text);
  int64_t offset = 0;
  if (!skip(text, 'Z')) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    const int hours = digits(text, 2);
    if (hours < 0 || !skip(text, ':')) return std::nullopt;
    const int minutes = digits(text, 2);
    if (minutes < 0) return std::nullopt;
    offset = sign * (hours * 3600 + minutes * 60);
  }
  if (!text.empty()) return std::nullopt;
  const int64_t days = days_from_civil(c.year, c.month, c.day);
  return Time{(days * 86400 + c.hour * 3600 + c.minute * 60 + c.second - offset) * 1'000'000'000 +
              ns};
}

}  // namespace base

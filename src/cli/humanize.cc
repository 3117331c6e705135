#include "cli/humanize.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "text/quantity.h"

namespace cli {
namespace {

constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86400, kWeek = 7 * kDay, kMonth = 30 * kDay,
                  kYear = 12 * kMonth;

// Below `limit` seconds a duration is shown as `text`, with its number of `unit`s in front unless
// `unit` is 0.
struct Magnitude {
  int64_t limit;
  std::string_view text;
  int64_t unit;
};

constexpr Magnitude kLong[] = {
    {1, "0 seconds", 0},
    {2, "1 second", 0},
    {kMinute, " seconds", 1},
    {2 * kMinute, "1 minute", 0},
    {kHour, " minutes", kMinute},
    {2 * kHour, "1 hour", 0},
    {kDay, " hours", kHour},
    {2 * kDay, "1 day", 0},
    {kWeek, " days", kDay},
    {2 * kWeek, "1 week", 0},
    {kMonth, " weeks", kWeek},
    {2 * kMonth, "1 month", 0},
    {kYear, " months", kMonth},
    {18 * kMonth, "1 year", 0},
    {2 * kYear, "2 years", 0},
    {37 * kYear, " years", kYear},
    {INT64_MAX, "a long while", 0},
};

constexpr Magnitude kShort[] = {
    {1, "0s", 0},           {2, "1s", 0},          {kMinute, "s", 1},
    {2 * kMinute, "1m", 0}, {kHour, "m", kMinute}, {2 * kHour, "1h", 0},
    {kDay, "h", kHour},     {2 * kDay, "1d", 0},   {INT64_MAX, "d", kDay},
};

template <size_t N>
std::string by_magnitude(int64_t seconds, const Magnitude (&rows)[N]) {
  seconds = std::abs(seconds);
  const auto row = std::find_if(std::begin(rows), std::end(rows) - 1,
                                [&](const Magnitude& one) { return seconds < one.limit; });
  return row->unit ? fmt::format("{}{}", seconds / row->unit, row->text) : std::string(row->text);
}

int64_t whole_seconds(base::Duration duration) { return duration.ns / 1'000'000'000; }

// The calendar day of a count of days since 1970 (Howard Hinnant's algorithm, public domain).
struct Day {
  int64_t year;
  unsigned month, day;
};

Day day_of(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
  const unsigned shifted = (5 * of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int64_t>(year) + era * 400 + (month <= 2 ? 1 : 0), month,
          of_year - (153 * shifted + 2) / 5 + 1};
}

struct Local {
  Day day;
  int64_t weekday, hour, minute, second;
  std::string offset;  // "+0200"
};

Local local(base::Time time, const Zone& zone) {
  const int64_t seconds = time.unix_seconds() + zone.offset_seconds;
  const int64_t days = seconds >= 0 ? seconds / kDay : (seconds - kDay + 1) / kDay;
  const int64_t of_day = seconds - days * kDay;
  const int minutes = std::abs(zone.offset_seconds) / 60;
  return {
      day_of(days),
      ((days + 4) % 7 + 7) % 7,
      of_day / kHour,
      of_day % kHour / kMinute,
      of_day % kMinute,
      fmt::format("{}{:02}{:02}", zone.offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60)};
}

}  // namespace

std::string relative_time(base::Time time, base::Time now) {
  const int64_t seconds = whole_seconds(now - time);
  if (seconds == 0) return "now";
  return by_magnitude(seconds, kLong) + (seconds > 0 ? " ago" : " from now");
}

std::string timestamp(base::Time time, base::Time now, const Zone& zone) {
  static constexpr std::string_view kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Local at = local(time, zone);
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} {} ({})", kWeekdays[at.weekday],
                     kMonths[at.day.month - 1], at.day.day, at.hour, at.minute, at.second,
                     at.offset, relative_time(time, now));
}

std::string go_time(base::Time time, const Zone& zone) {
  const Local at = local(time, zone);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {} {}", at.day.year, at.day.month,
                     at.day.day, at.hour, at.minute, at.second, at.offset, zone.name);
}

std::string long_duration(base::Duration duration) {
  const int64_t seconds = whole_seconds(duration);
  const std::string first = by_magnitude(seconds, kLong);
  if (seconds < kMinute) return first;
  if (seconds < kHour) return fmt::format("{} {} seconds", first, seconds % kMinute);
  if (seconds < kDay) return fmt::format("{} {} minutes", first, seconds % kHour / kMinute);
  return fmt::format("{} {} hours", first, seconds % kDay / kHour);
}

std::string short_duration(base::Duration duration) {
  return by_magnitude(whole_seconds(duration), kShort);
}

base::Duration elapsed(base::Time start, base::Time finish, base::Time now) {
  if (!start.is_set()) return {};
  return (finish.is_set() ? finish : now) - start;
}

std::string resources_duration(const text::Value& owner) {
  const text::Value* durations = owner.find("resourcesDuration");
  std::string out;
  if (!durations || !durations->is_map()) return out;
  for (const text::Member& member : durations->as_map()) {
    const std::string_view unit = member.key == "memory" ? "100Mi"
                                  : member.key == "storage" || member.key == "ephemeral-storage"
                                      ? "10Gi"
                                      : "1";
    const int64_t seconds = member.value.to_int().value_or(0);
    if (!out.empty()) out += ',';
    out += fmt::format("{}*({} {})", text::to_go_string(base::Duration::seconds(seconds)), unit,
                       member.key);
  }
  return out;
}

std::string one_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  for (const char c : text) out += static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

base::Result<base::Duration> parse_since(std::string_view text) {
  const auto bad = [&] {
    return base::fail(base::Code::kInvalid, fmt::format("invalid duration \"{}\"", text), {},
                      "write it as 30s, 10m, 3h or 1d");
  };
  base::Duration days;
  std::string_view left = text;
  if (const size_t mark = text.find('d'); mark != std::string_view::npos) {
    int64_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + mark, count);
    if (error != std::errc() || stop != text.data() + mark || count < 0 || count > 36500)
      return bad();
    days = base::Duration::seconds(count * kDay);
    left.remove_prefix(mark + 1);
    if (left.empty()) return days;
  }
  const auto rest = text::parse_duration(left);
  if (!rest || rest->ns < 0) return bad();
  return days + *rest;
}

}  // namespace cli

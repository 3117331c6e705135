// time_text.h — instants with a zone, read and written by Go's reference layouts ("2006-01-02").
//
// Zones are UTC and fixed offsets here; zoned_time.h adds those of the zone database.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace expr {

// Covers Go's years, so also the zero time, 0001-01-01T00:00:00Z, that base::Time cannot hold.
struct Instant {
  int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  int32_t nanos = 0;
  int32_t offset = 0;  // of the zone it is shown in, seconds east of UTC

  // Equal when they are the same moment.
  friend bool operator==(const Instant& a, const Instant& b) {
    return a.seconds == b.seconds && a.nanos == b.nanos;
  }
  friend std::strong_ordering operator<=>(const Instant& a, const Instant& b) {
    if (const auto order = a.seconds <=> b.seconds; order != 0) return order;
    return a.nanos <=> b.nanos;
  }
};

inline constexpr Instant kZeroInstant{.seconds = -62135596800};

struct Civil {
  int64_t year = 1;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int32_t nanos = 0;
  int weekday = 0;   // 0 is Sunday
  int year_day = 1;  // from 1
};

// As the instant's zone shows it.
Civil civil_of(const Instant& instant);
// Fields beyond their range carry over, as Go's time.Date does (month 13 is January).
Instant instant_of(const Civil& civil, int32_t offset);

std::string_view month_name(int month);      // "January"
std::string_view weekday_name(int weekday);  // "Sunday"

// `abbreviation` is the zone's ("CEST"); without one it is shown as its offset.
std::string format_time(const Instant& instant, std::string_view layout,
                        std::string_view abbreviation = {});

// What a time text says: a zone by its offset, by its abbreviation, by both, or not at all.
struct TimeParts {
  Civil civil;
  bool utc = false;  // "Z" or "UTC"
  std::optional<int32_t> offset;
  std::string zone_name;
};
// Nothing: as parse_time.
std::optional<TimeParts> read_time(std::string_view layout, std::string_view text);

// Abbreviations of zones count as UTC; parse_time_in() of zoned_time.h knows them. Nothing: the
// text does not have the layout's form, or a field is out of its range.
std::optional<Instant> parse_time(std::string_view layout, std::string_view text);

inline constexpr std::string_view kRfc3339Nano = "2006-01-02T15:04:05.999999999Z07:00";

}  // namespace expr

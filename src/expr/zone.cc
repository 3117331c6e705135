#include "expr/zone.h"

#include <cctz/time_zone.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace expr {

// Either a zone of the database or a fixed offset.
struct TimeZone::Body {
  std::string name;
  std::optional<cctz::time_zone> loaded;
  int32_t offset = 0;
};

namespace {

using Point = cctz::time_point<cctz::seconds>;

// cctz counts civil years in 64 bits but computes with seconds: beyond this it would overflow. Go's
// own answers are not meaningful there either.
constexpr int64_t kSecondsMax = int64_t{1} << 58;

Point point_of(int64_t unix_seconds) {
  return Point(cctz::seconds(std::clamp(unix_seconds, -kSecondsMax, kSecondsMax)));
}

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";

// Asked before cctz is, which keeps each name that it could not load in memory, and which gives
// some names a meaning of its own ("Fixed/UTC+01:00:00", "libc:localtime", "file:…").
bool is_in_database(std::string_view name) {
  if (name.size() > 255 || name.find_first_of(std::string_view(":\0", 2)) != std::string_view::npos)
    return false;
  std::error_code failed;
  return std::filesystem::is_regular_file(std::string(kDatabase) + std::string(name), failed);
}

bool has_database() {
  std::error_code failed;
  return std::filesystem::is_directory(kDatabase, failed);
}

}  // namespace

TimeZone::TimeZone() {
  static const auto utc = std::make_shared<const Body>(Body{"UTC", std::nullopt, 0});
  body_ = utc;
}

TimeZone TimeZone::local() {
  return TimeZone(std::make_shared<const Body>(Body{"Local", cctz::local_time_zone(), 0}));
}

TimeZone TimeZone::fixed(std::string name, int32_t offset) {
  return TimeZone(std::make_shared<const Body>(Body{std::move(name), std::nullopt, offset}));
}

base::Result<TimeZone> TimeZone::load(std::string_view name) {
  if (name.empty() || name == "UTC") return TimeZone();
  if (name == "Local") return local();
  if (name.find("..") != std::string_view::npos || name[0] == '/' || name[0] == '\\')
    return base::fail(base::Code::kInvalid,
                      "invalid name of a time zone \"" + std::string(name) + "\": it is a path", {},
                      "give a name of the IANA database, as Europe/Berlin");
  cctz::time_zone zone;
  if (is_in_database(name) && cctz::load_time_zone(std::string(name), &zone))
    return TimeZone(std::make_shared<const Body>(Body{std::string(name), zone, 0}));
  if (!has_database())
    return base::fail(
        base::Code::kNotFound,
        "unknown time zone \"" + std::string(name) + "\": this machine has no time zone database",
        {}, "install the package tzdata");
  return base::fail(base::Code::kNotFound, "unknown time zone \"" + std::string(name) + "\"", {},
                    "give a name of the IANA database, as Europe/Berlin");
}

const std::string& TimeZone::name() const { return body_->name; }

TimeZone::Period TimeZone::at(int64_t unix_seconds) const {
  if (!body_->loaded) return {body_->offset, body_->name, false};
  const auto found = body_->loaded->lookup(point_of(unix_seconds));
  return {found.offset, found.abbr, found.is_dst};
}

int32_t TimeZone::offset_at(int64_t unix_seconds) const {
  return body_->loaded ? body_->loaded->lookup(point_of(unix_seconds)).offset : body_->offset;
}

Instant TimeZone::show(Instant instant) const {
  instant.offset = offset_at(instant.seconds);
  return instant;
}

// time.Date: the offset that holds at the civil time taken for UTC is a first guess; the one at the
// instant that the guess leads to is used.
Instant TimeZone::instant_of(const Civil& civil) const {
  Instant out = expr::instant_of(civil, 0);
  const int64_t guess = out.seconds - offset_at(out.seconds);
  out.seconds -= offset_at(guess);
  return show(out);
}

std::optional<int32_t> TimeZone::offset_of(std::string_view abbreviation,
                                           int64_t civil_seconds) const {
  if (!body_->loaded) {
    if (abbreviation == body_->name) return body_->offset;
    return std::nullopt;
  }
  // The years of the database: its first changes are of the 19th century, and what comes after
  // 2037 follows a yearly rule.
  constexpr int64_t kFirst = -5'000'000'000, kLast = 2'200'000'000;
  std::optional<int32_t> any;
  std::optional<int64_t> change = kFirst;
  while (change && *change < kLast) {
    const Period period = at(*change);
    if (period.abbreviation == abbreviation) {
      if (at(civil_seconds - period.offset).abbreviation == abbreviation) return period.offset;
      if (!any) any = period.offset;
    }
    change = next_change(*change);
  }
  return any;
}

std::optional<int64_t> TimeZone::next_change(int64_t unix_seconds) const {
  if (!body_->loaded) return std::nullopt;
  cctz::time_zone::civil_transition change;
  const Point from = point_of(unix_seconds);
  if (!body_->loaded->next_transition(from, &change)) return std::nullopt;
  // cctz names the change by what clocks show on both sides of it.
  return body_->loaded->lookup(change.to).trans.time_since_epoch().count();
}

}  // namespace expr

#include "expr/zoned_time.h"

#include <charconv>
#include <utility>

namespace expr {

ZonedTime in_zone(const Instant& instant, const TimeZone& zone) {
  return {zone.show(instant), zone};
}

TimeZone zone_of(const ZonedTime& time) {
  if (time.zone) return *time.zone;
  return time.offset == 0 ? TimeZone() : TimeZone::fixed("", time.offset);
}

std::string abbreviation_of(const ZonedTime& time) {
  return time.zone ? time.zone->at(time.seconds).abbreviation : std::string();
}

std::string format_time(const ZonedTime& time, std::string_view layout) {
  return format_time(static_cast<const Instant&>(time), layout, abbreviation_of(time));
}

std::optional<ZonedTime> parse_time_in(std::string_view layout, std::string_view text,
                                       const TimeZone& zone) {
  auto read = read_time(layout, text);
  if (!read) return std::nullopt;
  const Instant utc = instant_of(read->civil, 0);
  if (read->utc) return in_zone(utc, TimeZone());
  if (read->offset) {
    const Instant instant{.seconds = utc.seconds - *read->offset, .nanos = utc.nanos};
    const TimeZone::Period here = zone.at(instant.seconds);
    if (here.offset == *read->offset &&
        (read->zone_name.empty() || read->zone_name == here.abbreviation))
      return in_zone(instant, zone);
    return in_zone(instant, TimeZone::fixed(read->zone_name, *read->offset));
  }
  if (read->zone_name.empty()) {
    const Instant instant = zone.instant_of(read->civil);
    return in_zone(instant, zone);
  }
  if (const auto offset = zone.offset_of(read->zone_name, utc.seconds)) {
    const Instant instant{.seconds = utc.seconds - *offset, .nanos = utc.nanos};
    return in_zone(instant, zone);
  }
  // An abbreviation that the zone does not have: a zone of that name, whose offset is known for
  // "GMT-7" alone. The clock was read as UTC all the same, as Go does.
  int hours = 0;
  if (read->zone_name.starts_with("GMT") && read->zone_name.size() > 3) {
    const char* from = read->zone_name.data() + (read->zone_name[3] == '+' ? 4 : 3);
    std::from_chars(from, read->zone_name.data() + read->zone_name.size(), hours);
  }
  return in_zone(utc, TimeZone::fixed(read->zone_name, hours * 3600));
}

}  // namespace expr

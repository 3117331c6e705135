// zoned_time.h — an instant with the zone that it is shown in, as Go's time.Time.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "expr/time_text.h"
#include "expr/zone.h"

namespace expr {

struct ZonedTime : Instant {
  std::optional<TimeZone> zone;  // nothing: UTC, or the offset without a name
};

// The same moment, shown in another zone.
ZonedTime in_zone(const Instant& instant, const TimeZone& zone);
// The zone: a fixed one without a name where there is only an offset.
TimeZone zone_of(const ZonedTime& time);
// The zone's abbreviation at that time: "CEST"; "" where the offset has no name.
std::string abbreviation_of(const ZonedTime& time);

std::string format_time(const ZonedTime& time, std::string_view layout);

// time.ParseInLocation: a text without a zone, and the abbreviations of zones, are those of `zone`.
// Nothing: the text does not have the layout's form, or a field is out of its range.
std::optional<ZonedTime> parse_time_in(std::string_view layout, std::string_view text,
                                       const TimeZone& zone);

}  // namespace expr

#include "expr/zone.h"

#include <gtest/gtest.h>

namespace expr {
namespace {

int64_t seconds_of(std::string_view rfc3339) {
  const auto parsed = parse_time(kRfc3339Nano, rfc3339);
  EXPECT_TRUE(parsed) << rfc3339;
  return parsed ? parsed->seconds : 0;
}

TimeZone zone(std::string_view name) {
  const auto loaded = TimeZone::load(name);
  EXPECT_TRUE(loaded) << loaded.error().to_string();
  return loaded.value_or(TimeZone());
}

TEST(TimeZone, NamesThatAreNoFilesOfTheDatabaseAreGos) {
  EXPECT_EQ(zone("").name(), "UTC");
  EXPECT_EQ(zone("UTC").at(0).abbreviation, "UTC");
  EXPECT_EQ(zone("Local").name(), "Local");
}

TEST(TimeZone, RefusesWhatIsNoZone) {
  const struct {
    const char* name;
    base::Code code;
  } cases[] = {
      {"Europe/Atlantis", base::Code::kNotFound},
      {"europe/berlin/", base::Code::kNotFound},
      {"Europe", base::Code::kNotFound},
      {"tzdata.zi", base::Code::kNotFound},
      {"Fixed/UTC+01:00:00", base::Code::kNotFound},
      {"libc:localtime", base::Code::kNotFound},
      {"file:/etc/localtime", base::Code::kNotFound},
      {" Europe/Berlin", base::Code::kNotFound},
      {"/usr/share/zoneinfo/Europe/Berlin", base::Code::kInvalid},
      {"\\Europe", base::Code::kInvalid},
      {"../zoneinfo/Europe/Berlin", base::Code::kInvalid},
      {"Europe/..", base::Code::kInvalid},
  };
  for (const auto& c : cases) {
    const auto loaded = TimeZone::load(c.name);
    ASSERT_FALSE(loaded) << c.name;
    EXPECT_EQ(loaded.error().code, c.code) << c.name;
  }
}

TEST(TimeZone, KnowsOffsetAndAbbreviationOfAnInstant) {
  const struct {
    const char *zone, *instant;
    int32_t offset;
    const char* abbreviation;
    bool daylight_saving;
  } cases[] = {
      {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600, "CET", false},
      {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200, "CEST", true},
      {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200, "CEST", true},
      {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600, "CET", false},
      {"Europe/Berlin", "1880-01-01T00:00:00Z", 3208, "LMT", false},
      {"America/New_York", "2187-07-01T00:00:00Z", -14400, "EDT", true},
      {"Asia/Kathmandu", "2026-01-01T00:00:00Z", 20700, "+0545", false},
      {"EST5EDT", "2026-01-01T00:00:00Z", -18000, "EST", false},
  };
  for (const auto& c : cases) {
    const TimeZone::Period period = zone(c.zone).at(seconds_of(c.instant));
    EXPECT_EQ(period.offset, c.offset) << c.zone << " " << c.instant;
    EXPECT_EQ(period.abbreviation, c.abbreviation) << c.zone << " " << c.instant;
    EXPECT_EQ(period.daylight_saving, c.daylight_saving) << c.zone << " " << c.instant;
  }
  EXPECT_EQ(zone("Europe/Berlin").show({.seconds = 0}).offset, 3600);
}

TEST(TimeZone, ReadsCivilTimesAsGoDoes) {
  const struct {
    const char *title, *zone;
    Civil civil;
    const char* instant;
  } cases[] = {
      {"a plain time", "Europe/Berlin", {2026, 7, 1, 12, 0, 0}, "2026-07-01T10:00:00Z"},
      {"a skipped time east of UTC moves on by the gap",
       "Europe/Berlin",
       {2026, 3, 29, 2, 30, 0},
       "2026-03-29T01:30:00Z"},
      {"a skipped time west of UTC moves back by the gap",
       "America/New_York",
       {2026, 3, 8, 2, 30, 0},
       "2026-03-08T06:30:00Z"},
      {"of a time that comes twice, the later one east of UTC",
       "Europe/Berlin",
       {2026, 10, 25, 2, 30, 0},
       "2026-10-25T01:30:00Z"},
      {"of a time that comes twice, the first one west of UTC",
       "America/New_York",
       {2026, 11, 1, 1, 30, 0},
       "2026-11-01T05:30:00Z"},
      {"month 13 is January", "UTC", {2026, 13, 1, 0, 0, 0}, "2027-01-01T00:00:00Z"},
      {"day 0 is the last day of the month before", "UTC", {2026, 3, 0}, "2026-02-28T00:00:00Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(zone(c.zone).instant_of(c.civil).seconds, seconds_of(c.instant)) << c.title;
}

TEST(TimeZone, FindsTheOffsetOfAnAbbreviation) {
  const TimeZone berlin = zone("Europe/Berlin");
  const int64_t summer = seconds_of("2026-07-01T12:00:00Z");
  EXPECT_EQ(berlin.offset_of("CEST", summer), 7200);
  EXPECT_EQ(berlin.offset_of("CET", summer), 3600);
  EXPECT_EQ(berlin.offset_of("EST", summer), std::nullopt);
  EXPECT_EQ(TimeZone().offset_of("UTC", summer), 0);
  EXPECT_EQ(TimeZone::fixed("X", 90).offset_of("X", summer), 90);
}

TEST(TimeZone, FindsTheNextChangeOfTheClocks) {
  const TimeZone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.next_change(seconds_of("2026-01-01T00:00:00Z")),
            seconds_of("2026-03-29T01:00:00Z"));
  EXPECT_EQ(berlin.next_change(seconds_of("2026-03-29T01:00:00Z")),
            seconds_of("2026-10-25T01:00:00Z"));
  EXPECT_EQ(zone("Asia/Tokyo").next_change(seconds_of("2026-01-01T00:00:00Z")), std::nullopt);
  EXPECT_EQ(TimeZone().next_change(0), std::nullopt);
}

TEST(TimeZone, FarInstantsDoNotOverflow) {
  const TimeZone berlin = zone("Europe/Berlin");
  berlin.at(INT64_MAX);
  berlin.at(INT64_MIN);
  EXPECT_EQ(berlin.offset_at(seconds_of("9999-07-01T00:00:00Z")), 7200);
}

}  // namespace
}  // namespace expr

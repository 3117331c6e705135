#include "expr/cron.h"

#include <gtest/gtest.h>

namespace expr {
namespace {

base::Time time(std::string_view text) {
  const auto parsed = base::parse_rfc3339(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(base::Time());
}

std::string shown(const std::vector<base::Time>& slots) {
  std::string out;
  for (const base::Time slot : slots) out += (out.empty() ? "" : " ") + base::to_rfc3339(slot);
  return out;
}

Schedule schedule(std::string_view text, TimeZone local = {}) {
  auto parsed = Schedule::parse(text, std::move(local));
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().to_string();
  return parsed ? *parsed : Schedule::parse("@daily").value();
}

struct NextCase {
  const char *title, *schedule, *after, *slots;
};

void expect_next(const NextCase& c) {
  const size_t count = (std::string_view(c.slots).size() + 1) / 21;
  EXPECT_EQ(shown(schedule(c.schedule).next(time(c.after), std::max<size_t>(count, 1))), c.slots)
      << c.title;
}

TEST(Cron, FieldsMeanWhatRobfigReads) {
  constexpr NextCase kCases[] = {
      {"a star is every minute", "* * * * *", "2026-01-01T00:00:00Z",
       "2026-01-01T00:01:00Z 2026-01-01T00:02:00Z"},
      {"a slot is after the instant, never at it", "0 0 * * *", "2026-01-01T00:00:00Z",
       "2026-01-02T00:00:00Z"},
      {"a moment before the slot", "0 0 * * *", "2025-12-31T23:59:59.999999999Z",
       "2026-01-01T00:00:00Z"},
      {"a step after a star", "*/20 * * * *", "2026-01-01T00:00:00Z",
       "2026-01-01T00:20:00Z 2026-01-01T00:40:00Z 2026-01-01T01:00:00Z"},
      {"a step after a number goes on to the end", "50/5 * * * *", "2026-01-01T00:00:00Z",
       "2026-01-01T00:50:00Z 2026-01-01T00:55:00Z 2026-01-01T01:50:00Z"},
      {"a step in a range", "10-20/5 * * * *", "2026-01-01T00:15:00Z",
       "2026-01-01T00:20:00Z 2026-01-01T01:10:00Z"},
      {"a step wider than the range", "*/90 * * * *", "2026-01-01T00:00:00Z",
       "2026-01-01T01:00:00Z"},
      {"lists may have empty parts", "5,,10, * * * *", "2026-01-01T00:00:00Z",
       "2026-01-01T00:05:00Z 2026-01-01T00:10:00Z"},
      {"names in any case", "0 0 * jan,FEB Mon-wEd", "2026-01-31T00:00:00Z",
       "2026-02-02T00:00:00Z 2026-02-03T00:00:00Z 2026-02-04T00:00:00Z"},
      {"a question mark is a star", "0 0 ? * 1", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"},
      {"day and weekday, both given: one of them", "0 0 13 * 5", "2026-02-06T00:00:00Z",
       "2026-02-13T00:00:00Z 2026-02-20T00:00:00Z"},
      {"with a star, both must match", "0 0 13 * *", "2026-01-01T00:00:00Z",
       "2026-01-13T00:00:00Z"},
      {"a star with a step is no star", "0 0 */31 * 1", "2026-01-01T00:00:00Z",
       "2026-01-05T00:00:00Z 2026-01-12T00:00:00Z"},
      {"months without a day 31 are passed over", "0 0 31 * *", "2026-01-31T00:00:00Z",
       "2026-03-31T00:00:00Z"},
      {"leap days within five years", "0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
      {"what is after a star before a slash is not looked at", "*-5 * * * *",
       "2026-01-01T00:30:00Z", "2026-01-01T00:31:00Z"},
      {"a plus sign", "+5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"},
      {"any white space between fields", "0\t0\u00a0 1  1 *", "2026-01-01T00:00:00Z",
       "2027-01-01T00:00:00Z"},
  };
  for (const NextCase& c : kCases) expect_next(c);
}

TEST(Cron, DescriptorsStandForFields) {
  constexpr NextCase kCases[] = {
      {"hourly", "@hourly", "2026-03-05T10:20:00Z", "2026-03-05T11:00:00Z"},
      {"daily", "@daily", "2026-03-05T10:20:00Z", "2026-03-06T00:00:00Z"},
      {"midnight", "@midnight", "2026-03-05T10:20:00Z", "2026-03-06T00:00:00Z"},
      {"weekly is Sunday", "@weekly", "2026-03-05T10:20:00Z", "2026-03-08T00:00:00Z"},
      {"monthly", "@monthly", "2026-03-05T10:20:00Z", "2026-04-01T00:00:00Z"},
      {"yearly", "@yearly", "2026-03-05T10:20:00Z", "2027-01-01T00:00:00Z"},
      {"annually", "@annually", "2026-03-05T10:20:00Z", "2027-01-01T00:00:00Z"},
      {"every counts from the instant, on whole seconds", "@every 1h30m", "2026-03-05T10:20:00.9Z",
       "2026-03-05T11:50:00Z 2026-03-05T13:20:00Z"},
      {"every drops parts of a second", "@every 1.9s", "2026-03-05T10:20:00Z",
       "2026-03-05T10:20:01Z"},
      {"every is a second at least", "@every -5m", "2026-03-05T10:20:00Z", "2026-03-05T10:20:01Z"},
      {"with a time zone", "CRON_TZ=Asia/Tokyo @daily", "2026-03-05T10:20:00Z",
       "2026-03-05T15:00:00Z"},
  };
  for (const NextCase& c : kCases) expect_next(c);
}

TEST(Cron, ClocksThatChangeAreFollowedAsRobfigDoes) {
  constexpr NextCase kCases[] = {
      {"TZ= and CRON_TZ= are one", "TZ=Asia/Tokyo 0 9 * * *", "2026-01-01T00:00:00Z",
       "2026-01-02T00:00:00Z"},
      {"no zone name is UTC", "CRON_TZ= 0 9 * * *", "2026-01-01T00:00:00Z", "2026-01-01T09:00:00Z"},
      {"a skipped time has no slot that day", "CRON_TZ=Europe/Berlin 30 2 * * *",
       "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},
      {"nor west of UTC", "CRON_TZ=America/New_York 30 2 * * *", "2026-03-07T12:00:00Z",
       "2026-03-09T06:30:00Z"},
      {"a time that comes twice has two slots", "CRON_TZ=America/New_York 30 1 * * *",
       "2026-11-01T00:00:00Z", "2026-11-01T05:30:00Z 2026-11-01T06:30:00Z"},
      {"an hourly schedule has each hour once", "CRON_TZ=Europe/Berlin 0 * * * *",
       "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z"},
      {"a day without midnight begins at one", "CRON_TZ=America/Sao_Paulo 0 1 * * *",
       "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z"},
      {"midnight that does not exist has no slot", "CRON_TZ=America/Sao_Paulo 0 0 * * *",
       "2018-11-03T12:00:00Z", "2018-11-05T02:00:00Z"},
      {"a day that does not exist is passed over", "CRON_TZ=Pacific/Apia 0 12 30 * *",
       "2011-12-01T00:00:00Z", "2012-01-29T22:00:00Z"},
  };
  for (const NextCase& c : kCases) expect_next(c);
}

TEST(Cron, ATextWithoutAZoneIsReadInTheLocalOne) {
  const TimeZone tokyo = TimeZone::load("Asia/Tokyo").value();
  EXPECT_EQ(schedule("0 9 * * *", tokyo).next(time("2026-01-01T00:00:00Z")),
            time("2026-01-02T00:00:00Z"));
  EXPECT_EQ(schedule("TZ=UTC 0 9 * * *", tokyo).next(time("2026-01-01T00:00:00Z")),
            time("2026-01-01T09:00:00Z"));
}

TEST(Cron, WhatNeverComesIsNone) {
  for (const char* text : {"0 0 30 2 *", "0 0 31 4,6,9,11 *", ", * * * *", "* , * * *", "0 0 , * *",
                           "* * * , *", "0 0 * * ,", "CRON_TZ=Pacific/Apia 0 0 31 2 *"}) {
    EXPECT_EQ(schedule(text).next(time("2026-01-01T00:00:00Z")), std::nullopt) << text;
    EXPECT_EQ(schedule(text).previous(time("2026-01-01T00:00:00Z")), std::nullopt) << text;
  }
  EXPECT_EQ(schedule("0 0 29 2 *").next(time("2096-03-01T00:00:00Z")), std::nullopt)
      << "2100 is no leap year, 2104 is eight years away";
  EXPECT_EQ(schedule("@yearly").next(base::Time{INT64_MAX}), std::nullopt);
  schedule("@yearly").next(base::Time{INT64_MIN});
}

TEST(Cron, ThePreviousSlotIsTheNewestBefore) {
  const struct {
    const char *title, *schedule, *before, *slot;
  } cases[] = {
      {"of minutes", "* * * * *", "2026-01-01T00:01:00Z", "2026-01-01T00:00:00Z"},
      {"not the instant itself", "0 0 * * *", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"},
      {"a moment after it", "0 0 * * *", "2026-01-02T00:00:00.000000001Z", "2026-01-02T00:00:00Z"},
      {"a year ago", "0 0 1 3 *", "2026-02-28T00:00:00Z", "2025-03-01T00:00:00Z"},
      {"the end of a dense half year", "* * * 1-6 *", "2026-12-31T00:00:00Z",
       "2026-06-30T23:59:00Z"},
      {"a leap day", "0 0 29 2 *", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"of every, one delay before", "@every 5m", "2026-01-01T00:00:00Z", "2025-12-31T23:55:00Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(schedule(c.schedule).previous(time(c.before)), time(c.slot)) << c.title;
}

TEST(Cron, OfMissedSlotsTheNewest) {
  const Schedule hourly = schedule("@hourly");
  const base::Time start = time("2026-01-01T00:00:00Z");
  EXPECT_EQ(hourly.newest_between(start, time("2026-01-03T05:30:00Z")),
            time("2026-01-03T05:00:00Z"));
  EXPECT_EQ(hourly.newest_between(start, time("2026-01-01T01:00:00Z")), std::nullopt);
  EXPECT_EQ(hourly.newest_between(start, start), std::nullopt);
  const Schedule every = schedule("@every 7s");
  EXPECT_EQ(every.newest_between(start, time("2026-01-01T00:00:20Z")),
            time("2026-01-01T00:00:14Z"));
  EXPECT_EQ(every.newest_between(start, time("2026-01-01T00:00:07Z")), std::nullopt);
  EXPECT_EQ(every.newest_between(start, time("2026-01-01T00:00:08Z")),
            time("2026-01-01T00:00:07Z"));
}

TEST(Cron, PreviousAndNextAgree) {
  for (const char* text : {"*/7 3-5 * * *", "0 0 1 */2 *", "15 10 * * mon", "30 4 1,15 * 5",
                           "CRON_TZ=Europe/Berlin 30 2 * * *"}) {
    const Schedule one = schedule(text);
    const auto slots = one.next(time("2026-01-01T00:00:00Z"), 40);
    ASSERT_EQ(slots.size(), 40u);
    for (size_t i = 1; i < slots.size(); ++i)
      EXPECT_EQ(one.previous(slots[i]), slots[i - 1]) << text << " " << base::to_rfc3339(slots[i]);
  }
}

TEST(Cron, RefusesWhatRobfigRefuses) {
  const struct {
    const char* schedule;
    uint32_t column;
    const char* text;
  } cases[] = {
      {"", 1, "the schedule is empty"},
      {"0 0 * *", 1, "a schedule has five fields, not 4"},
      {"0 0 0 * * *", 1, "a schedule has five fields, not 6"},
      {"60 * * * *", 1, "minute: more than 59: \"60\""},
      {"* 24 * * *", 3, "hour: more than 23: \"24\""},
      {"* * 0 * *", 5, "day of month: less than 1: \"0\""},
      {"* * * 13 *", 7, "month: more than 12: \"13\""},
      {"* * * * 7", 9, "day of week: more than 6: \"7\""},
      {"* * * * MONDAY", 9, "day of week: not a number: \"MONDAY\""},
      {"5-1 * * * *", 1, "minute: the end is before the beginning: \"5-1\""},
      {"*/0 * * * *", 1, "minute: the step must be at least 1: \"*/0\""},
      {"*/-1 * * * *", 1, "minute: not a number: \"-1\""},
      {"1- * * * *", 1, "minute: not a number: \"\""},
      {"1-2-3 * * * *", 1, "minute: too many hyphens: \"1-2-3\""},
      {"1/2/3 * * * *", 1, "minute: too many slashes: \"1/2/3\""},
      {"99999999999999999999 * * * *", 1, "minute: not a number: \"99999999999999999999\""},
      {"0 0 L * *", 5, "day of month: not a number: \"L\""},
      {"@Daily", 1, "unknown descriptor \"@Daily\""},
      {"@reboot", 1, "unknown descriptor \"@reboot\""},
      {"@every", 1, "unknown descriptor \"@every\""},
      {" @daily", 1, "a schedule has five fields, not 1"},
      {"TZ=UTC", 7, "there is a time zone, but no schedule"},
      {"TZ=UTC ", 7, "a schedule has five fields, not 0"},
      {"CRON_TZ=Nope/X 0 9 * * *", 9, "unknown time zone \"Nope/X\""},
      {"CRON_TZ=UTC CRON_TZ=UTC 0 9 * * *", 13, "a schedule has five fields, not 6"},
  };
  for (const auto& c : cases) {
    const auto parsed = Schedule::parse(c.schedule);
    ASSERT_FALSE(parsed) << c.schedule;
    EXPECT_EQ(parsed.error().text, c.text) << c.schedule;
    EXPECT_EQ(parsed.error().where.column, c.column) << c.schedule;
  }
}

TEST(Cron, TheCronWorkflowsZoneStandsInFront) {
  EXPECT_EQ(schedule_with_zone("@daily", ""), "@daily");
  EXPECT_EQ(schedule_with_zone("@daily", "UTC"), "CRON_TZ=UTC @daily");
}

}  // namespace
}  // namespace expr

#include "base/time.h"

#include <gtest/gtest.h>

namespace base {
namespace {

struct ReadCase {
  const char *title, *text, *utc;  // utc "" means: refused
};

class ReadsTimes : public testing::TestWithParam<ReadCase> {};

TEST_P(ReadsTimes, AsRfc3339) {
  const std::optional<Time> time = parse_rfc3339(GetParam().text);
  EXPECT_EQ(time ? to_rfc3339_nano(*time) : "", GetParam().utc) << GetParam().title;
}

INSTANTIATE_TEST_SUITE_P(
    Spec, ReadsTimes,
    testing::Values(
        ReadCase{"whole seconds in UTC", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000Z"},
        ReadCase{"nine digits of a second", "2026-01-02T03:04:05.123456789Z",
                 "2026-01-02T03:04:05.123456789Z"},
        ReadCase{"a tenth digit is cut", "2026-01-02T03:04:05.1234567899Z",
                 "2026-01-02T03:04:05.123456789Z"},
        ReadCase{"an offset moves the instant", "2026-01-02T03:04:05+02:30",
                 "2026-01-02T00:34:05.000000000Z"},
        ReadCase{"over the turn of the year", "2025-12-31T23:30:00-01:00",
                 "2026-01-01T00:30:00.000000000Z"},
        ReadCase{"29 February of a leap year", "2024-02-29T00:00:00Z",
                 "2024-02-29T00:00:00.000000000Z"},
        ReadCase{"the first instant is unset", "1970-01-01T00:00:00Z",
                 "1970-01-01T00:00:00.000000000Z"},
        ReadCase{"before 1970", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000000Z"},
        ReadCase{"month 13 is refused", "2026-13-02T03:04:05Z", ""},
        ReadCase{"hour 24 is refused", "2026-01-02T24:04:05Z", ""},
        ReadCase{"no zone is refused", "2026-01-02T03:04:05", ""},
        ReadCase{"text behind it is refused", "2026-01-02T03:04:05Z!", ""},
        ReadCase{"a word is refused", "yesterday", ""}, ReadCase{"nothing is refused", "", ""}));

TEST(Time, StandsInASecondBefore1970Too) {
  struct Case {
    int64_t ns, seconds;
  } const kCases[] = {{0, 0},
                      {1, 0},
                      {999'999'999, 0},
                      {1'000'000'000, 1},
                      {-1, -1},
                      {-1'000'000'000, -1},
                      {-1'000'000'001, -2},
                      {INT64_MAX, 9'223'372'036},
                      {INT64_MIN, -9'223'372'037}};
  for (const Case& one : kCases) EXPECT_EQ(Time{one.ns}.unix_seconds(), one.seconds) << one.ns;
}

TEST(Time, WritesWholeSecondsDown) {
  EXPECT_EQ(to_rfc3339(Time{1'999'999'999}), "1970-01-01T00:00:01Z");
  EXPECT_EQ(to_rfc3339(Time{-1}), "1969-12-31T23:59:59Z");
}

TEST(Time, DifferencesAreDurations) {
  const Time later = Time::from_unix_seconds(10) + Duration::millis(1500);
  EXPECT_EQ((later - Time::from_unix_seconds(10)).ns, 1'500'000'000);
}

}  // namespace
}  // namespace base

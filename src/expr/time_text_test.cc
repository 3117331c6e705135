#include "expr/time_text.h"

#include <gtest/gtest.h>

namespace expr {
namespace {

TEST(TimeText, ReadsAndWritesGosLayouts) {
  const struct {
    const char *layout, *text;
    int64_t seconds;
  } cases[] = {
      {"2006-01-02", "2023-08-14", 1691971200},
      {"2006-01-02 15:04:05", "1970-01-01 00:00:01", 1},
      {"2006-01-02T15:04:05Z07:00", "2023-08-14T02:00:00Z", 1691978400},
      {"Mon Jan _2 15:04:05 2006", "Mon Aug 14 00:00:00 2023", 1691971200},
      {"02/01/2006", "29/02/2024", 1709164800},
      {"2006-002", "2024-366", 1735603200},
      {"Jan 2, 2006 at 3:04pm (MST)", "Aug 14, 2023 at 1:05pm (UTC)", 1692018300},
      {"2006-01-02", "0001-01-01", -62135596800},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_time(c.layout, c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->seconds, c.seconds) << c.text;
    EXPECT_EQ(format_time(*parsed, c.layout), c.text);
  }
}

TEST(TimeText, KeepsOffsetsAndFractions) {
  const auto time = parse_time(kRfc3339Nano, "2023-08-14T10:20:30.125+02:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->seconds, 1692001230);
  EXPECT_EQ(time->nanos, 125'000'000);
  EXPECT_EQ(format_time(*time, kRfc3339Nano), "2023-08-14T10:20:30.125+02:00");
  EXPECT_EQ(format_time(*time, "15:04:05.000000 -0700"), "10:20:30.125000 +0200");
}

TEST(TimeText, RefusesWhatDoesNotFit) {
  const char* texts[] = {"2023-02-29", "2023-13-01", "2023-1-01", "2023-01-01 ", "x", ""};
  for (const char* text : texts) EXPECT_FALSE(parse_time("2006-01-02", text)) << text;
}

TEST(TimeText, DatesCarryOver) {
  EXPECT_EQ(format_time(instant_of({.year = 2023, .month = 14, .day = 31}, 0), "2006-01-02"),
            "2024-03-02");
  EXPECT_EQ(civil_of({.seconds = -1}).year, 1969);
  EXPECT_EQ(civil_of({.seconds = 0}).weekday, 4);
}

}  // namespace
}  // namespace expr

#include "cli/humanize.h"

#include <gtest/gtest.h>

#include "cli/table.h"

namespace cli {
namespace {

base::Duration s(int64_t seconds) { return base::Duration::seconds(seconds); }

TEST(Humanize, Durations) {
  struct Case {
    int64_t seconds;
    const char *long_form, *short_form, *relative;
  };
  constexpr int64_t kHour = 3600, kDay = 86400;
  const Case cases[] = {
      {0, "0 seconds", "0s", "now"},
      {1, "1 second", "1s", "1 second ago"},
      {59, "59 seconds", "59s", "59 seconds ago"},
      {60, "1 minute 0 seconds", "1m", "1 minute ago"},
      {119, "1 minute 59 seconds", "1m", "1 minute ago"},
      {3599, "59 minutes 59 seconds", "59m", "59 minutes ago"},
      {kHour, "1 hour 0 minutes", "1h", "1 hour ago"},
      {5 * kHour + 60, "5 hours 1 minutes", "5h", "5 hours ago"},
      {kDay, "1 day 0 hours", "1d", "1 day ago"},
      {6 * kDay, "6 days 0 hours", "6d", "6 days ago"},
      {7 * kDay, "1 week 0 hours", "7d", "1 week ago"},
      {400 * kDay, "1 year 0 hours", "400d", "1 year ago"},
      {-5, "5 seconds", "5s", "5 seconds from now"},
  };
  const base::Time now = base::Time::from_unix_seconds(1'767'323'100);
  for (const Case& c : cases) {
    EXPECT_EQ(long_duration(s(c.seconds)), c.long_form);
    EXPECT_EQ(short_duration(s(c.seconds)), c.short_form);
    EXPECT_EQ(relative_time(now - s(c.seconds), now), c.relative);
  }
}

TEST(Humanize, TimesInAZone) {
  const base::Time time = base::Time::from_unix_seconds(1'767'323'100);  // a Friday
  EXPECT_EQ(go_time(time, {}), "2026-01-02 03:05:00 +0000 UTC");
  EXPECT_EQ(go_time(time, {19800, "IST"}), "2026-01-02 08:35:00 +0530 IST");
  EXPECT_EQ(timestamp(time, time, {-18000, "EST"}), "Thu Jan 01 22:05:00 -0500 (now)");
  EXPECT_EQ(go_time(base::Time::from_unix_seconds(951'782'400), {}),
            "2000-02-29 00:00:00 +0000 UTC");
}

TEST(Humanize, Since) {
  struct Case {
    const char* text;
    int64_t seconds;
  };
  const Case cases[] = {{"10m", 600}, {"3h", 10800}, {"1d", 86400}, {"1d12h", 129600}, {"30s", 30}};
  for (const Case& c : cases) EXPECT_EQ(parse_since(c.text)->ns, s(c.seconds).ns) << c.text;
  for (const char* text : {"", "d", "-1d", "1x", "10", "-5m", "99999999d"})
    EXPECT_FALSE(parse_since(text)) << text;
}

TEST(Table, AlignsWhatIsShown) {
  Table table(2);
  table.add({"A", "BB", "C"});
  table.add({"\x1b[32mä\x1b[0m\x1b[1mö\x1b[0m", "", "x"});
  table.add_blank_line();
  table.add({"long", "", ""});
  EXPECT_EQ(table.text(), "A     BB  C\n\x1b[32mä\x1b[0m\x1b[1mö\x1b[0m        x\n\nlong\n");
  EXPECT_EQ(cut_to_width("\x1b[32mäöü\x1b[0m", 2), "\x1b[32mäö\x1b[0m");
  EXPECT_EQ(cut_to_width("abc", 3), "abc");
}

}  // namespace
}  // namespace cli

#include "text/quantity.h"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(Quantity, IsWrittenAsKubernetesWritesIt) {
  struct Case {
    const char *text, *canonical;
  };
  const Case cases[] = {
      {"1024Mi", "1Gi"},   {"1025Mi", "1025Mi"}, {"1Ki", "1Ki"},     {"0.5Ki", "512"},
      {"1.5Gi", "1536Mi"}, {"1000m", "1"},       {"1500m", "1500m"}, {"0.5", "500m"},
      {"2000", "2k"},      {"2048", "2048"},     {"1e3", "1e3"},     {"12e-1", "1200e-3"},
      {"-1024Ki", "-1Mi"}, {"0", "0"},           {"0Gi", "0"},       {"100n", "100n"},
      {"many", "many"},    {"1E", "1E"},
  };
  for (const Case& c : cases) EXPECT_EQ(canonical_quantity(c.text), c.canonical) << c.text;
}

TEST(Quantity, ReadsThousandths) {
  struct Case {
    const char* text;
    int64_t milli;
  };
  const Case cases[] = {
      {"0", 0},
      {"1", 1000},
      {"500m", 500},
      {"1.5", 1500},
      {".5", 500},
      {"5.", 5000},
      {"1Ki", 1024000},
      {"1.5Gi", 1610612736000},
      {"2M", 2000000000},
      {"1k", 1000000},
      {"100n", 1},
      {"1u", 1},
      {"1001u", 2},
      {"1e3", 1000000},
      {"1E3", 1000000},
      {"12e-1", 1200},
      {"-1.5", -1500},
      {"+2", 2000},
      {"-1n", -1},
      {"0.00000000000000000000000000000000000000000001", 1},
      {"9223372036854775.807", INT64_MAX},
      {"8Pi", 9007199254740992000},
  };
  for (const Case& c : cases) {
    const auto milli = parse_quantity_milli(c.text);
    ASSERT_TRUE(milli) << c.text << ": " << milli.error().text;
    EXPECT_EQ(*milli, c.milli) << c.text;
  }
}

TEST(Quantity, Refuses) {
  for (const char* text : {"",
                           "-",
                           "m",
                           "1x",
                           "1 Gi",
                           "1KI",
                           "1ki",
                           "1..2",
                           "1Mm",
                           "1e",
                           "1e1.5",
                           "0x1",
                           "9223372036854775.808",
                           "16Pi",
                           "1E",
                           "1e200",
                           "99999999999999999999999999999999",
                           "1mi",
                           "--1",
                           "1e99999999999"})
    EXPECT_FALSE(parse_quantity_milli(text)) << text;
}

TEST(Duration, ReadsGoDurations) {
  struct Case {
    const char* text;
    int64_t ns;
    const char* shown;
  };
  const Case cases[] = {
      {"0", 0, "0s"},
      {"30s", 30'000'000'000, "30s"},
      {"1h30m", 5400'000'000'000, "1h30m0s"},
      {"300ms", 300'000'000, "300ms"},
      {"-1.5h", -5400'000'000'000, "-1h30m0s"},
      {"1.5s", 1'500'000'000, "1.5s"},
      {"1us", 1000, "1\u00b5s"},
      {"1\u00b5s", 1000, "1\u00b5s"},
      {"1ns", 1, "1ns"},
      {".5m", 30'000'000'000, "30s"},
      {"2h45m10.25s", 9910'250'000'000, "2h45m10.25s"},
      {"1500us", 1'500'000, "1.5ms"},
      {"2562047h47m16.854775807s", INT64_MAX, "2562047h47m16.854775807s"},
      {"0.1234567891234567891234s", 123456789, "123.456789ms"},
  };
  for (const Case& c : cases) {
    const auto duration = parse_duration(c.text);
    ASSERT_TRUE(duration) << c.text;
    EXPECT_EQ(duration->ns, c.ns) << c.text;
    EXPECT_EQ(to_go_string(*duration), c.shown);
  }
  for (const char* text : {"", "30", "s", "1d", "1 s", "1h 2m", ".s", "-",
                           "2562047h47m16.854775808s", "99999999999999999999h", "1s2", "1S"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, TakesWholeNumbersAsSeconds) {
  struct Case {
    const char* text;
    int64_t ns;
  };
  const Case cases[] = {{"30", 30'000'000'000},
                        {"+5", 5'000'000'000},
                        {"-5", -5'000'000'000},
                        {"2m", 120'000'000'000},
                        {"9223372036", 9223372036'000'000'000}};
  for (const Case& c : cases) EXPECT_EQ(parse_duration_or_seconds(c.text)->ns, c.ns) << c.text;
  for (const char* text : {"", "1.5", "x", "9223372037", "99999999999999999999", "+"})
    EXPECT_FALSE(parse_duration_or_seconds(text)) << text;
}

}  // namespace
}  // namespace text

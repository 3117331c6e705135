#include "text/value.h"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(Value, WritesDoublesAsGoDoes) {
  struct Case {
    double v;
    const char* text;
  };
  const Case cases[] = {
      {0, "0"},
      {1, "1"},
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {1e-10, "1e-10"},
      {1e6, "1000000"},
      {1.5e20, "150000000000000000000"},
      {-1.5e-9, "-1.5e-9"},
      {1.25e30, "1.25e+30"},
      {0.00015, "0.00015"},
      {123.456, "123.456"},
      {18446744073709551616.0, "18446744073709552000"},
      {-0.0, "-0"},
  };
  for (const Case& c : cases) EXPECT_EQ(Value(c.v).as_number().text, c.text);
  EXPECT_TRUE(Value(std::numeric_limits<double>::infinity()).is_null());
}

TEST(Value, GivesWholeNumbers) {
  struct Case {
    const char* text;
    std::optional<int64_t> whole;
  };
  const Case cases[] = {
      {"7", 7},     {"-7", -7},    {"1e3", 1000},
      {"2.0", 2},   {"2.5", {}},   {"9223372036854775807", INT64_MAX},
      {"1e30", {}}, {"1e999", {}}, {"9223372036854775808", {}},
  };
  for (const Case& c : cases) EXPECT_EQ(Value(Number{c.text}).to_int(), c.whole) << c.text;
}

TEST(Value, ShowsAnyScalar) {
  EXPECT_EQ(Value().to_any_string(), "");
  EXPECT_EQ(Value(true).to_any_string(), "true");
  EXPECT_EQ(Value("x").to_any_string(), "x");
  EXPECT_EQ(Value(Number{"12345678901234567890"}).to_any_string(), "12345678901234567890");
  EXPECT_EQ(Value(Number{"1e3"}).to_any_string(), "1000");
  EXPECT_EQ(Value(Number{"1.50"}).to_any_string(), "1.5");
  EXPECT_EQ(Value(List{Value(1), Value("a")}).to_any_string(), "[1,\"a\"]");
}

TEST(Map, FindsSetsAndErasesAtAnySize) {
  for (const int size : {1, 16, 17, 33, 1000}) {
    Map map;
    for (int i = 0; i < size; ++i) map.set("k" + std::to_string(i), Value(i));
    map.set("k0", Value(-1));
    EXPECT_EQ(map.size(), static_cast<size_t>(size));
    EXPECT_EQ(map.find("k0")->to_int(), -1);
    const Map copy = map;
    EXPECT_EQ(copy, map);
    for (int i = 0; i < size; i += 2) EXPECT_TRUE(map.erase("k" + std::to_string(i)));
    EXPECT_FALSE(map.erase("k0"));
    for (int i = 0; i < size; ++i)
      EXPECT_EQ(map.find("k" + std::to_string(i)) != nullptr, i % 2 == 1) << size << " " << i;
    EXPECT_NE(copy, map);
    const Map moved = std::move(map);
    EXPECT_EQ(moved.size(), static_cast<size_t>(size / 2));
    EXPECT_EQ(map.find("k1"), nullptr);  // NOLINT(bugprone-use-after-move): it is empty
  }
}

TEST(Map, ComparesWithoutOrder) {
  Value a, b;
  a["x"] = 1;
  a["y"]["z"] = "w";
  b["y"]["z"] = "w";
  b["x"] = 1;
  EXPECT_EQ(a, b);
  b["x"] = 2;
  EXPECT_FALSE(a == b);
  EXPECT_EQ(a.string_at("y", "z"), "w");
  EXPECT_EQ(a.string_at("y", "q"), "");
}

}  // namespace
}  // namespace text

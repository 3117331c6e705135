#include "text/json_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace text {
namespace {

// "key=value;" for each member, "=value;" for each item.
std::string walk(std::string_view source) {
  std::string out;
  JsonScan scan(source);
  for (std::string_view key, value; scan.next(key, value);)
    out += std::string(key) + "=" + std::string(value) + ";";
  return out;
}

TEST(JsonScan, GivesMembersAndItemsAsTheyAreWritten) {
  const struct {
    const char *title, *source, *walked;
  } rows[] = {
      {"a map", R"({"a":1,"b":"x","c":null})", R"(a=1;b="x";c=null;)"},
      {"a list", R"([1,"x",[2],{}])", R"(=1;="x";=[2];={};)"},
      {"what is inside is passed over", R"({"a":{"b":[1,{"c":2}]},"d":3})",
       R"(a={"b":[1,{"c":2}]};d=3;)"},
      {"brackets and quotes in strings are text", R"({"a":"}],{\"","b":"\\"})",
       R"(a="}],{\"";b="\\";)"},
      {"an escaped key stays escaped", R"({"a\"b":1})", R"(a\"b=1;)"},
      {"blanks", " { \"a\" : 1 ,\n \"b\" : [ 1 , 2 ] } ", "a=1;b=[ 1 , 2 ];"},
      {"blank items", "[ 1 , \"x\" ]", "=1;=\"x\";"},
      {"empty", "{}", ""},
      {"empty list", "[]", ""},
      {"a scalar has none", "17", ""},
      {"nothing", "", ""},
      {"broken off in a string", R"({"a":1,"b":"x)", "a=1;"},
      {"broken off in a map", R"({"a":1,"b":{"c")", "a=1;"},
      {"broken off behind a key", R"({"a")", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(walk(row.source), row.walked) << row.title;
}

TEST(JsonScan, AMemberAndAString) {
  constexpr std::string_view kMap = R"({"a":{"b":"x\\"},"c":"say \"no\"","d":1})";
  EXPECT_EQ(json_member(kMap, "a"), R"({"b":"x\\"})");
  EXPECT_EQ(json_string(json_member(json_member(kMap, "a"), "b")), R"(x\\)");
  EXPECT_EQ(json_string(json_member(kMap, "c")), R"(say \"no\")");
  EXPECT_EQ(json_member(kMap, "d"), "1");
  EXPECT_EQ(json_string("1"), "");
  EXPECT_EQ(json_member(kMap, "b"), "");
  EXPECT_EQ(json_member("[1]", "a"), "");
  EXPECT_EQ(json_member("", "a"), "");
}

TEST(JsonScan, OtherMembersInTheirPlaces) {
  struct Case {
    std::string_view title, source, expected;
  };
  constexpr Case kCases[] = {
      {"in place", R"({"a":1,"b":{"x":2},"c":3})", R"({"a":1,"b":9,"c":8})"},
      {"behind all, in their order", R"({"a":1})", R"({"a":1,"b":9,"c":8})"},
      {"one of each", R"({"c":3,"a":1})", R"({"c":8,"a":1,"b":9})"},
      {"an empty map", "{}", R"({"b":9,"c":8})"},
  };
  for (const Case& one : kCases)
    EXPECT_EQ(with_json_members(one.source, {{"b", "9"}, {"c", "8"}}), one.expected) << one.title;
  EXPECT_EQ(with_json_members("{}", {}), "{}");
}

}  // namespace
}  // namespace text

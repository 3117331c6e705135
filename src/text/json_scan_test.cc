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

}  // namespace
}  // namespace text

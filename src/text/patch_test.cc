#include "text/patch.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace text {
namespace {

Value json(const char* source) { return *parse_json(source); }

TEST(JsonPatch, DoesEachOperation) {
  struct Case {
    const char *title, *target, *patch, *result;  // an empty result: refused
  };
  const Case cases[] = {
      {"add a member", R"({"a":1})", R"([{"op":"add","path":"/b","value":2}])", R"({"a":1,"b":2})"},
      {"add replaces", R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])", R"({"a":2})"},
      {"insert", "[1,3]", R"([{"op":"add","path":"/1","value":2}])", "[1,2,3]"},
      {"append", "[1]", R"([{"op":"add","path":"/-","value":2}])", "[1,2]"},
      {"append by index", "[1]", R"([{"op":"add","path":"/1","value":2}])", "[1,2]"},
      {"beyond the end", "[1]", R"([{"op":"add","path":"/2","value":2}])", ""},
      {"leading zero", "[1]", R"([{"op":"add","path":"/00","value":2}])", ""},
      {"no parent", "{}", R"([{"op":"add","path":"/a/b","value":2}])", ""},
      {"remove", R"({"a":1,"b":2})", R"([{"op":"remove","path":"/a"}])", R"({"b":2})"},
      {"remove nothing", "{}", R"([{"op":"remove","path":"/a"}])", ""},
      {"remove behind the end", "[1]", R"([{"op":"remove","path":"/-"}])", ""},
      {"replace", R"({"a":[1]})", R"([{"op":"replace","path":"/a/0","value":{}}])",
       R"({"a":[{}]})"},
      {"replace nothing", "{}", R"([{"op":"replace","path":"/a","value":1}])", ""},
      {"replace all", "{}", R"([{"op":"replace","path":"","value":1}])", "1"},
      {"move", R"({"a":1})", R"([{"op":"move","from":"/a","path":"/b"}])", R"({"b":1})"},
      {"move into itself", R"({"a":{}})", R"([{"op":"move","from":"/a","path":"/a/b"}])", ""},
      {"copy", R"({"a":1})", R"([{"op":"copy","from":"/a","path":"/b"}])", R"({"a":1,"b":1})"},
      {"test", R"({"a":1})", R"([{"op":"test","path":"/a","value":1}])", R"({"a":1})"},
      {"test fails", R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])", ""},
      {"escapes", R"({"a/b":{"~":1}})", R"([{"op":"remove","path":"/a~1b/~0"}])", R"({"a/b":{}})"},
      {"bad escape", R"({"~2":1})", R"([{"op":"remove","path":"/~2"}])", ""},
      {"no slash", R"({"a":1})", R"([{"op":"remove","path":"a"}])", ""},
      {"unknown operation", "{}", R"([{"op":"x","path":"/a","value":1}])", ""},
      {"no value", "{}", R"([{"op":"add","path":"/a"}])", ""},
      {"no list", "{}", "{}", ""},
  };
  for (const Case& c : cases) {
    const auto result = apply_json_patch(json(c.target), json(c.patch));
    if (*c.result == '\0')
      EXPECT_FALSE(result) << c.title;
    else
      EXPECT_EQ(*result, json(c.result)) << c.title;
  }
}

TEST(MergePatch, FollowsTheExamplesOfRfc7386) {
  const char* rows[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", "{}"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [target, patch, result] : rows)
    EXPECT_EQ(apply_merge_patch(json(target), json(patch)), json(result)) << target << patch;
}

TEST(MergePatch, IsMadeFromTheDifference) {
  const char* rows[][3] = {
      {R"({"a":1})", R"({"a":1})", "{}"},
      {R"({"a":1,"b":2})", R"({"a":1,"c":3})", R"({"b":null,"c":3})"},
      {R"({"a":{"b":1,"c":2}})", R"({"a":{"b":1,"c":3}})", R"({"a":{"c":3}})"},
      {R"({"a":[1]})", R"({"a":[1,2]})", R"({"a":[1,2]})"},
      {R"({"a":1})", R"({"a":{"b":1}})", R"({"a":{"b":1}})"},
  };
  for (const auto& [from, to, patch] : rows) {
    EXPECT_EQ(make_merge_patch(json(from), json(to)), json(patch)) << from << to;
    EXPECT_EQ(apply_merge_patch(json(from), json(patch)), json(to)) << from << to;
  }
}

}  // namespace
}  // namespace text

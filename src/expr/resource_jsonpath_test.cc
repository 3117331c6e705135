#include "expr/resource_jsonpath.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace expr {
namespace {

constexpr std::string_view kObject = R"({
  "name": "pi", "big": 12345678901, "ratio": 0.5, "ready": true, "none": null, "html": "<a>",
  "labels": {"app": "x", "a.b/c": "y"},
  "list": [{"type": "A", "ok": "yes", "n": 1}, {"type": "B", "n": 2}],
  "numbers": [1, 2, 3], "deep": {"list": [{"type": "C"}]}})";

std::string fill(std::string_view path, JsonNumbers numbers = JsonNumbers::kWhole) {
  const auto parsed = ResourceJsonPath::parse(path);
  if (!parsed) return "parse error";
  const auto filled = parsed->fill(text::parse_json(kObject).value(), numbers);
  return filled ? *filled : "error";
}

TEST(ResourceJsonPath, FillsTemplates) {
  const struct {
    const char *title, *path, *text;
  } cases[] = {
      {"a field", "{.name}", "pi"},
      {"text around actions", "a {.name}/{.ready} b", "a pi/true b"},
      {"$ and @ are the object", "{$.name}{@.name}", "pipi"},
      {"a missing key gives nothing", "{.nope.x}", ""},
      {"null", "{.none}", "null"},
      {"a map is JSON with sorted keys", "{.labels}", R"({"a.b/c":"y","app":"x"})"},
      {"JSON is escaped for HTML, a text is not", "{.html}{['html','name']}", "<a><a> pi"},
      {"an escaped dot", "{.labels.a\\.b/c}", "y"},
      {"a quoted key is a path again", "{['labels']['app']}{.labels['a.b/c']}", "x"},
      {"several values are parted by spaces", "{.list[*].type}", "A B"},
      {"an index from the end", "{.list[-1].type}", "B"},
      {"a slice", "{.numbers[0:2]}", "1 2"},
      {"a slice with a step", "{.numbers[::2]}", "1 3"},
      {"an empty slice", "{.numbers[1:1]}", ""},
      {"a union", "{.numbers[0,2]}", "1 3"},
      {"all the way down, lists in their order", "{.deep..type}", "C"},
      {"a filter by a text", "{.list[?(@.type==\"B\")].n}", "2"},
      {"a filter by a number", "{.list[?(@.n>1)].type}", "B"},
      {"a filter by existence", "{.list[?(@.ok)].type}", "A"},
      {"a filter passes over items without the key", "{.list[?(@.ok!=\"no\")].type}", "A"},
      {"a loop", "{range .list[*]}[{.type}{\"\\t\"}{.n}]{end}.", "[A\t1][B\t2]."},
      {"a loop over nothing", "{range .nope[*]}{.type}{end}x", "x"},
      {"quoted text", "{'it\\'s'}{\"\\u00e9\"}", "it's\u00e9"},
      {"numbers and booleans", "{1}{-1.5}{true}", "1-1.5true"},
  };
  for (const auto& c : cases) EXPECT_EQ(fill(c.path), c.text) << c.title;
}

TEST(ResourceJsonPath, WholeNumbersAreSuchOnlyWhereAsked) {
  EXPECT_EQ(fill("{.big}"), "12345678901");
  EXPECT_EQ(fill("{.big}", JsonNumbers::kFloats), "1.2345678901e+10");
  EXPECT_EQ(fill("{.list[?(@.n==1)].type}", JsonNumbers::kFloats), "error")
      << "a float is not compared with a whole number";
}

TEST(ResourceJsonPath, RefusesWhatKubectlRefuses) {
  for (const char* path :
       {"", "{.name", "{.name\n}", "{[0}", "{['x'}", "{[\"x\"]}", "{.a[x]}", "{.a[?(@.b]}",
        "{.a[?(@.b)}", "{'x}", "{\"\\q\"}", "{.a....b}", "{1.2.3}", "{.a#(b)}{)}"})
    EXPECT_EQ(fill(path), "parse error") << path;
  for (const char* path :
       {"{.numbers[3]}", "{.numbers[-4]}", "{.numbers[2:1]}", "{.labels[0]}", "{.numbers[0:2:0]}",
        "{.labels[?(@.x)]}", "{end}", "{word}", "{.list[?(@.n==\"1\")]}", "{.list[?(@.n=1)]}"})
    EXPECT_EQ(fill(path), "error") << path;
}

TEST(ResourceJsonPath, WorkIsBounded) {
  std::string path = "{";
  for (int i = 0; i < 200; ++i) path += "[*,*,*]";
  text::Value list = text::List{1};
  for (int i = 0; i < 300; ++i) list = text::List{list};
  const auto parsed = ResourceJsonPath::parse(path + "}");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->fill(list)) << "each step makes three of one";
  EXPECT_FALSE(ResourceJsonPath::parse("{" + std::string(100000, '[') + "}"));
}

}  // namespace
}  // namespace expr

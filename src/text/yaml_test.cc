#include "text/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/json.h"

namespace text {
namespace {

// The documents as JSON, one a line; or the error.
std::string read(std::string_view source) {
  const auto documents = parse_yaml(source, "f");
  if (!documents) return documents.error().to_string();
  std::string out;
  for (const Value& document : *documents) out += to_json(document) + "\n";
  return out;
}

struct ReadCase {
  const char *title, *source, *json;
};

struct ScalarCase {
  const char *yaml, *json;
};
constexpr ScalarCase kScalars[] = {
    {"yes", "true"},
    {"Yes", "true"},
    {"yEs", "\"yEs\""},
    {"y", "true"},
    {"n", "false"},
    {"off", "false"},
    {"On", "true"},
    {"TRUE", "true"},
    {"tRUE", "\"tRUE\""},
    {"~", "null"},
    {"Null", "null"},
    {"nUll", "\"nUll\""},
    {"", "null"},
    {"'yes'", "\"yes\""},
    {"\"1\"", "\"1\""},
    {"0", "0"},
    {"-0", "0"},
    {"+7", "7"},
    {"0x1F", "31"},
    {"0X1f", "31"},
    {"-0x10", "-16"},
    {"0o17", "15"},
    {"0777", "511"},
    {"08", "8"},
    {"09.5", "9.5"},
    {"0b101", "5"},
    {"-0b11", "-3"},
    {"1_000", "1000"},
    {"0x", "\"0x\""},
    {"0xZ", "\"0xZ\""},
    {"1e3", "1000"},
    {"1.", "1"},
    {".5", "0.5"},
    {"1.10", "1.1"},
    {"-1.5e-3", "-0.0015"},
    {"1e", "\"1e\""},
    {"1.2.3", "\"1.2.3\""},
    {"1:20", "\"1:20\""},
    {"2026-01-02", "\"2026-01-02\""},
    {"2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05Z\""},
    {"9223372036854775807", "9223372036854775807"},
    {"18446744073709551615", "18446744073709551615"},
    {"18446744073709551616", "18446744073709552000"},
    {"1e400", "\"1e400\""},
    {"1e-400", "0"},
    {"-", "[null]"},
    {"- -", "[[null]]"},
    {"+", "\"+\""},
    {".", "\".\""},
    {"_1", "\"_1\""},
    {"12_", "12"},
    {"._5", "\"._5\""},
    {".5_9", "0.59"},
    {"1_0.5", "10.5"},
    {"!!str 12", "\"12\""},
    {"!!int '12'", "12"},
    {"!!float 3", "3"},
    {"!!binary aGk=", "\"hi\""},
    {"! 12", "\"12\""},
    {"!mine 12", "\"12\""},
    {"!!bool 'yes'", "true"},
    {"'.inf'", "\".inf\""},
};

TEST(ParseYaml, ResolvesScalarsAsKubernetesDoes) {
  for (const ScalarCase& c : kScalars)
    EXPECT_EQ(read(std::string("v: ") +
                   (c.yaml[0] == '-' && (c.yaml[1] == ' ' || !c.yaml[1]) ? "\n" : "") + c.yaml),
              std::string("{\"v\":") + c.json + "}\n")
        << c.yaml;
}

TEST(ParseYaml, ReadsStructures) {
  const ReadCase cases[] = {
      {"nothing", "", ""},
      {"only comments", "# a\n---\n# b\n", ""},
      {"documents; empty ones are left out", "a: 1\n---\n---\nb: 2\n...\n---\nc: 3\n",
       "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n"},
      {"flow and block", "a: {b: [1, x], c: }\nd:\n- 1\n- e: f\n",
       "{\"a\":{\"b\":[1,\"x\"],\"c\":null},\"d\":[1,{\"e\":\"f\"}]}\n"},
      {"literal and folded", "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  q\n\n",
       "{\"a\":\"x\\n y\\n\",\"b\":\"x y\\nz\",\"c\":\"q\\n\\n\"}\n"},
      {"keys that are no strings", "1: a\ntrue: b\n1.5: c\n0x10: d\n",
       "{\"1\":\"a\",\"true\":\"b\",\"1.5\":\"c\",\"16\":\"d\"}\n"},
      {"an alias", "a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}\n"},
      {"an anchor is replaced by a later one", "a: &x 1\nb: &x 2\nc: *x\n",
       "{\"a\":1,\"b\":2,\"c\":2}\n"},
      {"merge: own keys win wherever they stand", "a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x\n",
       "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"b\":3,\"c\":2}}\n"},
      {"merge of a list: the first wins", "x: {<<: [{a: 1}, {a: 2, b: 2}], c: 3}\n",
       "{\"x\":{\"c\":3,\"a\":1,\"b\":2}}\n"},
      {"a quoted << is an ordinary key", "\"<<\": {a: 1}\n", "{\"<<\":{\"a\":1}}\n"},
      {"json with tabs", "{\n\t\"a\":\t1\n}\n", "{\"a\":1}\n"},
      {"json keeps its numbers", "{\"a\": 1.50}\n", "{\"a\":1.50}\n"},
      {"a flow map is not json", "{a: yes}\n", "{\"a\":true}\n"},
      {"json documents", "{\"a\":1}\n---\n{\"b\":2}\n", "{\"a\":1}\n{\"b\":2}\n"},
      {"tabs behind a value", "a: 1\t# x\nb:\t2\n", "{\"a\":1,\"b\":2}\n"},
      {"line ends of windows", "a: 1\r\nb: |\r\n  x\r\n", "{\"a\":1,\"b\":\"x\\n\"}\n"},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "a: 1\n",
       "{\"a\":1}\n"},
  };
  for (const ReadCase& c : cases) EXPECT_EQ(read(c.source), c.json) << c.title;
}

TEST(ParseYaml, RefusesWithAPlace) {
  const ReadCase cases[] = {
      {"duplicate key", "a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key \"a\", first on line 1"},
      {"duplicate by its text", "1: a\n'1': b\n", "f:2:1: duplicate key \"1\", first on line 1"},
      {"tab", "a:\n\tb: 1\n", "f:2:1: a tab cannot indent YAML"},
      {"tab behind blanks", "a:\n  \tb: 1\n", "f:2:3: a tab cannot indent YAML"},
      {"unknown anchor", "a: *x\n", "f:1:4: unknown anchor \"x\""},
      {"anchors end with their document", "a: &x 1\n---\nb: *x\n", "f:3:4: unknown anchor \"x\""},
      {"an anchor inside itself", "a: &x [*x]\n",
       "f:1:8: the value of anchor \"x\" contains itself"},
      {"merge of a scalar", "<<: 1\n", "f:1:5: << merges a map or a list of maps"},
      {"merge of a list of scalars", "<<: [1]\n", "f:1:5: << merges a map or a list of maps"},
      {"braces without quotes", "a: {{b}}\n", "f:1:5: a map cannot be a key"},
      {"null key", "~: 1\n", "f:1:1: null cannot be a key"},
      {"infinity", "a: .inf\n", "f:1:4: .inf is a number that JSON cannot hold"},
      {"bad tag", "a: !!int x\n", "f:1:4: \"x\" is no value for the tag !!int"},
      {"bad base64", "a: !!binary '*'\n", "f:1:4: this !!binary value is not base64"},
      {"control character", "a: \x01\n",
       "f:1:4: this is no YAML text: control characters are not allowed"},
      {"invalid UTF-8", "b: 1\na: \xff\n",
       "f:2:4: this is no YAML text: invalid leading UTF-8 octet"},
      {"two colons", "a: b: c\n", "f:1:5: mapping values are not allowed in this context"},
      {"json that breaks", "{\"a\": [1,}\n", "f:1:10: expected a JSON value, found \"}\""},
      {"bad indentation", "a:\n    b: 1\n  c: 2\n",
       "f:3:3: did not find expected key while parsing a block mapping that begins on line 1"},
      {"open quote", "a: 'x\nb: 1\n",
       "f:3:1: found unexpected end of stream while scanning a quoted scalar that begins on line "
       "1"},
  };
  for (const ReadCase& c : cases) EXPECT_EQ(read(c.source), c.json) << c.title;
}

// The documents as JSON, one a line, and behind them the mistakes, those of keys first.
std::string read_on(std::string_view source) {
  const Reading reading = read_yaml(source, "f");
  std::string out;
  for (const Value& document : reading.documents) out += to_json(document) + "\n";
  for (const auto* mistakes : {&reading.duplicates, &reading.mistakes})
    for (const base::Error& one : *mistakes) out += one.to_string() + "\n";
  return out;
}

TEST(ReadYaml, ReadsOnBehindAMistake) {
  const ReadCase cases[] = {
      {"nothing is wrong", "a: 1\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}\n"},
      {"of a key that is there twice the last value counts",
       "a: 1\nb: {c: 2, c: [3]}\na: {d: 4}\n---\na: 5\n",
       "{\"a\":{\"d\":4},\"b\":{\"c\":[3]}}\n{\"a\":5}\n"
       "f:2:11: duplicate key \"c\", first on line 2\n"
       "f:3:1: duplicate key \"a\", first on line 1\n"},
      {"tags without quotes", "a: {{b}}\nc: [{{d}}, 1]\ne: 2\n",
       "{\"a\":null,\"c\":[null,1],\"e\":2}\nf:1:5: a map cannot be a key\n"
       "f:2:6: a map cannot be a key\n"},
      {"a key that is none beside others", "{null: 1, a: 2}\n",
       "{\"a\":2}\nf:1:2: null cannot be a key\n"},
      {"values that are none", "a: *x\nb: .inf\nc: !!int x\nd:\n  <<: 1\n  e: 2\n",
       "{\"a\":null,\"b\":null,\"c\":null,\"d\":{\"e\":2}}\nf:1:4: unknown anchor \"x\"\n"
       "f:2:4: .inf is a number that JSON cannot hold\n"
       "f:3:4: \"x\" is no value for the tag !!int\n"
       "f:5:7: << merges a map or a list of maps\n"},
      {"behind bad indentation nothing is read", "a: 1\na: 2\n---\nb:\n    c: 1\n  d: 2\n",
       "{\"a\":2}\nf:2:1: duplicate key \"a\", first on line 1\n"
       "f:6:3: did not find expected key while parsing a block mapping that begins on line 4\n"},
      {"json in JSON's words", "{\"a\": [1,}\n", "f:1:10: expected a JSON value, found \"}\"\n"},
      {"json with a key twice", "{\"a\": 1, \"a\": 2}\n",
       "{\"a\":2}\nf:1:10: duplicate key \"a\", first on line 1\n"},
  };
  for (const ReadCase& c : cases) EXPECT_EQ(read_on(c.source), c.json) << c.title;
}

TEST(ReadYaml, TakesTabsForTheBlanksThatFit) {
  constexpr std::string_view kTold = ": a tab cannot indent YAML\n";
  const struct {
    const char *title, *source, *json;
    std::vector<std::string_view> places;
  } cases[] = {
      {"everywhere",
       "a:\n\tb:\n\t\tc: 1\n\t\td: 2\n\te: 3\nf: 4\n",
       "{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3},\"f\":4}",
       {"2:1", "3:1", "4:1", "5:1"}},
      {"the next entry of a list",
       "a:\n    - b: 1\n\t- b: 2\n    - b: 3\n",
       "{\"a\":[{\"b\":1},{\"b\":2},{\"b\":3}]}",
       {"3:1"}},
      {"the last entry of a list",
       "a:\n  - b: 1\n    c:\n      d: 1\n\t- b: 2\n",
       "{\"a\":[{\"b\":1,\"c\":{\"d\":1}},{\"b\":2}]}",
       {"5:1"}},
      {"an entry of the outer list",
       "a:\n  - b:\n      - c: 1\n\t- b: 2\n    d: 3\n",
       "{\"a\":[{\"b\":[{\"c\":1}]},{\"b\":2,\"d\":3}]}",
       {"4:1"}},
      {"a field of an entry",
       "a:\n  - b: 1\n\tc: 2\n    d: 3\n",
       "{\"a\":[{\"b\":1,\"c\":2,\"d\":3}]}",
       {"3:1"}},
      {"the first of some fields", "a:\n\tb: 1\n    c: 2\n", "{\"a\":{\"b\":1,\"c\":2}}", {"2:1"}},
      {"what holds the next line",
       "a:\n\tb:\n        c: 2\n",
       "{\"a\":{\"b\":{\"c\":2}}}",
       {"2:1"}},
      {"a script", "a: |\n\tb\n\t\tc\n", "{\"a\":\"b\\nc\\n\"}", {"2:1", "3:1"}},
      {"behind blanks", "a:\n  \tb: 1\n  \tc: 2\n", "{\"a\":{\"b\":1,\"c\":2}}", {"2:3", "3:3"}},
      {"tabs that are text", "a: |\n  b\n  \tc\n", "{\"a\":\"b\\n\\tc\\n\"}", {}},
  };
  for (const auto& c : cases) {
    std::string wanted = c.json + std::string("\n");
    for (const std::string_view place : c.places) wanted += fmt::format("f:{}{}", place, kTold);
    EXPECT_EQ(read_on(c.source), wanted) << c.title;
  }
}

TEST(ReadYaml, PlacesBehindATabAreThoseOfTheText) {
  const Reading reading = read_yaml("a:\n\tb: {c: 1, c: *x}\n", "f");
  ASSERT_EQ(reading.duplicates.size(), 1u);
  EXPECT_EQ(reading.duplicates[0].to_string(), "f:2:12: duplicate key \"c\", first on line 2");
  ASSERT_EQ(reading.mistakes.size(), 2u);
  EXPECT_EQ(reading.mistakes[1].to_string(), "f:2:15: unknown anchor \"x\"");
}

TEST(ReadYaml, ManyTabsCostNoMoreThanSome) {
  std::string source = "a:\n";
  for (int i = 0; i < 20'000; ++i) source += fmt::format("\tb{}: 1\n", i);
  const Reading reading = read_yaml(source, "f");
  EXPECT_GT(reading.mistakes.size(), 50u);
  EXPECT_LE(reading.mistakes.size(), 1000u);
}

TEST(ParseYaml, KnowsPlaces) {
  const auto documents = parse_yaml("a:\n  - bc: |\n      x\n    d: *no", "f");
  EXPECT_EQ(documents.error().where.line, 4u);
  EXPECT_EQ(documents.error().where.column, 8u);
  const auto good = parse_yaml("# c\nspec:\n  - name: x\n", "f");
  const Value& item = good->at(0).find("spec")->as_list()[0];
  EXPECT_EQ(item.place.line, 3u);
  EXPECT_EQ(item.place.column, 5u);
  EXPECT_EQ(item.find("name")->place.column, 11u);
  EXPECT_EQ(item.as_map().find_member("name")->key_place.column, 5u);
}

TEST(ParseYaml, LimitsAliases) {
  // Nine levels of ten: a billion laughs.
  std::string bomb = "a0: &a0 lol\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 10; ++k) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_THAT(read(bomb), testing::HasSubstr("the aliases of this text repeat more than 10 MB"));
  // Depth by way of aliases counts as depth.
  std::string deep = "a: &a " + std::string(900, '[') + std::string(900, ']') + "\n";
  EXPECT_THAT(read(deep + "b: " + std::string(99, '[') + "*a" + std::string(99, ']') + "\n"),
              testing::HasSubstr("{"));
  EXPECT_THAT(read(deep + "b: " + std::string(101, '[') + "*a" + std::string(101, ']') + "\n"),
              testing::HasSubstr("nested deeper"));
}

TEST(ParseYaml, LimitsTheDepth) {
  EXPECT_THAT(read(std::string(999, '[') + std::string(999, ']')), testing::StartsWith("[["));
  EXPECT_THAT(read(std::string(3'000'000, '[')), testing::HasSubstr("f:1:"));
  std::string nested;
  for (int i = 0; i < 1200; ++i) nested += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(read(nested), testing::HasSubstr("nested deeper than 1000"));
}

TEST(ParseYaml, LargeMapsAreNotQuadratic) {
  std::string source;
  for (int i = 0; i < 100'000; ++i) source += "key-" + std::to_string(i) + ": 1\n";
  const auto documents = parse_yaml(source, "f");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->at(0).as_map().size(), 100'000u);
}

TEST(ToYaml, LaysOutAsKubectlDoes) {
  const char* source =
      "apiVersion: v1\n"
      "spec:\n"
      "  args:\n"
      "  - a\n"
      "  - - 1\n"
      "    - 2\n"
      "  - name: x\n"
      "    value: '{{inputs.parameters.x}}'\n"
      "  empty: {}\n"
      "  none: []\n"
      "  \"yes\": \"no\"\n"
      "  nothing: null\n"
      "  script: |\n"
      "    echo hi\n"
      "\n"
      "      indented\n"
      "  stripped: |-\n"
      "    a\n"
      "    b\n"
      "  kept: |+\n"
      "    a\n"
      "\n"
      "  lead: |2-\n"
      "      a\n"
      "    b\n"
      "  at: \"2026-01-02T03:04:05Z\"\n"
      "  colon: 'a: b'\n"
      "  hash: 'a #b'\n"
      "  dash: -x\n"
      "  url: http://x/y\n";
  const auto documents = parse_yaml(source, "f");
  ASSERT_TRUE(documents) << documents.error().to_string();
  EXPECT_EQ(to_yaml(documents->at(0)), source);
}

TEST(ToYaml, ReadsBackTheSame) {
  const std::string_view texts[] = {"",           " ",
                                    "a",          " a",
                                    "a ",         "a:",
                                    "a: b",       ":",
                                    "-",          "- a",
                                    "?",          "? a",
                                    "#",          "a#",
                                    "a #b",       "yes",
                                    "y",          "null",
                                    "~",          "1",
                                    "-1",         "+1",
                                    "0x1",        "1e3",
                                    ".5",         ".inf",
                                    "1_0",        "08",
                                    "1:20",       "2026-01-02",
                                    "<<",         "=",
                                    "---",        "--- a",
                                    "...",        "'",
                                    "''",         "\"",
                                    "\\",         "a\\n",
                                    "{",          "}",
                                    "[",          "]",
                                    ",",          "&a",
                                    "*a",         "!a",
                                    "|",          ">",
                                    "%a",         "@a",
                                    "`a",         "a\tb",
                                    "\ta",        "a\nb",
                                    "a\n",        "\na",
                                    "\n",         "\n\n",
                                    "a\n\n",      "a\n\n\n",
                                    " a\nb",      "\n a\nb",
                                    "\t\na",      "\ta\nb",
                                    "a\n b\n",    "a \nb ",
                                    "a\r\nb",     "a\x01",
                                    "\x7f",       "ä",
                                    "ä\nö",       "\u0085",
                                    "\u2028x",    "\uFEFF",
                                    "😀",          "{{x}}",
                                    "a: b\nc",    "#\n#",
                                    "---\na",     "key with spaces",
                                    "true\nfalse"};
  for (const std::string_view text : texts) {
    Value value;
    value["s"] = text;
    value["l"] = List{Value(text), Value(List{Value(text)})};
    value["m"]["k"]["n"] = text;
    value["items"] = List{value};
    if (!text.empty()) value["keys"][text] = 1;
    const std::string yaml = to_yaml(value);
    const auto back = parse_yaml(yaml, "f");
    ASSERT_TRUE(back) << yaml << back.error().to_string();
    ASSERT_EQ(back->size(), 1u);
    EXPECT_EQ(back->at(0), value) << yaml;
    const std::string alone = to_yaml(Value(text));
    const auto scalar = parse_yaml(alone, "f");
    ASSERT_TRUE(scalar) << alone;
    EXPECT_EQ(scalar->at(0), Value(text)) << alone;
  }
  Value long_key;
  long_key[std::string(3000, 'k')] = List{Value(1)};
  long_key["b"][std::string(3000, 'k')]["c"] = "x\ny";
  EXPECT_EQ(parse_yaml(to_yaml(long_key), "f")->at(0), long_key);
}

}  // namespace
}  // namespace text

#include "text/json.h"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(ParseJson, ReadsAndWritesBack) {
  const char* kept[] = {
      R"({"b":1,"a":[true,false,null,"x",-0.5,1e3,1.50],"c":{},"d":[]})",
      R"("\"\\\b\f\n\r\t")",
      R"("ä😀")",
      "12345678901234567890",
      "0",
      "-0",
      R"({"":""})",
  };
  for (const char* source : kept) {
    const auto value = parse_json(source);
    ASSERT_TRUE(value) << source << ": " << value.error().to_string();
    EXPECT_EQ(to_json(*value), source);
    EXPECT_EQ(*parse_json(to_json_pretty(*value)), *value) << source;
  }
}

TEST(ParseJson, ReadsEscapes) {
  struct Case {
    const char *source, *text;
  };
  const Case cases[] = {
      {R"("A\/")", "A/"},
      {R"("\u00e4\u20ac")", "ä€"},
      {R"("\ud83d\ude00")", "😀"},
      {R"("\ud83d")", "\uFFFD"},
      {R"("\ude00x")", "\uFFFDx"},
      {R"("\ud83d\u0041")",
       "\uFFFD"
       "A"},
  };
  for (const Case& c : cases) {
    const auto value = parse_json(c.source);
    ASSERT_TRUE(value) << c.source;
    EXPECT_EQ(value->as_string(), c.text) << c.source;
  }
}

// Strings are looked at eight bytes at a time: each place in them, and each rest, is met.
TEST(ParseJson, ReadsStringsOfEveryLength) {
  for (size_t length = 0; length < 40; ++length) {
    const std::string plain(length, 'x');
    for (const char* escape :
         {"", "\\\"", "\\\\", "\\n", "\\u00e9", "\xc3\xa9", "\x7f", "\xf0\x9f\x98\x80"}) {
      const std::string source =
          "[\"" + plain + escape + plain + "\",{\"" + plain + escape + "\":1}]";
      const auto value = parse_json(source);
      ASSERT_TRUE(value) << source;
      std::string read = escape;
      if (read == "\\\"" || read == "\\\\") read.erase(0, 1);
      if (read == "\\n") read = "\n";
      if (read == "\\u00e9") read = "\xc3\xa9";
      EXPECT_EQ(value->as_list()[0].as_string(), plain + read + plain);
      EXPECT_EQ(value->as_list()[1].as_map().begin()->key, plain + read);
    }
    for (char c = 1; c < 0x20; ++c)
      EXPECT_FALSE(parse_json("\"" + plain + c + plain + "\"")) << length << " " << int{c};
    EXPECT_FALSE(parse_json("\"" + plain));
    EXPECT_FALSE(parse_json("\"" + plain + "\\\""));
  }
}

TEST(ParseJson, RefusesWithAPlace) {
  struct Case {
    const char *source, *error;
  };
  const Case cases[] = {
      {"", "f:1:1: expected a JSON value, found end of the text"},
      {"{\"a\":1,\n \"a\":2}", "f:2:2: duplicate key \"a\", first on line 1"},
      {"[1,]", "f:1:3: a comma at the end of a list"},
      {"{\"a\":1,}", "f:1:7: a comma at the end of a map"},
      {"[1 2]", "f:1:4: expected \",\" or \"]\" in a list, found \"2\""},
      {"{\n\"a\":1", "f:1:1: this map has no end"},
      {"{a:1}", "f:1:2: expected a key in quotes, found \"a\""},
      {"{\"a\" 1}", "f:1:6: expected \":\", found \"1\""},
      {"\"ä\n\"", "f:1:3: a string cannot hold the character 0x0a; escape it"},
      {"\"a", "f:1:1: this string has no end"},
      {"\"\\x\"", "f:1:2: unknown escape in a string"},
      {"\"\\u12\"", "f:1:2: \\u needs four hexadecimal digits"},
      {"01", "f:1:1: a number cannot begin with 0"},
      {"1.", "f:1:1: this number has no digit behind its point"},
      {"1e", "f:1:1: this number has no digit in its exponent"},
      {"-", "f:1:1: expected a JSON value, found \"-\""},
      {"nul", "f:1:1: expected a JSON value, found \"n\""},
      {"1 x", "f:1:3: unexpected \"x\" behind the end of the JSON value"},
      {"\"\xff\"", "f:1:2: the text is not valid UTF-8"},
      {"\"\xed\xa0\x80\"", "f:1:2: the text is not valid UTF-8"},
  };
  for (const Case& c : cases) {
    const auto value = parse_json(c.source, "f");
    ASSERT_FALSE(value) << c.source;
    EXPECT_EQ(value.error().to_string(), c.error);
  }
}

TEST(ParseJson, KnowsPlaces) {
  const auto value = parse_json("{\"ä\": [1,\n  {\"b\": 2}]}");
  ASSERT_TRUE(value);
  const Value& inner = value->find("ä")->as_list()[1];
  EXPECT_EQ(inner.place.line, 2u);
  EXPECT_EQ(inner.place.column, 3u);
  const Member& b = *inner.as_map().find_member("b");
  EXPECT_EQ(b.key_place.column, 4u);
  EXPECT_EQ(b.value.place.column, 9u);
  EXPECT_EQ(value->find("ä")->place.column, 7u);
}

TEST(ParseJson, LimitsTheDepth) {
  EXPECT_TRUE(parse_json(std::string(1000, '[') + std::string(1000, ']')));
  EXPECT_FALSE(parse_json(std::string(1001, '[') + std::string(1001, ']')));
  EXPECT_FALSE(parse_json(std::string(5'000'000, '[')));
}

TEST(ParseJson, LargeMapsAreNotQuadratic) {
  std::string source = "{";
  for (int i = 0; i < 200'000; ++i) source += "\"key-" + std::to_string(i) + "\":1,";
  source.back() = '}';
  const auto value = parse_json(source);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->as_map().size(), 200'000u);
  for (int i = 0; i < 200'000; ++i) ASSERT_TRUE(value->find("key-" + std::to_string(i)));
  EXPECT_FALSE(value->find("key-200000"));
  source.pop_back();
  EXPECT_FALSE(parse_json(source + ",\"key-7\":2}"));
}

TEST(AppendJsonString, ReplacesInvalidUtf8) {
  struct Case {
    std::string_view text, json;
  };
  const Case cases[] = {
      {"a\xff"
       "b",
       "\"a\uFFFDb\""},
      {"\xc3", "\"\uFFFD\""},
      {{"\0\x1f", 2}, "\"\\u0000\\u001f\""},
      {"<&>\x7f", "\"<&>\x7f\""},
  };
  for (const Case& c : cases) {
    std::string out;
    append_json_string(out, c.text);
    EXPECT_EQ(out, c.json);
  }
}

TEST(Json, OneMemberIsReadAndTheOthersAreSkipped) {
  const std::string_view text =
      R"({"a":{"status":1,"b":["}",{}]},"q\\\"":"]\"","n":-1.5e3, "status" : {"phase":"x"},"z":[})";
  const auto found = parse_json_member(text, "status");
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(to_json(*found), R"({"phase":"x"})");
  EXPECT_EQ(to_json(*parse_json_member(R"({"a":[1,{"k":2}]})", "k")), "null");
  EXPECT_EQ(to_json(*parse_json_member("{}", "k")), "null");
  for (const std::string_view bad : {"", "[]", R"({"a")", R"({"a":)", R"({"a":"x)", R"({"a":[1,2)",
                                     R"({"k":tru})", R"({"a":"\)"})
    EXPECT_FALSE(parse_json_member(bad, "k")) << bad;
}

TEST(Json, PlacesAreTheSameInPlainTextAndBesideOtherLetters) {
  for (const std::string_view letter : {"e", "\xC3\xA9"}) {
    const auto value = parse_json(R"({")" + std::string(letter) + R"(":1,"b":[2]})");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->find("b")->place.line, 1);
    EXPECT_EQ(value->find("b")->place.column, 12);
    EXPECT_EQ(value->find("b")->as_list()[0].place.column, 13);
  }
}

}  // namespace
}  // namespace text

#include "expr/condition.h"

#include <gtest/gtest.h>

#include <map>

namespace expr {
namespace {

TEST(Condition, TakesNoControlCharacterForATag) {
  EXPECT_FALSE(evaluate_when("\x01"));
  EXPECT_FALSE(evaluate_when("!\x01"));
  EXPECT_FALSE(evaluate_when("'\x01' == a"));
}

TEST(Condition, IsTrueOrFalse) {
  const struct {
    const char* when;
    bool expected;
  } cases[] = {
      {"", true},
      {"true", true},
      {"!true", false},
      {"heads == heads", true},
      {"heads == tails", false},
      {"\"heads\" == heads", true},
      {"'a b' != \"a b\"", false},
      {"10 > 9", true},
      {"'10' > '9'", false},
      {"1.0 == 1", true},
      {"\"1\" == 1", false},
      {"5 > 3 || 2 > 3", true},
      {"a == b || a == a && b == c", false},
      {"(a == b || a == a) && b == b", true},
      {"!(1 == 2)", true},
      {"1 + 2 * 3 == 7", true},
      {"10 - 2 - 3 == 5", true},
      {"2 ** 3 == 8 && 7 % 3 == 1", true},
      {"heads =~ \"^h.*s$\"", true},
      {"heads !~ \"^h\"", false},
      {"b in (a, b, c)", true},
      {"'d' in ('a','b')", false},
      {"1 == 2 ? true : false", false},
      {"'2024-01-01' < '2024-01-02'", true},
      {"'2024-01-01' == 1704067200", true},
      {"false && (1/0 > 1)", false},
      {"[a b] == 'a b'", true},
      {"0x10 == 16", true},
  };
  for (const auto& c : cases) {
    const auto got = evaluate_when(c.when);
    ASSERT_TRUE(got) << c.when << ": " << got.error().to_string();
    EXPECT_EQ(*got, c.expected) << c.when;
  }
}

TEST(Condition, RefusesWhatIsNoCondition) {
  const char* cases[] = {"heads",      "1 ==",    "== 1",       "a b == c", "(1 == 1",
                         "1 == 1)",    "a === a", "$x == 1",    "a < 1",    "{{x}} == 1",
                         "a-b == a-b", "'open",   "a.b == a.b", "-true",    "x in (a)"};
  for (const char* when : cases) {
    const auto got = evaluate_when(when);
    ASSERT_FALSE(got) << when;
    EXPECT_NE(got.error().text.find(when), std::string::npos) << "the text is in the error";
  }
  EXPECT_FALSE(evaluate_when(std::string(200, '(') + "1 == 1" + std::string(200, ')')));
}

// A parsed condition says the same as rendering and parsing its text, whatever the values are.
TEST(Condition, ParsedOnceSaysTheSameAsParsedEachTime) {
  const char* texts[] = {"{{x}} == heads",
                         "\"{{x}}\" == heads",
                         "{{x}} > {{y}}",
                         "!{{x}}",
                         "{{x}} in (a, {{y}})",
                         "{{x}}{{y}} == headsheads",
                         "{{x}}",
                         "pre{{x}} == a",
                         "'a {{x}} b' == 'a heads b'",
                         "({{x}}) && {{y}}",
                         "{{x}} =~ '{{y}}'",
                         "{{unknown}} == 1"};
  const char* values[] = {
      "heads",       "a",          "5",  "5.5", "true",         "false", "in",
      "a b",         "",           "'",  "-1",  "x-y",          "1a",    "a == a",
      "1) || (true", "2024-01-01", "\\", "h.*", "heads || true"};
  for (const char* text : texts) {
    const auto condition = Condition::parse(text);
    ASSERT_TRUE(condition) << text;
    for (const char* x : values) {
      for (const char* y : values) {
        const TemplateText::Lookup lookup = [&](std::string_view name) -> TagValue {
          if (name == "x") return std::string_view(x);
          if (name == "y") return std::string_view(y);
          return std::nullopt;
        };
        const auto got = condition->evaluate(lookup, {});
        const auto rendered = condition->text().render(lookup, {});
        const auto expected =
            rendered ? evaluate_when(*rendered) : tl::unexpected(rendered.error());
        ASSERT_EQ(got.has_value(), expected.has_value()) << text << " x=" << x << " y=" << y;
        if (got)
          EXPECT_EQ(*got, *expected) << text << " x=" << x << " y=" << y;
        else
          EXPECT_EQ(got.error().text, expected.error().text);
      }
    }
  }
}

}  // namespace
}  // namespace expr

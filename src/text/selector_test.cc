#include "text/selector.h"

#include <gtest/gtest.h>

#include <map>

namespace text {
namespace {

using Labels = std::map<std::string, std::string, std::less<>>;

bool matches(const Selector& selector, const Labels& labels) {
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    const auto found = labels.find(key);
    if (found == labels.end()) return std::nullopt;
    return found->second;
  });
}

TEST(LabelSelector, Matches) {
  const Labels labels = {{"app", "web"}, {"tier", ""}, {"n", "5"}, {"a.io/b", "c"}};
  struct Case {
    const char* text;
    bool match;
  };
  const Case cases[] = {
      {"", true},
      {"app=web", true},
      {"app==web", true},
      {"app = web , n=5", true},
      {"app=db", false},
      {"app!=db", true},
      {"app!=web", false},
      {"none!=x", true},
      {"app", true},
      {"none", false},
      {"!none", true},
      {"!app", false},
      {"tier=", true},
      {"app in (db, web)", true},
      {"app in (db)", false},
      {"app notin (db)", true},
      {"none notin (db)", true},
      {"none in (db)", false},
      {"n>4", true},
      {"n>5", false},
      {"n<6", true},
      {"app>1", false},
      {"a.io/b=c", true},
      {"app=web,n in (5,6),!x", true},
      {"app=web,none", false},
      {"in in (x)", false},
  };
  for (const Case& c : cases) {
    const auto selector = Selector::parse_labels(c.text);
    ASSERT_TRUE(selector) << c.text << selector.error().text;
    EXPECT_EQ(matches(*selector, labels), c.match) << c.text;
  }
}

TEST(LabelSelector, Refuses) {
  for (const char* text : {"a=b,", ",a", "a=b c", "=b", "a in b", "a in (b", "a>x", "a b", "-a",
                           "a=b/c", "a/b/c", "/a", "!", "a=b=c", "a!", "a=ä"})
    EXPECT_FALSE(Selector::parse_labels(text)) << text;
  EXPECT_TRUE(Selector::parse_labels(std::string(63, 'a')));
  EXPECT_FALSE(Selector::parse_labels(std::string(64, 'a')));
}

TEST(FieldSelector, Matches) {
  const Labels fields = {{"metadata.name", "x,y"}, {"status.phase", "Running"}};
  struct Case {
    const char* text;
    bool match;
  };
  const Case cases[] = {
      {"", true},
      {"metadata.name=x\\,y", true},
      {"status.phase==Running", true},
      {"status.phase!=Running", false},
      {"status.phase!=Failed,metadata.name=x\\,y", true},
      {"metadata.name=x", false},
  };
  for (const Case& c : cases) {
    const auto selector = Selector::parse_fields(c.text);
    ASSERT_TRUE(selector) << c.text;
    EXPECT_EQ(matches(*selector, fields), c.match) << c.text;
  }
  for (const char* text : {"a", "=b", "a!b"}) EXPECT_FALSE(Selector::parse_fields(text)) << text;
}

}  // namespace
}  // namespace text

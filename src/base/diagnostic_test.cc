#include "base/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace base {
namespace {

Diagnostic at(uint32_t line, uint32_t column, std::string hint = {}) {
  return {Severity::kError, "unknown-field", {"wf.yaml", line, column}, "",
          "no such field",  std::move(hint)};
}

struct RenderCase {
  const char* title;
  Diagnostic finding;
  const char *source, *shown;
};

TEST(Render, ShowsLineAndCaret) {
  const RenderCase cases[] = {
      {"line, caret and hint", at(2, 5, "did you mean \"b\"?"), "a:\n    x: 1\n",
       "wf.yaml:2:5: error: no such field [unknown-field]\n"
       "    x: 1\n    ^ did you mean \"b\"?\n"},
      {"the caret stands below its column", at(1, 4), "a: bc",
       "wf.yaml:1:4: error: no such field [unknown-field]\n    a: bc\n       ^\n"},
      {"columns count characters, not bytes", at(1, 5), "\xC3\xA4\xC3\xB6: x",
       "wf.yaml:1:5: error: no such field [unknown-field]\n    \xC3\xA4\xC3\xB6: x\n        ^\n"},
      {"a column behind the end of the line", at(1, 9), "a:\r\n",
       "wf.yaml:1:9: error: no such field [unknown-field]\n    a:\n      ^\n"},
      {"without source the hint still shows", at(3, 1, "do so"), "",
       "wf.yaml:3:1: error: no such field [unknown-field]\n    do so\n"},
      {"a line that is not in the source", at(9, 1), "a\nb\n",
       "wf.yaml:9:1: error: no such field [unknown-field]\n"},
      {"no place at all",
       {Severity::kWarning, "", {}, "", "kept as is", ""},
       "a",
       "warning: kept as is\n"},
      {"control characters do not reach the terminal", at(1, 3),
       "a\x1b"
       "b",
       "wf.yaml:1:3: error: no such field [unknown-field]\n    a b\n      ^\n"},
  };
  for (const RenderCase& c : cases)
    EXPECT_EQ(render(c.finding, c.source, false), c.shown) << c.title;
}

TEST(Render, CutsALongLineAroundThePlace) {
  const std::string source = std::string(5000, 'a') + "!" + std::string(5000, 'b');
  const std::string shown = render(at(1, 5001), source, false);
  EXPECT_LT(shown.size(), 400u);
  EXPECT_THAT(shown, testing::HasSubstr("aaa!bbb"));
  const size_t line = shown.find("    a"), caret = shown.find('^');
  const size_t caret_line = shown.rfind('\n', caret) + 1;
  EXPECT_EQ(shown.find('!') - line, caret - caret_line);
}

TEST(Render, ColoursErrorsRed) {
  EXPECT_THAT(render(at(1, 1), "a", true), testing::HasSubstr("\x1b[31merror:\x1b[0m"));
}

TEST(Nearest, FindsTypingMistakes) {
  const std::vector<std::string_view> fields = {"command", "container", "spec", "generateName",
                                                "args",    "name",      "when", "withItems"};
  struct Case {
    const char *word, *found;
  };
  const Case cases[] = {
      {"commad", "command"},
      {"sepc", "spec"},
      {"generatedName", "generateName"},
      {"wehn", "when"},
      {"withitems", "withItems"},
      {"Spec", "spec"},
      {"xyz", ""},
      {"", ""},
      {"zzzzzzzzzzzzzzz", ""},
      {"a", ""},
      {"outputs", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(nearest(c.word, fields), c.found) << c.word;
  EXPECT_EQ(nearest(std::string(100'000, 'a'), fields), "");
}

}  // namespace
}  // namespace base

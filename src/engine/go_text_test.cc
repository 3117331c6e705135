#include "engine/go_text.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

struct Case {
  const char* title;
  const char* format;
  int64_t number;
  const char* expected;
};

TEST(GoFormat, PrintsOneWholeNumberAsFmtDoes) {
  const Case cases[] = {
      {"no verb", "x", 1, "x%!(EXTRA int=1)"},
      {"%%", "%d%%", 5, "5%"},
      {"zeros", "%03d", -7, "-07"},
      {"spaces", "%5d|%-5d|", 3, "    3|%!d(MISSING)|"},
      {"a sign", "%+d", 3, "+3"},
      {"a precision", "%.3d", 7, "007"},
      {"a precision wins over zeros", "%06.3d", 7, "   007"},
      {"hexadecimal", "%#x", 255, "0xff"},
      {"zeros count without the prefix", "%#06x", 255, "0x0000ff"},
      {"octal", "%O", 8, "0o10"},
      {"any value", "%v", 8, "8"},
      {"a character", "%c", 233, "é"},
      {"no character", "%c", -1, "\xEF\xBF\xBD"},
      {"a quoted character", "%q", 39, "'\\''"},
      {"a code point", "%U", 3, "U+0003"},
      {"its type", "%T", 3, "int"},
      {"a wrong verb", "%s", 3, "%!s(int=3)"},
      {"a second verb", "%d%d", 3, "3%!d(MISSING)"},
      {"the argument by its number", "%[1]d-%[1]d", 3, "3-3"},
      {"another number", "%[2]d", 3, "%!d(BADINDEX)"},
      {"the number as the width", "%*d", 3, "%!d(MISSING)"},
      {"nothing behind %", "%", 3, "%!(NOVERB)%!(EXTRA int=3)"},
  };
  for (const Case& c : cases) EXPECT_EQ(go_format(c.format, c.number), c.expected) << c.title;
}

}  // namespace
}  // namespace engine

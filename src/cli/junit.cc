#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>

namespace cli {
namespace {

// XML 1.0 has no way to write the other control characters.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

size_t failures(const JunitSuite& suite) {
  return static_cast<size_t>(std::count_if(suite.cases.begin(), suite.cases.end(),
                                           [](const auto& one) { return !one.failure.empty(); }));
}

}  // namespace

std::string to_junit(const std::vector<JunitSuite>& suites) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const JunitSuite& suite : suites) {
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
                       escaped(suite.name), suite.cases.size(), failures(suite));
    for (const JunitCase& one : suite.cases) {
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"",
                         escaped(suite.name), escaped(one.name), one.seconds);
      out += one.failure.empty()
                 ? "/>\n"
                 : fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                               escaped(one.failure.substr(0, one.failure.find('\n'))),
                               escaped(one.failure));
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace cli

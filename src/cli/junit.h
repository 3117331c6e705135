// junit.h — results of tests in the XML form that CI servers read.
#pragma once
#include <string>
#include <vector>

namespace cli {

struct JunitCase {
  std::string name;
  double seconds = 0;   // of the machine's time
  std::string failure;  // empty: it passed
};
struct JunitSuite {
  std::string name;  // the file
  std::vector<JunitCase> cases;
};

std::string to_junit(const std::vector<JunitSuite>& suites);

}  // namespace cli

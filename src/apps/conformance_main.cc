// conformance SUITE DIR...: compares our answers with those recorded of the real systems.
//
// `conformance SUITE --refused DIR...` also lists what was not run, and why.
//
// Prints each case that differs; ends with "N passed, N failed"; exits 0 only when none failed.
#include <cstdio>
#include <string>

#include "conformance/suites.h"

namespace {

int usage() {
  std::fprintf(stderr, "usage: conformance SUITE [--refused] DIR...\nsuites:");
  for (const conformance::SuiteRow& row : conformance::suites())
    std::fprintf(stderr, " %s%s", std::string(row.name).c_str(), row.run ? "" : " (not yet)");
  std::fprintf(stderr, "\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return usage();
  const std::string suite = argv[1];
  const conformance::SuiteRow* chosen = nullptr;
  for (const conformance::SuiteRow& row : conformance::suites())
    if (row.name == suite) chosen = &row;
  if (!chosen) return usage();
  if (!chosen->run) {
    std::fprintf(stderr, "the suite %s is not supported yet\n", suite.c_str());
    return 2;
  }
  int passed = 0, failed = 0, excepted = 0, outside = 0;
  bool lists_refused = false;
  for (int i = 2; i < argc; ++i) {
    if (std::string(argv[i]) == "--refused") {
      lists_refused = true;
      continue;
    }
    const auto status = chosen->run(argv[i], [&](const conformance::CaseResult& result) {
      if (!result.not_in_scope.empty()) {
        ++outside;
        if (lists_refused) std::printf("%s: %s\n", result.id.c_str(), result.not_in_scope.c_str());
      } else if (result.ok) {
        ++passed;
      } else if (const auto reason = conformance::exception_of(suite, result.id)) {
        ++passed;
        ++excepted;
      } else {
        ++failed;
        std::printf("%s\n  expected %s\n  got      %s\n", result.id.c_str(),
                    result.expected.c_str(), result.got.c_str());
      }
    });
    if (!status) {
      std::fprintf(stderr, "%s\n", status.error().to_string().c_str());
      return 2;
    }
  }
  if (outside > 0) std::printf("%d use what is not supported yet: not run\n", outside);
  if (excepted > 0) std::printf("%d differ by a listed exception\n", excepted);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

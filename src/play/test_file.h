// test_file.h — a file of tests of one workflow: what is mocked, and what is expected.
//
//   workflow: coinflip.yaml        # a path beside this file, or the workflow itself
//   name: coinflip                 # of several in the file: which one
//   templates: [library.yaml]      # files with the WorkflowTemplates and ConfigMaps that it reads
//   mocks: […]                     # see mocks.h; for every test
//   tests:
//   - name: heads ends it
//     arguments: {times: "3"}
//     entrypoint: main
//     mocks: […]                   # come before those above
//     seed: 7                      # of what is guessed and of chance in expressions
//     expect: {…}                  # see expectation.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "play/coverage.h"
#include "play/expectation.h"
#include "play/mocks.h"
#include "play/rehearsal.h"
#include "text/value.h"

namespace play {

struct TestCase {
  std::string name;
  RehearsalOptions options;
  std::vector<Mock> mocks;
  uint64_t seed = 1;
  Expectation expected;
  text::Place place;
};

struct TestFile {
  std::string workflow_path;  // as written; empty when the workflow stands in the file
  text::Value workflow;       // null when it is at the path
  std::string workflow_name;  // "" for the first
  std::vector<std::string> template_paths;
  std::vector<TestCase> tests;
};

struct TestResult {
  std::vector<Difference> differences;
  base::Diagnostics mistakes;  // of the workflow: it could not be played
  std::string error;
  size_t nodes = 0;
  base::Duration duration;  // virtual
  bool passed() const {
    return differences.empty() && error.empty() && !base::has_errors(mistakes);
  }
};

// Is this document one of tests? Has it a list `tests`.
bool is_test_file(const text::Value& document);
TestFile read_test_file(const text::Value& document, std::string_view file,
                        base::Diagnostics& found);
// The workflow of `document`, which is from `file`, and what knows the templates that it refers to.
struct TestSubject {
  const text::Value& document;
  std::string_view file;
  model::FindTemplateHolder find = {};
  engine::ListTemplateHolders list = {};
  std::vector<text::Value> config_maps = {};  // that it may read
};
// Adds to `coverage`.
TestResult run_test(const TestCase& test, const TestSubject& subject, Coverage& coverage);

}  // namespace play

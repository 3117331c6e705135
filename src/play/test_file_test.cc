// The test files of examples/tests and testdata/ pass; and a test of a user can fail.
#include "play/test_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "model/decode.h"
#include "text/yaml.h"

namespace play {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

text::Value parse(const std::string& source) {
  const auto documents = text::parse_yaml(source, "t.yaml");
  EXPECT_TRUE(documents) << documents.error().to_string();
  return documents && !documents->empty() ? documents->front() : text::Value();
}

std::string shown(const TestResult& result) {
  std::string out = result.error;
  for (const base::Diagnostic& one : result.mistakes) out += one.text + "\n";
  for (const Difference& one : result.differences)
    out += one.path + ": " + one.expected + " / " + one.got + "\n";
  return out;
}

TEST(TestFile, EveryFileOfOurOwnPasses) {
  size_t tests = 0;
  for (const char* folder : {"/examples/tests", "/src/play/testdata"})
    for (const auto& entry : fs::directory_iterator(std::string(ARGON_SOURCE_DIR) + folder)) {
      if (!entry.is_regular_file()) continue;
      const text::Value document = parse(read(entry.path()));
      ASSERT_TRUE(is_test_file(document)) << entry.path();
      base::Diagnostics found;
      const TestFile file = read_test_file(document, entry.path().string(), found);
      ASSERT_TRUE(found.empty()) << entry.path() << ": " << found.front().text;
      const text::Value workflow =
          file.workflow_path.empty() ? file.workflow
                                     : parse(read(entry.path().parent_path() / file.workflow_path));
      std::map<std::string, model::WorkflowSpec, std::less<>> holders;
      for (const std::string& path : file.template_paths) {
        const text::Value holder = parse(read(entry.path().parent_path() / path));
        holders[std::string(holder.string_at("metadata", "name"))] =
            model::decode_spec(*holder.find("spec"));
      }
      const auto find = [&](std::string_view name, bool) -> const model::WorkflowSpec* {
        const auto known = holders.find(name);
        return known == holders.end() ? nullptr : &known->second;
      };
      Coverage coverage;
      for (const TestCase& test : file.tests) {
        const TestResult result = run_test(test, {workflow, "w.yaml", find}, coverage);
        EXPECT_TRUE(result.passed()) << entry.path() << ": " << test.name << "\n" << shown(result);
        ++tests;
      }
    }
  EXPECT_GE(tests, 14u);
}

constexpr const char* kTwoSteps = R"(
workflow:
  metadata: {name: wf}
  kind: Workflow
  spec:
    entrypoint: main
    templates:
    - name: main
      steps:
      - - {name: one, template: say, arguments: {parameters: [{name: word, value: hello}]}}
      - - {name: two, template: say, when: "{{steps.one.outputs.result}} == yes",
           arguments: {parameters: [{name: word, value: "{{steps.one.outputs.result}}"}]}}
    - name: say
      inputs: {parameters: [{name: word}]}
      container: {image: busybox, command: [echo]}
tests:
- name: t
  mocks: [{node: one, result: "yes", duration: 3s}]
)";

// The differences as "path: expected / got", one a line.
TEST(TestFile, ADifferenceNamesWhatWasExpectedAndWhatCame) {
  struct Case {
    const char* expect;
    const char* differences;
  } const kCases[] = {
      {"{phase: Succeeded, duration: 4s, pods: 2, parallelPods: 1}", ""},
      {"{phase: Failed}", "phase: Failed / Succeeded\n"},
      {"{duration: 5s}", "duration: 5s / 4s\n"},
      {"{pods: 3}", "pods: 3 / 2\n"},
      {"{parallelPods: 2}", "parallelPods: 2 / 1\n"},
      {"{message: none}", "message: none / \n"},
      {"{outputs: {x: '1'}}", "outputs.x: 1 / nothing\n"},
      {"{nodes: {one: Succeeded, two: Succeeded}}", ""},
      {"{nodes: {two: Skipped}}", "nodes.two.phase: Skipped / Succeeded\n"},
      {"{nodes: {'wf[1].two': {inputs: {word: 'yes'}}}}", ""},
      {"{nodes: {'[1].two': {inputs: {word: 'no'}}}}", "nodes.[1].two.inputs.word: no / yes\n"},
      {"{nodes: {one: {result: 'no'}}}", "nodes.one.result: no / yes\n"},
      {"{nodes: {one: {exitCode: 1}}}", "nodes.one.exitCode: 1 / 0\n"},
      {"{nodes: {one: {duration: 3s, template: say, type: Pod}}}", ""},
      {"{nodes: {one: {template: main}}}", "nodes.one.template: main / say\n"},
      {"{nodes: {three: {count: 0}}}", ""},
      {"{nodes: {one: {count: 0}}}", "nodes.one.count: 0 / 1\n"},
      {"{nodes: {'t*': {count: 1}}}", ""},
      {"{nodes: {three: Succeeded}}",
       "nodes.three: a node / no node of this name; there are [0], one, [1], two\n"},
      {"{order: [one, two]}", ""},
      {"{order: [two, one]}", "order: one after two / it begins 4s before that has ended\n"},
      {"{nodes: {one: {message: '/^$/'}}}", ""},
      {"{nodes: {one: {message: '/x/'}}}", "nodes.one.message: /x/ / \n"},
  };
  for (const Case& one : kCases) {
    base::Diagnostics found;
    const TestFile file = read_test_file(
        parse(std::string(kTwoSteps) + "  expect: " + one.expect + "\n"), "t.yaml", found);
    ASSERT_TRUE(found.empty()) << one.expect << found.front().text;
    Coverage coverage;
    const TestResult result = run_test(file.tests.front(), {file.workflow, "t.yaml"}, coverage);
    EXPECT_EQ(shown(result), one.differences) << one.expect;
  }
}

TEST(TestFile, MistakesAreFoundWithTheirPlaces) {
  struct Case {
    const char* text;
    const char* finding;
  } const kCases[] = {
      {"{tests: []}", "1:1 which workflow?"},
      {"{workflow: a.yaml, tests: [{name: x, expect: {phase: Failed, pod: 2}}]}",
       "1:62 unknown field \"pod\""},
      {"{workflow: a.yaml, tests: [{expect: {}}]}", "1:28 a test has a name"},
      {"{workflow: a.yaml, tests: [{name: x}]}", "1:28 a test that expects nothing cannot fail"},
      {"{workflow: a.yaml, mocks: [{result: x}], tests: []}",
       "1:28 a mock says which nodes it stands for"},
      {"{workflow: a.yaml, mocks: [{node: x, phase: Running}], tests: []}",
       "1:45 unknown word \"Running\""},
      {"{workflow: a.yaml, mocks: [{node: x, duration: long}], tests: []}",
       "1:48 expected a duration"},
      {"{workflow: a.yaml, mocks: {}, tests: []}", "1:27 expected a list, not a map"},
  };
  for (const Case& one : kCases) {
    base::Diagnostics found;
    read_test_file(parse(one.text), "t.yaml", found);
    ASSERT_EQ(found.size(), 1u) << one.text;
    EXPECT_EQ(std::to_string(found[0].where.line) + ":" + std::to_string(found[0].where.column) +
                  " " + found[0].text,
              one.finding);
  }
}

TEST(TestFile, AMockThatStandsForNothingIsADifference) {
  base::Diagnostics found;
  std::string text = std::string(kTwoSteps) + "  expect: {phase: Succeeded}\n";
  text.replace(text.find("mocks: ["), 8, "mocks: [{node: three}, ");
  const TestFile file = read_test_file(parse(text), "t.yaml", found);
  Coverage coverage;
  EXPECT_EQ(shown(run_test(file.tests.front(), {file.workflow, "t.yaml"}, coverage)),
            "mocks: a node that the mock stands for / none: three\n");
}

TEST(TestFile, CoverageCountsBranchesThatNoTestHasTaken) {
  base::Diagnostics found;
  const TestFile file =
      read_test_file(parse(std::string(kTwoSteps) + "  expect: {}\n"), "t.yaml", found);
  Coverage coverage;
  run_test(file.tests.front(), {file.workflow, "t.yaml"}, coverage);
  EXPECT_EQ(coverage.templates().covered, 2u);
  EXPECT_EQ(coverage.branches().covered, 2u);
  EXPECT_EQ(coverage.branches().all, 3u);
  EXPECT_EQ(coverage.uncovered(), std::vector<std::string>{"t.yaml: main.two: does not run"});
}

}  // namespace
}  // namespace play

#include "play/test_file.h"

#include "play/reader.h"

namespace play {
namespace {

using text::Value;

TestCase read_test(const Value& value, std::string_view file, const std::string& path,
                   const std::vector<Mock>& common, base::Diagnostics& found) {
  Reader reader(value, file, path, found);
  TestCase out;
  out.place = value.place;
  out.name = reader.text("name");
  if (out.name.empty() && value.is_map()) reader.report(value, path, "a test has a name");
  out.options.arguments = reader.texts("arguments");
  out.options.entrypoint = reader.text("entrypoint");
  if (const Value* mocks = reader.list("mocks"))
    out.mocks = read_mocks(*mocks, file, reader.path_of("mocks"), found);
  out.mocks.insert(out.mocks.end(), common.begin(), common.end());
  out.seed = static_cast<uint64_t>(reader.whole("seed").value_or(1));
  if (const Value* expect = reader.map("expect"))
    out.expected = read_expectation(*expect, file, reader.path_of("expect"), found);
  else if (value.is_map())
    reader.report(value, path, "a test that expects nothing cannot fail", "add `expect`");
  return out;
}

}  // namespace

bool is_test_file(const Value& document) {
  const Value* tests = document.find("tests");
  return tests != nullptr && tests->is_list() && document.find("kind") == nullptr;
}

TestFile read_test_file(const Value& document, std::string_view file, base::Diagnostics& found) {
  Reader reader(document, file, "", found);
  TestFile out;
  const Value* workflow = reader.any("workflow");
  if (workflow == nullptr)
    reader.report(document, "workflow", "which workflow?", "workflow: FILE, beside this one");
  else if (workflow->is_map())
    out.workflow = *workflow;
  else
    out.workflow_path = workflow->to_any_string();
  out.workflow_name = reader.text("name");
  if (const Value* paths = reader.list("templates"))
    for (const Value& path : paths->as_list()) out.template_paths.push_back(path.to_any_string());
  std::vector<Mock> common;
  if (const Value* mocks = reader.list("mocks")) common = read_mocks(*mocks, file, "mocks", found);
  if (const Value* tests = reader.list("tests"))
    for (size_t i = 0; i < tests->as_list().size(); ++i)
      out.tests.push_back(
          read_test(tests->as_list()[i], file, "tests[" + std::to_string(i) + "]", common, found));
  return out;
}

TestResult run_test(const TestCase& test, const TestSubject& subject, Coverage& coverage) {
  TestResult out;
  RehearsalOptions options = test.options;
  options.find = subject.find;
  options.list = subject.list;
  options.config_maps = subject.config_maps;
  const Rehearsal rehearsal = rehearse(subject.document, subject.file, options, out.mistakes);
  if (rehearsal.plan == nullptr) return out;
  const std::string place(subject.file);
  coverage.declare(place, rehearsal.workflow.spec, *rehearsal.plan);
  MockedAnswers answers(test.mocks, rehearsal.workflow.spec, {.seed = test.seed});
  Simulation simulation(rehearsal.plan, answers,
                        {.seed = test.seed, .config_maps = options.config_maps});
  const auto ended = simulation.run();
  coverage.add(place, simulation.state());
  out.nodes = simulation.state().node_count();
  out.duration = simulation.now() - simulation.start();
  if (!ended) {
    out.error = ended.error().text;
    return out;
  }
  if (*ended == Simulation::End::kLimit) {
    out.error = "it does not end: " + std::to_string(out.nodes) + " nodes in " +
                std::to_string(out.duration.ns / 1'000'000'000) + " s of its time";
    return out;
  }
  const auto status = simulation.status();
  if (!status) {
    out.error = status.error().text;
    return out;
  }
  out.differences = compare(test.expected, simulation, *status);
  for (const Mock* mock : answers.unused())
    if (mock->place.line >= test.place.line)
      out.differences.push_back({mock->place, "mocks", "a node that the mock stands for",
                                 "none: " + mock->template_name + mock->node});
  return out;
}

}  // namespace play

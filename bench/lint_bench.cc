// lint_bench — how many files a second one core lints: read, checked field by field, validated,
// with their expressions, as `argo lint --offline` does it, without the files' system calls.
//
//   lint_bench [FILE...]      default: 1,000 files made here, of the sizes of Argo's examples
//
// Prints lines "name<TAB>value".
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "model/lint_file.h"
#include "model/validate.h"

namespace {

constexpr size_t kFiles = 1000;
constexpr int kRounds = 5;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string head(std::string_view name, std::string_view entrypoint) {
  return fmt::format(
      "# Shows one feature of workflows, with a comment of a line or two above it,\n"
      "# as files of examples have them.\n"
      "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata:\n  generateName: {}-\n"
      "  labels:\n    workflows.argoproj.io/test: \"true\"\n  annotations:\n"
      "    workflows.argoproj.io/description: |\n      What the workflow does, in a sentence.\n"
      "spec:\n  entrypoint: {}\n  arguments:\n    parameters:\n    - name: message\n"
      "      value: hello world\n",
      name, entrypoint);
}

std::string echo(std::string_view name) {
  return fmt::format(
      "  - name: {}\n    inputs:\n      parameters:\n      - name: message\n    outputs:\n"
      "      parameters:\n      - name: out\n        valueFrom:\n          path: /tmp/out\n"
      "    container:\n      image: busybox\n      command: [sh, -c]\n"
      "      args: [\"echo {{{{inputs.parameters.message}}}} > /tmp/out\"]\n"
      "      resources:\n        limits:\n          memory: 32Mi\n          cpu: 100m\n",
      name);
}

std::string container(size_t i) {
  return head("hello", "main") + fmt::format(
                                     "  templates:\n  - name: main\n    container:\n"
                                     "      image: busybox\n      command: [echo]\n"
                                     "      args: [\"{{{{workflow.parameters.message}}}} {}\"]\n",
                                     i);
}

std::string steps(size_t count) {
  std::string out = head("steps", "main") + "  templates:\n  - name: main\n    steps:\n";
  for (size_t i = 0; i < count; ++i)
    out += fmt::format(
        "    - - name: step-{0}\n        template: echo\n        arguments:\n"
        "          parameters:\n          - name: message\n            value: \"{1}\"\n"
        "        when: \"{{{{workflow.parameters.message}}}} != none\"\n",
        i, i == 0 ? "first" : fmt::format("{{{{steps.step-{}.outputs.parameters.out}}}}", i - 1));
  return out + echo("echo");
}

std::string dag(size_t count) {
  std::string out = head("dag", "main") + "  templates:\n  - name: main\n    dag:\n      tasks:\n";
  for (size_t i = 0; i < count; ++i) {
    out += fmt::format(
        "      - name: task-{0}\n        template: echo\n        arguments:\n"
        "          parameters: [{{name: message, value: \"{1}\"}}]\n",
        i, i == 0 ? "{{workflow.name}}" : "{{=asInt(workflow.parameters.message) + 1}}");
    if (i > 0) out += fmt::format("        depends: \"task-{} && !task-0.Failed\"\n", i - 1);
  }
  return out + echo("echo");
}

std::string script(size_t lines) {
  std::string out = head("loops", "main") +
                    "  templates:\n  - name: main\n    steps:\n    - - name: generate\n"
                    "        template: gen\n    - - name: sleep\n        template: echo\n"
                    "        arguments:\n          parameters: [{name: message, value: "
                    "\"{{item}}\"}]\n        withParam: \"{{steps.generate.outputs.result}}\"\n"
                    "  - name: gen\n    retryStrategy:\n      limit: 3\n"
                    "      expression: \"asInt(lastRetry.exitCode) > 1\"\n    script:\n"
                    "      image: python:alpine\n      command: [python]\n      source: |\n";
  for (size_t i = 0; i < lines; ++i) out += fmt::format("        print(\"line {}\")\n", i);
  return out + echo("echo");
}

std::vector<std::string> made_files() {
  std::vector<std::string> out;
  for (size_t i = 0; i < kFiles; ++i) {
    const size_t size = 1 + i / 4 % 5;
    out.push_back(i % 4 == 0   ? container(i)
                  : i % 4 == 1 ? steps(size)
                  : i % 4 == 2 ? dag(size)
                               : script(4 * size));
  }
  return out;
}

// How many findings there were: so that nothing is left out.
size_t lint(const std::vector<std::string>& files) {
  size_t count = 0;
  for (const std::string& source : files) {
    const model::LintFile file = model::read_lint_file(source, "wf.yaml", true);
    base::Diagnostics found = file.found;
    model::ValidateOptions options;
    options.source_text = source;
    options.find = [](std::string_view, bool) { return nullptr; };
    for (const text::Value& document : file.documents)
      model::lint_document(document, "wf.yaml", true, options, found);
    count += found.size();
  }
  return count;
}

}  // namespace

int main(int count, char** names) {
  std::vector<std::string> files;
  for (int i = 1; i < count; ++i) {
    std::ifstream file(names[i], std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (files.empty()) files = made_files();
  size_t bytes = 0;
  for (const std::string& file : files) bytes += file.size();
  double best = 1e9;
  size_t findings = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double began = cpu_seconds();
    findings = lint(files);
    best = std::min(best, cpu_seconds() - began);
  }
  const auto number = static_cast<double>(files.size());
  fmt::print("lint_files\t{}\nlint_bytes_per_file\t{:.0f}\nlint_findings\t{}\n", files.size(),
             static_cast<double>(bytes) / number, findings);
  fmt::print("lint_files_per_second\t{:.0f}\n", number / best);
}

// docs/lint.md: each rule with its sentence and an example, as lint shows it. The page is what this
// test makes of the examples below; where it differs the test prints what the page should be to
// build/lint.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "model/decode.h"
#include "model/lint_file.h"
#include "model/lint_rules.h"
#include "model/validate.h"

namespace model {
namespace {

struct Example {
  const char* rule;
  std::string yaml;  // the spec of a Workflow, or a whole file where it begins with "kind:"
};

std::string body(const std::string& lines, const std::string& spec = "") {
  return spec + "entrypoint: main\ntemplates:\n- name: main\n" + lines;
}
std::string container(const std::string& lines, const std::string& spec = "") {
  return body(lines + "  container: {image: busybox}\n", spec);
}
std::string image(const std::string& fields) {
  return body("  container: {image: busybox, " + fields + "}\n");
}
std::string steps(const std::string& first, const std::string& second = "") {
  return body("  steps:\n  - - " + first + "\n" + (second.empty() ? "" : "  - - " + second + "\n") +
              "- name: echo\n  inputs: {parameters: [{name: message}]}\n"
              "  container: {image: busybox}\n- {name: plain, container: {image: busybox}}\n");
}
std::string dag(const std::string& tasks, const std::string& more = "") {
  return body("  dag:\n" + more + "    tasks:\n" + tasks +
              "- {name: plain, container: {image: busybox}}\n");
}
std::string cron(const std::string& fields) {
  return "kind: CronWorkflow\nmetadata: {name: nightly}\nspec:\n" + fields +
         "  workflowSpec: {entrypoint: a, templates: [{name: a, container: {image: busybox}}]}\n";
}

std::vector<Example> examples_to_d() {
  return {
      {"bad-depends", dag("    - {name: a, template: plain}\n"
                          "    - {name: b, template: plain, depends: a &&}\n")},
      {"bad-duration", container("  timeout: \"30\"\n")},
      {"bad-expression", image("args: [\"{{=1 +}}\"]")},
      {"bad-metric",
       container("  metrics: {prometheus: [{name: m, help: h, gauge: {realtime: true, "
                 "value: \"{{resourcesDuration.cpu}}\"}}]}\n")},
      {"bad-name", steps("{name: a.b, template: plain}")},
      {"bad-number", container("  activeDeadlineSeconds: soon\n")},
      {"bad-path", container("  inputs: {artifacts: [{name: a, path: /tmp/../../etc, optional: "
                             "true}]}\n")},
      {"bad-quantity", image("resources: {limits: {memory: 1Gb}}")},
      {"bad-resource", container("", "podResources: {limits: {gpu: 1}}\n")},
      {"bad-schedule", cron("  schedules: [\"60 * * * *\"]\n")},
      {"bad-selector", container("", "podGC: {labelSelector: {matchLabels: {\"a b\": x}}}\n")},
      {"bad-time",
       "kind: Workflow\nmetadata: {name: a, creationTimestamp: today}\nspec: "
       "{entrypoint: main, templates: [{name: main, suspend: {}}]}\n"},
      {"bad-time-zone", cron("  schedules: [\"@daily\"]\n  timezone: Europe/Berlinn\n")},
      {"bad-value-source", container("  outputs: {parameters: [{name: o, valueFrom: {expression: "
                                     "\"1\"}}]}\n")},
      {"bad-yaml", "kind: Workflow\nspec:\n  entrypoint: [main\n"},
      {"dependency-cycle", dag("    - {name: a, template: plain, depends: b}\n"
                               "    - {name: b, template: plain, depends: a}\n")},
      {"depends-choice", dag("    - {name: a, template: plain}\n"
                             "    - {name: b, template: plain, depends: a}\n"
                             "    - {name: c, template: plain, dependencies: [a]}\n")},
      {"duplicate-key",
       "kind: Workflow\nmetadata: {name: a}\nmetadata: {name: b}\nspec: "
       "{entrypoint: main, templates: [{name: main, suspend: {}}]}\n"},
      {"duplicate-name", steps("{name: a, template: plain}", "{name: a, template: plain}")},
  };
}

std::vector<Example> examples_to_m() {
  return {
      {"empty-enum", container("", "arguments: {parameters: [{name: p, value: x, enum: []}]}\n")},
      {"expression-type", container("  retryStrategy: {expression: \"lastRetry.exitCode > 1\"}\n")},
      {"item-without-loop", steps("{name: a, template: plain, when: \"{{item}} == 1\"}")},
      {"loop-choice", steps("{name: a, template: plain, withItems: [1], withParam: \"[]\"}")},
      {"misplaced-field", container("  parallelism: 2\n")},
      {"misplaced-from",
       container("  inputs: {artifacts: [{name: a, path: /a, optional: true, from: "
                 "\"{{inputs.artifacts.b}}\"}]}\n")},
      {"misplaced-path", body("  outputs: {artifacts: [{name: a, path: /a}]}\n  suspend: {}\n")},
      {"missing-argument", steps("{name: a, template: echo}")},
      {"missing-container", body("  containerSet: {containers: []}\n")},
      {"missing-dependency",
       dag("    - {name: a, template: plain}\n"
           "    - {name: b, template: plain, when: \"{{tasks.a.outputs.result}} == 1\"}\n")},
      {"missing-entrypoint", "templates:\n- {name: main, suspend: {}}\n"},
      {"missing-expression", container("", "hooks: {done: {template: main}}\n")},
      {"missing-help", container("  metrics: {prometheus: [{name: m, gauge: {value: \"1\"}}]}\n")},
      {"missing-image", body("  container: {command: [date]}\n")},
      {"missing-name", container("  initContainers: [{image: busybox}]\n")},
      {"missing-path", container("  inputs: {artifacts: [{name: a, optional: true}]}\n")},
      {"missing-schedule", cron("  schedules: []\n")},
      {"missing-task", body("  dag: {tasks: []}\n")},
      {"missing-value", container("  outputs: {parameters: [{name: o}]}\n")},
      {"mounted-twice",
       body("  volumes: [{name: v, emptyDir: {}}]\n  container: {image: busybox, "
            "volumeMounts: [{name: v, mountPath: /x}, {name: v, mountPath: /x}]}\n")},
  };
}

std::vector<Example> examples_to_t() {
  return {
      {"name-too-long",
       "kind: Workflow\nmetadata: {name: " + std::string(64, 'a') +
           "}\nspec: {entrypoint: main, templates: [{name: main, suspend: {}}]}\n"},
      {"not-a-loop", dag("    - {name: a, template: plain}\n"
                         "    - {name: b, template: plain, depends: a.AnySucceeded}\n")},
      {"not-an-object",
       "kind: Workflow\nmetadata: {name: a}\nspec: {entrypoint: main, templates: "
       "[{name: main, suspend: {}}]}\n---\n- a\n"},
      {"not-in-enum", container("",
                                "arguments: {parameters: [{name: p, value: gren, enum: [red, "
                                "green]}]}\n")},
      {"plugin-choice", body("  plugin: {}\n")},
      {"required-field", image("volumeMounts: [{mountPath: /x}]")},
      {"reserved-name", container("  sidecars: [{name: wait, image: busybox}]\n")},
      {"template-choice", steps("{name: a}")},
      {"template-type", body("  inputs: {}\n")},
      {"text-from-json", container("", "arguments: {parameters: [{name: p, value: {a: 1}}]}\n")},
  };
}

std::vector<Example> examples_from_u() {
  return {
      {"unchecked-kind", "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nspec: {}\n"},
      {"unknown-argument", steps("{name: a, template: plain, arguments: {parameters: [{name: x, "
                                 "value: 1}]}}")},
      {"unknown-artifact", body("  resource: {action: create, manifestFrom: {artifact: {name: "
                                "a}}}\n")},
      {"unknown-dependency", dag("    - {name: first, template: plain}\n"
                                 "    - {name: b, template: plain, depends: frist}\n")},
      {"unknown-field", body("  container: {image: busybox, commad: [date]}\n")},
      {"unknown-function", image("args: [\"{{=uper('a')}}\"]")},
      {"unknown-kind", "apiVersion: argoproj.io/v1alpha1\nkind: workflow\n"},
      {"unknown-result", dag("    - {name: a, template: plain}\n"
                             "    - {name: b, template: plain, depends: a.Suceeded}\n")},
      {"unknown-target", dag("    - {name: a, template: plain}\n", "    target: b\n")},
      {"unknown-template", steps("{name: a, template: plan}")},
      {"unknown-variable",
       body("  inputs: {parameters: [{name: message, value: hi}]}\n  container:\n    image: "
            "busybox\n"
            "    args:\n    - |\n      say\n        {{=inputs.parameters.mesage}}\n")},
      {"unknown-volume", body("  volumes: [{name: work, emptyDir: {}}]\n  container: {image: "
                              "busybox, volumeMounts: [{name: wrok, mountPath: /x}]}\n")},
      {"unknown-word", container("  retryStrategy: {retryPolicy: Allways}\n")},
      {"unreachable-template", container("") + "- {name: unused, suspend: {}}\n"},
      {"unresolved-variable",
       body("  inputs: {parameters: [{name: message, value: hi}]}\n  container: {image: busybox, "
            "args: [\"hello {{inputs.parameters.mesage}}\"]}\n")},
      {"value-choice", container("  outputs: {parameters: [{name: o, value: x, valueFrom: {path: "
                                 "/o}}]}\n")},
      {"wrong-type", body("  container: {image: busybox, command: date}\n")},
  };
}

const std::vector<Example>& examples() {
  static const std::vector<Example> kAll = [] {
    std::vector<Example> all = examples_to_d();
    for (auto* more : {examples_to_m, examples_to_t, examples_from_u})
      for (Example& example : more()) all.push_back(std::move(example));
    return all;
  }();
  return kAll;
}

std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "  " + line + "\n";
  return out;
}

std::string file_of(const Example& example) {
  if (example.yaml.starts_with("kind:") || example.yaml.starts_with("apiVersion:"))
    return example.yaml;
  return "kind: Workflow\nmetadata: {generateName: hello-}\nspec:\n" + indented(example.yaml);
}

// The first finding of the rule, as it is shown.
std::string shown(const Example& example) {
  const std::string source = file_of(example);
  const LintFile file = read_lint_file(source, "wf.yaml", true);
  base::Diagnostics found = file.found;
  found.insert(found.end(), file.left_out.begin(), file.left_out.end());
  ValidateOptions options;
  options.source_text = source;
  for (const text::Value& document : file.documents)
    lint_document(document, "wf.yaml", true, options, found);
  for (const base::Diagnostic& one : found)
    if (one.rule == example.rule) return base::render(one, source, false);
  return {};
}

const Example* example_of(std::string_view rule) {
  for (const Example& example : examples())
    if (example.rule == rule) return &example;
  return nullptr;
}

// They depend on what this version supports, or on several files.
const std::map<std::string_view, std::string_view>& without_example() {
  static const std::map<std::string_view, std::string_view> kRules = {
      {"duplicate-object", "Told with `--offline`, which looks for templates in the files given."},
      {"ignored-field", "See [compatibility.md](compatibility.md)."},
      {"refused-field",
       "A warning of lint; `argo submit` and the server refuse it. See "
       "[compatibility.md](compatibility.md)."}};
  return kRules;
}

std::string page() {
  std::string out =
      "# argo lint\n\n"
      "`argo lint FILE...` checks files, directories (with those below), addresses (http and "
      "https) and stdin (`-`): all of them in one pass, all problems at once. Each finding has its "
      "place, the line with a caret, the name of its rule, and a suggestion where there is one. "
      "What Argo refuses is an error; what Argo accepts is a warning at most.\n\n"
      "| flag | what it does |\n|---|---|\n"
      "| `--offline` | no server: templates are looked for in the files given |\n"
      "| `--strict=false` | unknown fields and duplicate keys are warnings, as Argo has it |\n"
      "| `--kinds` | only workflows, workflowtemplates, cronworkflows, clusterworkflowtemplates |\n"
      "| `-o pretty\\|simple\\|json\\|sarif` | the form of the output; sarif is SARIF 2.1.0 |\n"
      "| `--fail-on=warning` | ends with 1 for warnings, too |\n\n"
      "It ends with 0, or with 1 when there are errors or nothing to lint. Kinds other than the "
      "four are checked as far as their fields are known, and give warnings only. A document that "
      "Argo leaves out unread (no YAML, a key twice) is an error where nothing else is linted, and "
      "a warning beside others, as Argo ends.\n\n"
      "## Rules\n\nNames of rules do not change. This page is made by a test from what lint "
      "says.\n";
  for (const LintRule& rule : lint_rules()) {
    out += "\n### " + std::string(rule.name) + "\n\n" + std::string(rule.help) + "\n";
    if (const Example* example = example_of(rule.name))
      out += "\n```text\n" + shown(*example) + "```\n";
    else if (const auto words = without_example().find(rule.name); words != without_example().end())
      out += std::string(words->second) + "\n";
  }
  return out;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(LintDocs, EveryRuleHasAnExampleThatShowsIt) {
  for (const LintRule& rule : lint_rules()) {
    const Example* example = example_of(rule.name);
    if (!example) {
      EXPECT_TRUE(without_example().contains(rule.name)) << rule.name;
      continue;
    }
    EXPECT_NE(shown(*example), "") << rule.name << " is not found in\n" << file_of(*example);
  }
  for (const Example& example : examples())
    EXPECT_LT(lint_rule_index(example.rule), lint_rules().size()) << example.rule;
}

// Words with dashes in quotes are names of rules there.
TEST(LintDocs, EveryNameInTheSourcesIsARule) {
  const std::regex quoted("\"([a-z]+(?:-[a-z]+)+)\"");
  std::set<std::string> unknown;
  const auto scan = [&](const std::filesystem::path& path) {
    const std::string source = read(path.string());
    for (std::sregex_iterator at(source.begin(), source.end(), quoted), end; at != end; ++at)
      if (lint_rule_index((*at)[1].str()) == lint_rules().size()) unknown.insert((*at)[1].str());
  };
  const std::filesystem::path room = ARGON_SOURCE_DIR "/src/model";
  for (const char* file : {"validate.cc", "check.cc", "lint_file.cc"}) scan(room / file);
  for (const auto& entry : std::filesystem::directory_iterator(room / "validation"))
    if (!entry.path().string().ends_with("_test.cc")) scan(entry.path());
  EXPECT_TRUE(unknown.empty()) << *unknown.begin();
}

TEST(LintDocs, ThePageIsUpToDate) {
  const std::string expected = page();
  if (read(ARGON_SOURCE_DIR "/docs/lint.md") == expected) return;
  std::ofstream(ARGON_BINARY_DIR "/lint.md", std::ios::binary) << expected;
  ADD_FAILURE() << "docs/lint.md differs: copy " ARGON_BINARY_DIR "/lint.md there";
}

}  // namespace
}  // namespace model

#include "model/validate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/decode.h"
#include "text/yaml.h"

namespace model {
namespace {

base::Diagnostics lint(const std::string& yaml, bool submit = false) {
  base::Diagnostics found;
  const auto documents = text::parse_yaml(yaml, "wf.yaml");
  if (!documents) ADD_FAILURE() << documents.error().to_string();
  ValidateOptions options;
  options.submit = submit;
  WorkflowSpec stored;
  stored.templates.emplace_back();
  stored.templates[0].name = "greet";
  stored.templates[0].container = text::Map{};
  stored.templates[0].container["image"] = "busybox";
  stored.templates[0].inputs.parameters.emplace_back().name = "who";
  options.find = [&](std::string_view name, bool) { return name == "lib" ? &stored : nullptr; };
  if (documents)
    for (const text::Value& document : *documents)
      lint_document(document, "wf.yaml", true, options, found);
  return found;
}

// A workflow whose template "main" has this body (indented by four), beside some to call.
std::string workflow(const std::string& main, const std::string& spec = "") {
  return "kind: Workflow\n"
         "metadata: {generateName: a-}\n"
         "spec:\n"
         "  entrypoint: main\n" +
         spec +
         "  templates:\n"
         "  - name: main\n" +
         main +
         "  - name: echo\n"
         "    inputs: {parameters: [{name: message}]}\n"
         "    outputs: {parameters: [{name: out, valueFrom: {path: /tmp/o}}]}\n"
         "    container: {image: busybox, args: [\"{{inputs.parameters.message}}\"]}\n"
         "  - name: plain\n"
         "    container: {image: busybox}\n";
}

// Lines are those of the whole file: main's body begins in line 7 (8 with one line of spec).
struct Rule {
  const char* title;
  std::string main;
  std::string spec;
  const char* rule;  // "": nothing is wrong
  uint32_t line = 0, column = 0;
  const char* text = "";
  const char* hint = "";
};
void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.title; }

void expect_one(const Rule& rule, base::Severity severity) {
  base::Diagnostics found = lint(workflow(rule.main, rule.spec));
  std::erase_if(found, [&](const base::Diagnostic& d) {
    return d.rule == "refused-field" || d.rule == "ignored-field" ||
           d.rule == "unreachable-template";
  });
  if (!*rule.rule) {
    for (const auto& d : found) ADD_FAILURE() << d.where.line << ": " << d.path << ": " << d.text;
    return;
  }
  ASSERT_EQ(found.size(), 1u) << (found.empty() ? "nothing" : found[1].text);
  EXPECT_EQ(found[0].severity, severity);
  EXPECT_EQ(found[0].rule, rule.rule);
  EXPECT_EQ(found[0].where.line, rule.line) << found[0].path;
  EXPECT_EQ(found[0].where.column, rule.column) << found[0].path;
  EXPECT_EQ(found[0].text, rule.text);
  EXPECT_EQ(found[0].hint, rule.hint);
}

class Fine : public testing::TestWithParam<Rule> {};
TEST_P(Fine, IsAccepted) { expect_one(GetParam(), base::Severity::kError); }
class Wrong : public testing::TestWithParam<Rule> {};
TEST_P(Wrong, IsRefusedWithPlaceAndHint) { expect_one(GetParam(), base::Severity::kError); }
class Flaw : public testing::TestWithParam<Rule> {};
TEST_P(Flaw, IsAWarningInLintAndAnErrorAtSubmit) {
  expect_one(GetParam(), base::Severity::kWarning);
  EXPECT_TRUE(base::has_errors(lint(workflow(GetParam().main, GetParam().spec), true)));
}

const std::string kEchoTwice =
    "    steps:\n"
    "    - - {name: a, template: echo, arguments: {parameters: [{name: message, value: hi}]}}\n";
const std::string kPlain = "    container: {image: busybox}\n";

INSTANTIATE_TEST_SUITE_P(
    Workflows, Fine,
    testing::Values(
        Rule{"a later step uses the outputs of an earlier one",
             kEchoTwice +
                 "    - - {name: b, template: echo, when: \"{{steps.a.status}} == Succeeded\", "
                 "arguments: {parameters: [{name: message, value: "
                 "\"{{steps.a.outputs.parameters.out}} {{steps.a.outputs.result}}\"}]}}\n",
             "", ""},
        Rule{"a task uses the outputs of one that it depends on through another",
             "    dag:\n      tasks:\n"
             "      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, depends: a}\n"
             "      - {name: c, template: echo, depends: b, arguments: {parameters: [{name: "
             "message, "
             "value: \"{{tasks.a.outputs.result}} {{tasks.a.status}}\"}]}}\n",
             "", ""},
        Rule{"a template may call itself", "    steps:\n    - - {name: a, template: main}\n", "",
             ""},
        Rule{"an inline template sees the inputs around it",
             "    inputs: {parameters: [{name: p, value: x}]}\n"
             "    steps:\n    - - name: a\n        inline: {container: {image: busybox, args: "
             "[\"{{inputs.parameters.p}} {{workflow.name}}\"]}}\n",
             "", ""},
        Rule{"items of a map are known by their keys",
             "    steps:\n    - - {name: a, template: plain, withItems: [{k: 1}], when: "
             "\"{{item.k}} == 1\"}\n",
             "", ""},
        Rule{"of withParam any key is taken",
             "    steps:\n    - - {name: a, template: plain, withParam: \"[]\", when: "
             "\"{{item.k}} == 1\"}\n",
             "", ""},
        Rule{"tags that are not Argo's are text",
             "    container: {image: busybox, args: [\"{{user.name}}\", \"{{= 1 + 1 }}\"]}\n", "",
             ""},
        Rule{"a stored template is found",
             "    steps:\n    - - {name: a, templateRef: {name: lib, template: greet}, arguments: "
             "{parameters: [{name: who, value: x}]}}\n",
             "", ""},
        Rule{"a computed templateRef cannot be looked up",
             "    steps:\n    - - {name: a, templateRef: {name: \"{{item}}\", template: x}, "
             "withItems: [lib]}\n",
             "", ""},
        Rule{"the image may come from the defaults of all templates",
             "    container: {command: [x]}\n",
             "  templateDefaults: {container: {image: busybox}}\n", ""},
        Rule{"in lint an argument may have no value yet", kPlain,
             "  arguments: {parameters: [{name: p}]}\n", ""},
        Rule{"the name of an output may hold a tag",
             "    inputs: {parameters: [{name: p, value: x}]}\n    outputs: {parameters: [{name: "
             "\"r-{{inputs.parameters.p}}\", valueFrom: {path: /x}}]}\n" +
                 kPlain,
             "", ""}));

INSTANTIATE_TEST_SUITE_P(
    Templates, Wrong,
    testing::Values(
        Rule{"a template without anything to run", "    inputs: {}\n", "", "template-type", 6, 5,
             "template \"main\" does not say what it runs",
             "add container, script, steps, dag or suspend"},
        Rule{"a template that runs two things", kPlain + "    suspend: {}\n", "", "template-type",
             6, 5, "template \"main\" says several things that it runs",
             "keep one of container, script, steps, dag, suspend"},
        Rule{"a container without image", "    container: {command: [x]}\n", "", "missing-image", 7,
             5, "container needs an image"},
        Rule{"a parallelism where nothing is parallel", kPlain + "    parallelism: 2\n", "",
             "misplaced-field", 8, 5,
             "parallelism belongs to templates of type steps or dag, or to the workflow"},
        Rule{"a deadline of a group", "    activeDeadlineSeconds: 3\n" + kEchoTwice, "",
             "misplaced-field", 7, 5, "activeDeadlineSeconds is for templates that run a container",
             "put it into those templates, or into the spec"},
        Rule{"a timeout without unit", "    timeout: \"30\"\n" + kPlain, "", "bad-duration", 7, 5,
             "\"30\" has no unit", "write 30s"},
        Rule{"an unknown retry policy", "    retryStrategy: {retryPolicy: Allways}\n" + kPlain, "",
             "unknown-word", 7, 21, "\"Allways\" is not a retry policy",
             "did you mean \"Always\"?"},
        Rule{"a sidecar with a name of Argo's", "    sidecars: [{name: wait, image: b}]\n" + kPlain,
             "", "reserved-name", 7, 17, "\"wait\" is a name of Argo's own"},
        Rule{"two mounts at one place",
             "    container: {image: b, volumeMounts: [{name: v, mountPath: /x}, {name: w, "
             "mountPath: /x}]}\n    volumes: [{name: v, emptyDir: {}}, {name: w, emptyDir: {}}]\n",
             "", "mounted-twice", 7, 78, "\"/x\" is taken by container.volumeMounts[0]"},
        Rule{"a negative deadline", "    activeDeadlineSeconds: -1\n" + kPlain, "", "bad-number", 7,
             5, "activeDeadlineSeconds must be a positive number of seconds, or a {{tag}}"},
        Rule{"an entrypoint that is not there", kPlain, "  onExit: man\n", "unknown-template", 5, 3,
             "there is no template \"man\"", "did you mean \"main\"?"}));

INSTANTIATE_TEST_SUITE_P(
    Variables, Wrong,
    testing::Values(
        Rule{"an input that is not declared",
             "    inputs: {parameters: [{name: message, value: x}]}\n"
             "    container: {image: b, args: [\"{{inputs.parameters.mesage}}\"]}\n",
             "", "unresolved-variable", 8, 34, "there is no {{inputs.parameters.mesage}} here",
             "did you mean {{inputs.parameters.message}}?"},
        Rule{"a parameter of the workflow that is not declared",
             "    container: {image: b, args: [\"{{workflow.parameters.x}}\"]}\n", "",
             "unresolved-variable", 7, 34, "there is no {{workflow.parameters.x}} here",
             "declare it in spec.arguments.parameters"},
        Rule{"a step that comes later",
             "    steps:\n"
             "    - - {name: a, template: plain, when: \"{{steps.b.outputs.result}} == 1\"}\n"
             "    - - {name: b, template: plain}\n",
             "", "unresolved-variable", 8, 42, "there is no {{steps.b.outputs.result}} here"},
        Rule{
            "an output that the step does not have",
            "    steps:\n    - - {name: a, template: plain}\n"
            "    - - {name: b, template: plain, when: \"{{steps.a.outputs.parameters.x}} == 1\"}\n",
            "", "unresolved-variable", 9, 42, "there is no {{steps.a.outputs.parameters.x}} here"},
        Rule{"steps inside a dag",
             "    dag: {tasks: [{name: a, template: plain, when: \"{{steps.a.status}} == 1\"}]}\n",
             "", "unresolved-variable", 7, 52, "there is no {{steps.a.status}} here"},
        Rule{"the status of a task that does not come before",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, when: \"{{tasks.a.status}} == 1\"}\n",
             "", "unresolved-variable", 10, 42, "there is no {{tasks.a.status}} here"},
        Rule{"a key that no item has",
             "    steps:\n    - - {name: a, template: plain, withItems: [{k: 1}], when: "
             "\"{{item.q}} == 1\"}\n",
             "", "unresolved-variable", 8, 63, "there is no {{item.q}} here",
             "did you mean {{item.k}}?"},
        Rule{"failures outside of the exit handler",
             "    container: {image: b, args: [\"{{workflow.failures}}\"]}\n", "",
             "unresolved-variable", 7, 34, "there is no {{workflow.failures}} here"}));

INSTANTIATE_TEST_SUITE_P(
    Calls, Wrong,
    testing::Values(
        Rule{"a template that is not there", "    steps:\n    - - {name: a, template: plan}\n", "",
             "unknown-template", 8, 19, "there is no template \"plan\"", "did you mean \"plain\"?"},
        Rule{"no template at all", "    steps:\n    - - {name: a}\n", "", "template-choice", 8, 9,
             "no template is named", "add template, templateRef or inline"},
        Rule{"a missing argument", "    steps:\n    - - {name: a, template: echo}\n", "",
             "missing-argument", 8, 9, "template \"echo\" needs the parameter \"message\"",
             "give it in arguments.parameters, or a default in the template's inputs"},
        Rule{"a stored holder that is not there",
             "    steps:\n    - - {name: a, templateRef: {name: nope, template: x}}\n", "",
             "unknown-template", 8, 9,
             "template reference nope.x not found: there is no WorkflowTemplate \"nope\""},
        Rule{"a stored template that is not there",
             "    steps:\n    - - {name: a, templateRef: {name: lib, template: gret}}\n", "",
             "unknown-template", 8, 9,
             "template reference lib.gret not found: WorkflowTemplate lib has no template \"gret\"",
             "did you mean \"greet\"?"},
        Rule{"an argument that a stored template needs",
             "    steps:\n    - - {name: a, templateRef: {name: lib, template: greet}}\n", "",
             "missing-argument", 8, 9, "template \"greet\" needs the parameter \"who\"",
             "give it in arguments.parameters, or a default in the template's inputs"},
        Rule{"two loops at once",
             "    steps:\n    - - {name: a, template: plain, withItems: [1], withParam: \"[]\"}\n",
             "", "loop-choice", 8, 9, "withItems, withParam and withSequence exclude each other"},
        Rule{"count and end",
             "    steps:\n    - - {name: a, template: plain, withSequence: {count: 2, end: 3}}\n",
             "", "loop-choice", 8, 36, "count and end exclude each other"},
        Rule{"two steps of one name",
             "    steps:\n    - - {name: a, template: plain}\n    - - {name: a, template: plain}\n",
             "", "duplicate-name", 9, 10, "\"a\" is there twice"},
        Rule{"a step with a dot in its name", "    steps:\n    - - {name: a.b, template: plain}\n",
             "", "bad-name", 8, 10, "\"a.b\" is not a valid name",
             "use letters, digits and -, at most 128, a letter or digit first"},
        Rule{"an argument that names its source as an output does",
             "    steps:\n    - - {name: a, template: echo, arguments: {parameters: [{name: "
             "message, "
             "valueFrom: {parameter: \"{{workflow.name}}\"}}]}}\n",
             "", "bad-value-source", 8, 76,
             "an argument's valueFrom may hold configMapKeyRef, supplied or event alone",
             "write value: \"{{workflow.name}}\""}));

INSTANTIATE_TEST_SUITE_P(
    Dags, Wrong,
    testing::Values(
        Rule{"no task", "    dag: {tasks: []}\n", "", "missing-task", 7, 5,
             "a dag needs at least one task"},
        Rule{"a cycle",
             "    dag:\n      tasks:\n"
             "      - {name: a, template: plain, dependencies: [b]}\n"
             "      - {name: b, template: plain, dependencies: [c]}\n"
             "      - {name: c, template: plain, dependencies: [a]}\n",
             "", "dependency-cycle", 9, 36, "tasks wait for each other: a -> b -> c -> a"},
        Rule{"a task that waits for itself",
             "    dag: {tasks: [{name: a, template: plain, depends: a}]}\n", "", "dependency-cycle",
             7, 46, "tasks wait for each other: a -> a"},
        Rule{"a dependency that is not there",
             "    dag:\n      tasks:\n      - {name: first, template: plain}\n"
             "      - {name: b, template: plain, dependencies: [frist]}\n",
             "", "unknown-dependency", 10, 51, "there is no task \"frist\"",
             "did you mean \"first\"?"},
        Rule{"a result that no task has",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, depends: a.Suceeded}\n",
             "", "unknown-result", 10, 36, "\"Suceeded\" is not how a task can end",
             "did you mean \"Succeeded\"?"},
        Rule{"any of the items of a task without items",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, depends: a.AnySucceeded}\n",
             "", "not-a-loop", 10, 36, "\"a\" does not loop, .AnySucceeded asks for its items"},
        Rule{"depends and dependencies",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, depends: a}\n"
             "      - {name: c, template: plain, dependencies: [a]}\n",
             "", "depends-choice", 11, 36, "depends and dependencies exclude each other in one dag",
             "write every task's dependencies as depends: A && B"},
        Rule{"continueOn and depends",
             "    dag:\n      tasks:\n      - {name: a, template: plain, continueOn: {failed: "
             "true}}\n"
             "      - {name: b, template: plain, depends: a}\n",
             "", "depends-choice", 9, 36, "continueOn does not go with depends",
             "write it where the task is waited for: A.Failed, A.Errored"},
        Rule{"a target that is not there",
             "    dag: {target: \"a x\", tasks: [{name: a, template: plain}]}\n", "",
             "unknown-target", 7, 11, "there is no task \"x\""},
        Rule{"an argument from a task that is not waited for",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: echo, arguments: {parameters: [{name: message, value: "
             "\"{{tasks.a.outputs.result}}\"}]}}\n",
             "", "missing-dependency", 10, 60, "task \"b\" uses \"a\" but does not depend on it",
             "add it to the task's dependencies"}));

INSTANTIATE_TEST_SUITE_P(
    InputsAndOutputs, Wrong,
    testing::Values(
        Rule{"two inputs of one name",
             "    inputs: {parameters: [{name: a, value: 1}, {name: a, value: 2}]}\n" + kPlain, "",
             "duplicate-name", 7, 49, "\"a\" is there twice: also at [0]"},
        Rule{"an output that comes from nowhere",
             "    outputs: {parameters: [{name: a}]}\n" + kPlain, "", "missing-value", 7, 28,
             "the output \"a\" has neither value nor valueFrom"},
        Rule{"an output of a container without path",
             "    outputs: {parameters: [{name: a, valueFrom: {expression: \"1\"}}]}\n" + kPlain,
             "", "bad-value-source", 7, 38, "in a template of this kind valueFrom needs path"},
        Rule{
            "an output of steps with a path",
            "    outputs: {parameters: [{name: a, valueFrom: {path: /x}}]}\n    steps: [[{name: a, "
            "template: plain}]]\n",
            "", "bad-value-source", 7, 38,
            "in a template of this kind valueFrom needs parameter or expression"},
        Rule{"an output with two sources",
             "    outputs: {parameters: [{name: a, valueFrom: {path: /x, supplied: {}}}]}\n" +
                 kPlain,
             "", "value-choice", 7, 38, "valueFrom has several sources",
             "choose one of path, parameter, expression, supplied, jsonPath, jqFilter"},
        Rule{"a value that its enum does not have", kPlain,
             "  arguments: {parameters: [{name: p, value: gren, enum: [red, green]}]}\n",
             "not-in-enum", 5, 38, "\"gren\" is not in the enum of \"p\"",
             "did you mean \"green\"?"},
        Rule{"an enum without values", kPlain,
             "  arguments: {parameters: [{name: p, value: x, enum: []}]}\n", "empty-enum", 5, 48,
             "enum needs at least one value"},
        Rule{"an artifact whose path climbs out of its directory",
             "    inputs: {artifacts: [{name: a, path: /tmp/safe/../../etc, optional: true}]}\n" +
                 kPlain,
             "", "bad-path", 7, 36,
             "\"/tmp/safe/../../etc\" leaves the directory that it begins in"},
        Rule{"a hook without expression", kPlain, "  hooks: {x: {template: plain}}\n",
             "missing-expression", 5, 11, "the hook \"x\" needs an expression",
             "only the hook \"exit\" needs none"}));

INSTANTIATE_TEST_SUITE_P(
    Workflows, Flaw,
    testing::Values(
        Rule{"depends that cannot be read",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, depends: \"a &&\"}\n",
             "", "bad-depends", 10, 36, "depends: expected a task's name, the text ends here", ""},
        Rule{"a reference to a task that is not waited for",
             "    dag:\n      tasks:\n      - {name: a, template: plain}\n"
             "      - {name: b, template: plain, when: \"{{tasks.a.outputs.result}} == 1\"}\n",
             "", "missing-dependency", 10, 36, "task \"b\" uses \"a\" but does not depend on it",
             "add it to the task's dependencies"},
        Rule{"a condition of a resource that cannot be read",
             "    resource: {action: create, failureCondition: \"a >\", manifest: \"a: b\"}\n", "",
             "bad-expression", 7, 32,
             "failure condition 'a >' failed to parse: invalid selector \"a >\": \"\" is no whole "
             "number",
             "write it as status.succeeded > 0, status.phase in (Running,Succeeded)"},
        Rule{"a JSONPath without end",
             "    resource: {action: get, manifest: \"a: b\"}\n    outputs:\n      parameters: "
             "[{name: p, valueFrom: {jsonPath: \"{.data\"}}]\n",
             "", "bad-expression", 9, 42, "JSONPath \"{.data\": unclosed action"},
        Rule{"a list to loop over that is no JSON",
             "    steps:\n    - - {name: a, template: plain, withParam: \"[1,2\"}\n", "",
             "wrong-type", 8, 36, "withParam must be a list in JSON: this list has no end",
             "write it as '[\"a\", \"b\"]', or use withItems"},
        Rule{"a JSON value to loop over that is no list",
             "    steps:\n    - - {name: a, template: plain, withParam: \"{}\"}\n", "",
             "wrong-type", 8, 36, "withParam must be a list in JSON, this is a map",
             "write it as '[\"a\", \"b\"]', or use withItems"},
        Rule{"a sequence without number",
             "    steps:\n    - - {name: a, template: plain, withSequence: {count: x}}\n", "",
             "bad-number", 8, 51, "\"x\" is not a whole number"},
        Rule{"an item where nothing loops",
             "    steps:\n    - - {name: a, template: plain, when: \"{{item}} == 1\"}\n", "",
             "item-without-loop", 8, 36, "{{item}} is used, but nothing loops here",
             "add withItems, withParam or withSequence"},
        Rule{"a step's exit template that is not there",
             "    steps:\n    - - {name: a, template: plain, onExit: nope}\n", "",
             "unknown-template", 8, 36, "there is no template \"nope\""},
        Rule{"a mount without a volume",
             "    container: {image: b, volumeMounts: [{name: wrok, mountPath: /x}]}\n",
             "  volumes: [{name: work, emptyDir: {}}]\n", "unknown-volume", 8, 43,
             "there is no volume \"wrok\"", "did you mean \"work\"?"},
        Rule{"a wait that is no time", "    suspend: {duration: soon}\n", "", "bad-duration", 7, 15,
             "\"soon\" is not a time", "write it as 30, 30s, 5m or 1h30m"},
        Rule{"a limit that is no number", "    retryStrategy: {limit: often}\n" + kPlain, "",
             "bad-number", 7, 21, "\"often\" is not a number"},
        Rule{"a backoff that is no time",
             "    retryStrategy: {backoff: {duration: long}}\n" + kPlain, "", "bad-duration", 7, 31,
             "\"long\" is not a time", "write it as 10, 10s, 5m or 1h30m"}));

std::string in_file(const char* kind, const std::string& spec) {
  return std::string("kind: ") + kind + "\nmetadata: {name: a}\nspec:\n" + spec;
}

TEST(Validate, AnExitHandlerKnowsTheFailuresAndTheGlobalOutputs) {
  const std::string exit =
      "  - name: bye\n"
      "    container: {image: b, args: [\"{{workflow.failures}} "
      "{{workflow.outputs.parameters.g}}\"]}\n";
  const std::string main =
      "  entrypoint: main\n"
      "  templates:\n"
      "  - name: main\n"
      "    steps: [[{name: a, template: give}]]\n"
      "  - name: give\n"
      "    outputs: {parameters: [{name: o, globalName: g, valueFrom: {path: /x}}]}\n"
      "    container: {image: b}\n";
  EXPECT_TRUE(lint(in_file("Workflow", "  onExit: bye\n" + main + exit)).empty());
  const base::Diagnostics without = lint(in_file("Workflow", main + exit));
  ASSERT_EQ(without.size(), 2u) << "never called, and no failures there";
  EXPECT_EQ(without[1].text, "there is no {{workflow.failures}} here");
}

TEST(Validate, ASlipIsReportedOnceNotItsConsequences) {
  const base::Diagnostics slip = lint(in_file(
      "Workflow", "  entryPoint: main\n  templates:\n  - name: main\n    contaner: {image: b}\n"));
  ASSERT_EQ(slip.size(), 2u);
  EXPECT_EQ(slip[0].hint, "did you mean \"entrypoint\"?");
  EXPECT_EQ(slip[1].hint, "did you mean \"container\"?");
  const base::Diagnostics type =
      lint(in_file("Workflow", "  entrypoint: main\n  templates: {name: main}\n"));
  ASSERT_EQ(type.size(), 1u);
  EXPECT_EQ(type[0].rule, "wrong-type");
}

TEST(Validate, AllProblemsOfAllTemplatesAtOnce) {
  const base::Diagnostics found = lint(in_file(
      "Workflow",
      "  entrypoint: nope\n  templates:\n  - name: a\n    container: {}\n  - name: a\n    script: "
      "{image: b, source: \"{{inputs.parameters.x}}\"}\n  - name: c d\n"));
  std::vector<std::string> rules;
  for (const auto& finding : found) rules.push_back(finding.rule);
  EXPECT_EQ(rules, (std::vector<std::string>{"unknown-template", "missing-image", "duplicate-name",
                                             "unresolved-variable", "bad-name", "template-type"}));
}

TEST(Validate, ATemplateNeedsNoEntrypointAndTakesParametersFromItsUser) {
  const std::string spec =
      "  templates:\n  - name: a\n    container: {image: b, args: "
      "[\"{{workflow.parameters.x}}\"]}\n";
  EXPECT_TRUE(lint(in_file("WorkflowTemplate", spec)).empty());
  EXPECT_TRUE(lint(in_file("ClusterWorkflowTemplate", spec)).empty());
  EXPECT_EQ(lint(in_file("Workflow", spec)).size(), 2u);
}

TEST(Validate, AtSubmitAWorkflowsArgumentsNeedValuesAndATemplatesDoNot) {
  const std::string spec =
      "  entrypoint: a\n  arguments: {parameters: [{name: p}]}\n"
      "  templates:\n  - {name: a, container: {image: b}}\n";
  EXPECT_TRUE(lint(in_file("Workflow", spec)).empty());
  const base::Diagnostics found = lint(in_file("Workflow", spec), true);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule, "missing-value");
  EXPECT_TRUE(lint(in_file("WorkflowTemplate", spec), true).empty());
}

struct CronCase {
  const char* title;
  const char* fields;
  const char* rule;
};
void PrintTo(const CronCase& cron, std::ostream* out) { *out << cron.title; }
class Cron : public testing::TestWithParam<CronCase> {};
TEST_P(Cron, Lint) {
  const base::Diagnostics found = lint(in_file(
      "CronWorkflow", std::string("  ") + GetParam().fields +
                          "\n  workflowSpec: {entrypoint: a, templates: [{name: a, container: "
                          "{image: b}}]}\n"));
  if (!*GetParam().rule) {
    for (const auto& finding : found) ADD_FAILURE() << GetParam().title << ": " << finding.text;
    return;
  }
  ASSERT_EQ(found.size(), 1u) << GetParam().title;
  EXPECT_EQ(found[0].rule, GetParam().rule) << GetParam().title;
}
INSTANTIATE_TEST_SUITE_P(
    Schedules, Cron,
    testing::Values(
        CronCase{"numbers, ranges, steps, lists and names",
                 "schedules: [\"0-30/5,45 */2 1,15 jan-MAR mon\"]", ""},
        CronCase{"words", "schedules: [\"@daily\", \"@every 1h30m\"]", ""},
        CronCase{"a time zone in front", "schedules: [\"CRON_TZ=Asia/Tokyo 0 0 * * *\"]", ""},
        CronCase{"the last minute", "schedules: [\"59 23 31 12 6\"]", ""},
        CronCase{"beyond the last minute", "schedules: [\"60 * * * *\"]", "bad-schedule"},
        CronCase{"day 0", "schedules: [\"0 0 0 * *\"]", "bad-schedule"},
        CronCase{"four fields", "schedules: [\"0 0 * *\"]", "bad-schedule"},
        CronCase{"a range backwards", "schedules: [\"5-3 * * * *\"]", "bad-schedule"},
        CronCase{"a step of 0", "schedules: [\"*/0 * * * *\"]", "bad-schedule"},
        CronCase{"no schedule", "schedules: []", "missing-schedule"},
        CronCase{"a negative deadline", "schedules: [\"@daily\"]\n  startingDeadlineSeconds: -1",
                 "bad-number"},
        CronCase{"an unknown policy", "schedules: [\"@daily\"]\n  concurrencyPolicy: Maybe",
                 "unknown-word"},
        CronCase{"an unknown time zone", "schedules: [\"@daily\"]\n  timezone: Nope/X",
                 "bad-time-zone"},
        CronCase{"a known one", "schedules: [\"@daily\"]\n  timezone: Europe/Berlin", ""}));

TEST(Lint, OtherKindsAreLeftAloneAndSlipsOfTheKindAreNot) {
  EXPECT_TRUE(lint("apiVersion: apps/v1\nkind: Deployment\nspec: {x: 1}\n").empty());
  const base::Diagnostics other = lint("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n");
  ASSERT_EQ(other.size(), 1u) << "what is not checked is said";
  EXPECT_EQ(other[0].text, "the fields of a Rollout are not known here");
  EXPECT_EQ(other[0].severity, base::Severity::kWarning);
  EXPECT_TRUE(lint("just: settings\n").empty());
  const base::Diagnostics slip = lint("apiVersion: argoproj.io/v1alpha1\nkind: workflow\n");
  ASSERT_EQ(slip.size(), 1u);
  EXPECT_EQ(slip[0].hint, "did you mean \"Workflow\"?");
  EXPECT_EQ(lint("- a\n").size(), 1u);
}

TEST(Lint, PodsAndConfigMapsAreCheckedFieldByField) {
  const base::Diagnostics found = lint("apiVersion: v1\nkind: Pod\nspec: {container: []}\n");
  ASSERT_EQ(found.size(), 1u) << "what is missing follows from the slip";
  EXPECT_EQ(found[0].hint, "did you mean \"containers\"?");
  EXPECT_EQ(lint("kind: ConfigMap\ndata: {a: 1}\n")[0].rule, "wrong-type");
}

// Whatever stands wherever: findings, never a crash. Every value of a workflow with everything in
// it is replaced, one after the other, by each kind of value.
void replace_each(text::Value& root, text::Value& at, size_t& tried) {
  const text::Value kinds[] = {text::Value(), true,         -1,          "",
                               "{{",          text::List{}, text::Map{}, text::List{text::Value()},
                               "{{steps.}}",  "a.b && (c"};
  if (at.is_map())
    for (text::Member& member : at.as_map()) replace_each(root, member.value, tried);
  if (at.is_list())
    for (text::Value& item : at.as_list()) replace_each(root, item, tried);
  const text::Value kept = at;
  for (const text::Value& kind : kinds) {
    at = kind;
    base::Diagnostics found;
    lint_document(root, "wf.yaml", true, {.submit = true}, found);
    ++tried;
  }
  at = kept;
}

TEST(Lint, NothingInAFileMakesItCrash) {
  auto documents = text::parse_yaml(
      workflow(
          "    inputs: {parameters: [{name: p, value: x, enum: [x]}], artifacts: [{name: f, path: "
          "/x, git: {repo: r}, hdfs: {path: /y}}]}\n"
          "    outputs: {parameters: [{name: o, globalName: g, valueFrom: {parameter: "
          "\"{{tasks.a.outputs.result}}\"}}]}\n"
          "    dag: {target: a b, tasks: [{name: a, template: plain, hooks: {exit: {template: "
          "plain}}}, {name: b, template: echo, depends: a.Succeeded, withItems: [{k: 1}, [2]], "
          "arguments: {parameters: [{name: message, value: \"{{tasks.a.status}} {{item.k}}\"}]}}, "
          "{name: c, inline: {steps: [[{name: s, templateRef: {name: lib, template: greet}, "
          "withSequence: {count: 2}}]]}}]}\n"
          "    retryStrategy: {limit: 2, backoff: {duration: 1s, factor: 2}}\n"
          "    metrics: {prometheus: [{name: m, help: h, labels: [{key: a, value: b}], gauge: "
          "{value: 1, realtime: true}}]}\n"
          "  - name: set\n    containerSet: {containers: [{name: main, image: b, dependencies: "
          "[x]}, {name: x}]}\n"
          "  - name: res\n    resource: {action: create, manifest: \"a: {{x}}\"}\n",
          "  arguments: {parameters: [{name: w, value: 1}]}\n"
          "  podGC: {strategy: OnPodCompletion, labelSelector: {matchExpressions: [{key: a, "
          "operator: In, values: [b]}]}}\n"
          "  podResources: {limits: {cpu: 1}, claims: [{name: a}]}\n"),
      "wf.yaml");
  ASSERT_TRUE(documents) << documents.error().to_string();
  size_t tried = 0;
  replace_each((*documents)[0], (*documents)[0], tried);
  EXPECT_GT(tried, 1000u);
}

TEST(Lint, LongChainsAndLargeGraphsEnd) {
  std::string chain = "  entrypoint: t0\n  templates:\n", graph;
  constexpr int kMany = 3000;
  for (int i = 0; i < kMany; ++i) {
    const std::string n = std::to_string(i), next = std::to_string((i + 1) % kMany);
    chain += "  - {name: t" + n + ", steps: [[{name: a, template: t" + next + "}]]}\n";
    graph += "      - {name: a" + n + ", template: plain" +
             (i ? ", depends: a" + std::to_string(i - 1) : "") + "}\n";
  }
  EXPECT_FALSE(base::has_errors(lint(in_file("Workflow", chain))));
  EXPECT_FALSE(base::has_errors(lint(workflow("    dag:\n      tasks:\n" + graph))));
  std::string slips;
  for (int i = 0; i < kMany; ++i)
    slips += "      - {name: b" + std::to_string(i) + ", template: plane, depends: c" +
             std::to_string(i) + "}\n";
  EXPECT_EQ(lint(workflow("    dag:\n      tasks:\n" + slips)).size(), 2u * kMany + 2)
      << "all are reported, and that echo and plain are never called";
}

}  // namespace
}  // namespace model

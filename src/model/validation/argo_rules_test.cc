// What Argo's validation accepts and refuses, rule by rule, both sides of each border. A row gives
// the spec of a Workflow and the rule that refuses it; "" where Argo accepts it: then there are
// warnings at most, and `warning` names the one that tells what is wrong all the same.
#include <gtest/gtest.h>

#include "model/decode.h"
#include "model/validate.h"
#include "text/yaml.h"

namespace model {
namespace {

struct Row {
  const char* title;
  std::string spec;
  const char* error = "";
  const char* warning = "";
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.title; }

class Stored {
 public:
  Stored() {
    const auto spec = text::parse_yaml(
        "templateDefaults: {container: {image: busybox}}\n"
        "templates:\n"
        "- {name: plain, container: {command: [x]}, outputs: {parameters: [{name: o, valueFrom: "
        "{path: /o}}]}}\n",
        "stored.yaml");
    spec_ = decode_spec((*spec)[0]);
  }
  FindTemplateHolder finder() const {
    return [this](std::string_view name, bool) { return name == "lib" ? &spec_ : nullptr; };
  }

 private:
  WorkflowSpec spec_;
};

class ArgoRule : public testing::TestWithParam<Row> {};

TEST_P(ArgoRule, AcceptsAndRefuses) {
  const Row& row = GetParam();
  const std::string yaml = "kind: Workflow\nmetadata: {generateName: a-}\nspec:\n" + row.spec;
  const auto documents = text::parse_yaml(yaml, "wf.yaml");
  ASSERT_TRUE(documents) << documents.error().to_string();
  const Stored stored;
  ValidateOptions options;
  options.find = stored.finder();
  base::Diagnostics found;
  lint_document((*documents)[0], "wf.yaml", true, options, found);
  std::string errors, all;
  bool is_warned = !*row.warning;
  for (const base::Diagnostic& one : found) {
    all += one.rule + " at " + one.path + ": " + one.text + "\n";
    if (one.severity == base::Severity::kError) errors += one.rule + " ";
    if (one.severity == base::Severity::kWarning && one.rule == row.warning) is_warned = true;
  }
  EXPECT_EQ(errors, *row.error ? std::string(row.error) + " " : "") << all;
  EXPECT_TRUE(is_warned) << "expected the warning " << row.warning << "\n" << all;
}

// A workflow whose template "main" has this body, in flow style, and "plain" to call.
std::string main_is(const std::string& body, const std::string& more = "") {
  return "  entrypoint: main\n" + more + "  templates:\n  - {name: main, " + body +
         "}\n  - {name: plain, container: {image: b}}\n";
}
std::string image(const std::string& body) { return body + ", container: {image: b}"; }

INSTANTIATE_TEST_SUITE_P(
    NestedTags, ArgoRule,
    testing::Values(
        Row{"an inner tag with a known value makes the outer one",
            main_is("container: {image: b, args: "
                    "[\"{{workflow.parameters.{{workflow.parameters.which}}}}\"]}",
                    "  arguments: {parameters: [{name: which, value: a}, {name: a, value: 1}]}\n")},
        Row{"and the outer one must be there",
            main_is("container: {image: b, args: "
                    "[\"{{workflow.parameters.{{workflow.parameters.which}}}}\"]}",
                    "  arguments: {parameters: [{name: which, value: nope}]}\n"),
            "unresolved-variable"},
        Row{"of a called template nothing is known of the inputs",
            "  entrypoint: m\n  templates:\n  - {name: m, steps: [[{name: s, template: t, "
            "arguments: {parameters: [{name: w, value: a}]}}]]}\n"
            "  - {name: t, inputs: {parameters: [{name: w}, {name: a, default: x}]}, container: "
            "{image: b, args: [\"{{inputs.parameters.{{inputs.parameters.w}}}}\"]}}\n",
            "unresolved-variable"},
        Row{"the entrypoint knows its own",
            main_is("inputs: {parameters: [{name: w, value: a}, {name: a, value: x}]}, container: "
                    "{image: b, args: [\"{{inputs.parameters.{{inputs.parameters.w}}}}\"]}")},
        Row{"an inner tag that is not Argo's leaves the outer one unresolved",
            main_is("container: {image: b, args: [\"{{inputs.parameters.{{user.name}}}}\"]}"),
            "unresolved-variable"},
        Row{"a tag that begins with braces is not Argo's",
            main_is("container: {image: b, args: [\"{{{{inputs.parameters.x}}}}\"]}")},
        Row{"a line break in front makes it text",
            main_is("container: {image: b, args: [\"{{\\ninputs.parameters.x }}\"]}")},
        Row{"a line break behind does not",
            main_is("container: {image: b, args: [\"{{ inputs.parameters.x\\n}}\"]}"),
            "unresolved-variable"},
        Row{"a step's name is the same wherever its tag stands",
            main_is("inputs: {parameters: [{name: d, value: x}]}, steps: [[{name: "
                    "\"r-{{inputs.parameters.d}}\", template: plain}], [{name: z, template: plain, "
                    "when: \"{{steps.r-{{inputs.parameters.d}}.status}} == Succeeded\"}]]")}));

INSTANTIATE_TEST_SUITE_P(
    Inputs, ArgoRule,
    testing::Values(
        Row{"all inputs as a list are always there",
            main_is("container: {image: b, args: [\"{{inputs.parameters}}\"]}")},
        Row{"a value in the inputs that every caller replaces is not looked at",
            "  entrypoint: m\n  templates:\n  - {name: m, steps: [[{name: s, template: t}]]}\n"
            "  - {name: t, inputs: {parameters: [{name: p, value: \"{{inputs.parameters.q}}\"}]}, "
            "container: {image: b}}\n",
            "", "unresolved-variable"},
        Row{"of the entrypoint it is",
            main_is(image("inputs: {parameters: [{name: p, value: "
                          "\"{{inputs.parameters.q}}\"}]}")),
            "unresolved-variable"},
        Row{"unless the workflow gives the argument",
            main_is(image("inputs: {parameters: [{name: p, value: "
                          "\"{{inputs.parameters.q}}\"}]}"),
                    "  arguments: {parameters: [{name: p, value: x}]}\n"),
            "", "unresolved-variable"},
        Row{"a default stays and is looked at",
            "  entrypoint: m\n  templates:\n  - {name: m, steps: [[{name: s, template: t}]]}\n"
            "  - {name: t, inputs: {parameters: [{name: p, default: "
            "\"{{inputs.parameters.q}}\"}]}, container: {image: b}}\n",
            "unresolved-variable"},
        Row{"an init container needs a name in any template",
            main_is("initContainers: [{image: b}], steps: [[{name: a, template: plain}]]"),
            "missing-name"},
        Row{"of several locations of an artifact the first kind counts",
            main_is(image("inputs: {artifacts: [{name: a, path: /a, git: {repo: r}, s3: {key: "
                          "k}}]}"))},
        Row{"which names nothing here",
            main_is(image("inputs: {artifacts: [{name: a, path: /a, gcs: {bucket: b}, s3: {key: "
                          "k}}]}")),
            "missing-argument"},
        Row{"hdfs needs no path to be a location",
            main_is(image("inputs: {artifacts: [{name: a, path: /a, hdfs: {addresses: [h], "
                          "hdfsUser: u, path: /p}}]}"))}));

INSTANTIATE_TEST_SUITE_P(
    Inline, ArgoRule,
    testing::Values(
        Row{"an inline template sees the inputs of the template around it",
            main_is("inputs: {parameters: [{name: p, value: x}]}, steps: [[{name: a, inline: "
                    "{container: {image: b, args: [\"{{inputs.parameters.p}}\"]}}}]]")},
        Row{"it does not see the steps before it",
            main_is("steps: [[{name: a, template: plain}], [{name: b, inline: {container: {image: "
                    "b, args: [\"{{steps.a.outputs.result}}\"]}}}]]"),
            "unresolved-variable"},
        Row{"what its step passes on it sees",
            main_is("steps: [[{name: a, template: plain}], [{name: b, arguments: {parameters: "
                    "[{name: p, value: \"{{steps.a.outputs.result}}\"}]}, inline: {inputs: "
                    "{parameters: [{name: p}]}, container: {image: b, args: "
                    "[\"{{inputs.parameters.p}}\"]}}}]]")},
        Row{"its pod's name is not known where it stands",
            main_is("steps: [[{name: a, inline: {container: {image: b, args: "
                    "[\"{{pod.name}}\"]}}}]]"),
            "unresolved-variable"},
        Row{"Argo looks at the body of the first inline template only",
            main_is("steps: [[{name: a, inline: {container: {image: b}}}], [{name: b, inline: "
                    "{container: {command: [x]}}}]]"),
            "", "missing-image"},
        Row{"the first it refuses",
            main_is("steps: [[{name: a, inline: {container: {command: [x]}}}], [{name: b, inline: "
                    "{container: {image: b}}}]]"),
            "missing-image"},
        Row{"inline wins over a template that is there",
            main_is("steps: [[{name: a, template: plain, inline: {container: {command: [x]}}}]]"),
            "missing-image", "template-choice"},
        Row{"which must be there all the same",
            main_is("steps: [[{name: a, template: nope, inline: {container: {image: b}}}]]"),
            "unknown-template"}));

INSTANTIATE_TEST_SUITE_P(
    Calls, ArgoRule,
    testing::Values(
        Row{"a computed templateRef is looked up when it runs",
            main_is("steps: [[{name: a, templateRef: {name: \"{{item}}\", template: x}, withItems: "
                    "[lib]}]]")},
        Row{"until then it has no outputs",
            main_is("steps: [[{name: a, templateRef: {name: \"{{item}}\", template: x}, withItems: "
                    "[lib]}], [{name: b, template: plain, when: \"{{steps.a.outputs.result}} == "
                    "1\"}]]"),
            "unresolved-variable"},
        Row{"but an id",
            main_is("steps: [[{name: a, templateRef: {name: \"{{item}}\", template: x}, withItems: "
                    "[lib]}], [{name: b, template: plain, when: \"{{steps.a.id}} == 1\"}]]")},
        Row{"a stored template's outputs are known",
            main_is("steps: [[{name: a, templateRef: {name: lib, template: plain}}], [{name: b, "
                    "template: plain, when: \"{{steps.a.outputs.parameters.o}} == 1\"}]]")},
        Row{"and those that it does not have",
            main_is("steps: [[{name: a, templateRef: {name: lib, template: plain}}], [{name: b, "
                    "template: plain, when: \"{{steps.a.outputs.parameters.q}} == 1\"}]]"),
            "unresolved-variable"},
        Row{"the image may come from the defaults of a WorkflowTemplate",
            main_is("steps: [[{name: a, templateRef: {name: lib, template: plain}}]]")},
        Row{"not from those of a ClusterWorkflowTemplate",
            main_is("steps: [[{name: a, templateRef: {name: lib, template: plain, clusterScope: "
                    "true}}]]"),
            "missing-image"},
        Row{"a hook of a step needs an expression",
            main_is("steps: [[{name: a, template: plain, hooks: {x: {template: plain}}}]]"),
            "missing-expression"},
        Row{"of a task's hook Argo asks none",
            main_is("dag: {tasks: [{name: a, template: plain, hooks: {x: {template: plain}}}]}"),
            "", "missing-expression"},
        Row{"a timeout may come by an argument",
            "  entrypoint: m\n  templates:\n  - {name: m, steps: [[{name: s, template: t, "
            "arguments: {parameters: [{name: w, value: 30s}]}}]]}\n"
            "  - {name: t, timeout: \"{{inputs.parameters.w}}\", inputs: {parameters: [{name: "
            "w}]}, container: {image: b}}\n"},
        Row{"with its unit",
            "  entrypoint: m\n  templates:\n  - {name: m, steps: [[{name: s, template: t, "
            "arguments: {parameters: [{name: w, value: 30}]}}]]}\n"
            "  - {name: t, timeout: \"{{inputs.parameters.w}}\", inputs: {parameters: [{name: "
            "w}]}, container: {image: b}}\n",
            "bad-duration"},
        Row{"an enum without value ends the look at arguments",
            main_is("container: {image: b}",
                    "  arguments: {parameters: [{name: p, enum: [a]}], artifacts: [{name: f}]}\n"),
            "", "missing-value"},
        Row{"without it an artifact must come from somewhere",
            main_is("container: {image: b}", "  arguments: {artifacts: [{name: f}]}\n"),
            "missing-value"}));

INSTANTIATE_TEST_SUITE_P(
    Dags, ArgoRule,
    testing::Values(
        Row{"a target of the workflow's arguments",
            main_is("dag: {target: \"{{workflow.parameters.t}}\", tasks: [{name: a, template: "
                    "plain}]}",
                    "  arguments: {parameters: [{name: t, value: a}]}\n")},
        Row{"that is no task",
            main_is("dag: {target: \"{{workflow.parameters.t}}\", tasks: [{name: a, template: "
                    "plain}]}",
                    "  arguments: {parameters: [{name: t, value: b}]}\n"),
            "unknown-target"},
        Row{"that has no value yet",
            main_is("dag: {target: \"{{workflow.parameters.t}}\", tasks: [{name: a, template: "
                    "plain}]}",
                    "  arguments: {parameters: [{name: t}]}\n"),
            "unknown-target"},
        Row{"two blanks between targets are a target without name",
            main_is("dag: {target: \"a  a\", tasks: [{name: a, template: plain}]}"),
            "unknown-target"},
        Row{"items are asked of a task that does not loop",
            main_is("dag: {tasks: [{name: a, template: plain}, {name: b, template: plain, depends: "
                    "\"a || a.AnySucceeded\"}]}"),
            "not-a-loop"},
        Row{"which Argo does not notice where the bare name stands behind",
            main_is("dag: {tasks: [{name: a, template: plain}, {name: b, template: plain, depends: "
                    "\"a.AnySucceeded || a\"}]}"),
            "", "not-a-loop"},
        Row{"the status of a task with hooks is known to those after it",
            main_is("dag: {tasks: [{name: a, template: plain, hooks: {exit: {template: plain}}}, "
                    "{name: c, template: plain}, {name: b, template: plain, depends: c, when: "
                    "\"{{tasks.a.status}} == x\"}]}")},
        Row{"without hooks it is not",
            main_is("dag: {tasks: [{name: a, template: plain}, {name: c, template: plain}, {name: "
                    "b, template: plain, depends: c, when: \"{{tasks.a.status}} == x\"}]}"),
            "unresolved-variable"}));

INSTANTIATE_TEST_SUITE_P(
    Values, ArgoRule,
    testing::Values(
        Row{"an action that is an argument",
            main_is("inputs: {parameters: [{name: a, value: get}]}, resource: {action: "
                    "\"{{inputs.parameters.a}}\"}")},
        Row{"with a value that is none",
            main_is("inputs: {parameters: [{name: a, value: got}]}, resource: {action: "
                    "\"{{inputs.parameters.a}}\"}"),
            "missing-value unknown-word"},
        Row{"an action that is no tag of Argo's",
            main_is("resource: {action: \"{{user.action}}\", manifest: \"a: 1\"}"), "unknown-word"},
        Row{"a deadline of the workflow's arguments",
            main_is(image("activeDeadlineSeconds: \"{{workflow.parameters.d}}\""),
                    "  arguments: {parameters: [{name: d, value: 30}]}\n")},
        Row{"that is no number",
            main_is(image("activeDeadlineSeconds: \"{{workflow.parameters.d}}\""),
                    "  arguments: {parameters: [{name: d, value: soon}]}\n"),
            "bad-number"},
        Row{"a tag with something in front of it",
            main_is(image("inputs: {parameters: [{name: d}]}, activeDeadlineSeconds: "
                          "\"1{{inputs.parameters.d}}\""),
                    "  arguments: {parameters: [{name: d, value: x}]}\n"),
            "bad-number"},
        Row{"an image of an argument that is empty",
            main_is("container: {image: \"{{workflow.parameters.i}}\"}",
                    "  arguments: {parameters: [{name: i, value: \"\"}]}\n"),
            "missing-image"},
        Row{"a metric named by an argument",
            main_is(image("metrics: {prometheus: [{name: \"{{workflow.parameters.m}}\", help: h, "
                          "gauge: {value: \"1\"}}]}"),
                    "  arguments: {parameters: [{name: m, value: good_name}]}\n")},
        Row{"that cannot be one",
            main_is(image("metrics: {prometheus: [{name: \"{{workflow.parameters.m}}\", help: h, "
                          "gauge: {value: \"1\"}}]}"),
                    "  arguments: {parameters: [{name: m, value: bad-name}]}\n"),
            "bad-name"},
        Row{"labels of all pods are part of each template",
            main_is(image("inputs: {parameters: [{name: p, value: x}]}"),
                    "  podMetadata: {labels: {a: \"{{workflow.name}}\"}}\n")},
        Row{"and use what every template has",
            main_is("container: {image: b}",
                    "  podMetadata: {labels: {a: \"{{workflow.parameters.nope}}\"}}\n"),
            "unresolved-variable unresolved-variable"},
        Row{"git needs its repository where logs are archived, too",
            main_is(image("archiveLocation: {git: {revision: x}}")), "missing-value"},
        Row{"a set's volumes may not be mounted at one place",
            main_is("volumes: [{name: v, emptyDir: {}}], containerSet: {containers: [{name: main, "
                    "image: b}], volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: "
                    "/a}]}"),
            "mounted-twice"},
        Row{"a global name with a plain tag is known at run time",
            main_is(image("outputs: {parameters: [{name: o, globalName: "
                          "\"{{workflow.name}}\", valueFrom: {path: /x}}]}"))},
        Row{"one with blanks in the tag is replaced, too",
            main_is(image("outputs: {parameters: [{name: o, globalName: "
                          "\"{{ workflow.name }}\", valueFrom: {path: /x}}]}"))}));

// Argo does not look at expressions: what is wrong with them is a warning.
INSTANTIATE_TEST_SUITE_P(
    Expressions, ArgoRule,
    testing::Values(
        Row{"an expression with names that are there",
            main_is(image("inputs: {parameters: [{name: p, value: x}]}, metadata: {labels: {a: "
                          "\"{{=inputs.parameters.p + workflow.name + sprig.trim(item)}}\"}}"))},
        Row{"a name with dashes is asked for in brackets",
            main_is(image("inputs: {parameters: [{name: a-b, value: x}]}, metadata: {labels: {a: "
                          "\"{{=inputs.parameters['a-b']}}\"}}"))},
        Row{"a slip in a name",
            main_is(image("inputs: {parameters: [{name: p, value: x}]}, metadata: {labels: {a: "
                          "\"{{=inputs.parameters.q}}\"}}")),
            "", "unknown-variable"},
        Row{"one that may be absent",
            main_is(image("inputs: {parameters: [{name: p, value: x}]}, metadata: {labels: {a: "
                          "\"{{=inputs.parameters.q ?? ''}}\"}}"))},
        Row{"outputs of a step before",
            main_is("steps: [[{name: a, template: plain}], [{name: b, template: plain, when: "
                    "\"{{=steps.a.outputs.result == '1'}}\"}]]")},
        Row{"outputs of a step that is not there",
            main_is("steps: [[{name: a, template: plain}], [{name: b, template: plain, when: "
                    "\"{{=steps.c.outputs.result == '1'}}\"}]]"),
            "", "unknown-variable"},
        Row{"a condition that is true or false",
            main_is(image("retryStrategy: {expression: \"asInt(lastRetry.exitCode) > 1\"}"))},
        Row{"texts are no numbers",
            main_is(image("retryStrategy: {expression: \"lastRetry.exitCode > 1\"}")), "",
            "expression-type"},
        Row{"a condition that is a number",
            main_is(image("retryStrategy: {expression: \"int(lastRetry.exitCode)\"}")), "",
            "expression-type"},
        Row{"an output may have any type",
            main_is(
                "outputs: {parameters: [{name: o, valueFrom: {expression: "
                "\"asInt(steps.a.outputs.result)\"}}]}, steps: [[{name: a, template: plain}]]")},
        Row{"a transformation gives a list",
            main_is("data: {source: {artifactPaths: {name: a, s3: {key: k}}}, transformation: "
                    "[{expression: \"filter(data, {# endsWith 'x'})\"}]}")},
        Row{"a when without tags is read",
            main_is("steps: [[{name: a, template: plain, when: \"a == a\"}]]")},
        Row{"and one that cannot be",
            main_is("steps: [[{name: a, template: plain, when: \"a ==\"}]]"), "", "bad-expression"},
        Row{"nor is it one whatever the tag stands for",
            main_is("steps: [[{name: a, template: plain, when: \"{{workflow.name}} == a &&\"}]]"),
            "", "bad-expression"},
        Row{"a tag may be an operator",
            main_is("steps: [[{name: a, template: plain, when: \"{{workflow.name}} "
                    "{{workflow.uid}} a\"}]]")},
        Row{"an expression that does not end", main_is("container: {image: \"{{=1 +}}\"}"), "",
            "bad-expression"}));

INSTANTIATE_TEST_SUITE_P(
    PodsOfTheWorkflow, ArgoRule,
    testing::Values(
        Row{"podGC selects by labels",
            main_is("container: {image: b}",
                    "  podGC: {labelSelector: {matchLabels: {a.b/c_d: x}, matchExpressions: [{key: "
                    "k, operator: In, values: [\"\", v-1]}]}}\n")},
        Row{"whose keys are those of labels",
            main_is("container: {image: b}",
                    "  podGC: {labelSelector: {matchLabels: {\"a b\": x}}}\n"),
            "bad-selector"},
        Row{"and whose values are",
            main_is("container: {image: b}", "  podGC: {labelSelector: {matchLabels: {a: -x}}}\n"),
            "bad-selector"},
        Row{"an operator that takes no values",
            main_is("container: {image: b}",
                    "  podGC: {labelSelector: {matchExpressions: [{key: k, operator: Exists, "
                    "values: [a]}]}}\n"),
            "bad-selector"},
        Row{"a plugin beside the workflow",
            main_is("container: {image: b}",
                    "  executorPlugins: [{metadata: {name: p}, spec: {sidecar: {container: {name: "
                    "c, image: b, ports: [{containerPort: 1}], resources: {requests: {cpu: 1}, "
                    "limits: {cpu: 1}}, securityContext: {}}}}}]\n"),
            "", "refused-field"},
        Row{"needs a port and limits",
            main_is("container: {image: b}",
                    "  executorPlugins: [{metadata: {name: p}, spec: {sidecar: {container: {name: "
                    "c, image: b, resources: {requests: {cpu: 1}}, securityContext: {}}}}}]\n"),
            "missing-value missing-value"}));

INSTANTIATE_TEST_SUITE_P(
    FoundByComparison, ArgoRule,
    testing::Values(
        Row{"what is unknown in the fields of a step is not read, strictly or not",
            main_is("steps: [[{name: a, template: plain, arguments: {nope: 1}}]]"), "",
            "unknown-field"},
        Row{"in a step itself it is refused",
            main_is("steps: [[{name: a, template: plain, nope: 1}]]"), "unknown-field"},
        Row{"an expression that is a variable may stand in a step's name",
            main_is("steps: [[{name: \"a-{{=workflow.name}}\", template: plain}]]")},
        Row{"another one may not", main_is("steps: [[{name: \"a-{{=1 + 1}}\", template: plain}]]"),
            "bad-name"},
        Row{"a templateRef whose template is an expression needs its WorkflowTemplate",
            main_is("steps: [[{name: a, templateRef: {name: nope, template: \"{{=x}}\"}}]]"),
            "unknown-template"},
        Row{"the template itself is not looked for then",
            main_is("steps: [[{name: a, templateRef: {name: lib, template: \"{{=x}}\"}}]]")},
        Row{"an expression in the name is the name",
            main_is("steps: [[{name: a, templateRef: {name: \"{{=x}}\", template: plain}}]]"),
            "unknown-template"},
        Row{"a workflowTemplateRef takes the first of two arguments of a name",
            "  entrypoint: plain\n  workflowTemplateRef: {name: lib}\n  arguments: {parameters: "
            "[{name: a, value: x}, {name: a, value: y}]}\n"},
        Row{"without one two are refused",
            main_is(image("inputs: {}"),
                    "  arguments: {parameters: [{name: a, value: x}, {name: a, value: y}]}\n"),
            "duplicate-name"},
        Row{"parallelism needs steps", main_is("parallelism: 1, steps: []"), "misplaced-field"},
        Row{"an expression may stand without quotes in a manifest",
            main_is("resource: {action: create, manifest: \"a: {{=workflow.name}}\"}"), "", ""},
        Row{"a tag that nothing replaces may not",
            main_is("resource: {action: create, manifest: \"a: {{user.name}}\"}"), "bad-yaml"}));

TEST(ArgoRules, AnEmptyEntryOfSchedulesIsNoSchedule) {
  const auto documents = text::parse_yaml(
      "kind: CronWorkflow\nmetadata: {name: c}\nspec:\n  schedules: [\"@daily\", null]\n"
      "  workflowSpec: {entrypoint: a, templates: [{name: a, container: {image: b}}]}\n",
      "");
  ASSERT_TRUE(documents);
  base::Diagnostics found;
  lint_document((*documents)[0], "c.yaml", true, {}, found);
  ASSERT_TRUE(base::has_errors(found));
}

TEST(ArgoRules, WithoutStrictAFieldThatIsNotThereIsNotReadEither) {
  const auto documents = text::parse_yaml(
      "kind: Workflow\nspec:\n" + main_is("container: {image: b, envv: [\"{{inputs.x}}\"]}"), "");
  ASSERT_TRUE(documents);
  base::Diagnostics found;
  lint_document((*documents)[0], "wf.yaml", false, {}, found);
  EXPECT_FALSE(base::has_errors(found)) << found[0].text;
}

TEST(ArgoRules, AWorkflowOfACronWorkflowHasItsLabelAndTheTimeOfItsSlot) {
  const auto lint = [](const std::string& tag) {
    const auto documents = text::parse_yaml(
        "kind: CronWorkflow\nmetadata: {name: c}\nspec:\n  schedules: [\"@daily\"]\n"
        "  workflowSpec: {entrypoint: a, templates: [{name: a, container: {image: b, args: [\"{{" +
            tag + "}}\"]}}]}\n",
        "");
    base::Diagnostics found;
    if (documents) lint_document((*documents)[0], "c.yaml", true, {}, found);
    return documents && !base::has_errors(found);
  };
  EXPECT_TRUE(lint("workflow.labels.workflows.argoproj.io/cron-workflow"));
  EXPECT_TRUE(lint("workflow.annotations.workflows.argoproj.io/scheduled-time"));
  EXPECT_FALSE(lint("workflow.labels.workflows.argoproj.io/other"));
}

}  // namespace
}  // namespace model

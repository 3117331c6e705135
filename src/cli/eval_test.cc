// argo eval: values, types, and what is said where there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::HasSubstr;

constexpr const char* kWorkflow = R"(kind: Workflow
metadata: {name: hello, namespace: default, labels: {team: a}}
spec:
  entrypoint: main
  arguments: {parameters: [{name: greeting, value: hi}]}
  templates:
  - {name: main, steps: [[{name: say, template: say}]]}
  - {name: say, inputs: {parameters: [{name: message, default: moin}]}, container: {image: b}}
status:
  phase: Running
  nodes:
    hello: {id: hello, name: hello, displayName: hello, type: Steps, phase: Running}
    hello-1: {id: hello-1, name: "hello[0].say", displayName: say, type: Pod, phase: Succeeded,
      boundaryID: hello, inputs: {parameters: [{name: message, value: hi}]},
      outputs: {result: "42", exitCode: "0", parameters: [{name: size, value: "7"}]}}
)";

struct Case {
  const char* title;
  std::vector<std::string> args;
  const char* out;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.title; }

class Eval : public testing::TestWithParam<Case> {};

TEST_P(Eval, ShowsValueAndType) {
  Stage stage;
  (void)stage.files.write_durably("wf.yaml", kWorkflow, 0644);
  (void)stage.files.write_durably("vars.yaml", "item: {a: [1, 2]}\ninputs: {parameters: {x: z}}\n",
                                  0644);
  std::vector<std::string> args = {"eval"};
  args.insert(args.end(), GetParam().args.begin(), GetParam().args.end());
  EXPECT_EQ(stage.run(args), 0) << stage.err;
  EXPECT_EQ(stage.out, GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Eval,
    testing::Values(
        Case{"an expression", {"1 + 2"}, "3\ntype: int\n"},
        Case{"a list is shown as JSON", {"[1, 'a']"}, "[1,\"a\"]\ntype: []interface {}\n"},
        Case{"a parameter of the workflow",
             {"workflow.parameters.x + 'b'", "-p", "x=a"},
             "ab\ntype: string\n"},
        Case{"any variable",
             {"asInt(inputs.parameters.n) * 2", "-p", "inputs.parameters.n=4"},
             "8\ntype: int\n"},
        Case{"a text with tags",
             {"<{{inputs.parameters.x}}> {{=1+1}} {{user.name}}", "--var-file", "vars.yaml"},
             "<z> 2 {{user.name}}\ntype: string\n"},
        Case{"variables that are no texts",
             {"item.a[1] == 2", "--var-file", "vars.yaml"},
             "true\ntype: bool\n"},
        Case{"a condition",
             {"{{workflow.parameters.c}} == heads", "--when", "-p", "c=heads"},
             "true\ntype: bool\n"},
        Case{"a workflow from a file",
             {"{{workflow.name}} {{workflow.parameters.greeting}} "
              "{{workflow.labels.team}} {{workflow.status}}",
              "-w", "wf.yaml"},
             "hello hi a Running\ntype: string\n"},
        Case{"its root's steps",
             {"asInt(steps.say.outputs.result) + 1", "-w", "wf.yaml"},
             "43\ntype: int\n"},
        Case{"as a node sees it",
             {"inputs.parameters.message + outputs.parameters.size", "-w", "wf.yaml", "--node",
              "say"},
             "hi7\ntype: string\n"},
        Case{"given variables win",
             {"inputs.parameters.message", "-w", "wf.yaml", "--node", "hello-1", "-p",
              "inputs.parameters.message=other"},
             "other\ntype: string\n"},
        Case{
            "for programs",
            {"1 == 1", "-o", "json"},
            "{\n  \"good\": true,\n  \"value\": true,\n  \"type\": \"bool\",\n  \"findings\": [],\n"
            "  \"names\": []\n}\n"}));

TEST(EvalErrors, ShowThePlaceAndTheKnownNames) {
  Stage stage;
  (void)stage.files.write_durably("wf.yaml", kWorkflow, 0644);
  EXPECT_EQ(stage.run({"eval", "'x' + steps.say.outputs.reslt", "-w", "wf.yaml"}), 1);
  EXPECT_THAT(stage.err, HasSubstr("expression:1:7: error: there is no variable "
                                   "steps.say.outputs.reslt [unknown-variable]\n"
                                   "    'x' + steps.say.outputs.reslt\n"
                                   "          ^ did you mean steps.say.outputs.result?\n"
                                   "known variables:\n  steps.say.outputs.result\n"));
  EXPECT_EQ(stage.out, "");
}

TEST(EvalErrors, OfEachKind) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"1 +"}, "expression:1:4: error: "},
      {{"{{inputs.parameters.x}}"}, "there is no variable inputs.parameters.x"},
      {{"x", "--node", "a"}, "a node without its workflow says nothing"},
      {{"x", "--node", "sya", "-w", "wf.yaml"}, "no node or template \"sya\""},
      {{"x", "-p", "=1"}, "expected a variable as NAME=VALUE"},
      {{"x", "--var-file", "list.yaml"}, "a file of variables is a map"},
      {{"x", "-w", "none.yaml"}, "none.yaml"},
      {{"x", "--when", "--template"}, "exclude each other"},
      {{"a ==", "--when"}, "error: "},
      {{"nope(1)"}, "there is no function nope"}};
  for (const auto& [args, text] : cases) {
    Stage stage;
    (void)stage.files.write_durably("wf.yaml", kWorkflow, 0644);
    (void)stage.files.write_durably("list.yaml", "- a\n", 0644);
    std::vector<std::string> all = {"eval"};
    all.insert(all.end(), args.begin(), args.end());
    EXPECT_EQ(stage.run(all), 1) << args[0];
    EXPECT_THAT(stage.err, HasSubstr(text)) << args[0];
  }
}

TEST(EvalErrors, AWorkflowOfTheServer) {
  Stage stage(std::vector<Scene>{
      {"GET /api/v1/workflows/default/hello",
       R"({"metadata":{"name":"hello"},"spec":{},"status":{"phase":"Failed"}})"}});
  EXPECT_EQ(stage.run({"eval", "workflow.status", "-w", "hello"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "Failed\ntype: string\n");
}

}  // namespace
}  // namespace cli

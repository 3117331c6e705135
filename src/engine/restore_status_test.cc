// A State from the status that Argo's own controller wrote: goes on where it stood, and says what
// does not fit.
#include <gtest/gtest.h>

#include "engine/plan.h"
#include "engine/state.h"
#include "model/decode.h"
#include "text/json.h"
#include "text/yaml.h"

namespace engine {
namespace {

constexpr const char* kWorkflow = R"(
metadata: {name: wf, namespace: ns, uid: u}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - name: b
        template: work
        dependencies: [a]
        arguments: {parameters: [{name: p, value: "got {{tasks.a.outputs.result}}"}]}
  - name: work
    inputs: {parameters: [{name: p, value: none}]}
    container: {image: i, args: ["{{inputs.parameters.p}}"]}
)";

// The DAG's node, and task a in the phase given.
std::string status(const std::string& phase, const std::string& more) {
  return R"({"phase": "Running", "startedAt": "2026-01-02T03:04:06Z", "nodes": {
    "wf": {"id": "wf", "name": "wf", "type": "DAG", "templateName": "main", "phase": "Running",
           "startedAt": "2026-01-02T03:04:06Z", "finishedAt": null, "children": ["wf-2962115457"]},
    "wf-2962115457": {"id": "wf-2962115457", "name": "wf.a", "type": "Pod", "templateName": "work",
           "boundaryID": "wf", "phase": ")" +
         phase + R"(", "startedAt": "2026-01-02T03:04:06Z",
           "inputs": {"parameters": [{"name": "p", "value": "none"}]},
           "outputs": {"result": "seven", "exitCode": "0"}})" +
         more + "}}";
}

base::Result<std::unique_ptr<State>> restored(const std::string& json) {
  const auto documents = text::parse_yaml(kWorkflow, "wf.yaml");
  const auto plan = compile(model::decode_workflow(documents->front()),
                            [](std::string_view, bool) { return nullptr; });
  const auto value = text::parse_json(json);
  EXPECT_TRUE(value) << json;
  return State::restore_status(*plan, 1, *value);
}

TEST(RestoreStatus, WhatFollowsIsDoneInTheFirstBatch) {
  const auto state = restored(status("Succeeded", ""));
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_TRUE((*state)->open_pods().empty());
  Actions actions;
  (*state)->apply(base::Time::from_unix_seconds(1767323055), {}, actions);
  ASSERT_EQ((*state)->open_pods().size(), 1u);
  const NodeId b = (*state)->open_pods().front();
  EXPECT_EQ((*state)->node_name(b), "wf.b");
  EXPECT_NE((*state)->pod_template(b)->find("got seven"), std::string::npos);
}

TEST(RestoreStatus, APodThatRunsIsOpenAndNothingElseBegins) {
  const auto state = restored(status("Running", ""));
  ASSERT_TRUE(state) << state.error().text;
  Actions actions;
  (*state)->apply(base::Time::from_unix_seconds(1767323055), {}, actions);
  ASSERT_EQ((*state)->open_pods().size(), 1u);
  EXPECT_EQ((*state)->node_name((*state)->open_pods().front()), "wf.a");
}

TEST(RestoreStatus, AnEmptyStatusHasNotBegun) {
  const auto state = restored("{}");
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ((*state)->summary().phase, Phase::kNone);
  EXPECT_EQ((*state)->node_count(), 0u);
}

TEST(RestoreStatus, WhatDoesNotFitIsRefusedWithTheNode) {
  const auto node = [](const std::string& name, const std::string& type, const std::string& more) {
    return R"(, "x": {"id": "x", "name": ")" + name + R"(", "type": ")" + type +
           R"(", "phase": "Running")" + more + "}";
  };
  const std::string inside = R"(, "boundaryID": "wf")";
  const std::pair<std::string, std::string> rows[] = {
      {node("other", "Pod", ""), "nothing in the workflow has its name"},
      {node("wf.c", "Pod", inside), "no such step or task"},
      {node("wf[0]", "StepGroup", inside), "no such step or task"},
      {node("wf.b", "Pod", inside), "its id does not come from its name"},
      {node("wf.b", "HTTP", inside), "its template is not what the workflow has there"},
      {node("wf.b", "Telegram", inside), "type 'Telegram' is not supported yet"},
      {node("wf.b", "Steps", inside), "its template is not what the workflow has there"},
      {node("wf.b(0:x)", "Pod", inside), "it is no item"},
      {node("wf.b", "Pod", R"(, "boundaryID": "gone")"), "its boundaryID"},
      {node("wf.a", "Pod", inside), "another node has its name"},
      {node("wf.b(0)", "Pod", inside + R"(, "nodeFlag": {"retried": true})"),
       "it is an attempt of no Retry node"},
  };
  for (const auto& [more, expected] : rows) {
    const auto state = restored(status("Running", more));
    ASSERT_FALSE(state) << more;
    EXPECT_NE(state.error().text.find(expected), std::string::npos) << more << "\n"
                                                                    << state.error().text;
  }
  const auto offloaded = restored(R"({"phase": "Running", "compressedNodes": "H4s"})");
  ASSERT_FALSE(offloaded);
  EXPECT_EQ(offloaded.error().code, base::Code::kUnsupported);
}

}  // namespace
}  // namespace engine

// Operations on single nodes of a workflow that runs: node set.
#include <functional>

#include "sim/control_fixture.h"
#include "sim/server_fixture.h"

namespace sim {
namespace {

// `work` runs until it is stopped; `first` and `second` want the same mutex.
constexpr std::string_view kBusy = R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: busy}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - name: b
        template: echo
        depends: a
        arguments: {parameters: [{name: x, value: "{{tasks.a.outputs.parameters.report}}"}]}
      - {name: first, template: locked}
      - {name: second, template: locked}
      - {name: later, template: work, depends: second}
  - name: work
    retryStrategy: {limit: "3"}
    container: {image: busybox}
    outputs: {parameters: [{name: report, valueFrom: {path: /r, default: none}}]}
  - name: locked
    synchronization: {mutexes: [{name: m}]}
    container: {image: busybox}
  - name: echo
    inputs: {parameters: [{name: x}]}
    container: {image: busybox, command: [echo, "{{inputs.parameters.x}}"]}
)";

class NodeSet : public Control {
 protected:
  NodeSet() {
    script_ = [](std::string_view pod, std::string_view) {
      SimulatedEnd end;
      end.stays_running = pod.find("work") != pod.npos || pod.find("locked") != pod.npos;
      return end;
    };
    restart();
    uid_ = submit(kBusy);
    settle();
  }

  void set(std::string_view node, const std::string& phase,
           std::vector<std::pair<std::string, std::string>> outputs = {}) {
    model::Operation operation;
    operation.kind = model::Operation::Kind::kSet;
    operation.node_ids = {node_id(uid_, node)};
    operation.phase = phase;
    operation.message = "by hand";
    operation.output_parameters = std::move(outputs);
    operate("busy", uid_, operation);
  }
  std::string command_of(std::string_view node) {
    const std::string id = node_id(uid_, node);
    for (const Value& pod : pods())
      if (pod.string_at("metadata", "annotations", "workflows.argoproj.io/node-id") == id)
        return text::to_json(pod);
    return "";
  }
  // All that is to be known of it, but for the times.
  std::string told() {
    std::string out;
    const Value all = nodes(uid_);
    for (const text::Member& node : all.as_map())
      out += std::string(node.value.string_at("name")) + " " +
             std::string(node.value.string_at("phase")) + " " +
             std::string(node.value.string_at("message")) + "\n";
    return out;
  }

  std::string uid_;
};

TEST_F(NodeSet, EndsWhatRunsAndWhatWaits) {
  EXPECT_EQ(node_phase(uid_, "a"), "Running");
  EXPECT_EQ(node_phase(uid_, "second"), "Pending") << "it waits for the lock of the first";
  set("a", "Succeeded", {{"report", "seen"}});
  settle();
  EXPECT_EQ(node_phase(uid_, "a"), "Succeeded");
  EXPECT_EQ(node_phase(uid_, "a(0)"), "Succeeded") << "whatever its pod told when it was stopped";
  EXPECT_EQ(node_phase(uid_, "a(1)"), "(absent)");
  EXPECT_EQ(node_phase(uid_, "b"), "Succeeded");
  EXPECT_NE(command_of("b").find("seen"), std::string::npos) << command_of("b");
  EXPECT_EQ(pods().size(), 3u);
  set("second", "Succeeded");
  settle();
  EXPECT_EQ(node_phase(uid_, "second"), "Succeeded");
  EXPECT_EQ(node_phase(uid_, "later"), "Running");
  set("first", "Failed");
  set("later", "Error");
  settle();
  EXPECT_EQ(node_phase(uid_, "later(1)"), "(absent)") << "a person's word ends the retries";
  EXPECT_EQ(node_phase(uid_, "later"), "Error");
  EXPECT_EQ(phase("busy"), "Failed");
  EXPECT_EQ(operations_left(uid_), 0u);
}

TEST_F(NodeSet, ALockIsGivenOnToTheNext) {
  set("first", "Succeeded");
  settle();
  EXPECT_EQ(node_phase(uid_, "second"), "Running");
}

TEST_F(NodeSet, AKillAtEveryCommitChangesNothing) {
  set("a", "Succeeded", {{"report", "seen"}});
  set("second", "Succeeded");
  set("later", "Succeeded");  // it has not begun: nothing
  settle();
  const std::string expected = told();
  for (int survived = 0; survived < 12; ++survived) {
    SCOPED_TRACE(survived);
    ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "busy"}, {}));
    settle();
    for (const Value& pod : pods()) {
      const std::string name(pod.string_at("metadata", "name"));
      (void)api_.remove({&kube::kind_of("pods"), "default", name}, {});
    }
    settle();
    uid_ = submit(kBusy);
    settle();
    set("a", "Succeeded", {{"report", "seen"}});
    set("second", "Succeeded");
    for (int step = 0; step < survived; ++step) {
      (void)controller_->run_once();
      if (step % 2 == 0) (void)agent_->run_once(0);
    }
    restart();
    settle();
    EXPECT_EQ(told(), expected);
  }
}

// --- over REST

constexpr const char* kEndless = R"({"name":"main","steps":[[{"name":"one","template":"endless"}],)"
                                 R"([{"name":"two","template":"plain"}]]},)"
                                 R"({"name":"plain","container":{"image":"busybox"}},)"
                                 R"({"name":"endless","container":{"image":"busybox"}})";

TEST_F(ServerTest, ANodeThatRunsIsSet) {
  create("wf", kEndless);
  const auto runs = [](const Value& workflow) {
    const Value* nodes = workflow.find_path("status", "nodes");
    if (nodes == nullptr || !nodes->is_map()) return false;
    for (const text::Member& node : nodes->as_map())
      if (node.value.string_at("type") == "Pod" && node.value.string_at("phase") == "Running")
        return true;
    return false;
  };
  ASSERT_TRUE(wait("wf", runs).is_map());
  const std::string path = "/api/v1/workflows/argo/wf/set";
  const std::pair<const char*, const char*> refused[] = {
      {R"({"phase":"Succeeded"})", "use a node field selector"},
      {R"({"nodeFieldSelector":"displayName=nobody","phase":"Succeeded"})",
       "no node that is open, or has failed, matches"},
      {R"({"nodeFieldSelector":"displayName=wf","phase":"Succeeded"})",
       "node wf is of type Steps: it stands for others"},
      {R"({"nodeFieldSelector":"displayName=one","message":"x"})",
       "node wf[0].one is of type Pod: give the phase"},
      {R"({"nodeFieldSelector":"displayName=one","phase":"Gone"})", "Gone is an invalid phase"},
      {R"({"nodeFieldSelector":"displayName=one","phase":"Succeeded",)"
       R"("outputParameters":"{\"nope\":\"1\"}"})",
       "has no output parameter \"nope\", it has: none"}};
  for (const auto& [body, text] : refused) {
    const auto answer = send("PUT", path, body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_NE(answer.body.find(text::to_json(Value(text)).substr(1, 20)), std::string::npos)
        << answer.body;
  }
  json("PUT", path,
       R"({"nodeFieldSelector":"displayName=one","phase":"Succeeded","message":"by hand"})");
  const Value done = wait_phase("wf", "Succeeded");
  std::string messages;
  for (const text::Member& node : done.find_path("status", "nodes")->as_map())
    if (node.value.string_at("displayName") == "one") messages += node.value.string_at("message");
  EXPECT_EQ(messages, "by hand");
}

// As the original command line resumes and sets: by an Update of the whole Workflow.
TEST_F(ServerTest, AnUpdateOfASuspendNodeIsAnOperation) {
  create("gate", kSuspend, R"(,"suspend":false)");
  ASSERT_TRUE(wait("gate", has_running_suspend).is_map());
  const std::string path = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows/gate";
  EXPECT_EQ(send("PATCH", path, R"({"status":{"nodes":{"gate":{"phase":"Succeeded"}}}})",
                 "application/merge-patch+json")
                .status,
            422)
      << "its output has not been supplied";
  EXPECT_EQ(send("PATCH", path, R"({"status":{"nodes":{"gate":{"message":"ask Ann"}}}})",
                 "application/merge-patch+json")
                .status,
            200);
  Value object = json("GET", path);
  Value& node = object["status"]["nodes"]["gate"];
  EXPECT_EQ(node.string_at("message"), "ask Ann");
  Value& output = node["outputs"]["parameters"].as_list().at(0);
  output["value"] = "42";
  output.as_map().erase("valueFrom");
  node["phase"] = "Succeeded";
  node["message"] = "by hand";
  node["finishedAt"] = "2026-01-02T03:04:05Z";
  object["metadata"]["labels"]["workflows.argoproj.io/actor"] = "ann";
  const auto updated = send("PUT", path, text::to_json(object));
  EXPECT_EQ(updated.status, 200) << updated.body;
  const Value done = wait_phase("gate", "Succeeded");
  const Value* ended = done.find_path("status", "nodes", "gate");
  ASSERT_NE(ended, nullptr);
  EXPECT_EQ(ended->string_at("message"), "by hand");
  EXPECT_NE(text::to_json(*ended).find(R"("value":"42")"), std::string::npos);
  EXPECT_EQ(done.string_at("metadata", "labels", "workflows.argoproj.io/actor"), "ann");
}

TEST_F(ServerTest, SingleNodesAreSuspended) {
  create("wf", R"({"name":"main","steps":[[{"name":"ask","template":"ask"}],)"
               R"([{"name":"two","template":"plain"}],[{"name":"three","template":"plain"}]]},)"
               R"({"name":"plain","container":{"image":"busybox"}},{"name":"ask","suspend":{},)"
               R"("outputs":{"parameters":[{"name":"answer","valueFrom":{"supplied":{}}}]}})");
  ASSERT_TRUE(wait("wf", has_running_suspend).is_map());
  const std::string path = "/api/v1/workflows/argo/wf";
  for (const char* selector : {"phase=Running", "color=red", "displayName"})
    EXPECT_EQ(
        send("PUT", path + "/suspend", R"({"nodeFieldSelector":")" + std::string(selector) + "\"}")
            .status,
        400)
        << selector;
  const Value held = json("PUT", path + "/suspend", R"({"nodeFieldSelector":"displayName=two"})");
  EXPECT_EQ(held.find_path("spec", "suspend"), nullptr) << "the workflow goes on";
  EXPECT_EQ(held.string_at("status", "phase"), "Running");
  json("PUT", path + "/suspend", R"({"nodeFieldSelector":"displayName=three"})");
  EXPECT_EQ(send("PUT", path + "/resume", R"({"nodeFieldSelector":"displayName=four"})").status,
            400);
  // What nobody has reached yet is let go, too, by the very selector that holds it.
  json("PUT", path + "/resume", R"({"nodeFieldSelector":"displayName=three"})");
  json("PUT", path + "/resume",
       R"({"nodeFieldSelector":"displayName=ask","outputParameters":"{\"answer\":\"yes\"}"})");
  const auto is_held = [](const Value& workflow) {
    const Value* nodes = workflow.find_path("status", "nodes");
    if (nodes == nullptr || !nodes->is_map()) return false;
    for (const text::Member& node : nodes->as_map())
      if (node.value.string_at("message") == "suspended: displayName=two") return true;
    return false;
  };
  const Value waits = wait("wf", is_held);
  const Value* conditions = waits.find_path("status", "conditions");
  ASSERT_NE(conditions, nullptr);
  EXPECT_NE(text::to_json(*conditions).find(R"("displayName=two")"), std::string::npos)
      << text::to_json(*conditions);
  json("PUT", path + "/resume", R"({"nodeFieldSelector":"displayName=two"})");
  const Value done = wait_phase("wf", "Succeeded");
  EXPECT_NE(text::to_json(done).find(R"("value":"yes")"), std::string::npos);
}

}  // namespace
}  // namespace sim

// Pods that run and end: what a user sees of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/machine_test.h"
#include "text/json.h"

namespace runtime {
namespace {

using testing::HasSubstr;

std::string spec(const std::string& script, const std::string& more = "") {
  return "containers:\n- name: main\n  image: busybox\n  command: [sh, -c, " +
         text::to_json(text::Value(script)) + "]\n" + more;
}

TEST(AgentEnds, AScriptsExitCodeIsThePods) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("good", spec("echo out; echo err >&2"));
  machine.create("bad", spec("exit 7"));
  const text::Value good = machine.wait_end("good"), bad = machine.wait_end("bad");
  EXPECT_EQ(good.string_at("status", "phase"), "Succeeded") << to_json(good);
  EXPECT_EQ(exit_code(good), 0);
  EXPECT_EQ(machine.log("good"), "out\nerr\n");
  EXPECT_EQ(bad.string_at("status", "phase"), "Failed");
  EXPECT_EQ(exit_code(bad), 7);
  EXPECT_EQ(terminated(bad).string_at("reason"), "Error");
}

TEST(AgentEnds, OutputsComeWithTheLastStatus) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("outputs", spec("echo 42; mkdir /tmp/d; printf hello > /tmp/d/x"),
                 R"({"result": true, "parameters": [{"name": "p", "path": "/tmp/d/x"},
                    {"name": "q", "path": "/tmp/none", "optional": true}]})");
  const text::Value pod = machine.wait_end("outputs");
  const auto outputs = text::parse_json(pod.string_at("metadata", "annotations", kube::kOutputs));
  ASSERT_TRUE(outputs) << to_json(pod);
  EXPECT_EQ(to_json(*outputs),
            R"({"result":"42","exitCode":"0","parameters":[{"name":"p","value":"hello"}],)"
            R"("missing":["q"]})");
}

}  // namespace
}  // namespace runtime

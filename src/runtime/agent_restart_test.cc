// Agents and monitors that are killed: nothing is lost, nothing runs twice. Real containers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runtime/container_dir.h"
#include "runtime/machine_test.h"
#include "text/json.h"

namespace runtime {
namespace {

using testing::HasSubstr;

// Appends a line to the host's file "ran" each time that it begins; goes on until "go" is there.
std::string counting(const Machine& machine, const std::string& then) {
  return "terminationGracePeriodSeconds: 1\n"
         "volumes: [{name: h, hostPath: {path: " +
         machine.folder() +
         "}}]\n"
         "containers:\n- name: main\n  image: busybox\n"
         "  command: [sh, -c, 'echo ran >> /h/ran; until [ -e /h/go ]; do sleep 0.02; done; " +
         then + "']\n  volumeMounts: [{name: h, mountPath: /h}]\n";
}

// The processes of a pod's container as its state file has them: its monitor's on the first line,
// the step's own on the second.
sys::ProcessId process_of(const Machine& machine, const std::string& pod, int line) {
  std::istringstream state(read_file(machine.state_folder(pod) + "/state"));
  std::string text;
  for (int i = 0; i < line; ++i) std::getline(state, text);
  sys::ProcessId id;
  std::istringstream(text) >> id.pid >> id.start_ticks;
  // kill(0) would end the test's own process group.
  if (id.pid <= 1) throw std::runtime_error("no such process of " + pod);
  return id;
}

pid_t monitor_of(const Machine& machine, const std::string& pod) {
  return process_of(machine, pod, 1).pid;
}

TEST(AgentRestart, WhatRunsIsAdopted) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("on", counting(machine, "echo done; exit 4"), R"({"result": true})");
  machine.wait_running("on");
  machine.stop();
  machine.start();
  machine.let_go();
  const text::Value pod = machine.wait_end("on");
  EXPECT_EQ(exit_code(pod), 4) << to_json(pod);
  EXPECT_THAT(std::string(pod.string_at("metadata", "annotations", kube::kOutputs)),
              HasSubstr(R"("result":"done")"));
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(AgentRestart, WhatEndedMeanwhileIsFound) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("off", counting(machine, "exit 5"));
  machine.wait_running("off");
  const pid_t monitor = monitor_of(machine, "off");
  machine.stop();
  machine.let_go();
  // Wait for the monitor's own end, as nobody else does.
  if (const auto id = sys::identify(monitor))
    if (const auto fd = sys::open_process(*id)) sys::wait_process(*fd, 10'000);
  machine.start();
  EXPECT_EQ(exit_code(machine.wait_end("off")), 5);
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(AgentRestart, AStopThatCameMeanwhileIsHeeded) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("stopped", counting(machine, "exit 0"));
  machine.wait_running("stopped");
  machine.stop();
  machine.annotate("stopped", kube::kStop, "TERM");
  machine.start();
  EXPECT_EQ(exit_code(machine.wait_end("stopped")), 143);
}

TEST(AgentRestart, APodThatWasDeletedMeanwhileIsEnded) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("deleted", counting(machine, "exit 0"));
  machine.wait_running("deleted");
  const pid_t monitor = monitor_of(machine, "deleted");
  const auto id = sys::identify(monitor);
  ASSERT_TRUE(id);
  const auto fd = sys::open_process(*id);
  ASSERT_TRUE(fd);
  machine.stop();
  ASSERT_TRUE(machine.api.remove({&kube::kind_of("pods"), "default", "deleted"}, {}));
  machine.start();
  EXPECT_TRUE(sys::wait_process(*fd, 10'000));
}

TEST(AgentRestart, AKilledMonitorMakesThePodLostAndRunsNothingTwice) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("lost", counting(machine, "exit 0"));
  machine.wait_running("lost");
  const auto step = sys::open_process(process_of(machine, "lost", 2));
  ASSERT_TRUE(step);
  ASSERT_EQ(::kill(monitor_of(machine, "lost"), SIGKILL), 0);
  const text::Value pod = machine.wait_end("lost");
  EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
  EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  EXPECT_EQ(machine.times_begun(), 1);
  // Its container has been ended with it.
  EXPECT_TRUE(sys::wait_process(*step, 5'000));
}

TEST(AgentRestart, AMonitorThatWasKilledMeanwhileToo) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("gone", counting(machine, "exit 0"));
  machine.wait_running("gone");
  const pid_t monitor = monitor_of(machine, "gone");
  machine.stop();
  ASSERT_EQ(::kill(monitor, SIGKILL), 0);
  machine.start();
  const text::Value pod = machine.wait_end("gone");
  EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(AgentRestart, AMarkOfAnotherBootIsLost) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.stop();
  const std::string folder = machine.state_folder("booted");
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/state") << ::getpid() << " 1 another-boot\n";
  machine.create("booted", counting(machine, "exit 0"));
  machine.start();
  const text::Value pod = machine.wait_end("booted");
  EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  EXPECT_EQ(machine.times_begun(), 0);
}

TEST(AgentRestart, ADeletedPodLeavesNothingBehind) {
  NEEDS_CONTAINERS();
  Machine machine;
  machine.create("tidy", "containers: [{name: main, image: busybox, command: [echo, x]}]");
  machine.wait_end("tidy");
  ASSERT_TRUE(machine.api.remove({&kube::kind_of("pods"), "default", "tidy"}, {}));
  machine.create("other", "containers: [{name: main, image: busybox, command: [echo, x]}]");
  machine.wait_end("other");
  machine.stop();  // its workers have done what they had
  EXPECT_FALSE(std::filesystem::exists(machine.state_folder("tidy")));
  EXPECT_TRUE(std::filesystem::exists(machine.state_folder("other") + "/log"));
}

bool exists(const std::string& link) { return std::filesystem::exists("/sys/class/net/" + link); }

TEST(AgentRestart, WhatAgentsThatAreNoMoreHaveLeftIsSwept) {
  NEEDS_CONTAINERS();
  // As of an agent that was killed, of which not even a note is left.
  ASSERT_EQ(std::system("ip link add argo0f1e2d type bridge && nft add table ip argo_0f1e2d"), 0);
  Machine machine;
  machine.create("any", "containers: [{name: main, image: busybox, command: [echo, x]}]");
  machine.wait_end("any");
  machine.stop();  // its workers have done what they had
  EXPECT_FALSE(exists("argo0f1e2d"));
  EXPECT_NE(std::system("nft list table ip argo_0f1e2d 2>/dev/null >&2"), 0);
}

TEST(AgentSlots, OneAfterTheOtherAndThoseWhoWaitSaySo) {
  NEEDS_CONTAINERS();
  Machine machine(RuntimeKind::kContainers, 1);
  machine.create("first", counting(machine, "exit 0"));
  machine.wait_running("first");
  machine.create("second", "containers: [{name: main, image: busybox, command: [echo, x]}]");
  const text::Value waiting = machine.api.wait_for("second", [](const text::Value& pod) {
    return pod.string_at("status", "phase") == "Pending";
  });
  EXPECT_THAT(to_json(waiting), HasSubstr("all 1 places for pods are taken"));
  machine.let_go();
  EXPECT_EQ(machine.wait_end("second").string_at("status", "phase"), "Succeeded");
}

TEST(AgentProcesses, RunAsContainersDo) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("p",
                 "containers: [{name: main, command: [sh, -c, 'echo out; echo err >&2; echo "
                 "-n v > x; exit 3']}]",
                 R"({"result": true, "parameters": [{"name": "x", "path": "x"}]})");
  const text::Value pod = machine.wait_end("p");
  EXPECT_EQ(exit_code(pod), 3) << to_json(pod);
  EXPECT_EQ(pod.string_at("metadata", "annotations", kube::kOutputs),
            R"({"result":"out","exitCode":"3","parameters":[{"name":"x","value":"v"}]})");
  EXPECT_THAT(machine.log("p"), HasSubstr("out\n"));
}

TEST(AgentProcesses, AreStoppedWithAllTheirChildren) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("tree",
                 "terminationGracePeriodSeconds: 1\ncontainers: [{name: main, command: "
                 "[sh, -c, 'trap \"\" TERM; setsid sleep 300 & sleep 300 & echo $!; wait; "
                 "wait; sleep 300']}]");
  machine.wait_running("tree");
  machine.annotate("tree", kube::kStop, "TERM");
  const text::Value pod = machine.wait_end("tree", 15);
  EXPECT_EQ(exit_code(pod), 137) << to_json(pod);
}

TEST(AgentProcesses, AScriptOnAVolumeIsFound) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("script", R"(
volumes:
- name: s
  downwardAPI: {items: [{path: script, mode: 493, fieldRef: {fieldPath: "metadata.name"}}]}
containers:
- {name: main, command: [cat], args: [/argo/staging/script],
   volumeMounts: [{name: s, mountPath: /argo/staging}]}
)");
  const text::Value pod = machine.wait_end("script");
  EXPECT_EQ(exit_code(pod), 0) << to_json(pod);
  EXPECT_EQ(machine.log("script"), "script\n");
}

TEST(AgentProcesses, IsolationIsRefused) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("isolated",
                 "containers: [{name: main, command: [id], securityContext: "
                 "{runAsUser: 7}}]");
  const text::Value pod = machine.wait_end("isolated");
  EXPECT_THAT(to_json(pod), HasSubstr("securityContext.runAsUser cannot be enforced"));
}

TEST(AgentProcesses, AreGrantedByTheAgentNotByThePod) {
  NEEDS_CONTAINERS();
  Machine machine;
  base::Result<std::vector<text::Value>> spec =
      text::parse_yaml("containers: [{name: main, command: [id]}]", "x");
  text::Value pod;
  pod["metadata"]["name"] = "asking";
  pod["metadata"]["annotations"][kube::kRuntime] = "process";
  pod["spec"] = spec->at(0);
  ASSERT_TRUE(machine.api.create(kube::kind_of("pods"), "default", pod, false));
  EXPECT_THAT(std::string(machine.wait_end("asking").string_at("status", "message")),
              HasSubstr("not allowed"));
}

struct StateCase {
  std::string title, text;
  ContainerFound::State state;
  int exit_code;
};
class StateFileIs : public testing::TestWithParam<StateCase> {};
TEST_P(StateFileIs, ReadAfterAReboot) {
  char folder[] = "/tmp/argon-state-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  std::ofstream(std::string(folder) + "/state") << GetParam().text;
  const ContainerFound found = inspect(folder, "this-boot");
  EXPECT_EQ(found.state, GetParam().state) << GetParam().title;
  EXPECT_EQ(found.record ? found.record->exit_code : -1, GetParam().exit_code) << GetParam().title;
  EXPECT_EQ(has_ended(folder), GetParam().text.ends_with("}\n")) << GetParam().title;
  std::filesystem::remove_all(folder);
}
using State = ContainerFound::State;
INSTANTIATE_TEST_SUITE_P(
    Lines, StateFileIs,
    testing::Values(
        StateCase{"nothing but its name", "", State::kLost, -1},
        StateCase{"the mark", "7 8 boot\n", State::kLost, -1},
        StateCase{"started", "7 8 boot\n9 10 11\n", State::kLost, -1},
        StateCase{"a started line cut off", "7 8 boot\n9 1", State::kLost, -1},
        StateCase{"a record cut off", "7 8 boot\n9 10 11\n{\"exitCode\":4", State::kLost, -1},
        StateCase{"a record not yet known to be durable", "7 8 boot\n9 10 11\n{\"exitCode\":4}",
                  State::kEnded, 4},
        StateCase{"a record", "7 8 boot\n9 10 11\n{\"exitCode\":4}\n", State::kEnded, 4},
        StateCase{"a record of a step that never started", "7 8 boot\n{\"exitCode\":128}\n",
                  State::kEnded, 128}));

}  // namespace
}  // namespace runtime

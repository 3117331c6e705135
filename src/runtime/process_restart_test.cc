// Agents and monitors of plain processes that are killed: nothing is lost, nothing runs twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runtime/container_dir.h"
#include "runtime/machine_test.h"
#include "sys/process_journal.h"
#include "text/json.h"

namespace runtime {
namespace {

using testing::HasSubstr;

// Appends a line to the file "ran" each time that it begins; goes on until "go" is there.
std::string counting(const Machine& machine, const std::string& then) {
  return "terminationGracePeriodSeconds: 1\ncontainers:\n- name: main\n  command: [sh, -c, 'echo "
         "ran >> " +
         machine.folder() + "/ran; until [ -e " + machine.folder() +
         "/go ]; do sleep 0.02; done; " + then + "']\n";
}

std::vector<sys::ProcessId> monitors_of(const Machine& machine) {
  std::vector<sys::ProcessId> out;
  for (const auto& entry : std::filesystem::directory_iterator(machine.folder() + "/node/monitors"))
    sys::read_entries(read_file(entry.path().string() + "/journal"), [&](sys::JournalEntry line) {
      if (line.kind != sys::JournalEntry::Kind::kOpened) return;
      std::istringstream words(line.text);
      words >> out.emplace_back().pid >> out.back().start_ticks;
    });
  // kill(0) would end the test's own process group.
  for (const sys::ProcessId& id : out)
    if (id.pid <= 1) throw std::runtime_error("a journal without its process");
  return out;
}

void kill_monitors(const Machine& machine) {
  for (const sys::ProcessId& id : monitors_of(machine))
    if (const auto fd = sys::open_process(id)) {
      ASSERT_TRUE(sys::signal_process(*fd, SIGKILL));
      ASSERT_TRUE(sys::wait_process(*fd, 5'000));
    }
}

TEST(ProcessRestart, WhatRunsIsAdopted) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("on", counting(machine, "echo done; exit 4"), R"({"result": true})");
  machine.wait_running("on");
  machine.stop();
  machine.start();
  machine.let_go();
  const text::Value pod = machine.wait_end("on");
  EXPECT_EQ(exit_code(pod), 4) << to_json(pod);
  EXPECT_THAT(std::string(pod.string_at("metadata", "annotations", kube::kOutputs)),
              HasSubstr(R"("result":"done")"));
  EXPECT_EQ(machine.log("on"), "done\n");
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(ProcessRestart, WhatEndedMeanwhileIsFoundThoughItsMonitorIsGone) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("off", counting(machine, "exit 5"));
  machine.wait_running("off");
  const std::vector<sys::ProcessId> monitors = monitors_of(machine);
  machine.stop();
  machine.let_go();
  // A monitor ends when no agent is there and nothing runs.
  for (const sys::ProcessId& id : monitors)
    if (const auto fd = sys::open_process(id)) {
      EXPECT_TRUE(sys::wait_process(*fd, 10'000));
    }
  machine.start();
  EXPECT_EQ(exit_code(machine.wait_end("off")), 5);
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(ProcessRestart, AStopThatCameMeanwhileIsHeeded) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("stopped", counting(machine, "exit 0"));
  machine.wait_running("stopped");
  machine.stop();
  machine.annotate("stopped", kube::kStop, "TERM");
  machine.start();
  EXPECT_EQ(exit_code(machine.wait_end("stopped")), 143);
}

TEST(ProcessRestart, APodThatWasDeletedMeanwhileIsEnded) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("deleted", counting(machine, "exit 0"));
  machine.wait_running("deleted");
  const auto fd = sys::open_process(monitors_of(machine).at(0));
  ASSERT_TRUE(fd);
  machine.stop();
  ASSERT_TRUE(machine.api.remove({&kube::kind_of("pods"), "default", "deleted"}, {}));
  machine.start();
  // It has nothing left to watch, and goes.
  EXPECT_TRUE(sys::wait_process(*fd, 10'000));
}

TEST(ProcessRestart, AKilledMonitorMakesItsPodsLostAndTheNextOnesRun) {
  Machine machine(RuntimeKind::kProcesses);
  for (const char* name : {"a", "b", "c"}) machine.create(name, counting(machine, "exit 0"));
  for (const char* name : {"a", "b", "c"}) machine.wait_running(name);
  kill_monitors(machine);
  for (const char* name : {"a", "b", "c"}) {
    const text::Value pod = machine.wait_end(name);
    EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
    EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  }
  machine.let_go();
  EXPECT_EQ(machine.times_begun(), 3);
  machine.create("next", counting(machine, "exit 6"));
  EXPECT_EQ(exit_code(machine.wait_end("next")), 6);
}

TEST(ProcessRestart, AMonitorThatWasKilledMeanwhileToo) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("gone", counting(machine, "exit 0"));
  machine.wait_running("gone");
  machine.stop();
  kill_monitors(machine);
  machine.start();
  const text::Value pod = machine.wait_end("gone");
  EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  EXPECT_EQ(machine.times_begun(), 1);
}

TEST(ProcessRestart, AMarkOfAnotherBootIsLost) {
  Machine machine(RuntimeKind::kProcesses);
  machine.stop();
  std::string journal;
  using Kind = sys::JournalEntry::Kind;
  sys::append_entry(journal, Kind::kOpened, "", std::to_string(::getpid()) + " 1 another-boot");
  sys::append_entry(journal, Kind::kBegun, "uid-booted/main", machine.folder() + "/node/work/1");
  std::filesystem::create_directories(machine.folder() + "/node/monitors/1");
  std::ofstream(machine.folder() + "/node/monitors/1/journal") << journal;
  machine.create("booted", counting(machine, "exit 0"));
  machine.start();
  const text::Value pod = machine.wait_end("booted");
  EXPECT_EQ(pod.string_at("status", "reason"), kube::kReasonLost) << to_json(pod);
  EXPECT_EQ(machine.times_begun(), 0);
}

TEST(ProcessRestart, NothingIsLeftOfMonitorsThatAreDone) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("one", "containers: [{name: main, command: [echo, x]}]");
  machine.wait_end("one");
  // The agent has the answer to its last status a moment later.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (machine.agent().pods_active() > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  machine.stop();
  machine.agent().tear_down();
  EXPECT_TRUE(std::filesystem::is_empty(machine.folder() + "/node/monitors"));
}

TEST(ProcessTrees, WhatAStepLeavesBehindEndsWithIt) {
  Machine machine(RuntimeKind::kProcesses);
  const std::string left = machine.folder() + "/left";
  machine.create(
      "leaves", "containers: [{name: main, command: [sh, -c, '(setsid sh -c \"echo $$$$ > " + left +
                    "; exec sleep 300\" &) ; until [ -s " + left +
                    " ]; do sleep 0.01; done; exit 3']}]");
  machine.create("stays", counting(machine, "exit 4"));
  machine.wait_running("stays");
  EXPECT_EQ(exit_code(machine.wait_end("leaves")), 3);
  const pid_t pid = std::atoi(read_file(left).c_str());
  ASSERT_GT(pid, 1);
  EXPECT_FALSE(sys::identify(pid));
  // The step beside it does not notice.
  machine.let_go();
  EXPECT_EQ(exit_code(machine.wait_end("stays")), 4);
}

TEST(ProcessTrees, AProgramThatIsNotThereIsNamed) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("none", "containers: [{name: main, command: [no-such-program]}]");
  machine.create("folder", "containers: [{name: main, command: [/tmp]}]");
  text::Value pod = machine.wait_end("none");
  EXPECT_EQ(exit_code(pod), 127);
  EXPECT_THAT(std::string(terminated(pod).string_at("message")), HasSubstr("no-such-program"));
  EXPECT_EQ(exit_code(machine.wait_end("folder")), 126);
}

TEST(ProcessTrees, TheDeadlineEndsIt) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("late", "activeDeadlineSeconds: 1\n" + counting(machine, "exit 0"));
  const text::Value pod = machine.wait_end("late", 15);
  EXPECT_EQ(pod.string_at("status", "reason"), "DeadlineExceeded") << to_json(pod);
}

TEST(ProcessTrees, ManyMegabytesOfOutputHoldNobodyUpAndAreKept) {
  Machine machine(RuntimeKind::kProcesses);
  machine.create("much",
                 "containers: [{name: main, command: [sh, -c, 'yes 0123456789 | head -c 20000000; "
                 "echo; echo last']}]",
                 R"({"result": true})");
  machine.create("small", "containers: [{name: main, command: [echo, small]}]");
  EXPECT_EQ(exit_code(machine.wait_end("small")), 0);
  EXPECT_EQ(exit_code(machine.wait_end("much")), 0);
  const std::string log = machine.log("much");
  EXPECT_EQ(log.size(), 20'000'000u + 1 + 5);
  EXPECT_TRUE(log.ends_with("\nlast\n"));
}

TEST(Evictions, APodThatFillsItsEmptyDirIsEnded) {
  Machine machine(RuntimeKind::kProcesses, 110, [](AgentConfig& c) { c.size_check_ms = 20; });
  const auto writes = [&](const std::string& name, int bytes) {
    machine.create(name,
                   "volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]\ncontainers:\n"
                   "- name: main\n  command: [sh, -c, 'head -c " +
                       std::to_string(bytes) + " /dev/zero > $DIR/x; until [ -e " +
                       machine.folder() +
                       "/go ]; do sleep 0.02; done']\n  env: [{name: DIR, value: /v}]\n"
                       "  volumeMounts: [{name: v, mountPath: /v}]\n");
  };
  writes("small", 1'000'000);
  writes("large", 1'100'000);
  const text::Value pod = machine.wait_end("large");
  EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
  EXPECT_EQ(pod.string_at("status", "reason"), "Evicted");
  EXPECT_EQ(pod.string_at("status", "message"),
            "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ");
  EXPECT_EQ(exit_code(pod), 137);
  machine.let_go();
  EXPECT_EQ(exit_code(machine.wait_end("small")), 0);
}

TEST(ProcessLogs, AreFollowedToTheEndASilentOneToo) {
  Machine machine(RuntimeKind::kProcesses);
  kube::LogOptions options;
  options.follow = true;
  machine.create("talks",
                 "containers: [{name: main, command: [sh, -c, 'for i in 1 2 3; do echo "
                 "$i; sleep 0.1; done']}]");
  machine.create("silent", "containers: [{name: main, command: [sleep, '0.3']}]");
  for (const auto& [name, text] : {std::pair("talks", "123"), std::pair("silent", "")}) {
    machine.api.wait_for(
        name, [](const text::Value& pod) { return !pod.string_at("status", "phase").empty(); });
    std::string lines;
    ASSERT_TRUE(machine.agent().logs(std::string("uid-") + name, options, [&](std::string_view l) {
      lines.append(l);
      return true;
    })) << name;
    EXPECT_EQ(lines, text);
  }
}

}  // namespace
}  // namespace runtime

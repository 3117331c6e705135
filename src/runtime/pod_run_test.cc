// What comes next in a pod, and what it is called meanwhile; who may run now. Pure.
#include "runtime/pod_run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/container_log.h"
#include "runtime/pod_slots.h"
#include "runtime/probes.h"

namespace runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Phase = ContainerRun::Phase;

// "i" an init container, "s" a sidecar, "r" a restarting init container; "main" last of all.
PodSpec pod(const std::string& others) {
  PodSpec out;
  out.is_workflow = true;
  for (const char kind : others) {
    ContainerSpec container;
    container.name = std::string(1, kind);
    container.restarts = kind == 'r';
    if (kind == 's')
      out.containers.push_back(container);
    else
      out.init_containers.push_back(container);
  }
  ContainerSpec main;
  main.name = "main";
  out.containers.push_back(main);
  return out;
}

// A state a container: "w" waits, "b" begins, "r" runs, a number: ended with it.
void set(PodRun& run, const std::string& states) {
  std::istringstream words(states);
  std::string word;
  for (ContainerRun& container : run.containers()) {
    words >> word;
    container.phase = word == "w"   ? Phase::kWaiting
                      : word == "b" ? Phase::kStarting
                      : word == "r" ? Phase::kRunning
                                    : Phase::kEnded;
    if (container.phase != Phase::kEnded) continue;
    container.end.emplace();
    container.end->exit_code = std::stoi(word);
  }
}

struct StepCase {
  const char *title, *others, *states;
  bool stopping;
  std::vector<size_t> start, stop;
  bool over;
  const char* phase;
};
class NextStep : public testing::TestWithParam<StepCase> {};

TEST_P(NextStep, FollowsFromTheStates) {
  const StepCase& c = GetParam();
  PodRun run(pod(c.others), false);
  set(run, c.states);
  if (c.stopping) run.ask_stop(false);
  const PodRun::Step step = run.next_step();
  EXPECT_EQ(step.start, c.start) << c.title;
  EXPECT_EQ(step.stop, c.stop) << c.title;
  EXPECT_EQ(step.is_over, c.over) << c.title;
  EXPECT_EQ(run.phase(), c.phase) << c.title;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, NextStep,
    testing::Values(
        StepCase{"main begins at once", "", "w", false, {0}, {}, false, "Pending"},
        StepCase{"a pod runs with its main", "", "r", false, {}, {}, false, "Running"},
        StepCase{"it ends with its main", "", "0", false, {}, {}, true, "Succeeded"},
        StepCase{"main's failure is the pod's", "", "1", false, {}, {}, true, "Failed"},
        StepCase{"init goes first", "i", "w w", false, {0}, {}, false, "Pending"},
        StepCase{"while it runs the pod is pending", "i", "r w", false, {}, {}, false, "Pending"},
        StepCase{"main after init", "i", "0 w", false, {1}, {}, false, "Pending"},
        StepCase{"a failed init ends the pod", "i", "2 w", false, {}, {}, true, "Failed"},
        StepCase{"init one by one", "ii", "0 w w", false, {1}, {}, false, "Pending"},
        StepCase{"a sidecar begins with main", "s", "w w", false, {0, 1}, {}, false, "Pending"},
        StepCase{"and ends after it", "s", "r 0", false, {}, {0}, false, "Running"},
        StepCase{
            "a waiting sidecar never begins then", "s", "w 0", false, {}, {}, true, "Succeeded"},
        StepCase{"a sidecar's own failure counts", "s", "3 0", false, {}, {}, true, "Failed"},
        StepCase{"a restarting init need only run", "r", "r w", false, {1}, {}, false, "Pending"},
        StepCase{"but run it must", "r", "b w", false, {}, {}, false, "Pending"},
        StepCase{"stop ends what runs", "s", "r r", true, {}, {0, 1}, false, "Running"},
        StepCase{"stop waits for what begins", "", "b", true, {}, {}, false, "Pending"},
        StepCase{
            "a stopped pod that never began has failed", "", "w", true, {}, {}, true, "Failed"},
        StepCase{"a stopped pod may have succeeded", "", "0", true, {}, {}, true, "Succeeded"}));

TEST(PodRunTest, ASidecarThatWasStoppedDoesNotFailThePod) {
  PodRun run(pod("s"), false);
  set(run, "143 0");
  EXPECT_EQ(run.phase(), "Failed");
  run.containers()[0].stop_asked = true;
  EXPECT_EQ(run.phase(), "Succeeded");
}

TEST(PodRunTest, ALostContainerFailsThePodByTheMachine) {
  PodRun run(pod("s"), false);
  set(run, "r r");
  run.lose(1);
  EXPECT_EQ(run.reason(), "Lost");
  EXPECT_THAT(run.next_step().stop, ElementsAre(0u));
}

TEST(PodSlotsTest, FirstComeFirstServedByPriority) {
  PodSlots slots(1000, 1000, 2);
  for (const char* name : {"a", "b", "c"}) slots.enqueue(name, {100, 100, 0});
  slots.enqueue("urgent", {100, 100, 5});
  EXPECT_THAT(slots.admit(9), ElementsAre("urgent", "a"));
  EXPECT_EQ(slots.reason("b"), "0/1 nodes are available: all 2 places for pods are taken");
  slots.release("a");
  EXPECT_THAT(slots.admit(9), ElementsAre("b"));
}

TEST(PodSlotsTest, ALargePodIsNotOvertakenUnlessItNeverFits) {
  PodSlots slots(1000, 1000, 9);
  slots.enqueue("half", {600, 1, 0});
  slots.enqueue("large", {500, 1, 0});
  slots.enqueue("small", {1, 1, 0});
  EXPECT_THAT(slots.admit(9), ElementsAre("half"));
  EXPECT_EQ(slots.reason("large"),
            "0/1 nodes are available: insufficient cpu: 600m of 1000m are taken");
  slots.release("large");
  slots.enqueue("never", {1001, 1, 9});
  EXPECT_THAT(slots.admit(9), ElementsAre("small"));
  EXPECT_EQ(slots.reason("never"),
            "0/1 nodes are available: the pod asks for 1001m CPU, this machine offers 1000m");
}

TEST(PodSlotsTest, NoMoreAtOnceThanAskedFor) {
  PodSlots slots(1000, 1000, 9);
  for (const char* name : {"a", "b"}) slots.enqueue(name, {1, 1, 0});
  EXPECT_THAT(slots.admit(0), IsEmpty());
  EXPECT_THAT(slots.admit(1), ElementsAre("a"));
}

TEST(ProbeCounts, TurnAtTheirThresholds) {
  Probe probe;
  probe.failure_threshold = 2;
  probe.success_threshold = 2;
  ContainerProbes counts;
  const auto count = [&](bool good) { return counts.count(ProbeRole::kReadiness, probe, good); };
  EXPECT_EQ(count(true), std::nullopt);
  EXPECT_EQ(count(true), true);
  EXPECT_EQ(count(false), std::nullopt);
  EXPECT_EQ(count(true), std::nullopt) << "one failure is forgotten";
  EXPECT_EQ(count(false), std::nullopt);
  EXPECT_EQ(count(false), false);
}

class ContainerLogTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder_), nullptr);
    std::ofstream(std::string(folder_) + "/log")
        << "2026-01-02T03:04:05.000000000Z stdout F one\n"
        << "2026-01-02T03:04:06.000000000Z stdout P tw\n"
        << "2026-01-02T03:04:06.500000000Z stdout F o\n"
        << "2026-01-02T03:04:07.000000000Z stderr F \n"
        << "2026-01-02T03:04:08.000000000Z stdout F four\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string read(const kube::LogOptions& options) {
    std::string out;
    EXPECT_TRUE(read_container_log(
        folder_, options,
        [&](std::string_view line) {
          out.append(line).append("|");
          return true;
        },
        [] { return true; }, [] { return true; }));
    return out;
  }
  char folder_[32] = "/tmp/argon-clog-XXXXXX";
};

TEST_F(ContainerLogTest, PartsAreJoined) { EXPECT_EQ(read({}), "one|two||four|"); }

TEST_F(ContainerLogTest, WhatCouldNotBeWrittenIsSaidAtTheEnd) {
  std::ofstream(std::string(folder_) + "/state")
      << "7 8 boot\n9 10 11\n{\"exitCode\":0,\"finishedAt\":1767323049000000000,"
      << "\"logError\":\"the log is incomplete: No space left on device\"}\n";
  EXPECT_EQ(read({}), "one|two||four|(the log is incomplete: No space left on device)|");
  kube::LogOptions options;
  options.timestamps = true;
  options.tail_lines = 1;
  EXPECT_EQ(read(options),
            "2026-01-02T03:04:08.000000000Z four|2026-01-02T03:04:09.000000000Z (the "
            "log is incomplete: No space left on device)|");
}

// A log as argoexec leaves it when it has reached its bound: its middle is a hole.
TEST_F(ContainerLogTest, WhatIsLostIsSaidInItsPlace) {
  const std::string path = std::string(folder_) + "/log";
  const int lines = 20'000;
  {
    std::ofstream file(path, std::ios::trunc);
    for (int i = 0; i < lines; ++i)
      file << "2026-01-02T03:04:05.00000000" << i % 10 << "Z stdout F line " << i << "\n";
  }
  const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 409'600), 0);
  const std::string all = read({});
  EXPECT_TRUE(all.starts_with("line 0|line 1|")) << all.substr(0, 100);
  EXPECT_TRUE(all.ends_with("|line 19999|"));
  const size_t at =
      all.find("|(409600 bytes of output are lost here: the log had reached its bound)|");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(all.find('\0'), std::string::npos);
  EXPECT_EQ(all.find("|line 5000|"), std::string::npos);
  kube::LogOptions options;
  options.tail_lines = 2;
  EXPECT_EQ(read(options), "line 19998|line 19999|");
  // More than what is left behind the hole: all of that, and the word about the rest.
  options.tail_lines = 15'000;
  EXPECT_TRUE(read(options).starts_with("(409600 bytes of output are lost here"));
  options.tail_lines.reset();
  options.timestamps = true;
  EXPECT_NE(read(options).find("Z (409600 bytes"), std::string::npos);
}

TEST_F(ContainerLogTest, TheTailCountsWholeLines) {
  kube::LogOptions options;
  const char* const kTails[] = {"",           "four|",          "|four|",
                                "two||four|", "one|two||four|", "one|two||four|"};
  for (int count = 0; count < 6; ++count) {
    options.tail_lines = count;
    EXPECT_EQ(read(options), kTails[count]) << count;
  }
}

TEST_F(ContainerLogTest, SinceTimestampsAndLimit) {
  kube::LogOptions options;
  options.since = *base::parse_rfc3339("2026-01-02T03:04:07Z");
  options.timestamps = true;
  EXPECT_EQ(read(options), "2026-01-02T03:04:07.000000000Z |2026-01-02T03:04:08.000000000Z four|");
  kube::LogOptions limited;
  limited.limit_bytes = 5;
  EXPECT_EQ(read(limited), "one|t|");
}

}  // namespace
}  // namespace runtime

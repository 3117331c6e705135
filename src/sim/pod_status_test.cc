// What a Pod's status says: Argo's messages, as rows.
#include "control/pod_status.h"

#include <gtest/gtest.h>

#include "text/json.h"

namespace sim {
namespace {

using engine::PodEnded;
using Outcome = PodEnded::Outcome;

base::Result<std::optional<engine::Event>> read(const std::string& status,
                                                const std::string& annotations = "{}") {
  return control::read_pod_status(R"({"metadata":{"name":"p","annotations":)" + annotations +
                                      R"(},"spec":{"nodeName":"n"},"status":)" + status + "}",
                                  engine::NodeId{7});
}

std::string ended(const std::string& name, int code, const std::string& reason,
                  const std::string& message = "") {
  return R"({"name":")" + name + R"(","state":{"terminated":{"exitCode":)" + std::to_string(code) +
         R"(,"reason":")" + reason + R"(","message":")" + message +
         R"(","startedAt":"2026-01-01T00:00:01Z","finishedAt":"2026-01-01T00:00:05Z"}}})";
}

struct EndCase {
  const char* title;
  std::string status;
  Outcome outcome;
  const char* message;
};
class End : public testing::TestWithParam<EndCase> {};
TEST_P(End, IsToldAsArgoTellsIt) {
  const auto event = read(GetParam().status);
  ASSERT_TRUE(event && *event) << GetParam().title;
  const auto* end = std::get_if<PodEnded>(&**event);
  ASSERT_NE(end, nullptr) << GetParam().title;
  EXPECT_EQ(end->node.value, 7u);
  EXPECT_EQ(end->outcome, GetParam().outcome) << GetParam().title;
  EXPECT_EQ(end->message, GetParam().message) << GetParam().title;
}
std::string failed(const std::string& containers, const std::string& more = "") {
  return R"({"phase":"Failed")" + more + R"(,"containerStatuses":[)" + containers + "]}";
}
INSTANTIATE_TEST_SUITE_P(
    Table, End,
    testing::Values(
        EndCase{"success", R"({"phase":"Succeeded"})", Outcome::kSucceeded, ""},
        EndCase{"an exit code", failed(ended("main", 1, "Error")), Outcome::kFailed,
                "main: Error (exit code 1)"},
        EndCase{"with the container's message", failed(ended("main", 2, "Error", "why")),
                Outcome::kFailed, "main: Error (exit code 2): why"},
        EndCase{"out of memory", failed(ended("main", 137, "OOMKilled")), Outcome::kFailed,
                "main: OOMKilled (exit code 137)"},
        EndCase{"main counts before a sidecar",
                failed(ended("side", 3, "Error") + "," + ended("main", 4, "Error")),
                Outcome::kFailed, "main: Error (exit code 4)"},
        EndCase{"a killed sidecar does not count",
                failed(ended("side", 143, "Error") + "," + ended("main", 0, "Completed")),
                Outcome::kSucceeded, ""},
        EndCase{"a sidecar's own failure does",
                failed(ended("main", 0, "Completed") + "," + ended("side", 3, "Error")),
                Outcome::kFailed, "side: Error (exit code 3)"},
        EndCase{"the pod's message stands for all",
                failed(ended("main", 1, "Error"), R"(,"message":"Pod was active too long")"),
                Outcome::kFailed, "Pod was active too long"},
        EndCase{"it never began",
                failed(R"({"name":"main","state":{"waiting":{"reason":"Bad","message":"x"}}})"),
                Outcome::kError, "Pod failed before main container starts due to Bad: x"},
        EndCase{"no container at all", R"({"phase":"Failed"})", Outcome::kFailed,
                "can't find failed message for pod p namespace "},
        EndCase{"the machine's fault", R"({"phase":"Failed","reason":"Lost","message":"reboot"})",
                Outcome::kLost, "reboot"},
        EndCase{"a phase that nobody knows", R"({"phase":"Odd"})", Outcome::kError,
                "Unexpected pod phase for p: Odd"}));

struct PendingCase {
  const char *status, *message;
};
class Pending : public testing::TestWithParam<PendingCase> {};
TEST_P(Pending, SaysWhy) {
  const auto event = read(GetParam().status);
  ASSERT_TRUE(event && *event);
  EXPECT_EQ(std::get<engine::PodPending>(**event).message, GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Pending,
    testing::Values(
        PendingCase{R"({"phase":"Pending"})", ""},
        PendingCase{R"({"phase":"Pending","containerStatuses":[{"state":{"waiting":)"
                    R"({"reason":"ImagePullBackOff","message":"no"}}}]})",
                    "ImagePullBackOff: no"},
        PendingCase{R"({"phase":"Pending","containerStatuses":[{"state":{"waiting":)"
                    R"({"reason":"PodInitializing"}}}]})",
                    "PodInitializing"},
        PendingCase{
            R"({"phase":"Pending","conditions":[{"reason":"Unschedulable","message":"full"}]})",
            "Unschedulable: full"}));

TEST(PodStatus, OutputsComeWithTheEnd) {
  std::string outputs;
  text::append_json_string(
      outputs, R"({"result":"r","parameters":[{"name":"a","value":"1"}],"missing":["b"]})");
  const auto event =
      read(R"({"phase":"Succeeded","containerStatuses":[)" + ended("main", 0, "Completed") + "]}",
           R"({"workflows.argoproj.io/outputs":)" + outputs + "}");
  const auto& end = std::get<PodEnded>(**event);
  EXPECT_EQ(end.result, "r");
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.parameters.front().second, "1");
  EXPECT_EQ(end.missing_parameters.front(), "b");
  EXPECT_EQ(end.finished_at.unix_seconds() - end.started_at.unix_seconds(), 4);
}

TEST(PodStatus, OutputsThatCouldNotBeSavedAreAnError) {
  std::string outputs;
  text::append_json_string(outputs, R"({"error":"disk full"})");
  const std::string annotations = R"({"workflows.argoproj.io/outputs":)" + outputs + "}";
  const auto good = read(R"({"phase":"Succeeded"})", annotations);
  EXPECT_EQ(std::get<PodEnded>(**good).outcome, Outcome::kError);
  EXPECT_EQ(std::get<PodEnded>(**good).message, "disk full");
  EXPECT_EQ(std::get<PodEnded>(**good).host_node_name, "n");
  // The user's own failure is not hidden by it.
  const auto bad = read(failed(ended("main", 1, "Error")), annotations);
  EXPECT_EQ(std::get<PodEnded>(**bad).message, "main: Error (exit code 1)");
}

TEST(PodStatus, RunningSaysWhetherAllIsReady) {
  const auto some = read(R"({"phase":"Running","podIP":"1.2.3.4")"
                         R"(,"containerStatuses":[{"ready":true},{"ready":false}]})");
  EXPECT_FALSE(std::get<engine::PodRunning>(**some).ready);
  EXPECT_EQ(std::get<engine::PodRunning>(**some).pod_ip, "1.2.3.4");
  EXPECT_EQ(std::get<engine::PodRunning>(**some).host_node_name, "n");
  const auto all = read(R"({"phase":"Running","containerStatuses":[{"ready":true}]})");
  EXPECT_TRUE(std::get<engine::PodRunning>(**all).ready);
}

TEST(PodStatus, AProgressIsHandedOnWhetherThePodRunsOrHasEnded) {
  const std::string told = R"({"workflows.argoproj.io/progress":"3/7"})";
  const auto running = read(R"({"phase":"Running"})", told);
  EXPECT_EQ(std::get<engine::PodRunning>(**running).progress, "3/7");
  const auto over = read(R"({"phase":"Succeeded"})", told);
  EXPECT_EQ(std::get<PodEnded>(**over).progress, "3/7");
  EXPECT_EQ(std::get<PodEnded>(**over).outcome, Outcome::kSucceeded);
  EXPECT_EQ(std::get<PodEnded>(**read(R"({"phase":"Succeeded"})")).progress, "");
}

TEST(PodStatus, WhatIsNoPodIsAnError) {
  EXPECT_FALSE(control::read_pod_status("{", engine::NodeId{0}));
  EXPECT_EQ(*control::read_pod_status("{}", engine::NodeId{0}), std::nullopt);
}

}  // namespace
}  // namespace sim

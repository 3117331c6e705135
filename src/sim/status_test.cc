// What goes on, over REST: the workflows that wait for others to end, and Kubernetes Events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/server_fixture.h"

namespace sim {
namespace {

using testing::HasSubstr;

class StatusRoutes : public ServerTest {
 protected:
  void set_parallelism(const std::string& number) {
    const auto answer =
        send("POST", "/api/v1/namespaces/argo/configmaps",
             R"({"metadata":{"name":"workflow-controller-configmap"},"data":{"parallelism":")" +
                 number + "\"}}");
    ASSERT_EQ(answer.status, 201) << answer.body;
  }
  static bool is_pending(const Value& workflow) {
    return workflow.string_at("status", "phase") == "Pending";
  }
};

TEST_F(StatusRoutes, TheQueueIsShownInItsOrder) {
  set_parallelism("1");
  create("holder", kSuspend);
  wait("holder", [](const Value& w) { return w.string_at("status", "phase") == "Running"; });
  EXPECT_EQ(text::to_json(json("GET", "/api/v1/workflow-queue")), R"({"items":[]})");
  create("old", kContainer);
  create("young", kContainer);
  create("urgent", kContainer, R"(,"priority":2)");
  for (const char* name : {"old", "young", "urgent"}) wait(name, is_pending);
  const Value queue = json("GET", "/api/v1/workflow-queue");
  std::vector<std::string> names;
  for (const Value& item : queue.find("items")->as_list())
    names.emplace_back(item.string_at("name"));
  EXPECT_THAT(names, testing::ElementsAre("urgent", "old", "young"));
  EXPECT_EQ(queue.find("items")->as_list()[0].string_at("namespace"), "argo");
}

TEST_F(StatusRoutes, EventsAreListedAndStreamed) {
  create("one", kContainer);
  wait("one", [](const Value& w) { return w.string_at("status", "phase") == "Succeeded"; });
  std::string first;
  (void)client()->stream({"GET",
                          "/api/v1/stream/events/argo?listOptions.fieldSelector="
                          "involvedObject.name%3Done,reason%3DWorkflowNodeSucceeded",
                          {},
                          ""},
                         [&](std::string_view bytes) {
                           first += bytes;
                           return first.find('\n') == std::string::npos;
                         });
  EXPECT_THAT(first, testing::StartsWith(R"({"result":{"apiVersion":"v1","kind":"Event")"));
  EXPECT_THAT(first, HasSubstr(R"("message":"Succeeded node one")"));
  const Value list = json("GET", "/api/v1/namespaces/argo/events");
  EXPECT_THAT(text::to_json(list), HasSubstr(R"("reason":"WorkflowSucceeded")"));
}

TEST_F(StatusRoutes, EachGroupOfKindsCanBeDiscovered) {
  std::vector<std::string> names;
  const Value all = json("GET", "/apis");
  for (const Value& group : all.find("groups")->as_list())
    names.emplace_back(group.string_at("name"));
  EXPECT_EQ(names.front(), "argoproj.io");
  EXPECT_THAT(names, testing::IsSupersetOf({"policy", "coordination.k8s.io", "apps", "batch"}));
  EXPECT_EQ(json("GET", "/apis/policy").string_at("preferredVersion", "groupVersion"), "policy/v1");
  EXPECT_THAT(text::to_json(json("GET", "/apis/policy/v1")),
              HasSubstr(R"("name":"poddisruptionbudgets")"));
  EXPECT_THAT(text::to_json(json("GET", "/apis/argoproj.io/v1alpha1")),
              HasSubstr(R"("name":"workflows")"));
  EXPECT_EQ(send("GET", "/apis/policy/v2").status, 404);
}

TEST_F(StatusRoutes, WithoutMetricsThereIsNoSuchPath) {
  EXPECT_EQ(send("GET", "/metrics").status, 404);
}

}  // namespace
}  // namespace sim

// Jobs from a client's request to their conditions, with a simulated agent.
#include <gmock/gmock.h>

#include <chrono>

#include "control/job_controller.h"
#include "kube/garbage_collector.h"
#include "sim/server_fixture.h"

namespace sim {
namespace {

using testing::HasSubstr;

class Jobs : public ServerTest {
 protected:
  static constexpr const char* kPath = "/apis/batch/v1/namespaces/argo/jobs";

  static std::string source(const std::string& name, const std::string& spec,
                            const std::string& policy = "Never") {
    return R"({"metadata":{"name":")" + name + R"("},"spec":{)" + spec +
           R"("template":{"spec":{"restartPolicy":")" + policy +
           R"(","containers":[{"name":"main","image":"busybox"}]}}}})";
  }
  // Until the Job has this condition, or for ten seconds.
  Value bring_about(const std::string& name, std::string_view condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      const auto done = jobs_.run_once();
      EXPECT_TRUE(done) << done.error().text;
      Value job = json("GET", std::string(kPath) + "/" + name);
      if (const Value* list = job.find_path("status", "conditions"))
        for (const Value& one : list->as_list())
          if (one.string_at("type") == condition && one.string_at("status") == "True") return job;
    }
    ADD_FAILURE() << name << " never was " << condition;
    return {};
  }

  control::JobController jobs_{api_, clock_, {}};
  kube::GarbageCollector collector_{api_};
};

TEST_F(Jobs, RunTheirPodsUntilEnoughHaveSucceeded) {
  const auto made = send("POST", kPath, source("j", R"("completions":3,"parallelism":2,)"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, HasSubstr("batch.kubernetes.io/controller-uid"));
  const Value job = bring_about("j", "Complete");
  ASSERT_TRUE(job.is_map());
  EXPECT_EQ(job.find_path("status", "succeeded")->to_int(), 3);
  EXPECT_EQ(job.find_path("status", "active"), nullptr);
  EXPECT_FALSE(job.string_at("status", "completionTime").empty());
  const Value pods = json("GET", "/api/v1/namespaces/argo/pods?labelSelector=job-name%3Dj");
  EXPECT_EQ(pods.find("items")->as_list().size(), 3u);
  EXPECT_EQ(text::to_json(pods).find("job-tracking"), std::string::npos) << "all are counted";
}

TEST_F(Jobs, FailWhenTheyFailTooOften) {
  shaky_fails_ = true;
  ASSERT_EQ(send("POST", kPath, source("shaky", R"("backoffLimit":0,)", "OnFailure")).status, 201);
  const Value job = bring_about("shaky", "Failed");
  ASSERT_TRUE(job.is_map());
  EXPECT_EQ(job.find_path("status", "failed")->to_int(), 1);
  EXPECT_THAT(text::to_json(job), HasSubstr("BackoffLimitExceeded"));
}

TEST_F(Jobs, EndWhatRunsWhenTheyAreSuspended) {
  ASSERT_EQ(send("POST", kPath, source("endless", "")).status, 201);
  ASSERT_TRUE(jobs_.run_once());
  ASSERT_TRUE(jobs_.run_once());
  EXPECT_EQ(jobs_.active_count(), 1u);
  EXPECT_EQ(send("PATCH", std::string(kPath) + "/endless", R"({"spec":{"suspend":true}})",
                 "application/merge-patch+json")
                .status,
            200);
  const Value job = bring_about("endless", "Suspended");
  EXPECT_EQ(job.find_path("status", "failed"), nullptr) << "nobody is to blame";
}

TEST_F(Jobs, TheirPodsGoWithThem) {
  ASSERT_EQ(send("POST", kPath, source("endless", "")).status, 201);
  ASSERT_TRUE(jobs_.run_once());
  EXPECT_EQ(send("DELETE", std::string(kPath) + "/endless").status, 200);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(collector_.run_once());
    ASSERT_TRUE(jobs_.run_once());
  }
  const Value pods = json("GET", "/api/v1/namespaces/argo/pods?labelSelector=job-name%3Dendless");
  EXPECT_EQ(text::to_json(pods).find("job-tracking"), std::string::npos);
  for (const Value& pod : pods.find("items")->as_list())
    EXPECT_NE(pod.find_path("metadata", "deletionTimestamp"), nullptr);
}

TEST_F(Jobs, WhatIsNotSupportedIsNamed) {
  const struct {
    const char *spec, *field;
  } rows[] = {
      {R"("podFailurePolicy":{"rules":[]},)", "spec.podFailurePolicy"},
      {R"("completionMode":"Indexed",)", "spec.completions"},
      {R"("parallelism":-1,)", "spec.parallelism"},
  };
  for (const auto& row : rows) {
    const auto answer = send("POST", kPath, source("j", row.spec));
    EXPECT_EQ(answer.status, 422) << row.spec;
    EXPECT_THAT(answer.body, HasSubstr(row.field));
  }
  EXPECT_THAT(send("POST", kPath, source("j", "", "Always")).body,
              HasSubstr("spec.template.spec.restartPolicy"));
}

}  // namespace
}  // namespace sim

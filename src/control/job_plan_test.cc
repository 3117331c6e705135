#include "control/job_plan.h"

#include <gmock/gmock.h>

#include "text/json.h"

namespace control {
namespace {

using State = JobPod::State;
using testing::ElementsAre;

const base::Time kNow = base::parse_rfc3339("2026-01-02T03:04:05Z").value();

text::Value job(const std::string& spec, const std::string& status = "{}") {
  return text::parse_json(R"({"metadata":{"name":"j","uid":"u"},"spec":)" + spec + R"(,"status":)" +
                          status + "}")
      .value();
}
std::string state(const text::Value& status, std::string_view type) {
  if (const text::Value* list = status.find("conditions"))
    for (const text::Value& one : list->as_list())
      if (one.string_at("type") == type)
        return std::string(one.string_at("status")) + " " + std::string(one.string_at("reason"));
  return "";
}
JobPod pod(std::string name, State is, bool counted = false, int64_t seconds_ago = 100) {
  JobPod out{std::move(name), is, counted};
  out.ended_at = kNow - base::Duration::seconds(seconds_ago);
  return out;
}
int64_t count(const text::Value& status, std::string_view name) {
  const text::Value* value = status.find(name);
  return value ? value->to_int().value_or(-1) : 0;
}

struct Case {
  const char *title, *spec, *status;
  std::vector<JobPod> pods;
  size_t created, deleted;
  const char *complete, *failed;
};
class Plans : public testing::TestWithParam<Case> {};

TEST_P(Plans, SayWhatIsToBeDone) {
  const Case& row = GetParam();
  const JobPlan plan = plan_job(job(row.spec, row.status), row.pods, kNow);
  EXPECT_EQ(plan.created.size(), row.created) << row.title;
  EXPECT_EQ(plan.deleted.size(), row.deleted) << row.title;
  EXPECT_EQ(state(plan.status, "Complete"), row.complete) << row.title;
  EXPECT_EQ(state(plan.status, "Failed"), row.failed) << row.title;
}

constexpr const char* kDone = "True CompletionsReached";
INSTANTIATE_TEST_SUITE_P(
    Table, Plans,
    testing::Values(Case{"a new Job gets as many pods as it may have at once",
                         R"({"parallelism":3,"completions":5})",
                         "{}",
                         {},
                         3,
                         0,
                         "",
                         ""},
                    Case{"no more than are missing",
                         R"({"parallelism":3,"completions":2})",
                         "{}",
                         {},
                         2,
                         0,
                         "",
                         ""},
                    Case{"while enough run, nothing",
                         R"({"parallelism":1,"completions":2})",
                         "{}",
                         {pod("a", State::kActive)},
                         0,
                         0,
                         "",
                         ""},
                    Case{"the last success completes it",
                         R"({"parallelism":1,"completions":2})",
                         R"({"succeeded":1})",
                         {pod("a", State::kSucceeded)},
                         0,
                         0,
                         kDone,
                         ""},
                    Case{"what has been counted counts once",
                         R"({"parallelism":1,"completions":2})",
                         R"({"succeeded":1})",
                         {pod("a", State::kSucceeded, true)},
                         1,
                         0,
                         "",
                         ""},
                    Case{"a queue of work is done with one success when nothing runs",
                         R"({"parallelism":2})",
                         "{}",
                         {pod("a", State::kSucceeded)},
                         0,
                         0,
                         kDone,
                         ""},
                    Case{"and before that no other begins",
                         R"({"parallelism":2})",
                         "{}",
                         {pod("a", State::kSucceeded), pod("b", State::kActive)},
                         0,
                         0,
                         "",
                         ""},
                    Case{"after a failure comes another pod",
                         R"({"parallelism":1,"completions":1})",
                         "{}",
                         {pod("a", State::kFailed)},
                         1,
                         0,
                         "",
                         ""},
                    Case{"but not at once",
                         R"({"parallelism":1,"completions":1})",
                         "{}",
                         {pod("a", State::kFailed, false, 9)},
                         0,
                         0,
                         "",
                         ""},
                    Case{"as many failures as the limit are borne",
                         R"({"parallelism":1,"completions":1,"backoffLimit":1})",
                         "{}",
                         {pod("a", State::kFailed)},
                         1,
                         0,
                         "",
                         ""},
                    Case{"one more is too much",
                         R"({"parallelism":2,"completions":2,"backoffLimit":0})",
                         "{}",
                         {pod("a", State::kFailed), pod("b", State::kActive)},
                         0,
                         1,
                         "",
                         "True BackoffLimitExceeded"},
                    Case{"fewer at once ends the surplus",
                         R"({"parallelism":1,"completions":9})",
                         "{}",
                         {pod("a", State::kActive), pod("b", State::kActive)},
                         0,
                         1,
                         "",
                         ""},
                    Case{"a suspended Job has no pods",
                         R"({"parallelism":1,"completions":1,"suspend":true})",
                         "{}",
                         {pod("a", State::kActive)},
                         0,
                         1,
                         "",
                         ""},
                    Case{"its time is up",
                         R"({"parallelism":1,"completions":1,"activeDeadlineSeconds":60})",
                         R"({"startTime":"2026-01-02T03:03:05Z"})",
                         {pod("a", State::kActive)},
                         0,
                         1,
                         "",
                         "True DeadlineExceeded"},
                    Case{"its time is nearly up",
                         R"({"parallelism":1,"completions":1,"activeDeadlineSeconds":61})",
                         R"({"startTime":"2026-01-02T03:03:05Z"})",
                         {pod("a", State::kActive)},
                         0,
                         0,
                         "",
                         ""}));

TEST(Plan, IndexesAreDoneOnceEach) {
  const std::string spec = R"({"parallelism":3,"completions":4,"completionMode":"Indexed"})";
  JobPod done = pod("a", State::kSucceeded), runs = pod("b", State::kActive);
  done.index = 1;
  runs.index = 0;
  const JobPlan plan = plan_job(job(spec), {done, runs}, kNow);
  EXPECT_THAT(plan.created, ElementsAre(2, 3));
  EXPECT_EQ(plan.status.string_at("completedIndexes"), "1");
  const JobPlan last = plan_job(job(spec, R"({"succeeded":3,"completedIndexes":"0,1,3"})"), {[] {
                                  JobPod two = pod("c", State::kSucceeded);
                                  two.index = 2;
                                  return two;
                                }()},
                                kNow);
  EXPECT_EQ(last.status.string_at("completedIndexes"), "0-3");
  EXPECT_EQ(state(last.status, "Complete"), kDone);
}

TEST(Plan, AFinishedJobGoesWhenItsTimeToLiveIsUp) {
  const char* status = R"({"succeeded":1,"conditions":[{"type":"Complete","status":"True",)"
                       R"("lastTransitionTime":"2026-01-02T03:04:00Z"}]})";
  const JobPlan early = plan_job(job(R"({"ttlSecondsAfterFinished":6})", status), {}, kNow);
  EXPECT_FALSE(early.is_over);
  EXPECT_EQ(base::to_rfc3339(early.wake), "2026-01-02T03:04:06Z");
  EXPECT_TRUE(plan_job(job(R"({"ttlSecondsAfterFinished":5})", status), {}, kNow).is_over);
  EXPECT_FALSE(plan_job(job("{}", status), {}, kNow).wake.is_set()) << "it stays";
}

TEST(Plan, NothingChangesWhereNothingHasHappened) {
  const text::Value first = job(R"({"parallelism":1,"completions":1})");
  text::Value second = first;
  second["status"] = plan_job(first, {pod("a", State::kActive)}, kNow).status;
  const JobPlan again =
      plan_job(second, {pod("a", State::kActive)}, kNow + base::Duration::seconds(9));
  EXPECT_EQ(again.status, *second.find("status"));
  EXPECT_EQ(count(again.status, "active"), 1);
}

TEST(Plan, PodsKnowTheirJobAndTheirIndex) {
  const text::Value made = job_pod(
      job(R"({"template":{"metadata":{"labels":{"a":"b"}},"spec":{"restartPolicy":"OnFailure",)"
          R"("containers":[{"name":"c","env":[{"name":"A","value":"1"}]}]}}})"),
      7);
  EXPECT_EQ(made.string_at("metadata", "generateName"), "j-7-");
  EXPECT_EQ(made.string_at("spec", "restartPolicy"), "Never");
  EXPECT_EQ(made.string_at("spec", "hostname"), "j-7");
  const text::Value& container = made.find_path("spec", "containers")->as_list()[0];
  EXPECT_EQ(text::to_json(*container.find("env")),
            R"([{"name":"A","value":"1"},{"name":"JOB_COMPLETION_INDEX","value":"7"}])");
  EXPECT_EQ(read_job_pod(made).index, 7);
  EXPECT_FALSE(read_job_pod(made).is_counted);
}

}  // namespace
}  // namespace control

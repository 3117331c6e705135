#include "engine/cron.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

base::Time at(std::string_view time) {
  return base::parse_rfc3339("2026-01-01T" + std::string(time) + "Z").value();
}

model::CronWorkflow hourly() {
  model::CronWorkflow out;
  out.metadata.name = "c";
  out.spec.schedules = {"0 * * * *"};
  out.metadata.annotations = {{std::string(kLastUsedSchedule), "0 * * * *"}};
  return out;
}

CronMoment moment(std::string_view now, std::string_view watched_since = "00:30:00") {
  return {.now = at(now), .watched_since = at(watched_since), .handled = {}, .local = {}};
}

CronDecision decide(const model::CronWorkflow& cron, const CronMoment& now,
                    const std::vector<CronChild>& children = {}) {
  auto decision = decide_cron(cron, children, now);
  EXPECT_TRUE(decision) << decision.error().text;
  return decision.value_or(CronDecision());
}

TEST(Cron, StartsAtItsSlotAndNotBefore) {
  const auto before = decide(hourly(), moment("00:59:59"));
  EXPECT_EQ(before.start, std::nullopt);
  EXPECT_EQ(before.wake_at, at("01:00:00"));
  const auto then = decide(hourly(), moment("01:00:00"));
  EXPECT_EQ(then.start, at("01:00:00"));
  EXPECT_EQ(then.status.last_scheduled_time, at("01:00:00"));
  EXPECT_EQ(then.wake_at, at("02:00:00"));
  EXPECT_EQ(cron_child_name("c", *then.start), "c-1767229200");
}

TEST(Cron, ASlotHasOneRun) {
  auto cron = hourly();
  cron.status.last_scheduled_time = at("01:00:00");
  EXPECT_EQ(decide(cron, moment("01:00:01")).start, std::nullopt);
  EXPECT_EQ(decide(cron, moment("00:59:00")).start, std::nullopt) << "the clock went back";
  auto handled = moment("02:00:30");
  handled.handled = at("02:00:00");
  EXPECT_EQ(decide(cron, handled).start, std::nullopt) << "it was decided on before";
}

TEST(Cron, OfMissedSlotsTheNewestWithinTheDeadline) {
  auto cron = hourly();
  cron.status.last_scheduled_time = at("01:00:00");
  const auto back = moment("05:00:20", "05:00:10");
  EXPECT_EQ(decide(cron, back).start, std::nullopt) << "without a deadline they are gone";
  cron.spec.starting_deadline_seconds = 20;
  EXPECT_EQ(decide(cron, back).start, std::nullopt) << "the deadline is over";
  cron.spec.starting_deadline_seconds = 21;
  EXPECT_EQ(decide(cron, back).start, at("05:00:00"));
  cron.metadata.annotations.clear();
  EXPECT_EQ(decide(cron, back).start, std::nullopt) << "the schedule is new";
}

TEST(Cron, CatchesUpAsItsAnnotationSays) {
  auto cron = hourly();
  cron.status.last_scheduled_time = at("01:00:00");
  cron.spec.starting_deadline_seconds = 3 * 3600;
  const auto back = moment("05:00:20", "05:00:10");
  cron.metadata.annotations.emplace_back(kCatchUp, "none");
  EXPECT_EQ(decide(cron, back).start, std::nullopt);
  cron.metadata.annotations.back().second = "newest";
  EXPECT_EQ(decide(cron, back).start, at("05:00:00"));
  cron.metadata.annotations.back().second = "all";
  std::vector<base::Time> started;
  while (const auto start = decide(cron, back).start) {
    EXPECT_EQ(decide(cron, back).wake_at, back.now) << "at once, for the next";
    started.push_back(*start);
    cron.status.last_scheduled_time = *start;
  }
  EXPECT_EQ(started, (std::vector<base::Time>{at("03:00:00"), at("04:00:00"), at("05:00:00")}))
      << "the slot of two is beyond the deadline";
  EXPECT_EQ(decide(cron, back).wake_at, at("06:00:00"));
  cron.metadata.annotations.back().second = "some";
  EXPECT_FALSE(decide_cron(cron, {}, back));
}

TEST(Cron, CatchingUpWithAllWaitsWhereOnlyOneMayRun) {
  auto cron = hourly();
  cron.status.last_scheduled_time = at("02:00:00");
  cron.spec.starting_deadline_seconds = 3 * 3600;
  cron.spec.concurrency_policy = model::ConcurrencyPolicy::kForbid;
  cron.metadata.annotations.emplace_back(kCatchUp, "all");
  const auto back = moment("04:00:20", "04:00:10");
  const auto waits = decide(cron, back, {{"c-1", "u1", "Running", {}}});
  EXPECT_FALSE(waits.start);
  EXPECT_FALSE(waits.handled) << "it is not given up";
  EXPECT_EQ(waits.wake_at, at("05:00:00"));
  EXPECT_EQ(decide(cron, back, {{"c-1", "u1", "Succeeded", at("04:00:15")}}).start, at("03:00:00"));
}

TEST(Cron, SeveralSchedulesAndZones) {
  auto cron = hourly();
  cron.spec.schedules = {"30 9 * * *", "0 9 * * *"};
  cron.spec.timezone = "Europe/Berlin";
  EXPECT_EQ(decide(cron, moment("07:00:00")).wake_at, at("08:00:00"));
  EXPECT_EQ(decide(cron, moment("08:30:00")).start, at("08:30:00")) << "the newest of both";
  cron.spec.schedules = {"@every 7m"};
  cron.status.last_scheduled_time = at("00:30:00");
  EXPECT_EQ(decide(cron, moment("00:36:59")).wake_at, at("00:37:00"));
  EXPECT_EQ(decide(cron, moment("00:37:00")).start, at("00:37:00"));
}

TEST(Cron, ConcurrencyPoliciesAndConditions) {
  auto cron = hourly();
  const std::vector<CronChild> running = {{"c-1", "u1", "Running", {}}};
  EXPECT_TRUE(decide(cron, moment("01:00:00"), running).start) << "Allow";
  cron.spec.concurrency_policy = model::ConcurrencyPolicy::kForbid;
  const auto forbidden = decide(cron, moment("01:00:00"), running);
  EXPECT_FALSE(forbidden.start);
  EXPECT_EQ(forbidden.handled, at("01:00:00"));
  EXPECT_EQ(forbidden.status.active.size(), 1u);
  cron.spec.concurrency_policy = model::ConcurrencyPolicy::kReplace;
  const auto replaced = decide(cron, moment("01:00:00"), running);
  EXPECT_TRUE(replaced.start);
  EXPECT_EQ(replaced.terminate, std::vector<std::string>{"c-1"});
  cron.spec.when = "1 == 2";
  EXPECT_FALSE(decide(cron, moment("01:00:00")).start);
  cron.spec.when = "nope";
  EXPECT_FALSE(decide_cron(cron, {}, moment("01:00:00"))) << "a condition that cannot be read";
  cron.spec.when = "";
  cron.spec.suspend = true;
  EXPECT_FALSE(decide(cron, moment("01:00:00")).start);
}

TEST(Cron, CountsEndsAndStops) {
  auto cron = hourly();
  cron.spec.stop_expression = "cronworkflow.failed >= 1";
  cron.status.active = {{"c-1", "u1", {}}, {"c-2", "u2", {}}, {"gone", "u3", {}}};
  const std::vector<CronChild> children = {{"c-1", "u1", "Failed", at("00:40:00")},
                                           {"c-2", "u2", "Succeeded", at("00:41:00")}};
  const auto decision = decide(cron, moment("01:00:00"), children);
  EXPECT_EQ(decision.status.failed, 1);
  EXPECT_EQ(decision.status.succeeded, 1);
  EXPECT_TRUE(decision.status.active.empty());
  EXPECT_TRUE(decision.status.stopped);
  EXPECT_FALSE(decision.start);
}

TEST(Cron, KeepsTheNewestOfItsHistory) {
  auto cron = hourly();
  std::vector<CronChild> children;
  for (int i = 0; i < 5; ++i)
    children.push_back({"s" + std::to_string(i), "s" + std::to_string(i), "Succeeded",
                        at("00:0" + std::to_string(i) + ":00")});
  children.push_back({"f0", "f0", "Failed", at("00:00:00")});
  children.push_back({"f1", "f1", "Error", at("00:01:00")});
  EXPECT_EQ(decide(cron, moment("00:45:00"), children).forget,
            (std::vector<std::string>{"s1", "s0", "f0"}));
  cron.spec.failed_jobs_history_limit = 0;
  EXPECT_EQ(decide(cron, moment("00:45:00"), children).forget.size(), 4u);
}

}  // namespace
}  // namespace engine

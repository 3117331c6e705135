// CronWorkflows from schedule to history, in one thread, with a clock that stands where it is put.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/controller.h"
#include "control/cron_controller.h"
#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "server/admission.h"
#include "sim/simulated_agent.h"
#include "store/failing.h"
#include "store/memory.h"
#include "text/json.h"
#include "text/yaml.h"

namespace sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using text::Value;

base::Time at(std::string_view time) {
  return base::parse_rfc3339("2026-01-01T" + std::string(time) + "Z").value();
}

class Cron : public testing::Test {
 protected:
  Cron() {
    server::install_admission(api_);
    restart();
  }

  // As after kill -9: what was in memory is gone.
  void restart() {
    cron_.reset();
    control_.reset();
    agent_.reset();
    cron_ =
        std::make_unique<control::CronController>(api_, clock_, random_, control::CronOptions{});
    control_ = std::make_unique<control::Controller>(
        api_, clock_, random_, control::ControllerOptions{.record_events = false});
    agent_ = std::make_unique<SimulatedAgent>(failing_, clock_);
    settle();
  }

  // Nobody runs pods meanwhile, so that workflows stay active.
  void settle(bool with_agent = true) {
    for (int quiet = 0, rounds = 0; quiet < 3; ++rounds) {
      ASSERT_LT(rounds, 20'000) << "does not come to rest";
      auto cron = cron_->run_once();
      auto control = control_->run_once();
      auto ended = with_agent ? agent_->run_once(0) : base::Result<size_t>(size_t{0});
      ASSERT_TRUE(collector_.run_once());
      const bool any = !cron || *cron || !control || *control || !ended || *ended != 0;
      quiet = any ? 0 : quiet + 1;
    }
  }
  void set_clock(std::string_view time) { clock_.advance(at(time) - clock_.now()); }
  void go_to(std::string_view time, bool with_agent = true) {
    set_clock(time);
    settle(with_agent);
  }

  void create(const std::string& spec, const std::string& annotations = "") {
    auto documents = text::parse_yaml(
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\n"
        "metadata: {name: c, annotations: {" +
            annotations + "}}\nspec:\n  schedules: ['0 * * * *']\n" + spec +
            "  workflowSpec:\n    entrypoint: main\n    templates:\n    - name: main\n"
            "      container: {image: busybox, command: ['true']}\n",
        "test");
    ASSERT_TRUE(documents) << documents.error().to_string();
    auto created =
        api_.create(kube::kind_of("cronworkflows"), "default", documents->front(), false);
    ASSERT_TRUE(created) << created.error().text;
    settle();
  }
  kube::ObjectRef ref() const { return {&kube::kind_of("cronworkflows"), "default", "c"}; }
  Value cron() { return api_.get(ref()).value_or(Value()); }
  void patch(std::string_view json, bool with_agent = true) {
    auto patched = api_.patch(ref(), kube::PatchType::kMerge, *text::parse_json(json));
    ASSERT_TRUE(patched) << patched.error().text;
    settle(with_agent);
  }
  // "HH:MM PHASE" of each workflow's slot, in the order of the slots.
  std::vector<std::string> workflows() {
    std::vector<std::string> out;
    auto list = api_.list(kube::kind_of("workflows"), "default", {});
    for (const Value& one : list->items) {
      const std::string_view slot =
          one.string_at("metadata", "annotations", "workflows.argoproj.io/scheduled-time");
      out.push_back(std::string(slot.substr(11, 5)) + " " +
                    std::string(one.string_at("status", "phase")));
    }
    return out;
  }

  // "TYPE REASON xCOUNT: MESSAGE" of each Event about a CronWorkflow, by name.
  std::vector<std::string> events() {
    std::vector<std::string> out;
    auto list = api_.list(kube::kind_of("events"), "default", {});
    for (const Value& one : list->items)
      if (one.string_at("involvedObject", "kind") == "CronWorkflow")
        out.push_back(fmt::format("{} {} x{}: {}", one.string_at("type"), one.string_at("reason"),
                                  one.find("count")->to_int().value_or(0),
                                  one.string_at("message")));
    return out;
  }

  sys::ManualClock clock_{at("00:30:00")};
  sys::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  store::FailingStore failing_{*store_};
  kube::StoreApi api_{failing_, clock_, random_};
  kube::GarbageCollector collector_{api_};
  std::unique_ptr<control::CronController> cron_;
  std::unique_ptr<control::Controller> control_;
  std::unique_ptr<SimulatedAgent> agent_;
};

TEST_F(Cron, RunsAtItsSlotsAndNotBetween) {
  create("");
  EXPECT_EQ(cron_->next_wake(), at("01:00:00"));
  EXPECT_EQ(cron_->active_count(), 1u);
  go_to("00:59:59");
  EXPECT_THAT(workflows(), IsEmpty());
  go_to("01:00:00");
  go_to("01:30:00");
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded"));
  const Value object = cron();
  EXPECT_EQ(object.string_at("status", "lastScheduledTime"), "2026-01-01T01:00:00Z");
  EXPECT_EQ(object.string_at("status", "phase"), "Active");
  EXPECT_EQ(object.find_path("status", "succeeded")->to_int(), 1);
  EXPECT_TRUE(object.find_path("status", "active")->is_null());
  EXPECT_EQ(
      object.string_at("metadata", "annotations", "cronworkflows.argoproj.io/last-used-schedule"),
      "0 * * * *");
}

TEST_F(Cron, ItsWorkflowIsNamedLabelledAndOwnedAsArgos) {
  create("  workflowMetadata: {labels: {team: a}, annotations: {x: why}}\n");
  go_to("01:00:00");
  const auto made = api_.get({&kube::kind_of("workflows"), "default", "c-1767229200"});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->string_at("metadata", "labels", "workflows.argoproj.io/cron-workflow"), "c");
  EXPECT_EQ(made->string_at("metadata", "labels", "team"), "a");
  EXPECT_EQ(made->string_at("metadata", "annotations", "x"), "why");
  EXPECT_EQ(made->find_path("metadata", "ownerReferences")->as_list()[0].string_at("uid"),
            cron().string_at("metadata", "uid"));
}

TEST_F(Cron, ASlotHasOneRunAcrossRestartsAndClockJumps) {
  create("  startingDeadlineSeconds: 7200\n");
  go_to("01:00:00");
  restart();
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded"));
  set_clock("00:10:00");  // set back
  restart();
  go_to("01:00:00");
  go_to("01:59:59");
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded"));
  go_to("02:00:00");
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded", "02:00 Succeeded"));
}

TEST_F(Cron, ARunIsExpectedToTakeAsLongAsTheLastThatSucceeded) {
  create("");
  go_to("01:00:00", false);
  set_clock("01:00:30");
  settle();
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded"));
  const auto estimate = [&](const char* name) {
    auto made = api_.get({&kube::kind_of("workflows"), "default", name});
    const Value* found = made ? made->find_path("status", "estimatedDuration") : nullptr;
    return found != nullptr ? found->to_int() : std::nullopt;
  };
  EXPECT_EQ(estimate("c-1767229200"), std::nullopt);
  restart();
  go_to("02:00:00", false);
  EXPECT_EQ(estimate("c-1767232800"), 30);
  set_clock("02:00:10");
  settle();
  go_to("03:00:00", false);
  EXPECT_EQ(estimate("c-1767236400"), 10);
}

struct MissedCase {
  const char *title, *spec, *annotations;
  std::vector<std::string> workflows;
};
class MissedSlots : public Cron,
                    public testing::WithParamInterface<std::tuple<MissedCase, bool>> {};
// Nobody was there from 01:00 to 04:30: the server was away, or the machine slept.
TEST_P(MissedSlots, AreMadeUpForAsTheSpecSays) {
  const auto& [c, is_restart] = GetParam();
  create(c.spec, c.annotations);
  go_to("01:00:00");
  set_clock("04:30:00");
  if (is_restart)
    restart();
  else
    settle();
  EXPECT_THAT(workflows(), testing::ElementsAreArray(c.workflows)) << c.title;
}
INSTANTIATE_TEST_SUITE_P(
    Table, MissedSlots,
    testing::Combine(
        testing::Values(MissedCase{"without a deadline they are gone", "", "", {"01:00 Succeeded"}},
                        MissedCase{"the deadline is over",
                                   "  startingDeadlineSeconds: 1800\n",
                                   "",
                                   {"01:00 Succeeded"}},
                        MissedCase{"the newest, once",
                                   "  startingDeadlineSeconds: 1801\n",
                                   "",
                                   {"01:00 Succeeded", "04:00 Succeeded"}},
                        MissedCase{"never",
                                   "  startingDeadlineSeconds: 7200\n",
                                   "cronworkflows.argoproj.io/catch-up: none",
                                   {"01:00 Succeeded"}},
                        MissedCase{"all within the deadline",
                                   "  startingDeadlineSeconds: 7200\n",
                                   "cronworkflows.argoproj.io/catch-up: all",
                                   {"01:00 Succeeded", "03:00 Succeeded", "04:00 Succeeded"}},
                        MissedCase{"all, one after the other",
                                   "  startingDeadlineSeconds: 7200\n  concurrencyPolicy: Forbid\n",
                                   "cronworkflows.argoproj.io/catch-up: all",
                                   {"01:00 Succeeded", "03:00 Succeeded", "04:00 Succeeded"}}),
        testing::Bool()));

class CronFaults : public Cron,
                   public testing::WithParamInterface<std::tuple<store::FailingStore::Fault, int>> {
};
// The commit in which the slot's workflow is made, or one around it, fails; then all is started
// anew.
TEST_P(CronFaults, ASlotHasOneRun) {
  const auto [fault, commits] = GetParam();
  create("  startingDeadlineSeconds: 3600\n  concurrencyPolicy: Forbid\n");
  go_to("01:00:00");
  set_clock("02:00:00");
  failing_.fail_commits(fault, static_cast<uint64_t>(commits));
  (void)cron_->run_once();
  (void)control_->run_once();
  restart();
  go_to("02:30:00");
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded", "02:00 Succeeded"));
  EXPECT_EQ(cron().find_path("status", "succeeded")->to_int(), 2);
  EXPECT_TRUE(cron().find_path("status", "active")->is_null());
}
INSTANTIATE_TEST_SUITE_P(Table, CronFaults,
                         testing::Combine(testing::Values(store::FailingStore::Fault::kBusy,
                                                          store::FailingStore::Fault::kAnswerLost,
                                                          store::FailingStore::Fault::kConflict),
                                          testing::Values(0, 1, 2)));

TEST_F(Cron, ForbidLeavesASlotOutAndReplaceEndsTheOldRun) {
  create("  concurrencyPolicy: Forbid\n");
  go_to("01:00:00", false);
  go_to("02:00:00", false);
  EXPECT_THAT(workflows(), ElementsAre("01:00 Running"));
  EXPECT_EQ(cron().find_path("status", "active")->as_list()[0].string_at("name"), "c-1767229200");
  patch(R"({"spec":{"concurrencyPolicy":"Replace"}})", false);
  go_to("03:00:00", false);
  EXPECT_THAT(workflows(), ElementsAre("01:00 Failed", "03:00 Running"));
  EXPECT_THAT(events(), ElementsAre("Normal SuccessfulCreate x2: Created workflow c-1767236400",
                                    "Normal WorkflowAlreadyActive x1: concurrencyPolicy is Forbid, "
                                    "and a workflow is active"));
  const auto old = api_.get({&kube::kind_of("workflows"), "default", "c-1767229200"});
  EXPECT_EQ(old->string_at("spec", "shutdown"), "Terminate");
  settle();
  EXPECT_THAT(workflows(), ElementsAre("01:00 Failed", "03:00 Succeeded"));
  EXPECT_TRUE(cron().find_path("status", "active")->is_null());
}

TEST_F(Cron, SuspendedItStartsNothingAndResumedNothingOfBefore) {
  create("");
  patch(R"({"spec":{"suspend":true}})");
  EXPECT_EQ(cron_->active_count(), 0u) << "nobody waits for it";
  go_to("01:00:00");
  go_to("01:20:00");
  patch(R"({"spec":{"suspend":false}})");
  EXPECT_THAT(workflows(), IsEmpty());
  go_to("02:00:00");
  EXPECT_THAT(workflows(), ElementsAre("02:00 Succeeded"));
}

TEST_F(Cron, ANewScheduleCountsFromNow) {
  create("  startingDeadlineSeconds: 86400\n");
  go_to("01:00:00");
  go_to("01:50:30");
  patch(R"({"spec":{"schedules":["*/10 * * * *"]}})");
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded"));
  EXPECT_EQ(cron_->next_wake(), at("02:00:00"));
}

TEST_F(Cron, KeepsItsHistoryShort) {
  create("  successfulJobsHistoryLimit: 2\n");
  for (const char* time : {"01:00:00", "02:00:00", "03:00:00", "04:00:00"}) go_to(time);
  EXPECT_THAT(workflows(), ElementsAre("03:00 Succeeded", "04:00 Succeeded"));
  EXPECT_EQ(cron().find_path("status", "succeeded")->to_int(), 4);
}

TEST_F(Cron, StopsWhenItsStrategySaysSo) {
  create("  stopStrategy: {expression: 'cronworkflow.succeeded >= 2'}\n");
  for (const char* time : {"01:00:00", "02:00:00", "03:00:00", "04:00:00"}) go_to(time);
  EXPECT_THAT(workflows(), ElementsAre("01:00 Succeeded", "02:00 Succeeded"));
  EXPECT_EQ(cron().string_at("status", "phase"), "Stopped");
  EXPECT_EQ(cron().string_at("metadata", "labels", "cronworkflows.argoproj.io/completed"), "true");
  EXPECT_EQ(cron_->active_count(), 0u);
}

TEST_F(Cron, WhatCannotBeStartedIsTold) {
  create("");
  patch(R"({"spec":{"when":"nope"}})");
  go_to("01:00:00");
  EXPECT_THAT(workflows(), IsEmpty());
  EXPECT_EQ(cron().find_path("status", "conditions")->as_list()[0].string_at("type"), "SpecError");
  ASSERT_EQ(events().size(), 1u);
  EXPECT_TRUE(events()[0].starts_with("Warning SpecError x1: ")) << events()[0];
  go_to("01:20:00");
  patch(R"({"spec":{"when":"1 == 1"}})");
  go_to("02:00:00");
  EXPECT_THAT(workflows(), ElementsAre("02:00 Succeeded"));
  EXPECT_TRUE(cron().find_path("status", "conditions")->is_null());
}

TEST_F(Cron, ItsDeletionTakesItsWorkflowsAlong) {
  create("");
  go_to("01:00:00");
  ASSERT_TRUE(api_.remove(ref(), {}));
  settle();
  EXPECT_THAT(workflows(), IsEmpty());
  EXPECT_EQ(cron_->active_count(), 0u);
  go_to("02:00:00");
  EXPECT_THAT(workflows(), IsEmpty());
}

TEST_F(Cron, AThousandSchedules) {
  constexpr int kCrons = 1000;
  for (int i = 0; i < kCrons; ++i) {
    auto documents = text::parse_yaml(
        "{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {name: c" +
            std::to_string(i) + "}, spec: {schedules: ['" + std::to_string(i % 60) + " " +
            std::to_string(1 + i % 20) +
            " * * *'], workflowSpec: {entrypoint: main, "
            "templates: [{name: main, container: {image: busybox}}]}}}",
        "test");
    ASSERT_TRUE(api_.create(kube::kind_of("cronworkflows"), "default", documents->front(), false));
  }
  settle();
  EXPECT_EQ(cron_->active_count(), size_t{kCrons});
  // From slot to slot, as the thread does.
  while (cron_->next_wake() < at("23:59:00")) {
    clock_.advance(cron_->next_wake() - clock_.now());
    settle();
  }
  EXPECT_EQ(workflows().size(), size_t{kCrons});
}

TEST_F(Cron, ClientsCannotWriteItsStatus) {
  create("");
  go_to("01:00:00");
  patch(R"({"status":{"lastScheduledTime":null,"succeeded":9}})");
  EXPECT_EQ(cron().string_at("status", "lastScheduledTime"), "2026-01-01T01:00:00Z");
  EXPECT_EQ(cron().find_path("status", "succeeded")->to_int(), 1);
}

}  // namespace
}  // namespace sim

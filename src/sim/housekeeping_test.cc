// What is kept and what is deleted, who begins when too many run, and what is told: the controller
// and the housekeeper over one store, with agents that end pods at once.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/controller.h"
#include "control/housekeeper.h"
#include "control/start_queue.h"
#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "sim/simulated_agent.h"
#include "store/memory.h"
#include "text/yaml.h"

namespace sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using text::Value;
using Names = std::vector<std::string>;

class Housekeeping : public testing::Test {
 protected:
  Housekeeping() { restart(); }

  void restart() {
    housekeeper_.reset();
    controller_.reset();
    agent_.reset();
    controller_ = std::make_unique<control::Controller>(
        api_, clock_, random_, control::ControllerOptions{.metrics = &metrics_});
    housekeeper_ = std::make_unique<control::Housekeeper>(
        api_, clock_, control::HousekeeperOptions{.metrics = &metrics_});
    agent_ = std::make_unique<SimulatedAgent>(
        *store_, clock_, [this](std::string_view pod, std::string_view) {
          SimulatedEnd end;
          end.stays_running = pod.starts_with("long");
          end.exit_code = pod.find("bad") != std::string_view::npos ? 1 : 0;
          end.ran_seconds = pod.starts_with("busy") ? 30 : 0;
          return end;
        });
  }

  void settle() {
    for (int quiet = 0, rounds = 0; quiet < 2; ++rounds) {
      ASSERT_LT(rounds, 20'000) << "does not come to rest";
      const auto worked = controller_->run_once();
      const auto ended = agent_->run_once(0);
      const auto kept = housekeeper_->run_once();
      ASSERT_TRUE(worked) << worked.error().text;
      ASSERT_TRUE(kept) << kept.error().text;
      quiet = *worked || *kept || *ended != 0 ? 0 : quiet + 1;
    }
  }
  void pass(int64_t seconds) {
    clock_.advance(base::Duration::seconds(seconds));
    settle();
  }

  void create(const char* plural, const std::string& namespace_, std::string_view yaml) {
    auto documents = text::parse_yaml(yaml, "test");
    ASSERT_TRUE(documents) << documents.error().to_string();
    const auto made = api_.create(kube::kind_of(plural), namespace_, documents->front(), false);
    ASSERT_TRUE(made) << made.error().text;
  }
  // A workflow of one pod, with further lines of its spec and of its template.
  void submit(const std::string& name, const std::string& spec = "", const std::string& tmpl = "",
              const std::string& namespace_ = "default") {
    create("workflows", namespace_,
           "metadata: {name: " + name + "}\nspec:\n  entrypoint: main\n" + spec +
               "  templates:\n  - name: main\n    container: {image: busybox}\n" + tmpl);
    settle();
  }
  void set(const std::string& data) {
    const kube::ObjectRef ref{&kube::kind_of("configmaps"), "argo",
                              std::string(control::kSettingsName)};
    ASSERT_TRUE(api_.remove(ref, {}) || true);
    create("configmaps", "argo", "metadata: {name: workflow-controller-configmap}\ndata:\n" + data);
    settle();
  }
  Names names(const char* plural, const std::string& namespace_ = "") {
    const auto list = api_.list(kube::kind_of(plural), namespace_, {});
    Names out;
    if (list)
      for (const Value& item : list->items) out.emplace_back(item.string_at("metadata", "name"));
    return out;
  }
  Value get(const std::string& name, const std::string& namespace_ = "default",
            const char* plural = "workflows") {
    auto object = api_.get({&kube::kind_of(plural), namespace_, name});
    EXPECT_TRUE(object) << object.error().text;
    return object ? *object : Value();
  }
  std::string phase(const std::string& name, const std::string& namespace_ = "default") {
    return std::string(get(name, namespace_).string_at("status", "phase"));
  }
  void patch(const std::string& name, const std::string& json) {
    const auto done = api_.patch({&kube::kind_of("workflows"), "default", name},
                                 kube::PatchType::kMerge, *text::parse_json(json));
    ASSERT_TRUE(done) << done.error().text;
    settle();
  }
  void stop(const std::string& name) { patch(name, R"({"spec":{"shutdown":"Terminate"}})"); }
  std::string metrics() { return metrics_.text(clock_.now()); }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  sys::ManualClock clock_{base::Time::from_unix_seconds(1'800'000'000)};
  sys::SeededRandom random_{1};
  kube::StoreApi api_{*store_, clock_, random_};
  control::Metrics metrics_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<control::Housekeeper> housekeeper_;
  std::unique_ptr<SimulatedAgent> agent_;
};

struct TtlCase {
  const char *title, *name, *ttl;
  int64_t kept, gone;  // seconds after the end; -1: for ever
};
class Ttl : public Housekeeping, public testing::WithParamInterface<TtlCase> {};

TEST_P(Ttl, IsCountedFromTheEndAndSurvivesARestart) {
  const TtlCase& c = GetParam();
  submit(c.name, std::string("  ttlStrategy: {") + c.ttl + "}\n");
  pass(c.kept);
  EXPECT_THAT(names("workflows"), ElementsAre(c.name));
  restart();
  settle();
  EXPECT_THAT(names("workflows"), ElementsAre(c.name));
  if (c.gone < 0) return;
  pass(c.gone - c.kept);
  EXPECT_THAT(names("workflows"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Spec, Ttl,
    testing::Values(
        TtlCase{"completion", "good", "secondsAfterCompletion: 10", 9, 10},
        TtlCase{"success wins", "good", "secondsAfterCompletion: 10, secondsAfterSuccess: 5", 4, 5},
        TtlCase{"failure wins", "bad", "secondsAfterCompletion: 5, secondsAfterFailure: 60", 59,
                60},
        TtlCase{"failure is not success", "bad", "secondsAfterSuccess: 0", 1000, -1},
        TtlCase{"success is not failure", "good", "secondsAfterFailure: 0", 1000, -1},
        TtlCase{"soon", "good", "secondsAfterSuccess: 1, secondsAfterFailure: 0", 0, 1}),
    [](const auto& test) {
      std::string title = test.param.title;
      std::replace(title.begin(), title.end(), ' ', '_');
      return title;
    });

TEST_F(Housekeeping, AFinalizerHoldsAnExpiredWorkflow) {
  create("workflows", "default",
         "metadata: {name: held, finalizers: [me/mine]}\nspec:\n  entrypoint: main\n"
         "  ttlStrategy: {secondsAfterCompletion: 1}\n"
         "  templates:\n  - name: main\n    container: {image: busybox}\n");
  settle();
  pass(1);
  EXPECT_FALSE(get("held").string_at("metadata", "deletionTimestamp").empty());
  patch("held", R"({"metadata":{"finalizers":null}})");
  EXPECT_THAT(names("workflows"), IsEmpty());
}

TEST_F(Housekeeping, TheNewestFinishedWorkflowsOfAPhaseAreKept) {
  set("  retentionPolicy: |\n    completed: 2\n    failed: 1\n");
  for (const char* name : {"a", "b", "bad-a", "c", "bad-b", "d"}) submit(name);
  EXPECT_THAT(names("workflows"), ElementsAre("bad-b", "c", "d"));
  set("  retentionPolicy: |\n    completed: 1\n");
  EXPECT_THAT(names("workflows"), ElementsAre("bad-b", "d"));
  restart();
  submit("e");
  EXPECT_THAT(names("workflows"), ElementsAre("bad-b", "e"));
}

constexpr const char* kTwoPods =
    "metadata: {name: two}\nspec:\n  entrypoint: main\n  podGC: {%s}\n  templates:\n"
    "  - name: main\n    steps: [[{name: good, template: work}], [{name: hold, template: wait}],\n"
    "      [{name: last, template: %s}]]\n"
    "  - {name: wait, suspend: {}}\n"
    "  - name: work\n    metadata: {labels: {kind: work}}\n    container: {image: busybox}\n"
    "  - name: bad\n    metadata: {labels: {kind: bad}}\n    container: {image: busybox}\n";

struct PodGcCase {
  const char *title, *gc, *last;
  size_t while_it_runs, after;  // pods that are there a while later
};
class PodGcOf : public Housekeeping, public testing::WithParamInterface<PodGcCase> {};

TEST_P(PodGcOf, DeletesPodsByItsStrategy) {
  const PodGcCase& c = GetParam();
  std::string yaml = kTwoPods;
  yaml.replace(yaml.find("%s"), 2, c.gc);
  yaml.replace(yaml.find("%s"), 2, c.last);
  create("workflows", "default", yaml);
  settle();
  EXPECT_EQ(names("pods").size(), 1u);  // the delay has not gone by
  restart();
  settle();
  pass(6);
  EXPECT_EQ(names("pods").size(), c.while_it_runs);
  EXPECT_EQ(phase("two"), "Running");
  patch("two", R"({"spec":{"suspend":true}})");
  patch("two", R"({"spec":{"suspend":null}})");
  pass(6);
  EXPECT_EQ(phase("two"), c.last == std::string("bad") ? "Failed" : "Succeeded");
  EXPECT_EQ(names("pods").size(), c.after);
}

INSTANTIATE_TEST_SUITE_P(
    Spec, PodGcOf,
    testing::Values(
        PodGcCase{"none", "", "work", 1, 2},
        PodGcCase{"each", "strategy: OnPodCompletion", "bad", 0, 0},
        PodGcCase{"good", "strategy: OnPodSuccess", "bad", 0, 1},
        PodGcCase{"end", "strategy: OnWorkflowCompletion", "bad", 1, 0},
        PodGcCase{"goodend", "strategy: OnWorkflowSuccess", "work", 1, 0},
        PodGcCase{"badend", "strategy: OnWorkflowSuccess", "bad", 1, 2},
        PodGcCase{"selected",
                  "strategy: OnPodCompletion, labelSelector: {matchLabels: {kind: bad}}", "bad", 1,
                  1},
        PodGcCase{"later", "strategy: OnPodCompletion, deleteDelayDuration: 10s", "work", 1, 1}),
    [](const auto& test) { return std::string(test.param.title); });

TEST_F(Housekeeping, ThePodsDelayCanBeSet) {
  set("  podGCDeleteDelayDuration: 60s\n");
  submit("one", "  podGC: {strategy: OnPodCompletion}\n");
  pass(59);
  EXPECT_THAT(names("pods"), ElementsAre("one"));
  pass(1);
  EXPECT_THAT(names("pods"), IsEmpty());
}

TEST_F(Housekeeping, ADisruptionBudgetIsThereWhileTheWorkflowRuns) {
  submit("long", "  podDisruptionBudget: {minAvailable: 1}\n");
  const Value budget = get("long", "default", "poddisruptionbudgets");
  EXPECT_EQ(budget.find_path("spec", "minAvailable")->to_int(), 1);
  EXPECT_EQ(budget.string_at("spec", "selector", "matchLabels", "workflows.argoproj.io/workflow"),
            "long");
  stop("long");
  EXPECT_THAT(names("poddisruptionbudgets"), IsEmpty());
}

TEST_F(Housekeeping, WhatIsTooManyWaitsByPriorityAndAge) {
  set("  parallelism: \"1\"\n");
  submit("long-first");
  submit("old");
  submit("urgent", "  priority: 3\n");
  EXPECT_EQ(phase("long-first"), "Running");
  for (const char* name : {"old", "urgent"}) {
    EXPECT_EQ(phase(name), "Pending");
    EXPECT_EQ(get(name).string_at("status", "message"), control::kPostponed);
    EXPECT_TRUE(get(name).string_at("status", "startedAt").empty());
  }
  restart();
  submit("young");
  EXPECT_EQ(phase("old"), "Pending");
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_gauge{phase=\"Pending\"} 3"));
  EXPECT_THAT(metrics(),
              HasSubstr("argo_workflows_queue_depth_gauge{queue_name=\"workflow_queue\"} 3"));
  pass(10);
  stop("long-first");
  for (const char* name : {"urgent", "old", "young"}) EXPECT_EQ(phase(name), "Succeeded");
  EXPECT_TRUE(get("old").string_at("status", "message").empty());
}

TEST_F(Housekeeping, OneThatWaitsCanBeStoppedAndDeleted) {
  set("  parallelism: \"1\"\n");
  submit("long-first");
  submit("stopped");
  submit("deleted");
  submit("last");
  stop("stopped");
  EXPECT_EQ(phase("stopped"), "Failed");
  EXPECT_THAT(std::string(get("stopped").string_at("status", "message")), HasSubstr("Terminate"));
  EXPECT_THAT(names("pods"), ElementsAre("long-first"));
  ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "deleted"}, {}));
  settle();
  EXPECT_EQ(phase("last"), "Pending");
  set("  parallelism: \"0\"\n");
  EXPECT_EQ(phase("last"), "Succeeded");
}

TEST_F(Housekeeping, NamespacesHaveLimitsOfTheirOwn) {
  set("  namespaceParallelism: \"1\"\n");
  create("namespaces", "",
         "metadata: {name: wide, labels: {workflows.argoproj.io/parallelism-limit: \"2\"}}");
  for (const char* space : {"default", "wide"})
    for (const char* name : {"long-a", "long-b", "long-c"}) submit(name, "", "", space);
  EXPECT_EQ(phase("long-a"), "Running");
  EXPECT_EQ(phase("long-b"), "Pending");
  EXPECT_EQ(phase("long-b", "wide"), "Running");
  EXPECT_EQ(phase("long-c", "wide"), "Pending");
}

TEST_F(Housekeeping, EventsOfWorkflowAndNodesAreTold) {
  submit("bad");
  EXPECT_EQ(names("events").size(), 2u);  // those of type Normal come in a moment
  pass(1);
  const auto list = api_.list(kube::kind_of("events"), "default", {});
  ASSERT_TRUE(list);
  Names told;
  for (const Value& event : list->items) {
    told.push_back(fmt::format("{} {}: {}", event.string_at("type"), event.string_at("reason"),
                               event.string_at("message")));
    EXPECT_EQ(event.string_at("involvedObject", "name"), "bad");
    if (!event.string_at("reason").starts_with("WorkflowNode")) continue;
    const Value* notes = event.find_path("metadata", "annotations");
    ASSERT_NE(notes, nullptr);
    EXPECT_EQ(notes->string_at("workflows.argoproj.io/node-name"), "bad");
    EXPECT_EQ(notes->string_at("workflows.argoproj.io/node-type"), "Pod");
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre(
                        "Normal WorkflowRunning: Workflow Running",
                        "Normal WorkflowNodeRunning: Running node bad: main: Error (exit code 1)",
                        "Warning WorkflowNodeFailed: Failed node bad: main: Error (exit code 1)",
                        "Warning WorkflowFailed: main: Error (exit code 1)"));
}

TEST_F(Housekeeping, EventsTellWhoWaits) {
  set("  parallelism: \"1\"\n");
  submit("long-first");
  submit("second", "  synchronization: {mutexes: [{name: m}]}\n");
  set("  parallelism: \"2\"\n");
  create("workflows", "default",
         "metadata: {name: third}\nspec:\n  entrypoint: main\n  templates:\n  - name: main\n"
         "    steps: [[{name: a, template: work}, {name: b, template: work}]]\n  - name: work\n"
         "    synchronization: {mutexes: [{name: one}]}\n    container: {image: busybox}\n");
  settle();
  EXPECT_EQ(phase("third"), "Succeeded");
  pass(1);
  pass(1);
  const auto list = api_.list(kube::kind_of("events"), "default", {});
  ASSERT_TRUE(list);
  Names told;
  for (const Value& event : list->items)
    if (event.string_at("reason").ends_with("Pending"))
      told.push_back(fmt::format("{} {} {}: {}", event.string_at("type"),
                                 event.string_at("involvedObject", "name"),
                                 event.string_at("reason"), event.string_at("message")));
  EXPECT_THAT(told, testing::UnorderedElementsAre(
                        "Normal second WorkflowPending: " + std::string(control::kPostponed),
                        "Normal third WorkflowNodePending: Pending node third[0].b: Waiting for "
                        "default/Mutex/one lock. Lock status: 0/1"));
}

TEST_F(Housekeeping, EventsCanBeSwitchedOffAndAreBounded) {
  set("  nodeEvents: |\n    enabled: false\n");
  submit("quiet");
  pass(1);
  EXPECT_EQ(names("events").size(), 2u);
  set("  workflowEvents: |\n    enabled: false\n");
  create("workflows", "default",
         "metadata: {name: wide}\nspec:\n  entrypoint: main\n  templates:\n  - name: main\n"
         "    steps: [[{name: a, template: work, withSequence: {count: \"200\"}}]]\n"
         "  - name: work\n    container: {image: busybox}\n");
  settle();
  EXPECT_EQ(phase("wide"), "Succeeded");
  pass(1);
  EXPECT_EQ(names("events").size(), 2u + 90u);
}

TEST_F(Housekeeping, EventsStayBoundedAcrossRestarts) {
  create("workflows", "default",
         "metadata: {name: wide}\nspec:\n  entrypoint: main\n  templates:\n  - name: main\n"
         "    steps: [[{name: a, template: work, withSequence: {count: \"60\"}}], [{name: w, "
         "template: wait}],\n      [{name: b, template: work, withSequence: {count: \"60\"}}]]\n"
         "  - {name: wait, suspend: {duration: \"60\"}}\n"
         "  - name: work\n    container: {image: busybox}\n");
  settle();
  pass(1);
  restart();
  pass(61);
  pass(1);
  EXPECT_EQ(phase("wide"), "Succeeded");
  EXPECT_EQ(names("events").size(), 91u);  // and that of its end
}

TEST_F(Housekeeping, EventsThatWaitAreWrittenAtTheEnd) {
  submit("good");
  controller_->stop();
  EXPECT_EQ(names("events").size(), 4u);
}

TEST_F(Housekeeping, EventsOfADeletedWorkflowAreNotWritten) {
  submit("good");
  ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "good"}, {}));
  settle();
  pass(1);
  EXPECT_THAT(names("events"), testing::IsEmpty());
}

TEST_F(Housekeeping, EventsThatFindNoRoomAreLost) {
  for (int i = 0; i < 12; ++i)
    create("workflows", "default",
           fmt::format("metadata: {{name: wide-{}}}\nspec:\n  entrypoint: main\n  templates:\n"
                       "  - name: main\n    steps: [[{{name: a, template: work, withSequence: "
                       "{{count: \"60\"}}}}]]\n  - name: work\n    container: {{image: busybox}}\n",
                       i));
  settle();
  for (int i = 0; i < 4; ++i) pass(1);
  const auto list = api_.list(kube::kind_of("events"), "default", {});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->items.size(), 1000u);
  EXPECT_EQ(std::count_if(list->items.begin(), list->items.end(),
                          [](const Value& event) {
                            return event.string_at("reason") == "WorkflowSucceeded";
                          }),
            12);  // there is room for those of workflows
}

TEST_F(Housekeeping, WorkflowsAndTemplatesPublishMetrics) {
  submit(
      "bad",
      "  metrics:\n    prometheus:\n"
      "    - {name: runs, help: how many, labels: [{key: phase, value: \"{{workflow.status}}\"}],"
      " counter: {value: \"2\"}}\n"
      "    - {name: never, help: h, when: \"{{status}} == Succeeded\", gauge: {value: \"1\"}}\n",
      "    metrics:\n      prometheus:\n"
      "      - {name: code, help: exit, labels: [{key: of, value: \"{{workflow.name}}\"}],"
      " gauge: {value: \"{{exitCode}}\"}}\n"
      "      - {name: took, help: long, histogram: {buckets: [1, 5], value: \"{{duration}}\"}}\n"
      "      - {name: wrong, help: w, gauge: {value: \"{{nothing}}\"}}\n");
  const std::string text = metrics();
  EXPECT_THAT(text, HasSubstr("# TYPE argo_workflows_runs counter\n"
                              "argo_workflows_runs{phase=\"Failed\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("argo_workflows_code{of=\"bad\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("argo_workflows_took_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("argo_workflows_took_count 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("never")));
  EXPECT_THAT(text, HasSubstr("argo_workflows_total_count{phase=\"Failed\",namespace=\"default\"} "
                              "1\n"));
  const Value workflow = get("bad");
  EXPECT_THAT(text::to_json(*workflow.find_path("status", "conditions")),
              HasSubstr(R"("type":"MetricsError")"));
}

TEST_F(Housekeeping, WhatPodsHaveUsedIsSummedUpAndPublished) {
  create("workflows", "default", R"(
metadata: {name: busy}
spec:
  entrypoint: main
  metrics: {prometheus: [{name: all, help: h, gauge: {value: "{{resourcesDuration.cpu}}"}}]}
  templates:
  - name: main
    steps:
    - - {name: a, template: big}
      - name: b
        inline:
          container: {image: busybox}
          metrics:
            prometheus:
            - {name: one, help: h, gauge: {value: "{{resourcesDuration.memory}}"}}
  - name: big
    container: {image: busybox, resources: {requests: {cpu: "2"}}}
)");
  settle();
  const Value workflow = get("busy");
  EXPECT_EQ(text::to_json(*workflow.find_path("status", "resourcesDuration")),
            R"({"cpu":63,"memory":60})");
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_all 63\n"));
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_one 30\n"));
}

TEST_F(Housekeeping, OfARetriedNodeEachAttemptAndTheWholeArePublished) {
  submit("bad", "",
         "    retryStrategy: {limit: 2}\n    metrics:\n      prometheus:\n"
         "      - {name: tries, help: h, labels: [{key: to, value: \"{{status}} {{retries}}\"}],"
         " counter: {value: \"1\"}}\n");
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_tries{to=\"Failed 2\"} 1\n"
                                   "argo_workflows_tries{to=\"Failed {{retries}}\"} 2\n"));
}

TEST_F(Housekeeping, WhatAPodPrintsIsAskedForByItsMetric) {
  submit("long-a", "",
         "    metrics: {prometheus: [{name: r, help: h, gauge: {value: "
         "\"{{outputs.result}}\"}}]}\n");
  submit("long-b");
  EXPECT_THAT(text::to_json(get("long-a", "default", "pods")), HasSubstr(R"({\"result\":true})"));
  EXPECT_THAT(text::to_json(get("long-b", "default", "pods")), Not(HasSubstr("result")));
}

TEST_F(Housekeeping, ARealTimeGaugeRunsWithTheWorkflowAcrossARestart) {
  submit("long",
         "  metrics:\n    prometheus:\n"
         "    - {name: age, help: h, gauge: {realtime: true, value: \"{{workflow.duration}}\"}}\n",
         "    metrics:\n      prometheus:\n"
         "      - {name: step, help: h, gauge: {realtime: true, value: \"{{duration}}\"}}\n");
  pass(7);
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_age 7\n"));
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_step 7\n"));
  restart();
  pass(3);
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_step 10\n"));
  stop("long");
  pass(100);
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_age 10\n"));
  EXPECT_THAT(metrics(), HasSubstr("argo_workflows_step 10\n"));
}

}  // namespace
}  // namespace sim

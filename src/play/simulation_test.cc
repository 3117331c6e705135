#include "play/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "play/explanation.h"
#include "play/mocks.h"
#include "play/rehearsal.h"
#include "text/json.h"
#include "text/yaml.h"

namespace play {
namespace {

using testing::HasSubstr;

struct Played {
  Rehearsal rehearsal;
  std::unique_ptr<Answers> answers;
  std::unique_ptr<Simulation> simulation;
  Simulation::End end = Simulation::End::kLimit;
  text::Value status;

  std::string spans() const {  // "name created-ended phase", in seconds, one a line
    std::string out;
    for (const Span& span : simulation->spans())
      out += simulation->state().display_name(span.node) + " " + at(span.created) + "-" +
             (span.ended.is_set() ? at(span.ended) : "") + " " +
             std::string(engine::to_string(span.phase)) + "\n";
    return out;
  }
  std::string at(base::Time time) const {
    return std::to_string((time - simulation->start()).ns / 1'000'000'000);
  }
};

// `templates` are those of a workflow whose entrypoint is main.
Played play(const std::string& templates, const std::vector<Mock>& mocks = {},
            GuessOptions guesses = {}, SimulationOptions options = {}) {
  Played out;
  const auto documents = text::parse_yaml(
      "kind: Workflow\nmetadata: {name: wf}\nspec:\n  entrypoint: main\n" + templates, "w.yaml");
  EXPECT_TRUE(documents) << documents.error().to_string();
  base::Diagnostics found;
  out.rehearsal = rehearse(documents->front(), "w.yaml", {}, found);
  EXPECT_FALSE(base::has_errors(found)) << found.front().text;
  out.answers = std::make_unique<MockedAnswers>(mocks, out.rehearsal.workflow.spec, guesses);
  out.simulation = std::make_unique<Simulation>(out.rehearsal.plan, *out.answers, options);
  const auto end = out.simulation->run();
  EXPECT_TRUE(end) << end.error().text;
  out.end = end.value_or(Simulation::End::kLimit);
  out.status = out.simulation->status().value_or(text::Value());
  return out;
}

std::vector<Mock> mocks_of(const std::string& yaml) {
  base::Diagnostics found;
  const auto documents = text::parse_yaml(yaml, "m.yaml");
  auto out = read_mocks(documents->front(), "m.yaml", "mocks", found);
  EXPECT_TRUE(found.empty()) << found.front().text;
  return out;
}

constexpr const char* kDiamond = R"(
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: pod}
      - {name: b, template: pod, depends: a}
      - {name: c, template: pod, depends: a}
      - {name: d, template: pod, depends: b && c}
  - {name: pod, container: {image: x, command: [x]}}
)";

TEST(Simulation, PodsRunAtTheSameTimeAndTheClockJumps) {
  const auto mocks = mocks_of("[{node: b, duration: 1h}, {node: c, duration: 2h}]");
  const Played played = play(kDiamond, mocks);
  EXPECT_EQ(played.end, Simulation::End::kFinished);
  EXPECT_EQ(played.spans(),
            "a 0-1 Succeeded\nb 1-3601 Succeeded\nc 1-7201 Succeeded\nd 7201-7202 Succeeded\n");
  EXPECT_EQ(played.simulation->pods_most(), 2u);
}

TEST(Simulation, TheCriticalPathIsWhatTheEndHadToWaitFor) {
  const auto mocks = mocks_of("[{node: b, duration: 1h}, {node: c, duration: 2h}]");
  const Played played = play(kDiamond, mocks);
  std::string path;
  for (const size_t index : played.simulation->critical_path())
    path += played.simulation->state().display_name(played.simulation->spans()[index].node);
  EXPECT_EQ(path, "acd");
}

TEST(Simulation, APodMayPendBeforeItRuns) {
  const Played played = play(kDiamond, mocks_of("[{node: a, pending: 10s, duration: 5s}]"));
  const Span& first = played.simulation->spans().front();
  EXPECT_EQ(played.at(first.running), "10");
  EXPECT_EQ(played.at(first.ended), "15");
}

TEST(Simulation, AFailureOmitsWhatDependsOnIt) {
  const Played played = play(kDiamond, mocks_of("[{node: b, exitCode: 2}]"));
  EXPECT_EQ(played.status.string_at("phase"), "Failed");
  EXPECT_EQ(played.spans(), "a 0-1 Succeeded\nb 1-2 Failed\nc 1-2 Succeeded\n");
}

constexpr const char* kSuspend = R"(
  templates:
  - name: main
    steps:
    - - {name: wait, template: wait}
    - - {name: go, template: pod}
  - {name: wait, suspend: {duration: DURATION}}
  - {name: pod, container: {image: x, command: [x]}}
)";

std::string with_duration(std::string duration) {
  std::string out = kSuspend;
  return out.replace(out.find("DURATION"), 8, duration);
}

TEST(Simulation, ASuspendOfTwoDaysTakesNoTime) {
  const Played played = play(with_duration("48h"));
  EXPECT_EQ(played.spans(), "wait 0-172800 Succeeded\ngo 172800-172801 Succeeded\n");
}

TEST(Simulation, ASuspendWithoutEndIsResumedByAMockAGuessOrNobody) {
  const std::string text = with_duration("''");
  EXPECT_EQ(play(text, mocks_of("[{node: wait, duration: 1h}]")).spans(),
            "wait 0-3600 Succeeded\ngo 3600-3601 Succeeded\n");
  EXPECT_EQ(play(text).spans(), "wait 0-0 Succeeded\ngo 0-1 Succeeded\n");
  const Played nobody = play(text, {}, {.resumes = false});
  EXPECT_EQ(nobody.end, Simulation::End::kWaits);
  EXPECT_EQ(nobody.status.string_at("phase"), "Running");
}

constexpr const char* kPassing = R"(
  templates:
  - name: main
    steps:
    - - {name: make, template: make}
    - - name: use
        template: use
        arguments: {artifacts: [{name: in, from: "{{steps.make.outputs.artifacts.out}}"}]}
  - name: make
    container: {image: x, command: [x]}
    outputs:
      artifacts:
      - {name: out, path: /out}
      - {name: log, path: /log, optional: true, archive: {none: {}}}
  - name: use
    inputs: {artifacts: [{name: in, path: /in}]}
    container: {image: x, command: [x]}
)";

TEST(Simulation, ArtifactsAreSavedWhereARepositoryWouldKeepThem) {
  const Played played = play(kPassing);
  EXPECT_EQ(played.status.string_at("phase"), "Succeeded");
  for (const text::Member& member : played.status.find("nodes")->as_map()) {
    const text::Value* list = member.value.find_path("outputs", "artifacts");
    if (member.value.string_at("displayName") == "make") {
      ASSERT_NE(list, nullptr);
      ASSERT_EQ(list->as_list().size(), 2u);
      EXPECT_EQ(list->as_list()[0].string_at("s3", "key"),
                "wf/" + played.simulation->state().pod_name(engine::NodeId{2}) + "/out.tgz");
      EXPECT_TRUE(list->as_list()[1].string_at("s3", "key").ends_with("/log"));
    }
    if (member.value.string_at("displayName") == "use") {
      EXPECT_EQ(member.value.find_path("inputs", "artifacts")->as_list()[0].string_at("path"),
                "/in");
    }
  }
}

TEST(Simulation, AnArtifactThatIsMissingIsAnErrorUnlessItIsOptional) {
  const Played optional = play(kPassing, mocks_of("[{template: make, missing: [log]}]"));
  EXPECT_EQ(optional.status.string_at("phase"), "Succeeded");
  const Played needed = play(kPassing, mocks_of("[{template: make, missing: [out]}]"));
  EXPECT_EQ(needed.status.string_at("phase"), "Failed");
  EXPECT_EQ(needed.spans(), "make 0-1 Error\n");
}

TEST(Simulation, TasksOfTheAgentAndContainerSetsArePlayedToo) {
  constexpr const char* kAll = R"(
  templates:
  - name: main
    steps:
    - - {name: ask, template: ask}
    - - {name: set, template: set, when: "{{steps.ask.outputs.result}} == yes"}
    - - {name: list, template: list}
  - {name: ask, http: {url: "http://x"}}
  - name: set
    containerSet: {containers: [{name: a, image: x}, {name: b, image: x, dependencies: [a]}]}
  - name: list
    data:
      source: {artifactPaths: {name: data, s3: {bucket: b}}}
      transformation: [{expression: data}]
)";
  const std::string answered = "[{template: ask, result: \"yes\", duration: 5s}";
  const Played good = play(kAll, mocks_of(answered + "]"));
  EXPECT_EQ(good.spans(), "ask 0-5 Succeeded\nset 5-6 Succeeded\nlist 6-7 Succeeded\n");
  EXPECT_EQ(good.simulation->pods_most(), 1u) << "a task has no pod";
  const Played bad = play(kAll, mocks_of(answered + ", {template: set, containers: {b: 3}}]"));
  EXPECT_EQ(bad.spans(), "ask 0-5 Succeeded\nset 5-6 Failed\n");
  for (const text::Member& member : bad.status.find("nodes")->as_map()) {
    if (member.value.string_at("displayName") == "a") {
      EXPECT_EQ(member.value.string_at("phase"), "Succeeded");
    }
    if (member.value.string_at("displayName") == "b") {
      EXPECT_EQ(member.value.string_at("message"), "b: Error (exit code 3): ");
    }
  }
}

TEST(Simulation, ADeadlineEndsThePod) {
  const Played played = play(R"(
  templates:
  - {name: main, activeDeadlineSeconds: 30, container: {image: x, command: [x]}}
)",
                             mocks_of("[{template: main, duration: 1h}]"));
  EXPECT_EQ(played.status.string_at("phase"), "Failed");
  EXPECT_EQ(played.spans(), "wf 0-30 Failed\n");
}

TEST(Simulation, ADaemonRunsUntilItsTemplateEnds) {
  const Played played = play(R"(
  templates:
  - name: main
    steps:
    - - {name: server, template: server}
    - - {name: client, template: pod}
  - {name: server, daemon: true, container: {image: x, command: [x]}}
  - {name: pod, container: {image: x, command: [x]}}
)");
  EXPECT_EQ(played.status.string_at("phase"), "Succeeded");
  EXPECT_EQ(played.simulation->pods_most(), 2u);
  EXPECT_EQ(played.at(played.simulation->spans().front().ended), "1");
}

TEST(Simulation, AWorkflowThatRepeatsItselfStopsAtTheLimit) {
  const Played played = play(R"(
  templates:
  - name: main
    steps:
    - - {name: again, template: pod}
    - - {name: once-more, template: main}
  - {name: pod, container: {image: x, command: [x]}}
)",
                             {}, {}, {.nodes_most = 100});
  EXPECT_EQ(played.end, Simulation::End::kLimit);
}

constexpr const char* kCoin = R"(
  templates:
  - name: main
    steps:
    - - {name: flip, template: script}
    - - {name: heads, template: pod, when: "{{steps.flip.outputs.result}} == heads"}
      - {name: tails, template: pod, when: "'{{steps.flip.outputs.result}}' == 'tails'"}
  - {name: script, script: {image: x, command: [x], source: x}}
  - {name: pod, container: {image: x, command: [x]}}
)";

TEST(Guesses, AWordThatIsComparedIsChosenBySeed) {
  size_t heads = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Played played = play(kCoin, {}, {.seed = seed});
    EXPECT_EQ(played.simulation->spans().size(), 2u);
    heads += played.simulation->state().display_name(played.simulation->spans()[1].node) == "heads";
  }
  EXPECT_GT(heads, 8u);
  EXPECT_LT(heads, 32u);
}

TEST(Guesses, WhatIsLoopedOverIsAList) {
  const Played played = play(R"(
  templates:
  - name: main
    steps:
    - - {name: make, template: make}
    - - name: use
        template: use
        withParam: "{{steps.make.outputs.parameters.rows}}"
        arguments: {parameters: [{name: id, value: "{{item.id}}"}]}
  - name: make
    steps:
    - - {name: inner, template: script}
    outputs: {parameters: [{name: rows, valueFrom: {parameter: "{{steps.inner.outputs.result}}"}}]}
  - {name: script, script: {image: x, command: [x], source: x}}
  - name: use
    inputs: {parameters: [{name: id}]}
    container: {image: x, command: [x]}
)");
  EXPECT_EQ(played.status.string_at("phase"), "Succeeded");
  EXPECT_EQ(played.simulation->spans().size(), 3u);
}

TEST(Explanation, TellsWhatCausedANode) {
  const Played played = play(kDiamond);
  const auto all = explain(played.rehearsal, *played.simulation, played.status, "d");
  ASSERT_EQ(all.size(), 1u);
  const std::vector<std::string> kLines = {
      "it is a Pod node of template \"pod\", in template \"main\": Succeeded",
      "depends: b && c",
      "  b: Succeeded",
      "  c: Succeeded",
      "+2s: its pod is made, because c has ended Succeeded",
      "+3s: its pod ends",
      "exit code 0",
  };
  EXPECT_EQ(all[0].lines, kLines);
}

std::string explained(const Played& played, const std::string& name) {
  std::string out;
  for (const Explanation& one : explain(played.rehearsal, *played.simulation, played.status, name))
    for (const std::string& line : one.lines) out += line + "\n";
  return out;
}

TEST(Explanation, TellsOfAttemptsHooksAndLimits) {
  const Played played = play(R"(
  onExit: pod
  hooks: {late: {template: pod, expression: workflow.status == "Running"}}
  templates:
  - name: main
    parallelism: 1
    steps:
    - - {name: one, template: shaky, withItems: [a, b]}
  - name: shaky
    retryStrategy: {limit: 2, backoff: {duration: 10s}}
    container: {image: x}
  - {name: pod, container: {image: x}}
)",
                             mocks_of("[{node: 'one(0:a)*', attempts: [{exitCode: 1}, {}]}]"));
  EXPECT_EQ(played.status.string_at("phase"), "Succeeded");
  EXPECT_THAT(explained(played, "one(0:a)"),
              HasSubstr("retryStrategy: {\"limit\":2,\"backoff\":{\"duration\":\"10s\"}}\n"
                        "  attempt 0: Failed\n  attempt 1: Succeeded\n"));
  EXPECT_THAT(explained(played, "one(0:a)(1)"),
              HasSubstr("10s after one(0:a)(0) has ended Failed"));
  EXPECT_THAT(explained(played, "one(1:b)(0)"),
              HasSubstr("as soon as a limit let it: one(0:a)(0) has ended Failed"));
  EXPECT_THAT(explained(played, "wf.onExit"), HasSubstr("begins when wf has ended (Succeeded)"));
  EXPECT_THAT(explained(played, "wf.hooks.late"), HasSubstr("workflow.status == \"Running\""));
}

TEST(Simulation, LocksAreWaitedForAndTheWaitsAreTold) {
  const std::string locked = R"(
  templates:
  - name: main
    steps:
    - - {name: one, template: alone, withItems: [a, b]}
      - {name: two, template: few, withSequence: {count: 3}}
  - name: alone
    synchronization: {mutexes: [{name: m}]}
    container: {image: busybox}
  - name: few
    synchronization: {semaphores: [{configMapKeyRef: {name: limits, key: k}}]}
    container: {image: busybox}
)";
  const Played alone = play(locked);
  EXPECT_EQ(alone.spans(),
            "one(0:a) 0-1 Succeeded\ntwo(0:0) 0-1 Succeeded\none(1:b) 1-2 Succeeded\n"
            "two(1:1) 1-2 Succeeded\ntwo(2:2) 2-3 Succeeded\n")
      << "a semaphore that nobody gives has the limit 1";
  ASSERT_EQ(alone.simulation->lock_waits().size(), 3u);
  const LockWait& wait = alone.simulation->lock_waits()[0];
  EXPECT_EQ(alone.simulation->state().display_name(wait.node), "one(1:b)");
  EXPECT_EQ(wait.lock, "default/Mutex/m");
  EXPECT_EQ(alone.at(wait.since) + "-" + alone.at(wait.until), "0-1");
  const std::string lines = explained(alone, "one(1:b)");
  const std::string holder = alone.simulation->state().node_id(alone.simulation->spans()[0].node);
  EXPECT_THAT(lines, HasSubstr("+0s: it waits for the lock default/Mutex/m, held by default/wf/" +
                               holder + "\n"));
  EXPECT_THAT(lines, HasSubstr("+1s: it has its locks\n"));

  SimulationOptions options;
  options.config_maps.push_back(
      *text::parse_json(R"({"metadata":{"name":"limits"},"data":{"k":"3"}})"));
  EXPECT_EQ(play(locked, {}, {}, options).simulation->lock_waits().size(), 1u);
}

TEST(Simulation, AnOutcomeOfAnEarlierNodeIsUsedAgain) {
  const Played played = play(R"(
  templates:
  - name: main
    steps:
    - - {name: one, template: work}
    - - {name: two, template: work}
  - name: work
    memoize: {key: k, cache: {database: {name: c}}}
    container: {image: busybox}
    outputs: {parameters: [{name: p, valueFrom: {path: /p}}]}
)");
  EXPECT_EQ(played.spans(), "one 0-1 Succeeded\n");
  EXPECT_EQ(played.status.string_at("phase"), "Succeeded");
}

}  // namespace
}  // namespace play

#include <set>

#include "control/pod_builder.h"
#include "kube/garbage_collector.h"
#include "kube/workflow_rows.h"
#include "sim/control_fixture.h"

namespace sim {
using namespace control;
namespace {

constexpr std::string_view kHello = R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: hello}
spec:
  entrypoint: main
  templates:
  - name: main
    container: {image: busybox, command: [echo, hi]}
)";

constexpr std::string_view kDiamond = R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: diamond}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: work}
      - {name: b, template: work, depends: a}
      - {name: c, template: work, depends: a}
      - {name: d, template: work, depends: b && c}
  - name: work
    container: {image: busybox, command: ["true"]}
)";

TEST_F(Control, AWorkflowRunsToItsEnd) {
  const std::string uid = submit(kHello);
  settle();
  const Value workflow = get("hello");
  EXPECT_EQ(workflow.string_at("status", "phase"), "Succeeded");
  EXPECT_EQ(workflow.string_at("status", "progress"), "1/1");
  EXPECT_EQ(workflow.string_at("status", "startedAt"), base::to_rfc3339(clock_.now()));
  EXPECT_EQ(workflow.string_at("status", "finishedAt"), base::to_rfc3339(clock_.now()));
  EXPECT_EQ(workflow.find_path("metadata", "labels")->string_at("workflows.argoproj.io/phase"),
            "Succeeded");
  EXPECT_EQ(workflow.find_path("metadata", "labels")->string_at("workflows.argoproj.io/completed"),
            "true");
  EXPECT_EQ(node_phase(uid, "hello"), "Succeeded");
  EXPECT_EQ(controller_->active_count(), 0u);
  ASSERT_EQ(pods().size(), 1u);
}

TEST_F(Control, APodIsLaidOutAsArgoDoes) {
  const std::string uid = submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: full}
spec:
  entrypoint: main
  serviceAccountName: worker
  nodeSelector: {disk: ssd}
  volumes:
  - {name: shared, emptyDir: {}}
  - {name: unused, emptyDir: {}}
  podMetadata: {labels: {team: blue}}
  templates:
  - name: main
    metadata: {labels: {step: one}, annotations: {note: x}}
    activeDeadlineSeconds: 30
    script:
      image: python
      command: [python]
      source: print("{{workflow.name}}")
      env: [{name: A, value: b}]
      volumeMounts: [{name: shared, mountPath: /shared}]
    sidecars:
    - {name: side, image: busybox, mirrorVolumeMounts: true}
    outputs:
      parameters:
      - {name: p, valueFrom: {path: /tmp/p}}
      - {name: q, valueFrom: {path: /tmp/q, default: none}}
)");
  settle(false);
  ASSERT_EQ(pods().size(), 1u);
  const Value pod = pods().front();
  EXPECT_EQ(pod.string_at("metadata", "name"), "full");
  const Value& metadata = *pod.find("metadata");
  EXPECT_EQ(metadata.find("labels")->string_at("workflows.argoproj.io/workflow"), "full");
  EXPECT_EQ(metadata.find("labels")->string_at("workflows.argoproj.io/completed"), "false");
  EXPECT_EQ(metadata.find("labels")->string_at("team"), "blue");
  EXPECT_EQ(metadata.find("labels")->string_at("step"), "one");
  EXPECT_EQ(metadata.find("annotations")->string_at("workflows.argoproj.io/node-name"), "full");
  EXPECT_EQ(metadata.find("annotations")->string_at("workflows.argoproj.io/node-id"), "full");
  EXPECT_EQ(metadata.find("annotations")->string_at("kubectl.kubernetes.io/default-container"),
            "main");
  EXPECT_EQ(metadata.find("annotations")->string_at("workflows.argoproj.io/script"),
            "print(\"full\")");
  EXPECT_EQ(metadata.find("annotations")->string_at("workflows.argoproj.io/outputs-wanted"),
            R"({"parameters":[{"name":"p","path":"/tmp/p"},)"
            R"({"name":"q","path":"/tmp/q","optional":true}]})");
  EXPECT_EQ(metadata.find("ownerReferences")->as_list()[0].string_at("uid"), uid);
  const Value& spec = *pod.find("spec");
  EXPECT_EQ(spec.string_at("restartPolicy"), "Never");
  EXPECT_EQ(spec.string_at("serviceAccountName"), "worker");
  EXPECT_EQ(spec.string_at("nodeSelector", "disk"), "ssd");
  EXPECT_EQ(spec.find("activeDeadlineSeconds")->to_int(), 30);
  const text::List& containers = spec.find("containers")->as_list();
  ASSERT_EQ(containers.size(), 2u);
  EXPECT_EQ(containers[0].string_at("name"), "main");
  EXPECT_EQ(containers[0].find("args")->as_list()[0].as_string(), "/argo/staging/script");
  EXPECT_EQ(containers[0].find("source"), nullptr);
  EXPECT_EQ(containers[1].string_at("name"), "side");
  EXPECT_EQ(containers[1].find("volumeMounts")->as_list()[0].string_at("name"), "shared");
  const text::List& volumes = spec.find("volumes")->as_list();
  ASSERT_EQ(volumes.size(), 2u);  // "unused" is not there
  EXPECT_EQ(volumes[0].string_at("name"), "shared");
  EXPECT_EQ(volumes[1].string_at("name"), "argo-staging");
}

TEST(PodBuilder, AMissingVolumeIsToldByItsName) {
  auto workflow = text::parse_json(
      R"({"metadata":{"name":"w","namespace":"n","uid":"0c58123e-98d9-47b2-87fb-f98b5f6cde24"}})");
  PodRequest request;
  request.template_json =
      R"({"container":{"image":"x","volumeMounts":[{"name":"nope","mountPath":"/x"}]}})";
  auto pod = PodBuilder(*workflow).build(request);
  ASSERT_FALSE(pod);
  EXPECT_EQ(pod.error().text, "volume 'nope' not found in workflow spec");
}

TEST(PodBuilder, TheBoundaryPlacesWhatSaysNothing) {
  auto workflow = text::parse_json(
      R"({"metadata":{"name":"w","namespace":"n","uid":"0c58123e-98d9-47b2-87fb-f98b5f6cde24"},)"
      R"("spec":{"nodeSelector":{"of":"workflow"},"tolerations":[{"key":"workflow"}]}})");
  PodRequest request;
  request.template_json = R"({"container":{"image":"x"},"nodeSelector":{"of":"template"}})";
  request.boundary_json = R"({"nodeSelector":{"of":"boundary"},"affinity":{"podAffinity":{}}})";
  auto pod = PodBuilder(*workflow).build(request);
  ASSERT_TRUE(pod);
  const auto spec = *text::parse_json(pod->json)->find("spec");
  EXPECT_EQ(spec.string_at("nodeSelector", "of"), "template");
  EXPECT_NE(spec.find_path("affinity", "podAffinity"), nullptr);
  EXPECT_EQ(spec.find("tolerations")->as_list().front().string_at("key"), "workflow");
}

TEST_F(Control, StepsPlaceTheirPods) {
  submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: placed}
spec:
  entrypoint: main
  arguments: {parameters: [{name: disk, value: ssd}]}
  templates:
  - name: main
    nodeSelector: {disk: "{{workflow.parameters.disk}}"}
    steps: [[{name: a, template: work}]]
  - {name: work, container: {image: x}}
)");
  settle();
  ASSERT_EQ(pods().size(), 1u);
  EXPECT_EQ(pods()[0].find("spec")->string_at("nodeSelector", "disk"), "ssd");
}

TEST(PodUid, NamesItsNode) {
  const std::string uid = kube::pod_uid("0c58123e-98d9-47b2-87fb-f98b5f6cde24", 0xabcdef);
  EXPECT_EQ(uid, "0c58123e-98d9-47b2-87fb-f98b00abcdef");
  EXPECT_EQ(kube::number_of_pod_uid(uid), 0xabcdefu);
  EXPECT_EQ(kube::number_of_pod_uid("short"), std::nullopt);
  EXPECT_EQ(kube::number_of_pod_uid("0c58123e-98d9-47b2-87fb-f98b00abcdeg"), std::nullopt);
}

TEST_F(Control, AnInvalidSpecFailsTheWorkflow) {
  submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: broken}
spec: {entrypoint: absent, templates: [{name: main, container: {image: x}}]}
)");
  settle();
  EXPECT_EQ(phase("broken"), "Failed");
  EXPECT_TRUE(message("broken").starts_with("invalid spec: ")) << message("broken");
  EXPECT_EQ(controller_->active_count(), 0u);
}

TEST_F(Control, FailuresCarryArgosMessages) {
  script_ = [](std::string_view, std::string_view) { return SimulatedEnd{3, "", ""}; };
  restart();
  submit(kHello);
  settle();
  EXPECT_EQ(phase("hello"), "Failed");
  EXPECT_EQ(message("hello"), "main: Error (exit code 3)");
}

TEST_F(Control, OutputsArriveWithTheEnd) {
  script_ = [](std::string_view, std::string_view json) {
    SimulatedEnd end;
    if (json.find("outputs-wanted") != std::string_view::npos)
      end.outputs = R"({"parameters":[{"name":"p","value":"from-a"}]})";
    return end;
  };
  restart();
  const std::string uid = submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: outputs}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: a, template: make}
    - - name: b
        template: use
        arguments: {parameters: [{name: in, value: "{{steps.a.outputs.parameters.p}}"}]}
  - name: make
    container: {image: busybox}
    outputs: {parameters: [{name: p, valueFrom: {path: /tmp/p}}]}
  - name: use
    inputs: {parameters: [{name: in}]}
    container: {image: busybox, args: ["{{inputs.parameters.in}}"]}
)");
  settle();
  EXPECT_EQ(phase("outputs"), "Succeeded") << message("outputs");
  bool seen = false;
  for (const Value& pod : pods())
    if (const Value* args = pod.find_path("spec", "containers")->as_list()[0].find("args"))
      seen = seen || args->as_list()[0].to_any_string() == "from-a";
  EXPECT_TRUE(seen);
}

TEST_F(Control, ManyPodsComeInSlices) {
  open_pods_max_ = 10;
  restart();
  submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: fan}
spec:
  entrypoint: main
  templates:
  - name: main
    steps: [[{name: do, template: work, withSequence: {count: "95"}}]]
  - name: work
    container: {image: busybox}
)");
  settle(false);
  EXPECT_EQ(pods().size(), 10u);
  restart();
  settle(false);
  EXPECT_EQ(pods().size(), 10u) << "a restart makes no more";
  settle();
  EXPECT_EQ(phase("fan"), "Succeeded") << message("fan");
  EXPECT_EQ(pods().size(), 95u);
}

TEST_F(Control, SuspendHoldsAndResumeGoesOn) {
  const std::string uid = submit(kDiamond);
  settle(false);
  operate("diamond", uid, {model::Operation::Kind::kSuspend, {}, {}, "", {}});
  settle();
  EXPECT_EQ(operations_left(uid), 0u);
  EXPECT_EQ(phase("diamond"), "Running");
  EXPECT_TRUE(get("diamond").find_path("spec", "suspend")->as_bool());
  EXPECT_EQ(pods().size(), 1u) << "what ran ends, nothing new begins";
  restart();  // and a restart changes nothing of it
  settle();
  EXPECT_EQ(pods().size(), 1u);
  operate("diamond", uid, {model::Operation::Kind::kResume, {}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("diamond"), "Succeeded") << message("diamond");
  EXPECT_EQ(get("diamond").find_path("spec", "suspend"), nullptr);
}

TEST_F(Control, KubectlMaySuspendAndResumeToo) {
  submit(kDiamond);
  settle(false);
  auto patch = [&](Value value) {
    Value body;
    body["spec"]["suspend"] = std::move(value);
    EXPECT_TRUE(api_.patch({&kube::kind_of("workflows"), "default", "diamond"},
                           kube::PatchType::kMerge, body));
  };
  patch(true);
  settle();
  EXPECT_EQ(pods().size(), 1u);
  patch(Value());
  settle();
  EXPECT_EQ(phase("diamond"), "Succeeded");
}

class Shutdown : public Control, public testing::WithParamInterface<bool> {};

TEST_P(Shutdown, EndsPodsThatRun) {
  script_ = [](std::string_view, std::string_view) {
    SimulatedEnd end;
    end.stays_running = true;
    return end;
  };
  restart();
  const std::string uid = submit(kDiamond);
  settle();
  EXPECT_EQ(phase("diamond"), "Running");
  const auto kind = GetParam() ? model::Operation::Kind::kTerminate : model::Operation::Kind::kStop;
  operate("diamond", uid, {kind, {}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("diamond"), "Failed");
  EXPECT_EQ(get("diamond").string_at("spec", "shutdown"), GetParam() ? "Terminate" : "Stop");
  EXPECT_NE(pods().front().find_path("metadata", "annotations")->string_at(kube::kStop), "");
}
INSTANTIATE_TEST_SUITE_P(Both, Shutdown, testing::Bool());

TEST_F(Control, ASuspendNodeIsResumedByItsId) {
  const std::string uid = submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: gate}
spec:
  entrypoint: main
  templates:
  - name: main
    steps: [[{name: wait, template: gate}], [{name: go, template: work}]]
  - {name: gate, suspend: {}}
  - {name: work, container: {image: busybox}}
)");
  settle();
  EXPECT_EQ(node_phase(uid, "wait"), "Running");
  operate("gate", uid, {model::Operation::Kind::kResume, {"no-such-node"}, {}, "", {}});
  settle();
  EXPECT_EQ(node_phase(uid, "wait"), "Running") << "another node was meant";
  EXPECT_EQ(operations_left(uid), 0u);
  operate("gate", uid, {model::Operation::Kind::kResume, {node_id(uid, "wait")}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("gate"), "Succeeded");
}

TEST_F(Control, TimersFireWhenTheirTimeHasCome) {
  const std::string uid = submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: nap}
spec: {entrypoint: main, templates: [{name: main, suspend: {duration: "20"}}]}
)");
  settle();
  EXPECT_EQ(phase("nap"), "Running");
  ASSERT_TRUE(controller_->next_wake().is_set());
  clock_.advance(base::Duration::seconds(19));
  restart();  // the timer is rebuilt from the rows
  settle();
  EXPECT_EQ(phase("nap"), "Running");
  clock_.advance(base::Duration::seconds(2));
  settle();
  EXPECT_EQ(phase("nap"), "Succeeded");
}

TEST_F(Control, ADeletedPodIsAnError) {
  submit(kHello);
  settle(false);
  ASSERT_EQ(pods().size(), 1u);
  kube::DeleteOptions now;
  now.grace_period_seconds = 0;
  ASSERT_TRUE(api_.remove({&kube::kind_of("pods"), "default", "hello"}, now));
  settle();
  EXPECT_EQ(phase("hello"), "Error");
  EXPECT_EQ(message("hello"), "pod deleted");
}

TEST_F(Control, ADeletedWorkflowIsLetGoAndItsPodsGoToo) {
  submit(kHello);
  settle(false);
  EXPECT_EQ(controller_->active_count(), 1u);
  ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "hello"}, {}));
  settle(false);
  EXPECT_EQ(controller_->active_count(), 0u);
  kube::GarbageCollector collector(api_);
  ASSERT_TRUE(collector.run_once());
  for (const Value& pod : pods())  // those that run are asked to end first
    EXPECT_NE(pod.string_at("metadata", "deletionTimestamp"), "");
}

TEST_F(Control, AWorkflowOfTheSameNameWaitsForTheOldOnesPodsToGo) {
  submit(kHello);
  settle();
  ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "hello"}, {}));
  submit(kHello);
  settle();
  EXPECT_EQ(phase("hello"), "Running") << message("hello");
  kube::GarbageCollector collector(api_);
  ASSERT_TRUE(collector.run_once());
  clock_.advance(base::Duration::seconds(1));
  settle();
  EXPECT_EQ(phase("hello"), "Succeeded") << message("hello");
}

TEST_F(Control, AStrangersPodOfTheSameNameIsAnError) {
  auto pod = text::parse_json(R"({"metadata":{"name":"hello"},"spec":{"containers":[]}})");
  ASSERT_TRUE(api_.create(kube::kind_of("pods"), "default", *pod, false));
  submit(kHello);
  settle();
  EXPECT_EQ(phase("hello"), "Error");
  EXPECT_EQ(message("hello"), "a pod of this name exists already");
}

TEST_F(Control, LostIsTheMachinesFault) {
  script_ = [](std::string_view, std::string_view) {
    return SimulatedEnd{137, "", std::string(kube::kReasonLost)};
  };
  restart();
  submit(kHello);
  settle();
  EXPECT_EQ(phase("hello"), "Error");
}

// The store refuses or loses its answer at the n-th commit, for every n: and the controller is
// killed and started again there. The workflow ends as undisturbed, each pod having been made once.
class Disturbed : public Control,
                  public testing::WithParamInterface<std::tuple<store::FailingStore::Fault, bool>> {
};

TEST_P(Disturbed, EndsTheSameAtEveryCommit) {
  const auto [fault, restarts] = GetParam();
  for (uint64_t at = 0;; ++at) {
    store_ = store::make_memory_store();
    std::set<std::string> made;
    store::FailingStore failing(*store_);
    kube::StoreApi api(failing, clock_, random_);
    auto documents = text::parse_yaml(kDiamond, "test");
    ASSERT_TRUE(api.create(kube::kind_of("workflows"), "default", documents->front(), false));
    int runs = 0;
    SimulatedAgent agent(*store_, clock_, [&](std::string_view name, std::string_view) {
      ++runs;
      made.emplace(name);
      return SimulatedEnd{};
    });
    const uint64_t before = failing.commits();
    failing.fail_commits(fault, at, 1);
    auto controller = std::make_unique<Controller>(api, clock_, random_, ControllerOptions{});
    bool failed = false;
    for (int quiet = 0, rounds = 0; quiet < 3; ++rounds) {
      ASSERT_LT(rounds, 1000) << "at commit " << at;
      auto worked = controller->run_once();
      if (!worked) {
        failed = true;
        if (restarts)
          controller = std::make_unique<Controller>(api, clock_, random_, ControllerOptions{});
      }
      auto ended = agent.run_once(0);
      ASSERT_TRUE(ended);
      quiet = (worked && !*worked && *ended == 0) ? quiet + 1 : 0;
    }
    auto object = api.get({&kube::kind_of("workflows"), "default", "diamond"});
    ASSERT_TRUE(object);
    EXPECT_EQ(object->string_at("status", "phase"), "Succeeded") << "at commit " << at;
    EXPECT_EQ(made.size(), 4u) << "at commit " << at;
    EXPECT_EQ(runs, 4) << "at commit " << at;
    if (failing.commits() - before <= at) break;  // the fault lies beyond the last commit
    (void)failed;
  }
}
INSTANTIATE_TEST_SUITE_P(Faults, Disturbed,
                         testing::Combine(testing::Values(store::FailingStore::Fault::kDiskFull,
                                                          store::FailingStore::Fault::kAnswerLost,
                                                          store::FailingStore::Fault::kConflict),
                                          testing::Bool()));

// The controller forgets everything after each single round.
TEST_F(Control, AKillAfterEveryRoundChangesNothing) {
  const std::string uid = submit(kDiamond);
  for (int i = 0; i < 60 && phase("diamond") != "Succeeded"; ++i) {
    (void)controller_->run_once();
    (void)agent_->run_once(0);
    restart();
  }
  EXPECT_EQ(phase("diamond"), "Succeeded");
  EXPECT_EQ(pods().size(), 4u);
  EXPECT_EQ(nodes(uid).as_map().size(), 5u);
}

TEST_F(Control, LostWatchesAreMadeGood) {
  submit(kDiamond);
  for (int i = 0; i < 5; ++i) {
    failing_.lose_watches(true);
    (void)controller_->run_once();
    failing_.lose_watches(false);
    (void)controller_->run_once();
    (void)agent_->run_once(0);
  }
  settle();
  EXPECT_EQ(phase("diamond"), "Succeeded");
}

TEST_F(Control, ThousandWorkflowsAtOnce) {
  for (int i = 0; i < 1000; ++i) {
    std::string yaml(kHello);
    yaml.replace(yaml.find("name: hello"), 11, "name: h" + std::to_string(i));
    submit(yaml);
  }
  settle();
  EXPECT_EQ(pods().size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(phase("h" + std::to_string(i)), "Succeeded");
}

}  // namespace
}  // namespace sim

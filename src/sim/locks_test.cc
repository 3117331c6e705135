// Locks, memoization and values of ConfigMaps, through control and the store.
#include <map>
#include <set>

#include "kube/sync_limit.h"
#include "sim/control_fixture.h"

namespace sim {
namespace {

using model::Operation;

std::string with_lock(const std::string& name, const std::string& locks,
                      const std::string& more = "") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: " + name +
         "}\nspec:\n  entrypoint: main\n  synchronization: {" + locks + "}\n" + more +
         "  templates: [{name: main, container: {image: busybox}}]\n";
}

constexpr const char* kMutex = "mutexes: [{name: m}]";
constexpr const char* kMapSemaphore = "semaphores: [{configMapKeyRef: {name: limits, key: k}}]";
constexpr const char* kStoredSemaphore = "semaphores: [{database: {key: k}}]";

class Locks : public Control {
 protected:
  void put_config_map(const std::string& name, const std::string& data,
                      const std::string& type = "", const std::string& space = "default") {
    const auto object = text::parse_json(
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name + "\"" +
        (type.empty() ? ""
                      : R"(,"labels":{"workflows.argoproj.io/)"
                        R"(configmap-type":")" +
                            type + "\"}") +
        "},\"data\":" + data + "}");
    ASSERT_TRUE(object);
    const kube::Kind& kind = kube::kind_of("configmaps");
    if (api_.get({&kind, space, name}))
      ASSERT_TRUE(api_.patch({&kind, space, name}, kube::PatchType::kMerge, *object));
    else
      ASSERT_TRUE(api_.create(kind, space, *object, false));
  }
  Value config_map(const std::string& name) {
    const auto object = api_.get({&kube::kind_of("configmaps"), "default", name});
    return object ? *object : Value();
  }
  std::set<std::string> running_pods() {
    std::set<std::string> out;
    for (const Value& pod : pods()) {
      const std::string_view phase = pod.string_at("status", "phase");
      if (phase != "Succeeded" && phase != "Failed") out.emplace(pod.string_at("metadata", "name"));
    }
    return out;
  }
  // The agent ends these pods now; the others stay.
  void finish(const std::string& pod) {
    ending_.insert(pod);
    agent_ = std::make_unique<SimulatedAgent>(failing_, clock_, script_);
    settle();
  }
  // The agent ends a pod only once finish() has named it.
  void hold_pods() {
    script_ = [this](std::string_view name, std::string_view) {
      SimulatedEnd end;
      end.stays_running = !ending_.contains(std::string(name));
      return end;
    };
    restart();
  }
  kube::LockReport lock(const std::string& name) {
    for (kube::LockReport& report : controller_->locks("", 100))
      if (report.name == name) return report;
    return {};
  }
  std::set<std::string> ending_;
};

using Keys = std::vector<std::string>;

TEST_F(Locks, AMutexLetsOneWorkflowRunAtATimeByPriorityThenAge) {
  hold_pods();
  submit(with_lock("a", kMutex));
  settle();
  clock_.advance(base::Duration::seconds(1));
  submit(with_lock("c", kMutex));
  settle();
  clock_.advance(base::Duration::seconds(1));
  submit(with_lock("b", kMutex));
  submit(with_lock("urgent", kMutex, "  priority: 5\n"));
  settle();
  EXPECT_EQ(running_pods(), std::set<std::string>{"a"});
  EXPECT_EQ(phase("a"), "Running");
  EXPECT_EQ(text::to_json(*get("a").find_path("status", "synchronization")),
            R"({"mutex":{"holding":[{"mutex":"default/Mutex/m","holder":"default/a"}]}})");
  for (const char* name : {"b", "c", "urgent"}) {
    EXPECT_EQ(phase(name), "Pending");
    EXPECT_EQ(message(name), "Waiting for default/Mutex/m lock. Lock status: 0/1");
    EXPECT_EQ(text::to_json(*get(name).find_path("status", "synchronization")),
              R"({"mutex":{"waiting":[{"mutex":"default/Mutex/m","holder":"default/a"}]}})");
  }
  const kube::LockReport held = lock("default/Mutex/m");
  EXPECT_EQ(held.limit, 1);
  EXPECT_EQ(held.holders, Keys{"default/a"});
  EXPECT_EQ(held.waiters, (Keys{"default/urgent", "default/c", "default/b"}));
  EXPECT_EQ(held.waiter_count, 3u);
  for (const auto& [ended, next] : {std::pair("a", "urgent"), {"urgent", "c"}, {"c", "b"}}) {
    finish(ended);
    EXPECT_EQ(phase(ended), "Succeeded");
    EXPECT_EQ(get(ended).find_path("status", "synchronization"), nullptr);
    EXPECT_EQ(running_pods(), std::set<std::string>{next});
    EXPECT_EQ(message(next), "");
  }
  finish("b");
  EXPECT_TRUE(controller_->locks("", 1).empty());
}

TEST_F(Locks, WhoIsDeletedOrStoppedNeitherHoldsNorWaits) {
  hold_pods();
  const auto remove = [&](const char* name) {
    ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", name}, {}));
    settle();
  };
  std::map<std::string, std::string> uids;
  for (const char* name : {"a", "b", "c", "d", "e"}) uids[name] = submit(with_lock(name, kMutex));
  settle();
  EXPECT_EQ(running_pods(), std::set<std::string>{"a"});
  remove("b");  // waits
  operate("c", uids["c"], {Operation::Kind::kTerminate, {}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("c"), "Failed");
  remove("a");  // holds
  EXPECT_EQ(phase("d"), "Running");
  EXPECT_EQ(lock("default/Mutex/m").holders, Keys{"default/d"});
  operate("d", uids["d"], {Operation::Kind::kTerminate, {}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("e"), "Running");
}

TEST_F(Locks, ASemaphoreFollowsItsConfigMap) {
  hold_pods();
  put_config_map("limits", R"({"k":"2"})");
  for (const char* name : {"a", "b", "c", "d"}) submit(with_lock(name, kMapSemaphore));
  settle();
  EXPECT_EQ(running_pods(), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(message("c"), "Waiting for default/ConfigMap/limits/k lock. Lock status: 0/2");
  put_config_map("limits", R"({"k":"3"})");
  settle();
  EXPECT_EQ(running_pods(), (std::set<std::string>{"a", "b", "c"}));
  put_config_map("limits", R"({"k":"1"})");
  finish("a");
  finish("b");
  EXPECT_EQ(running_pods(), std::set<std::string>{"c"}) << "a lowered limit takes nothing away";
  finish("c");
  EXPECT_EQ(running_pods(), std::set<std::string>{"d"});
}

TEST_F(Locks, ASemaphoreWithoutALimitFails) {
  for (const char* locks : {kMapSemaphore, kStoredSemaphore}) {
    submit(with_lock("a", locks));
    settle();
    EXPECT_EQ(phase("a"), "Failed");
    EXPECT_TRUE(message("a").starts_with(
        "Failed to acquire the synchronization lock. failed to initialize semaphore default/"))
        << message("a");
    ASSERT_TRUE(api_.remove({&kube::kind_of("workflows"), "default", "a"}, {}));
    settle();
  }
}

TEST_F(Locks, ASemaphoreFollowsTheDatabase) {
  hold_pods();
  ASSERT_TRUE(kube::create_sync_limit(*store_, {"default", "k", 1}));
  for (const char* name : {"a", "b", "c"}) submit(with_lock(name, kStoredSemaphore));
  settle();
  EXPECT_EQ(running_pods(), std::set<std::string>{"a"});
  EXPECT_EQ(message("b"), "Waiting for default/Database/k lock. Lock status: 0/1");
  ASSERT_TRUE(kube::update_sync_limit(*store_, {"default", "k", 2}));
  settle();
  EXPECT_EQ(running_pods(), (std::set<std::string>{"a", "b"}));
  ASSERT_TRUE(kube::remove_sync_limit(*store_, "default", "k"));
  finish("a");
  finish("b");
  EXPECT_TRUE(running_pods().empty()) << "without a limit nobody is let in";
  EXPECT_EQ(phase("c"), "Pending");
  ASSERT_TRUE(kube::create_sync_limit(*store_, {"default", "k", 1}));
  settle();
  EXPECT_EQ(running_pods(), std::set<std::string>{"c"});
}

TEST_F(Locks, ANamespaceOfItsOwnIsShared) {
  hold_pods();
  put_config_map("limits", R"({"k":"1"})", "", "shared");
  const std::string shared =
      "semaphores: [{namespace: shared, configMapKeyRef: {name: limits, key: k}}], "
      "mutexes: [{namespace: none-such, name: m, database: true}]";
  submit(with_lock("a", shared));
  submit(with_lock("b", shared));
  submit(with_lock("c", "mutexes: [{name: m, database: true}]"));
  settle();
  EXPECT_EQ(running_pods(), (std::set<std::string>{"a", "c"}));
  EXPECT_EQ(lock("shared/ConfigMap/limits/k").waiters, Keys{"default/b"});
  EXPECT_EQ(lock("none-such/Database/m").holders, Keys{"default/a"});
  finish("a");
  EXPECT_EQ(running_pods(), (std::set<std::string>{"b", "c"}));
}

// Template level: nodes of several workflows, all or none of several locks.
TEST_F(Locks, NodesOfSeveralWorkflowsShareTheirLocks) {
  hold_pods();
  put_config_map("limits", R"({"k":"2"})");
  const auto make = [](const std::string& name) {
    return "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: " + name +
           "}\nspec:\n  entrypoint: main\n  templates:\n"
           "  - {name: main, steps: [[{name: do, template: work, withSequence: {count: 3}}]]}\n"
           "  - {name: work, container: {image: busybox}, synchronization: {semaphores: "
           "[{configMapKeyRef: {name: limits, key: k}}]}}\n";
  };
  const std::string a = submit(make("a")), b = submit(make("b"));
  settle();
  EXPECT_EQ(running_pods().size(), 2u);
  EXPECT_EQ(lock("default/ConfigMap/limits/k").waiter_count, 4u);
  for (int ended = 0; ended < 6; ++ended) {
    ASSERT_FALSE(running_pods().empty());
    EXPECT_EQ(running_pods().size(), std::min<size_t>(2, 6 - ended));
    finish(*running_pods().begin());
  }
  EXPECT_EQ(phase("a"), "Succeeded");
  EXPECT_EQ(phase("b"), "Succeeded");
  EXPECT_TRUE(controller_->locks("", 1).empty());
}

// A restart behind every round, as kill -9 makes it: what is held stays held, and by no more.
TEST_F(Locks, SurviveRestartsAtEveryMoment) {
  put_config_map("limits", R"({"k":"2"})");
  std::set<std::string> names;
  for (int i = 0; i < 9; ++i) names.insert("wf-" + std::to_string(i));
  for (const std::string& name : names) submit(with_lock(name, kMapSemaphore));
  hold_pods();
  std::set<std::string> running;
  for (int step = 0; running.size() + ending_.size() < names.size() || !running.empty(); ++step) {
    ASSERT_LT(step, 1000);
    ASSERT_TRUE(controller_->run_once());
    (void)agent_->run_once(0);
    if (step % 3 == 0) restart();
    running = running_pods();
    ASSERT_LE(running.size(), 2u);
    if (running.size() == 2 || (step % 7 == 0 && !running.empty()))
      ending_.insert(*running.begin());
  }
  settle();
  for (const std::string& name : names) EXPECT_EQ(phase(name), "Succeeded") << message(name);
}

TEST_F(Locks, AWaiterGoesOnAfterARestartInItsTurn) {
  hold_pods();
  for (const char* name : {"a", "b", "c"}) submit(with_lock(name, kMutex));
  settle();
  restart();
  settle();
  EXPECT_EQ(lock("default/Mutex/m").holders, Keys{"default/a"});
  EXPECT_EQ(lock("default/Mutex/m").waiters, (Keys{"default/b", "default/c"}));
  EXPECT_EQ(running_pods(), std::set<std::string>{"a"});
  finish("a");
  EXPECT_EQ(running_pods(), std::set<std::string>{"b"});
}

TEST_F(Locks, AStoreThatIsBusyLosesNoLock) {
  hold_pods();
  for (const char* name : {"a", "b"}) submit(with_lock(name, kMutex));
  settle();
  for (int i = 0; i < 5; ++i) {
    failing_.fail_commits(store::FailingStore::Fault::kBusy, static_cast<uint64_t>(i), 2);
    failing_.fail_reads(2);
    finish(i == 2 ? "a" : "no-such-pod");
    clock_.advance(base::Duration::seconds(2));
    settle();
  }
  EXPECT_EQ(running_pods(), std::set<std::string>{"b"});
}

// --- memoization

std::string memoized(const std::string& name, const std::string& cache,
                     const std::string& more = "") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: " + name +
         "}\nspec:\n  entrypoint: main\n  templates:\n  - name: main\n"
         "    memoize: {key: \"{{=\\\"k\\\" + string(1 + 1)}}\", cache: {" +
         cache + "}" + more +
         "}\n    container: {image: busybox}\n"
         "    outputs: {parameters: [{name: p, valueFrom: {path: /p}}]}\n";
}

class Memo : public Locks {
 protected:
  Memo() {
    script_ = [this](std::string_view, std::string_view) {
      SimulatedEnd end;
      end.outputs = R"({"parameters":[{"name":"p","value":")" + output_ + "\"}]}";
      return end;
    };
    restart();
  }
  // The output of the one node, "*" behind it when nothing ran.
  std::string run(const std::string& yaml, const std::string& name) {
    const std::string uid = submit(yaml);
    settle();
    EXPECT_EQ(phase(name), "Succeeded") << message(name);
    const Value all = nodes(uid);
    const Value& node = all.as_map().begin()->value;
    const Value* memo = node.find("memoizationStatus");
    const Value* outputs = node.find_path("outputs", "parameters");
    EXPECT_NE(memo, nullptr);
    EXPECT_NE(outputs, nullptr) << text::to_json(node);
    if (memo == nullptr || outputs == nullptr) return "";
    EXPECT_EQ(memo->string_at("key"), "k2");
    EXPECT_EQ(memo->string_at("cacheName"), "cache");
    return std::string(outputs->as_list()[0].string_at("value")) +
           (memo->find("hit")->as_bool() ? "*" : "");
  }
  std::string output_ = "one";
};

class MemoOf : public Memo, public testing::WithParamInterface<const char*> {};

TEST_P(MemoOf, AnOutcomeIsUsedAgainWhileItIsYoungEnough) {
  EXPECT_EQ(run(memoized("a", GetParam()), "a"), "one");
  output_ = "two";
  EXPECT_EQ(run(memoized("b", GetParam()), "b"), "one*");
  clock_.advance(base::Duration::seconds(10));
  restart();
  EXPECT_EQ(run(memoized("c", GetParam(), ", maxAge: 10s"), "c"), "one*");
  clock_.advance(base::Duration::seconds(1));
  EXPECT_EQ(run(memoized("d", GetParam(), ", maxAge: 10s"), "d"), "two") << "it was too old";
  EXPECT_EQ(run(memoized("e", GetParam()), "e"), "two*");
}
INSTANTIATE_TEST_SUITE_P(Caches, MemoOf,
                         testing::Values("configMap: {name: cache}", "database: {name: cache}"));

TEST_F(Memo, AConfigMapHasArgosForm) {
  run(memoized("a", "configMap: {name: cache}"), "a");
  const std::string now = base::to_rfc3339(clock_.now());
  const Value map = config_map("cache");
  EXPECT_EQ(map.string_at("metadata", "labels", "workflows.argoproj.io/configmap-type"), "Cache");
  EXPECT_EQ(map.string_at("data", "k2"),
            R"({"nodeID":"a","outputs":{"parameters":[{"name":"p","value":"one",)"
            R"("valueFrom":{"path":"/p"}}],)"
            R"("exitCode":"0"},"creationTimestamp":")" +
                now + R"(","lastHitTimestamp":")" + now + "\"}");
}

TEST_F(Memo, ACacheThatIsFullKeepsNothingMoreAndSaysSo) {
  put_config_map("cache", "{\"full\":\"" + std::string((1 << 20) - 10, 'x') + "\"}", "Cache");
  EXPECT_EQ(run(memoized("a", "configMap: {name: cache}"), "a"), "one");
  EXPECT_EQ(run(memoized("b", "configMap: {name: cache}"), "b"), "one");
  EXPECT_EQ(config_map("cache").find("data")->as_map().size(), 1u);
  output_ = std::string(3 << 20, 'y');
  EXPECT_EQ(run(memoized("c", "database: {name: cache}"), "c").size(), output_.size());
  EXPECT_EQ(run(memoized("d", "database: {name: cache}"), "d"), output_ + "*");
}

TEST_F(Memo, AnotherConfigMapIsNotUsedAsACache) {
  put_config_map("cache", R"({"k2":"mine"})");
  submit(memoized("a", "configMap: {name: cache}"));
  settle();
  EXPECT_EQ(phase("a"), "Error");
  EXPECT_EQ(message("a"),
            "error in entry template execution: memoization configmap doesn't have "
            "workflows.argoproj.io/configmap-type label, "
            "refusing to use it");
  EXPECT_EQ(config_map("cache").string_at("data", "k2"), "mine");
}

// --- values of ConfigMaps

TEST_F(Locks, AnArgumentOfAConfigMapIsReadOnce) {
  put_config_map("values", R"({"v":"first"})", "Parameter");
  const std::string uid = submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: a}
spec:
  entrypoint: main
  arguments: {parameters: [{name: p, valueFrom: {configMapKeyRef: {name: values, key: v}}}]}
  templates:
  - name: main
    steps: [[{name: gate, template: gate}], [{name: go, template: work}]]
  - {name: gate, suspend: {}}
  - name: work
    inputs: {parameters: [{name: q, valueFrom: {configMapKeyRef: {name: values, key: v}}}]}
    container: {image: busybox, args: ["{{workflow.parameters.p}} {{inputs.parameters.q}}"]}
)");
  settle();
  put_config_map("values", R"({"v":"second"})", "Parameter");
  restart();
  operate("a", uid, {Operation::Kind::kResume, {}, {}, "", {}});
  settle();
  EXPECT_EQ(phase("a"), "Succeeded") << message("a");
  ASSERT_EQ(pods().size(), 1u);
  EXPECT_EQ(pods()[0]
                .find_path("spec", "containers")
                ->as_list()[0]
                .find("args")
                ->as_list()[0]
                .to_any_string(),
            "first second");
}

TEST_F(Locks, AnArgumentWithoutItsConfigMapFailsTheWorkflow) {
  submit(R"(
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: a}
spec:
  entrypoint: main
  arguments: {parameters: [{name: p, valueFrom: {configMapKeyRef: {name: values, key: v}}}]}
  templates: [{name: main, container: {image: busybox}}]
)");
  settle();
  EXPECT_EQ(phase("a"), "Failed");
  EXPECT_NE(message("a").find("failed to set global parameter p from configmap"), std::string::npos)
      << message("a");
}

}  // namespace
}  // namespace sim

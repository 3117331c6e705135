// What is stored to be run later, over REST and by workflows that refer to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/server_fixture.h"

namespace sim {
namespace {

using testing::HasSubstr;

constexpr const char* kLibrary =
    R"({"metadata":{"name":"lib"},"spec":{"entrypoint":"main",)"
    R"("arguments":{"parameters":[{"name":"who","value":"world"}]},)"
    R"("templates":[{"name":"main","container":{"image":"busybox",)"
    R"("args":["{{workflow.parameters.who}}"]}},{"name":"wait","suspend":{}}]}})";
constexpr const char* kCron =
    R"({"metadata":{"name":"nightly"},"spec":{"schedules":["0 0 1 1 *"],)"
    R"("workflowMetadata":{"labels":{"team":"a"}},"workflowSpec":{"entrypoint":"main",)"
    R"("templates":[{"name":"main","container":{"image":"busybox"}}]}}})";

std::string with(const std::string& member, const std::string& object) {
  return "{\"" + member + "\":" + object + "}";
}
std::string from(const std::string& kind, const std::string& name,
                 const std::string& options = "{}") {
  return R"({"resourceKind":")" + kind + R"(","resourceName":")" + name + R"(","submitOptions":)" +
         options + "}";
}

class Stored : public ServerTest {
 protected:
  void store_template(const std::string& json = kLibrary) {
    const auto answer = send("POST", "/api/v1/workflow-templates/argo", with("template", json));
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
};

struct CollectionCase {
  const char *title, *path, *plural, *member, *object, *name;
};
class StoredCollection : public Stored, public testing::WithParamInterface<CollectionCase> {};

TEST_P(StoredCollection, IsCreatedListedUpdatedAndDeleted) {
  const CollectionCase& c = GetParam();
  const std::string one = std::string(c.path) + "/" + c.name;
  const Value created = json("POST", c.path, with(c.member, c.object));
  ASSERT_EQ(created.string_at("metadata", "name"), c.name) << text::to_json(created);
  EXPECT_FALSE(created.string_at("metadata", "uid").empty());
  EXPECT_EQ(send("POST", c.path, with(c.member, c.object)).status, 409);

  Value read = json("GET", one);
  EXPECT_EQ(read.find_path("spec")->as_map().size(), created.find("spec")->as_map().size());
  const Value list = json("GET", c.path);
  ASSERT_TRUE(list.find("items")->is_list());
  EXPECT_EQ(list.find("items")->as_list().size(), 1u);

  read["metadata"]["labels"]["a"] = "b";
  const auto updated = send("PUT", one, with(c.member, text::to_json(read)));
  EXPECT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(json("GET", one).string_at("metadata", "labels", "a"), "b");
  EXPECT_EQ(send("PUT", one, with(c.member, text::to_json(read))).status, 409)
      << "a stale resourceVersion";

  EXPECT_EQ(send("DELETE", one).status, 200);
  EXPECT_EQ(send("DELETE", one).status, 404);
  EXPECT_EQ(send("GET", one).status, 404);
  EXPECT_TRUE(json("GET", c.path).find("items")->is_null());
}

TEST_P(StoredCollection, IsLintedAndRefusedWithAllItsProblems) {
  const CollectionCase& c = GetParam();
  const std::string lint = std::string(c.path) + "/lint";
  EXPECT_EQ(send("POST", lint, with(c.member, c.object)).status, 200);
  EXPECT_EQ(send("GET", std::string(c.path) + "/" + c.name).status, 404) << "lint stores nothing";
  std::string bad = c.object;
  bad.replace(bad.find("busybox"), 7, "busybox\",\"comand\":\"x");
  for (const std::string& path : {lint, std::string(c.path)}) {
    const auto answer = send("POST", path, with(c.member, bad));
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("comand"));
    EXPECT_EQ(send("POST", path, "{}").status, 400);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, StoredCollection,
    testing::Values(CollectionCase{"templates", "/api/v1/workflow-templates/argo",
                                   "workflowtemplates", "template", kLibrary, "lib"},
                    CollectionCase{"cluster templates", "/api/v1/cluster-workflow-templates",
                                   "clusterworkflowtemplates", "template", kLibrary, "lib"},
                    CollectionCase{"cron workflows", "/api/v1/cron-workflows/argo", "cronworkflows",
                                   "cronWorkflow", kCron, "nightly"}));

TEST_F(Stored, TemplatesAreListedByName) {
  for (const char* name : {"apple", "pineapple", "pear"}) {
    std::string object = kLibrary;
    store_template(object.replace(object.find("lib"), 3, name));
  }
  EXPECT_EQ(json("GET", "/api/v1/workflow-templates/argo?namePattern=apple")
                .find("items")
                ->as_list()
                .size(),
            2u);
  EXPECT_EQ(json("GET", "/api/v1/workflow-templates").find("items")->as_list().size(), 3u);
  EXPECT_TRUE(json("GET", "/api/v1/workflow-templates/other").find("items")->is_null());
}

TEST_F(Stored, ACronWorkflowIsSuspendedAndResumed) {
  ASSERT_EQ(send("POST", "/api/v1/cron-workflows/argo", with("cronWorkflow", kCron)).status, 200);
  const std::string one = "/api/v1/cron-workflows/argo/nightly";
  EXPECT_TRUE(json("PUT", one + "/suspend", "{}").find_path("spec", "suspend")->as_bool());
  EXPECT_FALSE(json("PUT", one + "/resume", "{}").find_path("spec", "suspend")->as_bool());
}

TEST_F(Stored, AWorkflowRunsItsTemplateRefAndKeepsWhatItRan) {
  store_template();
  const Value made =
      json("POST", "/api/v1/workflows/argo/submit",
           from("workflowtemplate", "lib", R"({"name":"run","parameters":["who=moon"]})"));
  EXPECT_EQ(made.string_at("metadata", "labels", "workflows.argoproj.io/workflow-template"), "lib")
      << text::to_json(made);
  const Value done = wait_phase("run", "Succeeded");
  const Value* spec = done.find_path("status", "storedWorkflowTemplateSpec");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(spec->string_at("entrypoint"), "main");
  EXPECT_EQ(spec->find_path("arguments", "parameters")->as_list()[0].string_at("value"), "moon");
  EXPECT_EQ(done.find_path("spec", "templates"), nullptr) << "its own spec stays as it was given";
}

TEST_F(Stored, ATemplateRefIsKeptInTheStatus) {
  store_template();
  create("caller",
         R"({"name":"main","steps":[[{"name":"call",)"
         R"("templateRef":{"name":"lib","template":"main"}}]]})",
         R"(,"arguments":{"parameters":[{"name":"who","value":"x"}]})");
  const Value done = wait_phase("caller", "Succeeded");
  const Value* stored = done.find_path("status", "storedTemplates");
  ASSERT_NE(stored, nullptr);
  EXPECT_NE(stored->find("namespaced/lib/main"), nullptr) << text::to_json(*stored);
}

TEST_F(Stored, AnItemMayNameATemplateRef) {
  for (const char* name : {"job-a", "job-b", "other"}) {
    std::string object = kLibrary;
    store_template(object.replace(object.find("lib"), 3, name));
  }
  const auto calls = [&](const std::string& name, const std::string& items) {
    create(name,
           R"({"name":"main","steps":[[{"name":"call","withItems":)" + items +
               R"(,"templateRef":{"name":"job-{{item}}","template":"main"}}]]})",
           R"(,"arguments":{"parameters":[{"name":"who","value":"x"}]})");
  };
  calls("good", R"(["a","b"])");
  const Value done = wait_phase("good", "Succeeded");
  const Value* stored = done.find_path("status", "storedTemplates");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->as_map().size(), 2u) << "what fits the name: " << text::to_json(*stored);
  std::vector<std::string> used;
  for (const text::Member& node : done.find_path("status", "nodes")->as_map())
    if (node.value.string_at("displayName").starts_with("call"))
      used.emplace_back(node.value.string_at("templateRef", "name"));
  EXPECT_THAT(used, testing::UnorderedElementsAre("job-a", "job-b"));
  calls("bad", R"(["c"])");
  EXPECT_THAT(text::to_json(wait_phase("bad", "Failed")),
              HasSubstr("template reference job-c.main not found"));
}

TEST_F(Stored, TheServersDefaultsLieBelowAll) {
  Value config;
  config["metadata"]["name"] = "workflow-controller-configmap";
  config["data"]["workflowDefaults"] =
      "metadata: {labels: {from: defaults, own: defaults}}\n"
      "spec:\n  arguments: {parameters: [{name: who, value: nobody}, {name: more, value: m}]}\n"
      "  activeDeadlineSeconds: 77\n";
  ASSERT_TRUE(api_.create(kube::kind_of("configmaps"), "argo", config, false));
  store_template();
  ASSERT_EQ(send("POST", "/api/v1/workflows/argo/submit",
                 from("wftmpl", "lib", R"({"name":"run","labels":"own=mine"})"))
                .status,
            200);
  create("plain", kContainer);
  for (const char* name : {"run", "plain"}) {
    const Value done = wait_phase(name, "Succeeded");
    const Value* spec = done.find_path("status", "storedWorkflowTemplateSpec");
    ASSERT_NE(spec, nullptr) << name;
    EXPECT_EQ(spec->find("activeDeadlineSeconds")->to_int(), 77) << name;
    EXPECT_EQ(done.string_at("metadata", "labels", "from"), "defaults") << name;
    const auto& parameters = spec->find_path("arguments", "parameters")->as_list();
    EXPECT_EQ(parameters.size(), 2u);
    EXPECT_EQ(parameters[0].string_at("value"), name == std::string("run") ? "world" : "nobody");
  }
  EXPECT_EQ(wait_phase("run", "Succeeded").string_at("metadata", "labels", "own"), "mine");
}

constexpr const char* kGate =
    R"({"metadata":{"name":"gate"},"spec":{"entrypoint":"main","templates":[)"
    R"({"name":"main","steps":[[{"name":"ask","template":"ask"}],)"
    R"([{"name":"go","template":"go"}]]},)"
    R"({"name":"ask","suspend":{}},{"name":"go","container":{"image":"busybox"}}]}})";

class Restricted : public Stored {
 protected:
  void restrict_to(const std::string& word) {
    Value config;
    config["metadata"]["name"] = "workflow-controller-configmap";
    config["data"]["workflowRestrictions"] = "templateReferencing: " + word;
    ASSERT_TRUE(api_.create(kube::kind_of("configmaps"), "argo", config, false));
  }
  std::string message(const std::string& name, const std::string& phase) {
    return std::string(wait_phase(name, phase).string_at("status", "message"));
  }
  void run(const std::string& name, const std::string& more = "") {
    const auto made =
        send("POST", "/api/v1/workflows/argo",
             R"({"workflow":{"metadata":{"name":")" + name +
                 R"("},"spec":{"workflowTemplateRef":{"name":"gate"})" + more + "}}}");
    ASSERT_EQ(made.status, 200) << made.body;
  }
  void change_template(const std::string& patch) {
    ASSERT_TRUE(api_.patch({&kube::kind_of("workflowtemplates"), "argo", "gate"},
                           kube::PatchType::kMerge, *text::parse_json(patch)));
  }
};

TEST_F(Restricted, StrictRunsTemplatesAlone) {
  restrict_to("Strict");
  store_template(kGate);
  create("own", kContainer);
  EXPECT_EQ(message("own", "Error"),
            "workflows must use workflowTemplateRef to be executed when the controller is in "
            "reference mode");
  run("over", R"(,"serviceAccountName":"root","hostNetwork":true)");
  EXPECT_EQ(message("over", "Error"),
            "fields [hostNetwork serviceAccountName] are not permitted "
            "when using workflowTemplateRef with templateReferencing restriction");
  run("good", R"(,"priority":3,"arguments":{"parameters":[{"name":"a","value":"b"}]})");
  ASSERT_TRUE(wait("good", has_running_suspend).is_map());
  change_template(R"({"spec":{"serviceAccountName":"other"}})");
  json("PUT", "/api/v1/workflows/argo/good/resume", "{}");
  EXPECT_EQ(message("good", "Succeeded"), "") << "it keeps what it has begun with";
}

TEST_F(Restricted, SecureEndsWhatHasChanged) {
  restrict_to("Secure");
  store_template(kGate);
  run("good", R"(,"suspend":true)");
  run("bad");
  ASSERT_TRUE(wait("bad", has_running_suspend).is_map());
  change_template(R"({"metadata":{"labels":{"team":"a"}}})");
  json("PUT", "/api/v1/workflows/argo/good/resume", "{}");
  ASSERT_TRUE(wait("good", has_running_suspend).is_map());
  json("PUT", "/api/v1/workflows/argo/good/resume", "{}");
  EXPECT_EQ(message("good", "Succeeded"), "") << "a label is not the spec";
  change_template(R"({"spec":{"serviceAccountName":"other"}})");
  EXPECT_THAT(message("bad", "Failed"),
              HasSubstr("WorkflowSpec may not change during execution when the controller is set "
                        "`templateReferencing: Secure`"));
}

TEST_F(Stored, LabelsAreComputedWhenAWorkflowBegins) {
  create("labelled", kContainer,
         R"(,"workflowMetadata":{"labels":{"a":"b"},"annotations":{"c":"d"},)"
         R"("labelsFrom":{"e":{"expression":"workflow.name + '-x'"}}})");
  const Value done = wait_phase("labelled", "Succeeded");
  EXPECT_EQ(done.string_at("metadata", "labels", "a"), "b");
  EXPECT_EQ(done.string_at("metadata", "annotations", "c"), "d");
  EXPECT_EQ(done.string_at("metadata", "labels", "e"), "labelled-x");
  create("number", kContainer, R"(,"workflowMetadata":{"labelsFrom":{"e":{"expression":"1"}}})");
  EXPECT_EQ(wait_phase("number", "Error").string_at("status", "message"),
            "failed to evaluate label \"e\" expression \"1\" evaluted to int but must be a string");
}

struct Missing {
  const char *title, *spec, *phase, *message, *by_rest;
};
class MissingTemplate : public Stored, public testing::WithParamInterface<Missing> {};
// A client of Argo's REST is told at once; through Kubernetes' REST the order of creations is free,
// so that the workflow says it.
TEST_P(MissingTemplate, IsTold) {
  const Missing& c = GetParam();
  store_template();
  const std::string object =
      R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"m"},"spec":)" +
      std::string(c.spec) + "}";
  const auto refused = send("POST", "/api/v1/workflows/argo", with("workflow", object));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr(c.by_rest));
  const auto made = send("POST", "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows", object);
  ASSERT_EQ(made.status, 201) << made.body;
  const Value ended = wait_phase("m", c.phase);
  EXPECT_THAT(std::string(ended.string_at("status", "message")), HasSubstr(c.message));
}
INSTANTIATE_TEST_SUITE_P(
    Table, MissingTemplate,
    testing::Values(
        Missing{"a workflow's template", R"({"workflowTemplateRef":{"name":"nope"}})", "Error",
                "workflowtemplate.argoproj.io \"nope\" not found",
                "there is no WorkflowTemplate \\\"nope\\\""},
        Missing{"a cluster's", R"({"workflowTemplateRef":{"name":"lib","clusterScope":true}})",
                "Error", "clusterworkflowtemplate.argoproj.io \"lib\" not found",
                "there is no ClusterWorkflowTemplate \\\"lib\\\""},
        Missing{"a step's",
                R"({"entrypoint":"main","templates":[{"name":"main","steps":[[{"name":"a",)"
                R"("templateRef":{"name":"lib","template":"nope"}}]]}]})",
                "Failed", "template reference lib.nope not found",
                "template reference lib.nope not found"}));

struct FromCase {
  const char *title, *kind, *name;
  int status;
  const char* text;
};
class SubmitFrom : public Stored, public testing::WithParamInterface<FromCase> {};
TEST_P(SubmitFrom, Answers) {
  const FromCase& c = GetParam();
  store_template();
  ASSERT_EQ(send("POST", "/api/v1/cluster-workflow-templates", with("template", kLibrary)).status,
            200);
  ASSERT_EQ(send("POST", "/api/v1/cron-workflows/argo", with("cronWorkflow", kCron)).status, 200);
  const auto answer = send("POST", "/api/v1/workflows/argo/submit", from(c.kind, c.name));
  EXPECT_EQ(answer.status, c.status) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(c.text));
}
INSTANTIATE_TEST_SUITE_P(
    Table, SubmitFrom,
    testing::Values(
        FromCase{"singular", "workflowtemplate", "lib", 200, R"("generateName":"lib-")"},
        FromCase{"plural", "workflowtemplates", "lib", 200,
                 R"("workflowTemplateRef":{"name":"lib"})"},
        FromCase{"kind", "WorkflowTemplate", "lib", 200, "lib-"},
        FromCase{"short name", "wftmpl", "lib", 200, "lib-"},
        FromCase{"cluster", "cwft", "lib", 200, R"("clusterScope":true)"},
        FromCase{"cluster's label", "clusterworkflowtemplate", "lib", 200,
                 R"("workflows.argoproj.io/cluster-workflow-template":"lib")"},
        FromCase{"cron", "cronwf", "nightly", 200,
                 R"("workflows.argoproj.io/cron-workflow":"nightly","team":"a")"},
        FromCase{"cron's owner", "CronWorkflow", "nightly", 200, R"("kind":"CronWorkflow")"},
        FromCase{"absent", "cronwf", "nope", 404,
                 "cronworkflows.argoproj.io \\\"nope\\\" not found"},
        FromCase{"a kind that cannot", "pod", "x", 400,
                 "Resource kind 'pod' is not supported for submitting"}));

TEST_F(Stored, ADryRunOfASubmitStoresNothing) {
  store_template();
  for (const char* how : {"dryRun", "serverDryRun"}) {
    const auto answer =
        send("POST", "/api/v1/workflows/argo/submit",
             from("wftmpl", "lib", std::string(R"({"name":"dry",")") + how + "\":true}"));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(send("GET", "/api/v1/workflows/argo/dry").status, 404) << how;
  }
}

}  // namespace
}  // namespace sim

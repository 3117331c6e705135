// argo archive, convert, cp and executor-plugin: what is asked, shown and written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kUid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
const std::string kOne =
    R"({"metadata":{"name":"x","namespace":"default","uid":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "creationTimestamp":"2026-01-02T03:04:00Z"},"spec":{},"status":{"phase":"Failed"}})";
const std::string kByName =
    "GET /api/v1/archived-workflows?namespace=default&namePrefix=x&nameFilter=Exact";

TEST(Archive, ReadsAndDeletes) {
  const std::string uid = kUid;
  const Story stories[] = {
      {"archive",
       {"archive", "list"},
       {{"GET /api/v1/archived-workflows?namespace=default", R"({"metadata":{},"items":null})"}},
       0,
       "No workflows found\n",
       ""},
      {"archive",
       {"archive", "list", "-l", "a=b", "--chunk-size", "1", "-o", "name"},
       {{"GET /api/v1/archived-workflows?namespace=default&listOptions.labelSelector=a%3Db&"
         "listOptions.limit=1",
         R"({"metadata":{"continue":"1"},"items":[)" + kOne + "]}"},
        {"GET /api/v1/archived-workflows?namespace=default&listOptions.labelSelector=a%3Db&"
         "listOptions.limit=1&listOptions.continue=1",
         "{}"}},
       0,
       "x\n",
       ""},
      {"archive",
       {"archive", "list"},
       {{"GET /api/v1/archived-workflows?namespace=default", R"({"items":[)" + kOne + "]}"}},
       0,
       "NAMESPACE   NAME   STATUS   AGE   DURATION   PRIORITY   MESSAGE   P/R/C   PARAMETERS   "
       "UID\n"
       "default     x      Failed   1m    0s         0                    0/0/0                "
       "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\n",
       ""},
      {"archive",
       {"archive", "get", uid, "-o", "json"},
       {{"GET /api/v1/archived-workflows/" + uid, "{}"}},
       0,
       "{}\n",
       ""},
      {"archive",
       {"archive", "delete", "x", uid},
       {{kByName, R"({"items":[)" + kOne + "]}"},
        {"DELETE /api/v1/archived-workflows/" + uid, "{}"},
        {"DELETE /api/v1/archived-workflows/" + uid, "{}"}},
       0,
       "Archived workflow 'x' deleted\n"
       "Archived workflow 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' deleted\n",
       ""},
      {"archive",
       {"archive", "get", "x"},
       {{kByName, "{}"}},
       1,
       "",
       "argo: archived workflow 'x' not found\n"},
      {"archive",
       {"archive", "get", "--uid", "x"},
       {{"GET /api/v1/archived-workflows/x", R"({"code":5,"message":"not found"})", 404}},
       1,
       "",
       "argo: not found\n"},
  };
  for (const Story& story : stories) play(story);
}

TEST(Archive, LabelsAndMistakes) {
  const Story stories[] = {
      {"archive",
       {"archive", "get", "--uid", "--name", "x"},
       {},
       1,
       "",
       "argo: --name and --uid exclude each other\n"},
      {"archive",
       {"archive", "list-label-keys"},
       {{"GET /api/v1/archived-workflows-label-keys?namespace=default", R"({"items":["a","b"]})"}},
       0,
       "a\nb\n",
       ""},
      {"archive",
       {"archive", "list-label-values", "-l", "a"},
       {{"GET "
         "/api/v1/archived-workflows-label-values?listOptions.labelSelector=a&namespace=default",
         R"({"items":["1"]})"}},
       0,
       "1\n",
       ""},
  };
  for (const Story& story : stories) play(story);
}

TEST(Archive, RunsAgain) {
  const std::string uid = kUid;
  Stage stage(std::vector<Scene>{{kByName, R"({"items":[)" + kOne + "]}"},
                                 {"PUT /api/v1/archived-workflows/" + uid + "/retry", kOne}});
  EXPECT_EQ(stage.run({"archive", "retry", "x", uid, "-p", "a=b", "-o", "name"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "x\n");
  EXPECT_THAT(stage.bodies.back(), HasSubstr(R"("parameters":["a=b"])"));
  EXPECT_THAT(stage.bodies.back(), HasSubstr(R"("namespace":"default")"));
  Stage none;
  EXPECT_EQ(none.run({"archive", "resubmit"}), 1);
  EXPECT_THAT(none.err, HasSubstr("which workflows?"));
}

TEST(Convert, LegacyFields) {
  Stage stage;
  stage.input = R"(kind: CronWorkflow
metadata: {name: c}
spec:
  schedule: "* * * * *"
  schedules: [old]
  workflowSpec:
    podPriority: 5
    synchronization: {mutex: {name: m}, mutexes: [{name: other}]}
    templates:
    - name: a
      synchronization: {semaphore: {configMapKeyRef: {name: x, key: k}}}
---
kind: ConfigMap
data: {schedule: kept}
)";
  EXPECT_EQ(stage.run({"convert", "-"}), 0);
  EXPECT_EQ(stage.out, R"(---
kind: CronWorkflow
metadata:
  name: c
spec:
  workflowSpec:
    synchronization:
      mutexes:
      - name: other
      - name: m
    templates:
    - name: a
      synchronization:
        semaphores:
        - configMapKeyRef:
            name: x
            key: k
  schedules:
  - '* * * * *'
---
kind: ConfigMap
data:
  schedule: kept
)");
  EXPECT_EQ(stage.err,
            "argo: stdin: spec.workflowSpec.podPriority is left out: name a PriorityClass in "
            "podPriorityClassName\n");
  Stage json;
  json.input = "{\"kind\": \"Workflow\", \"spec\": {}}";
  EXPECT_EQ(json.run({"convert", "-o", "json", "-"}), 0);
  EXPECT_EQ(json.out, "{\"kind\":\"Workflow\",\"spec\":{}}\n");
}

const std::string kWithArtifacts = R"({"metadata":{"name":"w"},"status":{"nodes":{
  "w-1":{"templateName":"t","outputs":{"artifacts":[{"name":"a","s3":{"key":"k/a.tgz"}},
                                                    {"name":"b","s3":{"key":"k/b.tgz"}}]}},
  "w-2":{"templateName":"u","outputs":{"artifacts":[{"name":"c","raw":{"data":"x"}}]}}}}})";

TEST(Cp, CopiesWhatTheFlagsChoose) {
  Stage stage(std::vector<Scene>{{"GET /api/v1/workflows/default/w", kWithArtifacts},
                                 {"GET /artifacts/default/w/w-1/a", "bytes"}});
  EXPECT_EQ(stage.run({"cp", "w", "out", "--template-name", "t", "--artifact-name", "a"}), 0)
      << stage.err;
  EXPECT_EQ(stage.out, "Created \"a.tgz\"\n");
  EXPECT_EQ(stage.files.read("out/default/w/w-1/outputs/a/a.tgz", 100).value_or(""), "bytes");

  Stage missing(std::vector<Scene>{{"GET /api/v1/workflows/default/w", kWithArtifacts},
                                   {"GET /artifacts/default/w/w-1/b", "Not Found\n", 404}});
  EXPECT_EQ(missing.run({"cp", "w", "out", "--artifact-name", "b"}), 1);
  EXPECT_THAT(missing.err, HasSubstr("artifact \"b\" of w-1: the server answered with status 404"));

  Stage raw(std::vector<Scene>{{"GET /api/v1/workflows/default/w", kWithArtifacts}});
  EXPECT_EQ(raw.run({"cp", "w", "out", "--node-id", "w-2"}), 1);
  EXPECT_THAT(raw.err, HasSubstr("artifact \"c\" of node w-2 has no key"));

  Stage none(std::vector<Scene>{{"GET /api/v1/workflows/default/w", kWithArtifacts}});
  EXPECT_EQ(none.run({"cp", "w", "out", "--node-id", "w-3"}), 0);
  EXPECT_EQ(none.err, "argo: w has no such output artifacts\n");
}

constexpr const char* kPlugin = R"(kind: ExecutorPlugin
apiVersion: argoproj.io/v1alpha1
metadata:
  name: hello
  annotations:
    workflows.argoproj.io/description: says hello
    workflows.argoproj.io/version: '>= v3.3'
spec:
  sidecar:
    container:
      name: hello
      image: python
      command: [python, -c]
      ports: [{containerPort: 4355}]
      securityContext: {runAsNonRoot: true}
      resources: {requests: {cpu: 1}, limits: {cpu: 2}}
)";

TEST(ExecutorPlugin, BecomesAConfigMap) {
  Stage stage;
  ASSERT_TRUE(stage.files.write_durably("p/plugin.yaml", kPlugin, 0644));
  ASSERT_TRUE(stage.files.write_durably("p/server.py", "print(1)\nprint(2)\n", 0644));
  EXPECT_EQ(stage.run({"executor-plugin", "build", "p"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "p/hello-executor-plugin-configmap.yaml created\np/README.md created\n");
  EXPECT_EQ(stage.files.read("p/hello-executor-plugin-configmap.yaml", 10000).value_or(""),
            R"(# This is an auto-generated file. DO NOT EDIT
apiVersion: v1
data:
  sidecar.automountServiceAccountToken: "false"
  sidecar.container: |
    args:
    - |
      print(1)
      print(2)
    command:
    - python
    - -c
    image: python
    name: hello
    ports:
    - containerPort: 4355
    resources:
      limits:
        cpu: 2
      requests:
        cpu: 1
    securityContext:
      runAsNonRoot: true
kind: ConfigMap
metadata:
  annotations:
    workflows.argoproj.io/description: says hello
    workflows.argoproj.io/version: '>= v3.3'
  labels:
    workflows.argoproj.io/configmap-type: ExecutorPlugin
  name: hello-executor-plugin
)");
}

TEST(ExecutorPlugin, Mistakes) {
  const auto error = [](std::string_view from, std::string_view to) {
    std::string text = kPlugin;
    text.replace(text.find(from), from.size(), to);
    Stage stage;
    EXPECT_TRUE(stage.files.write_durably("p/plugin.yaml", text, 0644));
    EXPECT_EQ(stage.run({"executor-plugin", "build", "p"}), 1);
    return stage.err;
  };
  EXPECT_THAT(error("ports: [{containerPort: 4355}]", ""), HasSubstr("at least one port"));
  EXPECT_THAT(error("image:", "imag:"), HasSubstr("imag"));
  EXPECT_THAT(error("sidecar:", "sidecars:"), HasSubstr("spec.sidecar is missing"));
  EXPECT_THAT(error("name: hello\n  anno", "anno"), HasSubstr("metadata.name is missing"));
}

}  // namespace
}  // namespace cli

// The commands against a server of canned answers: what a user sees, and what the server is asked.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::HasSubstr;

constexpr const char* kListed = R"({"metadata":{},"items":[
 {"metadata":{"name":"old","namespace":"default","creationTimestamp":"2026-01-01T00:00:00Z"},
  "spec":{"priority":3},
  "status":{"phase":"Failed","startedAt":"2026-01-01T00:00:00Z","finishedAt":"2026-01-01T00:02:00Z",
            "message":"child\n'x' failed"}},
 {"metadata":{"name":"new","namespace":"default","creationTimestamp":"2026-01-02T03:04:00Z"},
  "spec":{"arguments":{"parameters":[{"name":"m","value":"v"}]}},
  "status":{"phase":"Running","startedAt":"2026-01-02T03:04:50Z"}}]})";

const std::string kListTarget =
    "?fields=metadata%2Citems.metadata%2Citems.spec%2Citems.status.phase%2Citems.status.message%2C"
    "items.status.finishedAt%2Citems.status.startedAt%2Citems.status.estimatedDuration%2C"
    "items.status.progress";

std::vector<Story> list_stories() {
  const std::string target = "GET /api/v1/workflows/default" + kListTarget;
  const std::string names =
      "fields=metadata%2Citems.metadata.name%2Citems.metadata.creationTimestamp%2C"
      "items.status.finishedAt";
  return {
      {"unfinished first, then the newest",
       {"list"},
       {{target, kListed}},
       0,
       "NAME   STATUS    AGE   DURATION   PRIORITY   MESSAGE\n"
       "new    Running   1m    10s        0\n"
       "old    Failed    1d    2m         3          child 'x' failed\n",
       ""},
      {"wide asks for everything",
       {"list", "-o", "wide", "--no-headers"},
       {{"GET /api/v1/workflows/default", kListed}},
       0,
       "new   Running   1m   10s   0                      0/0/0   m=v\n"
       "old   Failed    1d   2m    3   child 'x' failed   0/0/0\n",
       ""},
      {"filters become labels",
       {"list", "-n", "ci", "--status", "Running,Failed", "--running", "-l", "a=b", "-o", "name"},
       {{"GET /api/v1/workflows/ci?listOptions.labelSelector=a%3Db%2Cworkflows.argoproj.io%2Fphase%"
         "20in%20%28Running%2CFailed%29%2Cworkflows.argoproj.io%2Fcompleted%21%3Dtrue&" +
             names,
         kListed}},
       0,
       "new\nold\n",
       ""},
  };
}

std::vector<Story> filter_stories() {
  const std::string target = "GET /api/v1/workflows/default" + kListTarget;
  const std::string names =
      "fields=metadata%2Citems.metadata.name%2Citems.metadata.creationTimestamp%2C"
      "items.status.finishedAt";
  return {
      {"by age",
       {"list", "-o", "name", "--older", "1h"},
       {{"GET /api/v1/workflows/default?" + names, kListed}},
       0,
       "old\n",
       ""},
      {"by creation",
       {"list", "-o", "name", "--since", "1h"},
       {{"GET /api/v1/workflows/default?" + names, kListed}},
       0,
       "new\n",
       ""},
      {"by name, of all namespaces",
       {"list", "-A", "--prefix", "n"},
       {{"GET /api/v1/workflows/" + kListTarget, kListed}},
       0,
       "NAMESPACE   NAME   STATUS    AGE   DURATION   PRIORITY   MESSAGE\n"
       "default     new    Running   1m    10s        0\n",
       ""},
      {"none", {"list"}, {{target, R"({"items":null})"}}, 0, "No workflows found\n", ""},
      {"in pieces",
       {"list", "--chunk-size", "1", "-o", "name"},
       {{"GET /api/v1/workflows/default?listOptions.limit=1&" + names,
         R"({"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"}}]})"},
        {"GET /api/v1/workflows/default?listOptions.limit=1&listOptions.continue=x&" + names,
         R"({"items":[{"metadata":{"name":"b"}}]})"}},
       0,
       "a\nb\n",
       ""},
      {"a bad selector asks nobody",
       {"list", "-l", "a=b,"},
       {},
       1,
       "",
       "argo: invalid selector \"a=b,\": it ends with a comma\n"
       "      write it as app=web,tier!=db,env in (a,b),!old\n"},
      {"contradiction",
       {"list", "--running", "--completed"},
       {},
       1,
       "",
       "argo: --completed and --running exclude each other\n"},
  };
}

TEST(Commands, List) {
  for (const Story& story : list_stories()) play(story);
  for (const Story& story : filter_stories()) play(story);
}

std::vector<Story> acting_stories() {
  return {
      {"stop",
       {"stop", "a", "b", "a"},
       {{"PUT /api/v1/workflows/default/a/stop", "{}"},
        {"PUT /api/v1/workflows/default/b/stop", "{}"}},
       0,
       "workflow a stopped\nworkflow b stopped\n",
       ""},
      {"stop what a selector finds",
       {"stop", "-l", "x", "--dry-run"},
       {{"GET "
         "/api/v1/workflows/default?listOptions.labelSelector=x&fields=metadata%2Citems.metadata",
         kListed}},
       0,
       "workflow new stopped (dry-run)\nworkflow old stopped (dry-run)\n",
       ""},
      {"stop nothing",
       {"stop"},
       {},
       1,
       "",
       "argo: which workflows?\n      name them, or give --selector or --field-selector\n"},
      {"terminate tells the real name",
       {"terminate", "@latest"},
       {{"PUT /api/v1/workflows/default/%40latest/terminate", R"({"metadata":{"name":"x"}})"}},
       0,
       "workflow x terminated\n",
       ""},
      {"suspend",
       {"suspend", "a"},
       {{"PUT /api/v1/workflows/default/a/suspend", "{}"}},
       0,
       "workflow a suspended\n",
       ""},
      {"resume",
       {"-n", "ci", "resume", "a"},
       {{"PUT /api/v1/workflows/ci/a/resume", "{}"}},
       0,
       "workflow a resumed\n",
       ""},
      {"resume with a bad node selector",
       {"resume", "a", "--node-field-selector", "x"},
       {},
       1,
       "",
       "argo: invalid field selector \"x\": \"x\" needs =, == or !=\n"
       "      write it as metadata.name=x,status.phase!=Running\n"},
  };
}

std::vector<Story> deleting_stories() {
  return {
      {"delete",
       {"delete", "a", "b"},
       {{"DELETE /api/v1/workflows/default/a", "{}"},
        {"DELETE /api/v1/workflows/default/b",
         R"({"code":5,"message":"workflows.argoproj.io \"b\" not found"})", 404}},
       0,
       "Workflow 'a' deleted\nWorkflow 'b' not found\n",
       ""},
      {"delete by force",
       {"delete", "a", "--force"},
       {{"DELETE /api/v1/workflows/default/a?force=true", "{}"}},
       0,
       "Workflow 'a' deleted\n",
       ""},
      {"delete old ones, dry",
       {"delete", "--older", "1d", "--dry-run"},
       {{"GET /api/v1/workflows/default?fields=metadata%2Citems.metadata%2Citems.status.finishedAt%"
         "2Citems.status.phase",
         kListed}},
       0,
       "Workflow 'old' deleted (dry-run)\n",
       ""},
      {"node set",
       {"node", "set", "a", "--node-field-selector", "displayName=x", "-p", "p=\"q\""},
       {{"PUT /api/v1/workflows/default/a/set", "{}"}},
       0,
       "workflow values set\n",
       ""},
      {"the server's refusal",
       {"suspend", "a"},
       {{"PUT /api/v1/workflows/default/a/suspend", R"({"code":9,"message":"it has ended"})", 400}},
       1,
       "",
       "argo: failed to suspend a: it has ended\n"},
      {"an answer that is no JSON",
       {"suspend", "a"},
       {{"PUT /api/v1/workflows/default/a/suspend", "<html>", 502}},
       1,
       "",
       "argo: failed to suspend a: the server answered with status 502: <html>\n"},
  };
}

TEST(Commands, ActOnWorkflows) {
  for (const Story& story : acting_stories()) play(story);
  for (const Story& story : deleting_stories()) play(story);
}

TEST(Commands, SendWhatTheServerReads) {
  Stage stage({{"PUT /api/v1/workflows/default/a/set", "{}"},
               {"PUT /api/v1/workflows/default/a/stop", "{}"},
               {"PUT /api/v1/workflows/default/a/suspend", "{}"},
               {"PUT /api/v1/workflows/default/a/resume", "{}"}});
  stage.run({"node", "set", "a", "--node-field-selector=displayName=x", "-p", "p=\"q\\n\"", "-p",
             "r=1", "-m", "hi", "--phase", "Succeeded"});
  stage.run({"stop", "a", "--message", "enough", "--node-field-selector", "name=n"});
  stage.run({"suspend", "a", "--node-field-selector", "displayName=deploy"});
  stage.run({"resume", "a", "-p", "p=1"});
  EXPECT_THAT(stage.bodies,
              testing::ElementsAre(
                  R"({"name":"a","namespace":"default","nodeFieldSelector":"displayName=x",)"
                  R"("message":"hi","phase":"Succeeded",)"
                  R"("outputParameters":"{\"p\":\"q\\n\",\"r\":\"1\"}"})",
                  R"({"name":"a","namespace":"default","nodeFieldSelector":"name=n",)"
                  R"("message":"enough"})",
                  R"({"name":"a","namespace":"default","nodeFieldSelector":"displayName=deploy"})",
                  R"({"name":"a","namespace":"default","outputParameters":"{\"p\":\"1\"}"})"));
}

TEST(Commands, Logs) {
  const std::string log = "GET /api/v1/workflows/default/a/log";
  const Story stories[] = {
      {"lines of pods",
       {"logs", "a"},
       {{log + "?logOptions.container=main",
         "{\"result\":{\"content\":\"hi\",\"podName\":\"a-1\"}}\n"
         "{\"result\":{\"content\":\"ä \\\"x\\\"\",\"podName\":\"a-2\"}}\n"}},
       0,
       "a-1: hi\na-2: ä \"x\"\n",
       ""},
      {"as an event stream",
       {"logs", "a", "a-1", "-c", "wait", "-f", "--tail=0", "--timestamps", "--grep", "x y",
        "--since", "2m"},
       {{log +
             "?podName=a-1&logOptions.container=wait&logOptions.follow=true&logOptions.timestamps="
             "true&logOptions.sinceSeconds=120&logOptions.tailLines=0&grep=x%20y",
         ": ping\r\n\r\ndata: {\"result\":{\"content\":\"hi\",\"podName\":\"a-1\"}}\r\n\r\n"}},
       0,
       "a-1: hi\n",
       ""},
      {"an error between the lines",
       {"logs", "a"},
       {{log + "?logOptions.container=main",
         "{\"result\":{\"content\":\"hi\",\"podName\":\"a-1\"}}\n"
         "{\"error\":{\"http_code\":404,\"message\":\"pod is gone\"}}\n"}},
       1,
       "a-1: hi\n",
       "argo: pod is gone\n"},
      {"a bad time",
       {"logs", "a", "--since-time", "yesterday"},
       {},
       1,
       "",
       "argo: --since-time: \"yesterday\" is no time\n      write it as 2026-01-02T03:04:05Z\n"},
      {"no such workflow",
       {"logs", "a"},
       {{log + "?logOptions.container=main", R"({"code":5,"message":"not found"})", 404}},
       1,
       "",
       "argo: not found\n"},
  };
  for (const Story& story : stories) play(story);
}

TEST(Commands, Objects) {
  const std::string maps = "/api/v1/namespaces/default/configmaps";
  const std::string stored =
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default",)"
      R"("resourceVersion":"7","uid":"u","creationTimestamp":"2026-01-02T03:04:00Z"},)"
      R"("data":{"k":"v"}})";
  const Story stories[] = {
      {"get",
       {"get", "configmap/c"},
       {{"GET " + maps + "/c", stored}},
       0,
       "NAME   DATA   AGE\nc      1      1m\n",
       ""},
      {"get all",
       {"get", "cm", "-o", "name"},
       {{"GET " + maps, "{\"items\":[" + stored + "]}"}},
       0,
       "c\n",
       ""},
      {"delete",
       {"delete", "configmap", "c", "d"},
       {{"DELETE " + maps + "/c", "{}"}, {"DELETE " + maps + "/d", R"({"message":"no d"})", 404}},
       1,
       "configmap/c deleted\n",
       "argo: no d\n"},
  };
  for (const Story& story : stories) play(story);

  const std::string file =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ci}\nstringData: {p: "
      "hi}\n";
  Stage stage({{"GET " + maps + "/c", stored},
               {"GET /api/v1/namespaces/ci/secrets/s", R"({"message":"none"})", 404},
               {"POST /api/v1/namespaces/ci/secrets", "{}"}});
  ASSERT_TRUE(stage.files.write_durably("o.yaml", file, 0644));
  EXPECT_EQ(stage.run({"apply", "-f", "o.yaml"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "configmap/c unchanged\nsecret/s created\n");
  EXPECT_EQ(stage.bodies.back(),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"ci"},)"
            R"("data":{"p":"aGk="}})");

  Stage changed({{"GET " + maps + "/c", stored}, {"PUT " + maps + "/c", "{}"}});
  changed.input = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: w}\n";
  EXPECT_EQ(changed.run({"apply", "-f", "-"}), 0) << changed.err;
  EXPECT_EQ(changed.out, "configmap/c configured\n");
  EXPECT_THAT(changed.bodies.back(), HasSubstr(R"("resourceVersion":"7")"));

  Stage wrong;
  wrong.input = "kind: Workflow\napiVersion: argoproj.io/v1alpha1\n";
  EXPECT_EQ(wrong.run({"apply", "-f", "-"}), 1);
  EXPECT_EQ(wrong.err,
            "stdin:1:1: error: kind \"Workflow\" cannot be applied here\n"
            "    kind: Workflow\n    ^ ConfigMaps, Secrets, ServiceAccounts, templates, "
            "CronWorkflows and "
            "WorkflowEventBindings are; workflows are for `argo submit`\n");
}

TEST(Commands, ApplyTellsAllMistakes) {
  Stage slips;
  slips.input =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, lables: {}}\ndata: {k: 1, l: yes}\n";
  EXPECT_EQ(slips.run({"apply", "-f", "-"}), 1);
  EXPECT_EQ(slips.err,
            "stdin:3:21: error: unknown field \"lables\" in metadata [unknown-field]\n"
            "    metadata: {name: c, lables: {}}\n"
            "                        ^ did you mean \"labels\"?\n"
            "stdin:4:11: error: \"k\": expected a string, got a number [wrong-type]\n"
            "    data: {k: 1, l: yes}\n"
            "              ^ put it in quotes: \"1\"\n"
            "stdin:4:17: error: \"l\": expected a string, got a boolean [wrong-type]\n"
            "    data: {k: 1, l: yes}\n"
            "                    ^ put it in quotes\n");
}

TEST(Commands, ApplyTakesArgosStoredKinds) {
  Stage binding(
      {{"GET /apis/argoproj.io/v1alpha1/namespaces/default/workfloweventbindings/b",
        R"({"message":"none"})", 404},
       {"POST /apis/argoproj.io/v1alpha1/namespaces/default/workfloweventbindings", "{}"},
       {"GET /apis/argoproj.io/v1alpha1/clusterworkflowtemplates/t", R"({"message":"none"})", 404},
       {"POST /apis/argoproj.io/v1alpha1/clusterworkflowtemplates", "{}"}});
  binding.input =
      "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowEventBinding\nmetadata: {name: b}\n"
      "spec: {event: {selector: \"true\"}, submit: {workflowTemplateRef: {name: t}}}\n---\n"
      "apiVersion: argoproj.io/v1alpha1\nkind: ClusterWorkflowTemplate\nmetadata: {name: t}\n"
      "spec: {templates: [{name: main, container: {image: busybox, command: [\"true\"]}}]}\n";
  EXPECT_EQ(binding.run({"apply", "-f", "-"}), 0) << binding.err;
  EXPECT_EQ(binding.out, "workfloweventbinding/b created\nclusterworkflowtemplate/t created\n");
}

TEST(Commands, KubeconfigHasWhatKubectlNeeds) {
  Stage stage;
  EXPECT_EQ(stage.run({"kubeconfig"}), 1);
  EXPECT_THAT(stage.err, HasSubstr("there is no certificate of a server yet"));
  stage.around.read_token = [] { return base::Result<std::string>("t0ken"); };
  stage.around.read_authority = [] { return base::Result<std::string>("PEM"); };
  EXPECT_EQ(stage.run({"kubeconfig", "-n", "ci"}), 0) << stage.err;
  for (const char* line : {"server: https://localhost:2746", "certificate-authority-data: UEVN",
                           "token: t0ken", "namespace: ci", "current-context: argon"})
    EXPECT_THAT(stage.out, HasSubstr(line));
  stage.out.clear();
  EXPECT_EQ(stage.run({"kubeconfig", "-f", "config"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "export KUBECONFIG=config\n");
}

TEST(Commands, ImagesAndDoctor) {
  const Story stories[] = {
      {"ls",
       {"image", "ls"},
       {{"GET /api/v1/agent/images",
         R"({"images":[{"name":"busybox","digest":"sha256:0123456789abcdef","sizeBytes":2100000,)"
         R"("pulledAt":"2026-01-02T03:00:00Z"}]})"}},
       0,
       "NAME      DIGEST         SIZE     AGE\nbusybox   0123456789ab   2.1 MB   5m\n",
       ""},
      {"pull shows progress",
       {"image", "pull", "x:1"},
       {{"POST /api/v1/agent/images",
         "{\"progress\":\"layer 1\"}\n{\"image\":{\"name\":\"x:1\",\"digest\":\"sha256:ab\"}}\n"}},
       0,
       "layer 1\nx:1 sha256:ab\n",
       ""},
      {"pull fails",
       {"image", "pull", "x:1"},
       {{"POST /api/v1/agent/images", "{\"error\":{\"message\":\"no route\"}}\n"}},
       1,
       "",
       "argo: no route\n"},
      {"rm",
       {"image", "rm", "a b"},
       {{"DELETE /api/v1/agent/images?name=a%20b", "{}"}},
       0,
       "image a b removed\n",
       ""},
      {"prune",
       {"image", "prune"},
       {{"POST /api/v1/agent/images/prune", R"({"bytesFreed":1500000})"}},
       0,
       "1.5 MB freed\n",
       ""},
      {"no such action",
       {"image", "push"},
       {},
       1,
       "",
       "argo: unknown action \"push\"\n      one of ls, pull, import, rm, prune\n"},
      {"no name", {"image", "pull"}, {}, 1, "", "argo: `argo image pull` needs a name\n"},
      {"doctor",
       {"doctor"},
       {{"GET /api/v1/agent/doctor",
         R"({"findings":[{"ok":true,"what":"crun","detail":"1.8"},)"
         R"({"ok":false,"fatal":true,"what":"overlayfs","advice":"load the module"}]})"}},
       1,
       "✔ crun: 1.8\n✖ overlayfs\n    load the module\n",
       ""},
  };
  for (const Story& story : stories) play(story);
  Stage stage(std::vector<Scene>{
      {"POST /api/v1/agent/images/import", R"({"image":{"name":"x","digest":"d"}})"}});
  EXPECT_EQ(stage.run({"image", "import", "x.tar", "--name", "x"}), 0);
  EXPECT_EQ(stage.bodies[0], R"({"path":"/srv/x.tar","name":"x"})");
}

TEST(Commands, CommandLine) {
  const Story stories[] = {
      {"unknown command",
       {"sumbit"},
       {},
       2,
       "",
       "argo: unknown command \"sumbit\"\n      did you mean \"submit\"?\n"},
      {"unknown action",
       {"cron", "lst"},
       {},
       2,
       "",
       "argo: unknown command \"cron lst\"\n      did you mean \"list\"?\n"},
      {"too few",
       {"watch"},
       {},
       2,
       "",
       "argo: `argo watch` needs more arguments: argo watch WORKFLOW\n"},
      {"too many",
       {"watch", "a", "b"},
       {},
       2,
       "",
       "argo: `argo watch` takes fewer arguments: argo watch WORKFLOW\n"},
      {"version", {"version", "--short"}, {}, 0, "argo: v0.1.0\n", ""},
      {"a shell",
       {"completion", "tcsh"},
       {},
       1,
       "",
       "argo: unknown shell \"tcsh\"\n      one of bash, zsh, fish\n"},
  };
  for (const Story& story : stories) play(story);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    Stage stage;
    EXPECT_EQ(stage.run({"completion", shell}), 0);
    EXPECT_THAT(stage.out, HasSubstr("submit")) << shell;
  }
  Stage help;
  EXPECT_EQ(help.run({}), 0);
  EXPECT_EQ(help.run({"submit", "--help"}), 0);
  EXPECT_THAT(help.out, HasSubstr("--parameter-file"));
  // It is a program of its own; what it takes is told here all the same.
  for (const std::vector<std::string>& asked :
       {std::vector<std::string>{"server", "--help"}, {"help", "server"}}) {
    Stage server;
    EXPECT_EQ(server.run(asked), 0);
    EXPECT_THAT(server.out, HasSubstr("argo server [FLAGS]"));
    EXPECT_THAT(server.out, HasSubstr("--port NUMBER"));
  }
}

TEST(Settings, WhereACommandGoes) {
  struct Case {
    const char* title;
    std::vector<std::string> flags;
    std::map<std::string, std::string> environment;
    const char *config, *url, *token, *target;
  };
  const Case cases[] = {
      {"embedded", {}, {}, "", "", "", "default"},
      {"the flag wins",
       {"-s", "h:1", "-n", "a"},
       {{"ARGO_SERVER", "e:1"}, {"ARGO_NAMESPACE", "b"}},
       "server: c:1\nnamespace: c\n",
       "https://h:1",
       "",
       "a"},
      {"the environment",
       {},
       {{"ARGO_SERVER", "e:1"},
        {"ARGO_NAMESPACE", "b"},
        {"ARGO_TOKEN", "Bearer t"},
        {"ARGO_SECURE", "false"}},
       "server: c:1\n",
       "http://e:1",
       "t",
       "b"},
      {"the file", {}, {}, "server: http://c:1\ntoken: t\nnamespace: c\n", "http://c:1", "t", "c"},
      {"not secure", {"-s", "h:1", "--secure=false"}, {}, "", "http://h:1", "", "default"},
      {"a socket", {"-s", "unix:/x"}, {}, "", "unix:/x", "", "default"},
  };
  for (const Case& c : cases) {
    Stage stage(
        std::vector<Scene>{{fmt::format("PUT /api/v1/workflows/{}/a/suspend", c.target), "{}"}});
    stage.around.environment = c.environment;
    if (*c.config) {
      ASSERT_TRUE(stage.files.write_durably("/home/user/.config/argo/config.yaml", c.config, 0600));
    }
    std::vector<std::string> args = c.flags;
    args.insert(args.end(), {"suspend", "a"});
    EXPECT_EQ(stage.run(args), 0) << c.title << stage.err;
    ASSERT_EQ(stage.endpoints.size(), 1u);
    EXPECT_EQ(stage.endpoints[0] ? stage.endpoints[0]->url : "", c.url) << c.title;
    EXPECT_EQ(stage.endpoints[0] ? stage.endpoints[0]->bearer_token : "", c.token) << c.title;
  }
  Stage bad;
  ASSERT_TRUE(bad.files.write_durably("/home/user/.config/argo/config.yaml", "sever: x\n", 0600));
  EXPECT_EQ(bad.run({"list"}), 2);
  EXPECT_THAT(bad.err, HasSubstr("config.yaml:1:1: unknown setting \"sever\""));
}

}  // namespace
}  // namespace cli

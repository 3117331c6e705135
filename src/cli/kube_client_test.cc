// The commands in a cluster: Argo's REST answered by a Kubernetes API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string kAll = "/apis/argoproj.io/v1alpha1/namespaces/ci/workflows";
const std::string kUnmarked = "labelSelector=%21workflows.argoproj.io%2Fcontroller-instanceid";

void play_in_cluster(Story story) {
  story.args.insert(story.args.begin(), {"--server", "https://k:6443", "-n", "ci"});
  play(story);
}

TEST(KubeMode, ReadsAndDeletes) {
  const std::string one = R"({"metadata":{"name":"x","namespace":"ci"}})";
  const Story stories[] = {
      {"list",
       {"list", "-o", "name"},
       {{"GET " + kAll + "?" + kUnmarked, R"({"items":[)" + one + "]}"}},
       0,
       "x\n",
       ""},
      {"the newest",
       {"get", "@latest", "-o", "name"},
       {{"GET " + kAll,
         R"({"items":[{"metadata":{"name":"x","creationTimestamp":"2026-01-01T00:00:00Z"}},
                      {"metadata":{"name":"y","creationTimestamp":"2026-01-02T00:00:00Z"}}]})"},
        {"GET " + kAll + "/y", R"({"metadata":{"name":"y"}})"},
        {"GET " + kAll,
         R"({"items":[{"metadata":{"name":"y","creationTimestamp":"2026-01-02T00:00:00Z"}}]})"},
        {"GET " + kAll + "/y", R"({"metadata":{"name":"y"}})"}},
       0,
       "y\n",
       ""},
      {"delete with force",
       {"delete", "x", "--force"},
       {{"GET " + kAll + "/x", one},
        {"PATCH " + kAll + "/x", one},
        {"DELETE " + kAll + "/x", "{}"}},
       0,
       "Workflow 'x' deleted\n",
       ""},
      {"another instance's",
       {"--instanceid", "mine", "delete", "x"},
       {{"GET " + kAll + "/x", one}},
       1,
       "",
       "argo: 'x' is not managed by the current Argo Server\n"},
      {"not there",
       {"get", "x"},
       {{"GET " + kAll + "/x", R"({"reason":"NotFound","message":"no x"})", 404}},
       1,
       "",
       "argo: no x\n"},
      {"the archive",
       {"archive", "list"},
       {},
       1,
       "",
       "argo: the archive needs an Argo server, and the Kubernetes API is asked here\n"
       "      give --argo-server, or set ARGO_SERVER\n"},
      {"templates",
       {"template", "list"},
       {{"GET /apis/argoproj.io/v1alpha1/namespaces/ci/workflowtemplates?" + kUnmarked, "{}"}},
       0,
       "NAME\n",
       ""},
  };
  for (const Story& story : stories) play_in_cluster(story);
}

TEST(KubeMode, Operations) {
  const std::string get = "GET " + kAll + "/x", put = "PUT " + kAll + "/x",
                    patch = "PATCH " + kAll + "/x";
  const std::string waits = R"({"metadata":{"name":"x"},"spec":{"suspend":true},"status":{"nodes":{
      "a":{"type":"Suspend","phase":"Running","displayName":"a","outputs":{"parameters":[
           {"name":"p","valueFrom":{"supplied":{},"default":"d"}}]}},
      "b":{"type":"Pod","phase":"Running","displayName":"b"}}}})";
  struct Case {
    std::vector<std::string> args;
    std::vector<std::string> requests;
    const char* body;  // of the last
  };
  const Case cases[] = {
      {{"suspend", "x"}, {get, get, patch}, R"({"spec":{"suspend":true}})"},
      {{"stop", "x"}, {get, get, patch}, R"({"spec":{"shutdown":"Stop"}})"},
      {{"terminate", "x"}, {get, get, patch}, R"({"spec":{"shutdown":"Terminate"}})"},
      {{"resume", "x"},
       {get, get, put},
       R"("spec":{},"status":{"nodes":{"a":{"type":"Suspend","phase":"Succeeded",)"},
      {{"resume", "x"}, {get, get, put}, R"({"name":"p","value":"d"})"},
      {{"stop", "x", "--node-field-selector", "displayName=a", "--message", "no"},
       {get, get, put},
       R"("phase":"Failed")"},
      {{"node", "set", "x", "--node-field-selector", "displayName=a", "-p", "p=v"},
       {get, get, put},
       R"({"name":"p","value":"v"})"},
      {{"cron", "suspend", "x"},
       {"GET /apis/argoproj.io/v1alpha1/namespaces/ci/cronworkflows/x",
        "PATCH /apis/argoproj.io/v1alpha1/namespaces/ci/cronworkflows/x"},
       R"({"spec":{"suspend":true}})"},
  };
  for (const Case& c : cases) {
    std::vector<Scene> script;
    for (const std::string& request : c.requests) script.push_back({request, waits});
    Stage stage(script);
    std::vector<std::string> args = {"--server", "https://k:6443", "-n", "ci"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    EXPECT_EQ(stage.run(args), 0) << c.args[0] << stage.err;
    EXPECT_THAT(stage.unplayed, IsEmpty()) << c.args[0];
    EXPECT_THAT(stage.bodies.back(), HasSubstr(c.body)) << c.args[0];
  }
}

TEST(KubeMode, LimitsOfLocksAreConfigMaps) {
  const std::string all = "/api/v1/namespaces/ci/configmaps", one = all + "/locks";
  const std::string absent = R"({"reason":"NotFound","message":"no"})";
  const std::string stored = R"({"data":{"k":"2"}})";
  const std::string shown =
      "Key: k\nType: configmap\nConfigMap Name: locks\nNamespace: ci\nLimit: ";
  struct Case {
    std::vector<std::string> args;
    std::vector<Scene> script;
    int code;
    std::string out, body;
  };
  const Case cases[] = {
      {{"create", "--limit", "2"},
       {{"GET " + one, absent, 404}, {"POST " + all, "{}"}},
       0,
       "Sync limit created\n" + shown + "2\n",
       R"({"data":{"k":"2"},"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"locks"}})"},
      {{"create", "--limit", "2"}, {{"GET " + one, stored}}, 1, "", ""},
      {{"update", "--limit", "3"},
       {{"GET " + one, stored}, {"PATCH " + one, "{}"}},
       0,
       "Sync limit updated\n" + shown + "3\n",
       R"({"data":{"k":"3"}})"},
      {{"get"}, {{"GET " + one, stored}}, 0, shown + "2\n", ""},
      {{"delete"},
       {{"GET " + one, stored}, {"PATCH " + one, "{}"}},
       0,
       "Sync limit deleted\n",
       R"({"data":{"k":null}})"},
  };
  for (const Case& c : cases) {
    Stage stage(c.script);
    std::vector<std::string> args = {"--server",  "https://k:6443", "-n",   "ci",
                                     "sync",      c.args[0],        "k",    "--type",
                                     "configmap", "--cm-name",      "locks"};
    args.insert(args.end(), c.args.begin() + 1, c.args.end());
    EXPECT_EQ(stage.run(args), c.code) << c.args[0] << stage.err;
    EXPECT_EQ(stage.out, c.out) << stage.err;
    EXPECT_EQ(stage.bodies.back(), c.body) << c.args[0];
    EXPECT_TRUE(stage.script.empty() && stage.unplayed.empty()) << c.args[0];
  }
}

TEST(KubeMode, WhatOnlyOurAgentCannotRunIsForTheServerToSay) {
  const std::string workflow =
      "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: x}\n"
      "spec: {entrypoint: a, templates: [{name: a, http: {url: 'http://x'}}]}\n";
  Stage far(std::vector<Scene>{{"POST /api/v1/workflows/default", R"({"metadata":{"name":"x"}})"}});
  far.input = workflow;
  EXPECT_EQ(far.run({"-s", "far:1", "submit", "-", "-o", "name"}), 0) << far.err;
  EXPECT_EQ(far.err, "");
  Stage here;
  here.input = workflow;
  EXPECT_EQ(here.run({"submit", "-", "-o", "name"}), 1);
  EXPECT_THAT(here.err, HasSubstr("refused-field"));
}

TEST(KubeMode, SubmitsWithStoredTemplates) {
  const std::string templates = "/apis/argoproj.io/v1alpha1/namespaces/ci/workflowtemplates/t";
  const std::string stored =
      R"({"metadata":{"name":"t"},"spec":{"entrypoint":"a",
          "templates":[{"name":"a","suspend":{}}]}})";
  Stage from(std::vector<Scene>{{"GET " + templates, stored},
                                {"GET " + templates, stored},
                                {"POST " + kAll, R"({"metadata":{"name":"t-1"}})"}});
  EXPECT_EQ(from.run({"--server", "https://k:6443", "-n", "ci", "submit", "--from",
                      "workflowtemplate/t", "-o", "name"}),
            0)
      << from.err;
  EXPECT_EQ(from.out, "t-1\n");
  EXPECT_THAT(from.bodies.back(), HasSubstr(R"("workflowTemplateRef":{"name":"t"})"));

  Stage missing(std::vector<Scene>{{"GET " + templates, R"({"message":"no t"})", 404}});
  missing.input =
      "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: x-}\n"
      "spec: {workflowTemplateRef: {name: t}}\n";
  EXPECT_EQ(missing.run({"--server", "https://k:6443", "-n", "ci", "submit", "-"}), 1);
  EXPECT_THAT(missing.err, HasSubstr("t"));
}

TEST(KubeMode, LogsAreMergedByTime) {
  const std::string pods = "/api/v1/namespaces/ci/pods";
  const std::string query = "?container=main&timestamps=true";
  const Story story = {
      "logs",
      {"logs", "x", "--grep", "[ab]"},
      {{"GET " + kAll + "/x", R"({"metadata":{"name":"x"}})"},
       {"GET " + pods + "?labelSelector=workflows.argoproj.io%2Fworkflow%3Dx",
        R"({"items":[{"metadata":{"name":"p"},"status":{"phase":"Succeeded"}},
                     {"metadata":{"name":"q"},"status":{"phase":"Running"}},
                     {"metadata":{"name":"r"},"status":{"phase":"Pending"}}]})"},
       {"GET " + pods + "/p/log" + query, "2026-01-01T00:00:02Z b\n2026-01-01T00:00:03Z c\n"},
       {"GET " + pods + "/q/log" + query, "2026-01-01T00:00:01Z a\n"}},
      0,
      "q: a\np: b\n",
      ""};
  play_in_cluster(story);
}

TEST(KubeMode, WaitsByAWatch) {
  const std::string running = R"({"metadata":{"name":"x","resourceVersion":"5"}})";
  const std::string ended =
      R"({"type":"MODIFIED","object":{"metadata":{"name":"x"},
          "status":{"phase":"Succeeded","finishedAt":"2026-01-02T03:04:05Z"}}})";
  std::string line = ended;
  std::erase(line, '\n');
  const Story story = {"wait",
                       {"wait", "x"},
                       {{"GET " + kAll + "/x", running},
                        {"GET " + kAll + "/x", running},
                        {"GET " + kAll + "?" + kUnmarked +
                             "&fieldSelector=metadata.name%3Dx&resourceVersion=5&watch=true",
                         R"({"type":"BOOKMARK","object":{"metadata":{}}})"
                         "\n" +
                             line + "\n"}},
                       0,
                       "x Succeeded at 2026-01-02 03:04:05 +0000 UTC\n",
                       ""};
  play_in_cluster(story);
}

}  // namespace
}  // namespace cli

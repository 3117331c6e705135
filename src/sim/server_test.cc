// The server's routes over a real socket, with control and a simulated agent behind them.
#include <gtest/gtest.h>

#include "server/field_filter.h"
#include "sim/server_fixture.h"

namespace sim {
namespace {

class Server : public ServerTest {};

TEST_F(Server, AWorkflowIsCreatedRunListedAndDeleted) {
  create("one", kContainer);
  const Value done = wait_phase("one", "Succeeded");
  EXPECT_EQ(done.find_path("status", "nodes")->as_map().size(), 1u);
  EXPECT_EQ(done.string_at("status", "nodes", "one", "type"), "Pod");
  EXPECT_EQ(json("GET", "/api/v1/workflows/argo/one").string_at("status", "nodes", "one", "phase"),
            "Succeeded");
  EXPECT_EQ(json("GET", "/api/v1/workflows/argo/@latest").string_at("metadata", "name"), "one");
  const Value list =
      json("GET", "/api/v1/workflows/argo?fields=items.metadata.name,items.status.phase");
  EXPECT_EQ(text::to_json(*list.find("items")),
            R"([{"metadata":{"name":"one"},"status":{"phase":"Succeeded"}}])");
  EXPECT_EQ(
      text::to_json(
          *json("GET", "/api/v1/workflows/argo?listOptions.labelSelector=x%3Dy").find("items")),
      "null");
  EXPECT_EQ(send("DELETE", "/api/v1/workflows/argo/one").body, "{}");
  const auto gone = send("GET", "/api/v1/workflows/argo/one");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body,
            R"({"code":5,"message":"workflows.argoproj.io \"one\" not found","details":[]})");
}

TEST_F(Server, AllProblemsAreToldAtOnce) {
  const std::string bad = workflow(
      "bad", R"({"name":"main","container":{"image":"x","commad":["y"]}})", R"(,"sepc":1)");
  const auto argo = send("POST", "/api/v1/workflows/argo", "{\"workflow\":" + bad + "}");
  EXPECT_EQ(argo.status, 400);
  for (const char* part : {"\"code\":3", "commad", "command", "sepc"})
    EXPECT_NE(argo.body.find(part), std::string::npos) << part << " in " << argo.body;
  const auto kube = send("POST", "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows", bad);
  EXPECT_EQ(kube.status, 422);
  for (const char* part : {"\"kind\":\"Status\"", "commad", "sepc"})
    EXPECT_NE(kube.body.find(part), std::string::npos) << part << " in " << kube.body;
  EXPECT_EQ(send("POST", "/api/v1/workflows/argo/lint", "{\"workflow\":" + bad + "}").status, 400);
  EXPECT_EQ(send("POST", "/api/v1/workflows/argo/lint",
                 "{\"workflow\":" + workflow("ok", kContainer) + "}")
                .status,
            200);
}

TEST_F(Server, EvaluatesForTheUI) {
  create("one", kContainer, R"(,"arguments":{"parameters":[{"name":"p","value":"7"}]})");
  const std::string all = "/api/v1/evaluate/argo";
  const Value stored =
      json("POST", all, R"({"text":"asInt(workflow.parameters.p) + 1","workflow":"one"})");
  EXPECT_EQ(stored.find("value")->to_int(), 8);
  EXPECT_EQ(stored.string_at("type"), "int");
  const Value given = json("POST", all, R"({"text":"<{{inputs.parameters.x}}>",
      "variables":{"inputs":{"parameters":{"x":"a"}}}})");
  EXPECT_EQ(given.string_at("value"), "<a>");
  const Value slip = json("POST", all, R"({"text":"workflow.nme","workflow":"one"})");
  EXPECT_FALSE(slip.find("good")->as_bool());
  EXPECT_EQ(slip.find("findings")->as_list().at(0).string_at("rule"), "unknown-variable");
  EXPECT_EQ(slip.find("names")->as_list().at(0).as_string(), "workflow.name");
  EXPECT_EQ(send("POST", all, "{}").status, 400);
  EXPECT_EQ(send("POST", all, R"({"text":"1","form":"poem"})").status, 400);
  EXPECT_EQ(send("POST", all, R"({"text":"1","workflow":"nope"})").status, 404);
  EXPECT_EQ(send("POST", all, R"({"text":"1","workflow":"one","node":"nope"})").status, 404);
}

// By Argo's REST and by Kubernetes'; an answer to a workflow without hints has no such header.
TEST_F(Server, HintsAreToldInTheWarningHeader) {
  const auto workflow = [](const std::string& name, const std::string& extra) {
    return R"({"metadata":{"name":")" + name + R"("},"spec":{"entrypoint":"main",)" + extra +
           R"("templates":[{"name":"main","container":{"image":"busybox"}}]}})";
  };
  const auto warnings = [](const sys::HttpResponse& answer) {
    std::vector<std::string> out;
    for (const auto& [name, value] : answer.headers)
      if (name == "Warning") out.push_back(value);
    return out;
  };
  const std::string hint = R"("nodeSelector":{"disk":"ssd"},)";
  const struct {
    const char *title, *target;
    std::string body;
    int status;
    size_t count;
  } rows[] = {
      {"by REST", "/api/v1/workflows/argo", "{\"workflow\":" + workflow("a", hint) + "}", 200, 1},
      {"lint", "/api/v1/workflows/argo/lint", "{\"workflow\":" + workflow("b", hint) + "}", 200, 1},
      {"as kubectl", "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows", workflow("c", hint),
       201, 1},
      {"none", "/api/v1/workflows/argo", "{\"workflow\":" + workflow("d", "") + "}", 200, 0},
  };
  for (const auto& row : rows) {
    const sys::HttpResponse answer = send("POST", row.target, row.body);
    EXPECT_EQ(answer.status, row.status) << row.title << answer.body;
    const std::vector<std::string> told = warnings(answer);
    ASSERT_EQ(told.size(), row.count) << row.title;
    for (const std::string& one : told) {
      EXPECT_TRUE(one.starts_with("299 - \"spec.nodeSelector: ")) << one;
      EXPECT_TRUE(one.ends_with("\"")) << one;
    }
  }
}

TEST_F(Server, ADryRunLeavesNothing) {
  const auto answer =
      send("POST", "/api/v1/workflows/argo",
           "{\"serverDryRun\":true,\"workflow\":" + workflow("dry", kContainer) + "}");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(send("GET", "/api/v1/workflows/argo/dry").status, 404);
}

struct BadRequest {
  const char *title, *method, *target, *body;
  int status;
};
class Refused : public Server, public testing::WithParamInterface<BadRequest> {};
TEST_P(Refused, WithoutHarm) {
  const BadRequest& c = GetParam();
  EXPECT_EQ(send(c.method, c.target, c.body).status, c.status) << c.title;
  EXPECT_EQ(send("GET", "/api/v1/info").status, 200);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    testing::Values(
        BadRequest{"no JSON", "POST", "/api/v1/workflows/argo", "{nonsense", 400},
        BadRequest{"no workflow in the body", "POST", "/api/v1/workflows/argo", "{}", 400},
        BadRequest{"no such path", "GET", "/api/v1/nothing", "", 404},
        BadRequest{"no such path at all", "GET", "/%zz", "", 400},
        BadRequest{"a method that is not there", "PATCH", "/api/v1/workflows/argo", "", 405},
        BadRequest{"a bad selector", "GET",
                   "/api/v1/workflows/argo?listOptions.labelSelector=a%20in", "", 400},
        BadRequest{"an absent workflow's logs", "GET", "/api/v1/workflows/argo/x/log", "", 404},
        BadRequest{"stop of what is not there", "PUT", "/api/v1/workflows/argo/x/stop", "{}", 404},
        BadRequest{"a submit of nothing", "POST", "/api/v1/workflows/argo/submit", "{}", 400},
        BadRequest{"a kind that nobody knows", "GET", "/apis/argoproj.io/v1alpha1/wombats", "",
                   404},
        BadRequest{"a version that is no number", "GET", "/api/v1/pods?watch=1&resourceVersion=x",
                   "", 422},
        BadRequest{"a subresource that is not there", "GET", "/api/v1/namespaces/a/pods/x/exec", "",
                   404}));

TEST_F(Server, OperationsOnARunningWorkflow) {
  create("gate", kSuspend);
  ASSERT_TRUE(wait("gate", has_running_suspend).is_map());
  const std::string path = "/api/v1/workflows/argo/gate";
  // One who means a node must not hit the whole workflow.
  const auto refused =
      send("PUT", path + "/terminate", R"({"nodeFieldSelector":"displayName=gate"})");
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_NE(refused.body.find("nodeFieldSelector"), std::string::npos) << refused.body;
  EXPECT_EQ(json("PUT", path + "/suspend", "{}").find_path("spec", "suspend")->as_bool(), true);
  EXPECT_EQ(send("PUT", path + "/set", R"({"phase":"Succeeded"})").status, 400)
      << "needs a selector";
  EXPECT_EQ(
      send("PUT", path + "/set", R"({"nodeFieldSelector":"displayName=nobody","message":"x"})")
          .status,
      400);
  EXPECT_EQ(
      send("PUT", path + "/set",
           R"({"nodeFieldSelector":"displayName=gate","outputParameters":"{\"nope\":\"1\"}"})")
          .status,
      400);
  const Value set = json("PUT", path + "/set",
                         R"({"nodeFieldSelector":"displayName=gate","message":"well",)"
                         R"("outputParameters":"{\"answer\":\"42\"}"})");
  EXPECT_EQ(set.string_at("status", "nodes", "gate", "message"), "well");
  json("PUT", path + "/resume", "{}");
  const Value done = wait_phase("gate", "Succeeded");
  EXPECT_EQ(done.string_at("status", "nodes", "gate", "outputs", "parameters").size(), 0u);
  const auto late = send("PUT", path + "/suspend", "{}");
  EXPECT_EQ(late.status, 400);
  EXPECT_NE(late.body.find("cannot suspend completed workflows"), std::string::npos);
}

TEST_F(Server, StopFailsWhatIsSuspended) {
  create("gate", kSuspend);
  ASSERT_TRUE(wait("gate", has_running_suspend).is_map());
  json("PUT", "/api/v1/workflows/argo/gate/stop", R"({"message":"enough"})");
  EXPECT_EQ(wait_phase("gate", "Failed").string_at("spec", "shutdown"), "Stop");
}

TEST_F(Server, KubernetesVerbs) {
  const std::string all = "/api/v1/namespaces/argo/configmaps", one = all + "/c";
  auto made =
      send("POST", all,
           R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1"}})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(send("POST", all, R"({"metadata":{"name":"c"}})").status, 409);
  EXPECT_EQ(send("PATCH", one, R"({"data":{"b":"2"}})", "application/merge-patch+json").status,
            200);
  EXPECT_EQ(send("PATCH", one, R"([{"op":"replace","path":"/data/a","value":"3"}])",
                 "application/json-patch+json")
                .status,
            200);
  EXPECT_EQ(send("PATCH", one, "{}", "application/strategic-merge-patch+json").status, 200);
  EXPECT_EQ(send("PATCH", one, "{}", "application/x-patch").status, 415);
  Value read = json("GET", one);
  EXPECT_EQ(text::to_json(*read.find("data")), R"({"a":"3","b":"2"})");
  EXPECT_EQ(send("PUT", one, made.body).status, 409) << "the version is old";
  EXPECT_EQ(send("PUT", one, text::to_json(read)).status, 200);
  const Value list = json("GET", "/api/v1/configmaps");
  EXPECT_EQ(list.string_at("kind"), "ConfigMapList");
  EXPECT_EQ(list.find("items")->as_list().size(), 1u);
  EXPECT_EQ(send("DELETE", one).status, 200);
  EXPECT_EQ(send("GET", one).status, 404);
  EXPECT_EQ(json("GET", "/apis").string_at("kind"), "APIGroupList");
  EXPECT_EQ(json("GET", "/api/v1").string_at("kind"), "APIResourceList");
  EXPECT_EQ(json("GET", "/version").string_at("major"), "1");
}

TEST_F(Server, AWatchGivesWhatIsThereAndWhatComes) {
  const std::string all = "/api/v1/namespaces/argo/configmaps";
  for (const char* query : {"?watch=1", "?watch=1&labelSelector=l%3Dx"}) {
    send("POST", all, R"({"metadata":{"name":"a","labels":{"l":"x"}}})");
    std::vector<std::string> seen;
    std::string buffer;
    (void)client()->stream({"GET", all + query, {}, ""}, [&](std::string_view bytes) {
      buffer += bytes;
      for (size_t end; (end = buffer.find('\n')) != std::string::npos; buffer.erase(0, end + 1)) {
        auto event = text::parse_json(buffer.substr(0, end));
        EXPECT_TRUE(event);
        EXPECT_NE(event->string_at("object", "metadata", "resourceVersion"), "");
        seen.push_back(std::string(event->string_at("type")) + " " +
                       std::string(event->string_at("object", "metadata", "name")));
        if (seen.size() == 1) send("POST", all, R"({"metadata":{"name":"b","labels":{"l":"x"}}})");
        if (seen.size() == 2) send("DELETE", all + "/a");
      }
      return seen.size() < 3;
    });
    EXPECT_EQ(seen, (std::vector<std::string>{"ADDED a", "ADDED b", "DELETED a"})) << query;
    send("DELETE", all + "/b");
  }
  EXPECT_EQ(send("GET", all + "?watch=1&timeoutSeconds=0").status, 200);
}

TEST_F(Server, ClientsCannotWriteAWorkflowsStatus) {
  create("one", kContainer);
  wait_phase("one", "Succeeded");
  const std::string path = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows/one";
  const auto refused =
      send("PATCH", path, R"({"status":{"phase":"Failed"},"metadata":{"labels":{"mine":"1"}}})",
           "application/merge-patch+json");
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_NE(refused.body.find("status.phase: is written by the controller alone"),
            std::string::npos)
      << refused.body;
  EXPECT_EQ(
      send("PATCH", path, R"([{"op":"replace","path":"/status/nodes/one/phase","value":"Failed"}])",
           "application/json-patch+json")
          .status,
      422);
  Value now = json("GET", path);
  EXPECT_EQ(now.string_at("status", "phase"), "Succeeded");
  EXPECT_EQ(now.find_path("metadata", "labels")->find("mine"), nullptr) << "all or nothing";
  // With the status as it was, or without any, other things change.
  now["metadata"]["labels"]["mine"] = "1";
  EXPECT_EQ(send("PUT", path, text::to_json(now)).status, 200);
  EXPECT_EQ(send("PUT", path, text::to_json(now)).status, 409) << "it is older now";
  now.as_map().erase("status");
  now["metadata"].as_map().erase("resourceVersion");
  now["metadata"]["labels"]["mine"] = "2";
  EXPECT_EQ(send("PUT", path, text::to_json(now)).status, 200);
  now = json("GET", path);
  EXPECT_EQ(now.find_path("metadata", "labels")->string_at("mine"), "2");
  EXPECT_EQ(now.string_at("status", "phase"), "Succeeded");
}

TEST_F(Server, LogsAreFramedAsArgoFramesThem) {
  create("one", kContainer);
  wait_phase("one", "Succeeded");
  const std::string path = "/api/v1/workflows/argo/one/log?logOptions.container=main";
  EXPECT_EQ(send("GET", path).body,
            "{\"result\":{\"content\":\"first\",\"podName\":\"one\"}}\n"
            "{\"result\":{\"content\":\"second line\",\"podName\":\"one\"}}\n");
  EXPECT_EQ(send("GET", path + "&grep=sec.nd").body,
            "{\"result\":{\"content\":\"second line\",\"podName\":\"one\"}}\n");
  EXPECT_EQ(send("GET", path + "&logOptions.follow=true&grep=first").body,
            "{\"result\":{\"content\":\"first\",\"podName\":\"one\"}}\n");
  EXPECT_EQ(send("GET", path + "&grep=(").status, 400);
  EXPECT_EQ(send("GET", path + "&podName=absent").status, 404);
  const auto stranger = send("GET", "/api/v1/workflows/argo/one/log?logOptions.container=absent");
  EXPECT_EQ(stranger.status, 404);
  EXPECT_NE(stranger.body.find("logs of a container \\\"absent\\\""), std::string::npos)
      << stranger.body;
  auto sse = client()->send({"GET", path + "&grep=first", {{"Accept", "text/event-stream"}}, ""});
  ASSERT_TRUE(sse);
  EXPECT_EQ(sse->body, "data: {\"result\":{\"content\":\"first\",\"podName\":\"one\"}}\n\n");
}

TEST_F(Server, TheAgentIsAskedForImagesAndItsHealth) {
  EXPECT_EQ(send("GET", "/api/v1/agent/images").body,
            R"({"images":[{"name":"busybox","digest":"sha256:1","sizeBytes":7}]})");
  EXPECT_EQ(send("POST", "/api/v1/agent/images", R"({"name":"x"})").body,
            "{\"progress\":\"half\"}\n{\"image\":{\"name\":\"x\",\"digest\":\"sha256:2\","
            "\"sizeBytes\":8}}\n");
  EXPECT_NE(send("POST", "/api/v1/agent/images", R"({"name":"absent"})").body.find("no such image"),
            std::string::npos);
  EXPECT_EQ(send("POST", "/api/v1/agent/images/prune").body, R"({"bytesFreed":9})");
  EXPECT_EQ(json("GET", "/api/v1/agent/doctor").find("findings")->as_list()[0].string_at("advice"),
            "install crun");
}

struct TcpCase {
  const char* title;
  sys::Headers headers;
  int status;
};
class Tcp : public Server, public testing::WithParamInterface<TcpCase> {};
TEST_P(Tcp, NeedsTokenHostAndOrigin) {
  auto tcp = sys::make_http_client({"http://127.0.0.1:" + std::to_string(port_), "", false});
  for (const char* path : {"/api/v1/workflows/argo", "/api/v1/pods", "/version", "/"}) {
    auto answer = tcp->send({"GET", path, GetParam().headers, ""});
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, GetParam().status) << GetParam().title << " " << path;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, Tcp,
    testing::Values(TcpCase{"nothing", {{"Host", "argo.test:1"}}, 401},
                    TcpCase{"a wrong token",
                            {{"Host", "argo.test:1"}, {"Authorization", "Bearer 0123456789abcdeX"}},
                            401},
                    TcpCase{
                        "a token that is too long",
                        {{"Host", "argo.test:1"}, {"Authorization", "Bearer 0123456789abcdef0"}},
                        401},
                    TcpCase{"the token",
                            {{"Host", "argo.test:1"}, {"Authorization", "Bearer 0123456789abcdef"}},
                            200},
                    TcpCase{"the cookie",
                            {{"Host", "argo.test:1"},
                             {"Cookie", "a=b; authorization=Bearer%200123456789abcdef"}},
                            200},
                    TcpCase{"another host",
                            {{"Host", "evil.test"}, {"Authorization", "Bearer 0123456789abcdef"}},
                            403},
                    TcpCase{"another origin",
                            {{"Host", "argo.test:1"},
                             {"Origin", "http://evil.test"},
                             {"Authorization", "Bearer 0123456789abcdef"}},
                            403},
                    TcpCase{"our origin",
                            {{"Host", "argo.test:1"},
                             {"Origin", "http://argo.test:1"},
                             {"Authorization", "Bearer 0123456789abcdef"}},
                            200}));

struct FilterCase {
  const char *fields, *in, *out;
};
class Filter : public testing::TestWithParam<FilterCase> {};
TEST_P(Filter, KeepsWhatWasAskedFor) {
  Value value = *text::parse_json(GetParam().in);
  server::FieldFilter(GetParam().fields).apply(value);
  EXPECT_EQ(text::to_json(value), GetParam().out) << GetParam().fields;
}
INSTANTIATE_TEST_SUITE_P(
    Table, Filter,
    testing::Values(FilterCase{"", R"({"a":1})", R"({"a":1})"},
                    FilterCase{"a", R"({"a":{"b":1},"c":2})", R"({"a":{"b":1}})"},
                    FilterCase{"a.b", R"({"a":{"b":1,"d":3},"c":2})", R"({"a":{"b":1}})"},
                    FilterCase{"a.b", R"({"a":[{"b":1},{"d":3}]})", R"({"a":[{"b":1},{}]})"},
                    FilterCase{"-a.b", R"({"a":{"b":1,"d":3},"c":2})", R"({"a":{"d":3},"c":2})"},
                    FilterCase{"ab", R"({"a":1,"ab":2})", R"({"ab":2})"}));

}  // namespace
}  // namespace sim

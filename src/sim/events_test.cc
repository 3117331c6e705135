// Events that come in by HTTP, WorkflowEventBindings, signed webhooks, and the kinds of Argo
// Events.
#include <gmock/gmock.h>

#include "server/webhook_signature.h"
#include "sim/server_fixture.h"
#include "text/base64.h"

namespace sim {
namespace {

using testing::HasSubstr;

class Events : public ServerTest {
 protected:
  void put(const std::string& path, const std::string& body) {
    const auto answer = send("POST", path, body);
    EXPECT_LT(answer.status, 300) << answer.body;
  }
  void bind(const std::string& name, const std::string& selector, const std::string& submit) {
    put("/apis/argoproj.io/v1alpha1/namespaces/argo/workfloweventbindings",
        R"({"apiVersion":"argoproj.io/v1alpha1","kind":"WorkflowEventBinding","metadata":)"
        R"({"name":")" +
            name + R"("},"spec":{"event":{"selector":)" + text::to_json(Value(selector)) +
            R"(},"submit":)" + submit + "}}");
  }
  void store_template() {
    put("/api/v1/workflow-templates/argo",
        R"({"template":{"metadata":{"name":"t"},"spec":{"entrypoint":"main","workflowMetadata":)"
        R"({"labels":{"from":"template"}},"arguments":{"parameters":[{"name":"message"}]},)"
        R"("templates":[{"name":"main","container":{"image":"busybox",)"
        R"("args":["{{workflow.parameters.message}}"]}}]}}})");
  }
  static constexpr const char* kSubmit =
      R"({"workflowTemplateRef":{"name":"t"},"arguments":{"parameters":[{"name":"message",)"
      R"("valueFrom":{"event":"payload.message"}}]}})";
  text::List workflows() const {
    const Value list = json("GET", "/api/v1/workflows/argo");
    const Value* items = list.find("items");
    return items != nullptr && items->is_list() ? items->as_list() : text::List();
  }
  // By TCP, without a token.
  sys::HttpResponse send_webhook(const std::string& target, const std::string& body,
                                 sys::Headers headers) const {
    headers.emplace_back("Host", "argo.test:1");
    headers.emplace_back("Content-Type", "application/json");
    auto web = sys::make_http_client({"http://127.0.0.1:" + std::to_string(port_), "", false});
    auto answer = web->send({"POST", target, std::move(headers), body});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(sys::HttpResponse{});
  }
};

TEST_F(Events, ABindingThatSelectsTheEventSubmitsItsTemplate) {
  store_template();
  bind("yes", R"(payload.message != "" && discriminator == "d")", kSubmit);
  bind("no", R"(discriminator == "other")", kSubmit);
  EXPECT_EQ(send("POST", "/api/v1/events/argo/d", R"({"message":"hello"})").body, "{}");
  const text::List made = workflows();
  ASSERT_EQ(made.size(), 1u);
  const Value* labels = made[0].find_path("metadata", "labels");
  ASSERT_NE(labels, nullptr);
  EXPECT_EQ(labels->string_at("workflows.argoproj.io/workflow-event-binding"), "yes");
  EXPECT_EQ(labels->string_at("workflows.argoproj.io/workflow-template"), "t");
  EXPECT_EQ(labels->string_at("from"), "template");
  const Value* arguments = made[0].find_path("spec", "arguments", "parameters");
  ASSERT_NE(arguments, nullptr);
  EXPECT_EQ(arguments->as_list()[0].string_at("value"), "hello");
  EXPECT_THAT(made[0].string_at("metadata", "name"), HasSubstr("t-"));
}

TEST_F(Events, WithoutADiscriminatorItIsEmpty) {
  store_template();
  bind("any", R"(discriminator == "")", kSubmit);
  EXPECT_EQ(send("POST", "/api/v1/events/argo/", R"({"message":"hello"})").body, "{}");
  EXPECT_EQ(workflows().size(), 1u);
}

TEST_F(Events, WhatFailsIsToldAndTheOthersAreTried) {
  store_template();
  bind("broken", "payload.", kSubmit);
  bind("good", "true", kSubmit);
  const auto answer = send("POST", "/api/v1/events/argo/d", R"({"message":"hello"})");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("failed to dispatch event: [failed to evaluate workflow "
                                     "template expression: expected name (1:9)]"));
  EXPECT_EQ(workflows().size(), 1u);
  const Value events = json("GET", "/api/v1/namespaces/argo/events");
  bool is_told = false;
  for (const Value& event : events.find("items")->as_list())
    is_told = is_told || (event.string_at("reason") == "WorkflowEventBindingError" &&
                          event.string_at("involvedObject", "name") == "broken");
  EXPECT_TRUE(is_told);
}

TEST_F(Events, BindingsAreListed) {
  bind("one", "true", kSubmit);
  const Value list = json("GET", "/api/v1/workflow-event-bindings/argo");
  ASSERT_EQ(list.find("items")->as_list().size(), 1u);
  EXPECT_EQ(list.find("items")->as_list()[0].string_at("metadata", "name"), "one");
}

TEST_F(Events, ASignedWebhookNeedsNoToken) {
  store_template();
  bind("hook", R"(metadata["x-github-event"] == ["push"])", kSubmit);
  const std::string body = R"({"message":"pushed"})";
  // echo -n '{"message":"pushed"}' | openssl dgst -sha256 -hmac shh
  const sys::Headers headers{
      {"X-GitHub-Event", "push"},
      {"X-Hub-Signature-256",
       "sha256=ac8d4edd1eeb9299ca4b60efdd78ed385c5c99a8d357e9695daecafe16368fd2"}};
  const auto unknown = send_webhook("/api/v1/events/argo/", body, headers);
  EXPECT_EQ(unknown.status, 403) << "there are no clients yet";
  EXPECT_THAT(unknown.body, HasSubstr(R"("message":"failed to process webhook request")"));
  const std::string clients = text::to_base64("{type: github, secret: shh}");
  put("/api/v1/namespaces/argo/secrets",
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"argo-workflows-webhook-clients"},)"
      R"("data":{"github.com":")" +
          clients + R"("}})");
  EXPECT_EQ(send_webhook("/api/v1/events/argo/", body, headers).status, 403)
      << "there is no such service account";
  put("/api/v1/namespaces/argo/serviceaccounts",
      R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"github.com"}})");
  EXPECT_EQ(send_webhook("/api/v1/events/argo/", body, headers).status, 200);
  EXPECT_EQ(workflows().size(), 1u);
  EXPECT_EQ(send_webhook("/api/v1/events/argo/", body + " ", headers).status, 401)
      << "another body: nobody has signed it";
  EXPECT_EQ(send_webhook("/api/v1/events/argo", body, headers).status, 401) << "no event's path";
  EXPECT_EQ(workflows().size(), 1u);
}

TEST(WebhookSignature, EachKindHasItsOwn) {
  const std::string mac = "ac8d4edd1eeb9299ca4b60efdd78ed385c5c99a8d357e9695daecafe16368fd2";
  const struct {
    const char *title, *type;
    sys::Headers headers;
    bool is_signed;
  } rows[] = {
      {"github",
       "github",
       {{"X-GitHub-Event", "a"}, {"X-Hub-Signature-256", "sha256=" + mac}},
       true},
      {"no event", "github", {{"X-Hub-Signature-256", "sha256=" + mac}}, false},
      {"wrong",
       "github",
       {{"X-GitHub-Event", "a"}, {"X-Hub-Signature-256", "sha256=0" + mac}},
       false},
      {"no prefix", "github", {{"X-GitHub-Event", "a"}, {"X-Hub-Signature-256", mac}}, false},
      {"gitlab", "gitlab", {{"X-Gitlab-Event", "Push Hook"}, {"X-Gitlab-Token", "shh"}}, true},
      {"gitlab's wrong token",
       "gitlab",
       {{"X-Gitlab-Event", "a"}, {"X-Gitlab-Token", "sh"}},
       false},
      {"bitbucket", "bitbucket", {{"X-Event-Key", "repo:push"}, {"X-Hook-UUID", "shh"}}, true},
      {"bitbucket's wrong UUID", "bitbucket", {{"X-Event-Key", "a"}, {"X-Hook-UUID", "x"}}, false},
      {"bitbucket server",
       "bitbucketserver",
       {{"X-Event-Key", "a"}, {"X-Hub-Signature", "sha256=" + mac}},
       true},
      {"another kind",
       "gitea",
       {{"X-GitHub-Event", "a"}, {"X-Hub-Signature-256", "sha256=" + mac}},
       false},
  };
  for (const auto& row : rows) {
    sys::HttpRequest request{"POST", "/api/v1/events/argo/", row.headers,
                             R"({"message":"pushed"})"};
    EXPECT_EQ(server::is_signed(row.type, "shh", request), row.is_signed) << row.title;
    EXPECT_FALSE(server::is_signed(row.type, "", request)) << row.title << ", without a secret";
  }
}

TEST_F(Events, EventSourcesAndSensorsAreKeptAndStreamed) {
  const struct {
    const char *path, *member, *kind;
  } rows[] = {{"event-sources", "eventSource", "EventSource"}, {"sensors", "sensor", "Sensor"}};
  for (const auto& row : rows) {
    const std::string all = std::string("/api/v1/") + row.path + "/argo";
    const Value made = json("POST", all,
                            std::string(R"({")") + row.member +
                                R"(":{"metadata":{"name":"x"},"spec":{"anything":1}}})");
    EXPECT_EQ(made.string_at("kind"), row.kind);
    EXPECT_EQ(json("GET", all).find("items")->as_list().size(), 1u);
    Value changed = json("GET", all + "/x");
    changed["spec"]["anything"] = 2;
    Value body;
    body[row.member] = changed;
    EXPECT_EQ(json("PUT", all + "/x", text::to_json(body)).find_path("spec", "anything")->to_int(),
              2);
    std::string seen;
    auto watcher = client();
    ASSERT_TRUE(
        watcher->stream({"GET", std::string("/api/v1/stream/") + row.path + "/argo", {}, ""},
                        [&](std::string_view bytes) {
                          seen += bytes;
                          return seen.find('\n') == std::string::npos;
                        }));
    EXPECT_THAT(seen, HasSubstr(R"({"result":{"type":"ADDED","object":{)"));
    EXPECT_EQ(send("GET", std::string("/api/v1/stream/") + row.path + "/argo/logs").body, "");
    EXPECT_EQ(send("DELETE", all + "/x").body, "{}");
    EXPECT_EQ(send("GET", all + "/x").status, 404);
  }
}

TEST_F(Events, TheArchiveIsEmpty) {
  const std::string all = "/api/v1/archived-workflows";
  EXPECT_EQ(send("GET", all).body, R"({"metadata":{},"items":null})");
  EXPECT_EQ(send("GET", all + "-label-keys").body, "{}");
  EXPECT_EQ(send("GET", all + "-label-values?listOptions.labelSelector=key").body, "{}");
  EXPECT_EQ(json("GET", all + "-label-values").string_at("message"),
            "only allow 1 labelRequirement, found 0");
  EXPECT_EQ(send("GET", all + "-label-values?listOptions.labelSelector=key%3Dv").status, 400);
  for (const char* method : {"GET", "DELETE"})
    EXPECT_EQ(send(method, all + "/uid").status, 404) << method;
  for (const char* verb : {"/retry", "/resubmit"})
    EXPECT_EQ(json("PUT", all + "/uid" + verb, "{}").string_at("message"), "not found") << verb;
}

TEST_F(Events, ArtifactsAreNotThere) {
  for (const char* path :
       {"/artifacts/argo/w/n/a", "/input-artifacts/argo/w/n/a", "/artifacts-by-uid/u/n/a",
        "/input-artifacts-by-uid/u/n/a", "/artifact-files/argo/workflows/w/n/outputs/a"}) {
    const auto answer = send("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, "Not Found\n") << path;
  }
  EXPECT_EQ(send("GET", "/artifact-files/argo/pods/w/n/outputs/a").status, 400);
}

}  // namespace
}  // namespace sim

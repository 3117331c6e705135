// Writes of Kubernetes' clients over a real socket: patches, applies, defaults, refusals.
#include <gtest/gtest.h>

#include "sim/server_fixture.h"

namespace sim {
namespace {

class Objects : public ServerTest {
 protected:
  static constexpr const char* kMaps = "/api/v1/namespaces/argo/configmaps";
  static constexpr const char* kServices = "/api/v1/namespaces/argo/services";
  static constexpr const char* kApply = "application/apply-patch+yaml";
  static constexpr const char* kStrategic = "application/strategic-merge-patch+json";

  sys::HttpResponse apply(const std::string& path, const std::string& manager,
                          const std::string& body, const std::string& more = "") {
    return send("PATCH", path + "?fieldManager=" + manager + more, body, kApply);
  }
  static std::string map(const std::string& data) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: " + data + "\n";
  }
  static Value parsed(const sys::HttpResponse& answer) {
    auto value = text::parse_json(answer.body);
    EXPECT_TRUE(value) << answer.body;
    return value.value_or(Value());
  }
};

TEST_F(Objects, AnApplyCreatesChangesAndTakesAway) {
  const std::string path = std::string(kMaps) + "/m";
  const auto made = apply(path, "one", map("{a: '1', b: '2'}"));
  EXPECT_EQ(made.status, 201) << made.body;
  const auto again = apply(path, "one", map("{a: '1', b: '2'}"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(parsed(again).string_at("metadata", "resourceVersion"),
            parsed(made).string_at("metadata", "resourceVersion"))
      << "nothing has changed";
  EXPECT_EQ(text::to_json(*parsed(apply(path, "one", map("{a: '1'}"))).find("data")),
            R"({"a":"1"})");
  const Value both = parsed(apply(path, "two", map("{c: '3'}")));
  EXPECT_EQ(text::to_json(*both.find("data")), R"({"a":"1","c":"3"})");
  EXPECT_EQ(both.find_path("metadata", "managedFields")->as_list().size(), 2u);
}

TEST_F(Objects, ConflictsNameTheirCausesAndCanBeForced) {
  const std::string path = std::string(kMaps) + "/m";
  EXPECT_EQ(apply(path, "one", map("{a: '1'}")).status, 201);
  const auto refused = apply(path, "two", map("{a: '2'}"));
  EXPECT_EQ(refused.status, 409);
  const Value status = parsed(refused);
  EXPECT_EQ(status.string_at("reason"), "Conflict");
  const Value& causes = *status.find_path("details", "causes");
  ASSERT_EQ(causes.as_list().size(), 1u);
  EXPECT_EQ(causes.as_list()[0].string_at("reason"), "FieldManagerConflict");
  EXPECT_EQ(causes.as_list()[0].string_at("field"), ".data.a");
  EXPECT_EQ(apply(path, "two", map("{a: '2'}"), "&force=true").status, 200);
  EXPECT_EQ(json("GET", path).string_at("data", "a"), "2");
  EXPECT_EQ(apply(path, "", map("{a: '2'}")).status, 400) << "who applies must be said";
}

TEST_F(Objects, DryRunsLeaveEverythingAsItWas) {
  const std::string path = std::string(kMaps) + "/m";
  EXPECT_EQ(apply(path, "one", map("{a: '1'}"), "&dryRun=All").status, 201);
  EXPECT_EQ(send("GET", path).status, 404);
  EXPECT_EQ(apply(path, "one", map("{a: '1'}")).status, 201);
  const std::string before = send("GET", path).body;
  EXPECT_EQ(parsed(apply(path, "one", map("{a: '9'}"), "&dryRun=All")).string_at("data", "a"), "9");
  const std::string patch = R"({"data":{"a":"8"}})";
  for (const char* type : {kStrategic, "application/merge-patch+json"})
    EXPECT_EQ(parsed(send("PATCH", path + "?dryRun=All", patch, type)).string_at("data", "a"), "8");
  const std::string whole =
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"7"}})";
  EXPECT_EQ(parsed(send("PUT", path + "?dryRun=All", whole)).string_at("data", "a"), "7");
  EXPECT_EQ(send("GET", path).body, before);
}

TEST_F(Objects, StrategicPatchesMergeByTheTypesKeys) {
  EXPECT_EQ(send("POST", kServices,
                 R"({"metadata":{"name":"s"},"spec":{"ports":[{"name":"a","port":80},)"
                 R"({"name":"b","port":81}]}})")
                .status,
            201);
  const std::string path = std::string(kServices) + "/s";
  const Value patched = parsed(
      send("PATCH", path, R"({"spec":{"ports":[{"port":81,"targetPort":8081}]}})", kStrategic));
  const text::List& ports = patched.find_path("spec", "ports")->as_list();
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[1].find("targetPort")->to_int(), 8081);
  EXPECT_EQ(ports[1].string_at("name"), "b");
  create("wf", kSuspend);
  EXPECT_EQ(send("PATCH", "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows/wf",
                 R"({"metadata":{"labels":{"a":"b"}}})", kStrategic)
                .status,
            415);
}

TEST_F(Objects, DefaultsAreForWhatClientsCreate) {
  const Value service = json("POST", kServices, R"({"metadata":{"name":"s"},"spec":{}})");
  EXPECT_EQ(service.string_at("spec", "type"), "ClusterIP");
  create("one", kContainer);
  wait_phase("one", "Succeeded");
  const Value pods = json("GET", "/api/v1/namespaces/argo/pods");
  ASSERT_EQ(pods.find("items")->as_list().size(), 1u);
  const Value& pod = pods.find("items")->as_list()[0];
  EXPECT_EQ(pod.find_path("spec", "dnsPolicy"), nullptr) << "control's pods stay small";
  EXPECT_EQ(pod.find_path("metadata", "managedFields"), nullptr);
  const std::string path =
      "/api/v1/namespaces/argo/pods/" + std::string(pod.string_at("metadata", "name"));
  EXPECT_EQ(send("PATCH", path, R"({"metadata":{"labels":{"x":"y"}}})", kStrategic).status, 200);
  EXPECT_EQ(json("GET", path).find_path("spec", "dnsPolicy"), nullptr);
}

TEST_F(Objects, PodsThatWouldBeRestartedAreRefusedWithTheWordsToAdd) {
  const std::string pods = "/api/v1/namespaces/argo/pods";
  const std::string pod = R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c",)"
                          R"("image":"busybox"}])";
  const auto refused = send("POST", pods, pod + "}}");
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("restartPolicy: Never"), std::string::npos) << refused.body;
  EXPECT_EQ(send("POST", pods, pod + R"(,"restartPolicy":"Never"}})").status, 201);
  const auto changed = send("PATCH", pods + "/p", R"({"spec":{"priority":5}})", kStrategic);
  EXPECT_EQ(changed.status, 422) << changed.body;
}

TEST_F(Objects, UnknownFieldsAreToldOrRefused) {
  const std::string body = R"({"metadata":{"name":"m"},"dta":{"a":"1"}})";
  const auto strict = send("POST", std::string(kMaps) + "?fieldValidation=Strict", body);
  EXPECT_EQ(strict.status, 400);
  EXPECT_NE(strict.body.find(R"(unknown field \"dta\")"), std::string::npos) << strict.body;
  const auto warned = send("POST", kMaps, body);
  EXPECT_EQ(warned.status, 201);
  EXPECT_EQ(warned.header("Warning"), R"(299 - "unknown field \"dta\"")");
  EXPECT_EQ(parsed(warned).find("dta"), nullptr);
  const auto ignored = send("POST", std::string(kMaps) + "?fieldValidation=Ignore",
                            R"({"metadata":{"name":"n"},"x":1})");
  EXPECT_EQ(ignored.status, 201);
  EXPECT_EQ(ignored.header("Warning"), "");
}

TEST_F(Objects, AdmissionsProblemsAreCauses) {
  const auto refused = send("POST", "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows",
                            workflow("bad", kContainer, R"(,"sepc":1)"));
  EXPECT_EQ(refused.status, 422);
  const Value status = parsed(refused);
  EXPECT_EQ(status.string_at("details", "name"), "bad");
  const Value& causes = *status.find_path("details", "causes");
  ASSERT_EQ(causes.as_list().size(), 1u) << refused.body;
  EXPECT_EQ(causes.as_list()[0].string_at("field"), "spec.sepc");
}

TEST_F(Objects, AnApplyMustBeAnObjectOfItsPath) {
  const std::string path = std::string(kMaps) + "/m";
  for (const char* body : {"[]", "1", "{apiVersion: v1, kind: Secret}",
                           "{apiVersion: v1, kind: ConfigMap, metadata: x}",
                           "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}",
                           "{apiVersion: v1, kind: ConfigMap, data: {a: {b: c}}}"})
    EXPECT_EQ(apply(path, "one", body).status, 400) << body;
}

TEST_F(Objects, WrongFormsAreBadRequests) {
  const auto refused = send("POST", kMaps, R"({"metadata":{"name":"m"},"data":{"a":1}})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("data.a: expected a string, not a number"), std::string::npos)
      << refused.body;
}

TEST_F(Objects, SecretsKeepBytesAndImmutableOnesStay) {
  const std::string secrets = "/api/v1/namespaces/argo/secrets";
  const Value made =
      json("POST", secrets, R"({"metadata":{"name":"s"},"stringData":{"a":"x"},"immutable":true})");
  EXPECT_EQ(made.string_at("data", "a"), "eA==");
  EXPECT_EQ(made.find("stringData"), nullptr);
  EXPECT_EQ(made.string_at("type"), "Opaque");
  const auto refused = send("PATCH", secrets + "/s", R"({"stringData":{"a":"y"}})", kStrategic);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(parsed(refused).find_path("details", "causes")->as_list()[0].string_at("field"),
            "data");
  EXPECT_EQ(send("POST", secrets, R"({"metadata":{"name":"t"},"data":{"a":"!"}})").status, 422);
}

TEST_F(Objects, ManagersOfUpdatesAreNamed) {
  EXPECT_EQ(send("POST", std::string(kMaps) + "?fieldManager=kubectl-create",
                 R"({"metadata":{"name":"m"},"data":{"a":"1"}})")
                .status,
            201);
  const Value edited = parsed(send("PATCH", std::string(kMaps) + "/m?fieldManager=kubectl-edit",
                                   R"({"data":{"b":"2"}})", kStrategic));
  const text::List& managers = edited.find_path("metadata", "managedFields")->as_list();
  ASSERT_EQ(managers.size(), 2u);
  EXPECT_EQ(managers[0].string_at("manager"), "kubectl-create");
  EXPECT_EQ(managers[1].string_at("manager"), "kubectl-edit");
  EXPECT_EQ(text::to_json(*managers[1].find("fieldsV1")), R"({"f:data":{"f:b":{}}})");
}

TEST_F(Objects, AStatusIsAppliedByItself) {
  EXPECT_EQ(send("POST", kServices, R"({"metadata":{"name":"s"},"spec":{}})").status, 201);
  const std::string path = std::string(kServices) + "/s/status";
  const std::string body =
      "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: NodePort}\n"
      "status: {conditions: [{type: Ready, status: 'True', reason: x, message: '', "
      "lastTransitionTime: '2026-01-02T03:04:05Z'}]}\n";
  const auto applied = apply(path, "ctl", body);
  EXPECT_EQ(applied.status, 200) << applied.body;
  const Value service = parsed(applied);
  EXPECT_EQ(service.string_at("spec", "type"), "ClusterIP");
  EXPECT_EQ(service.find_path("status", "conditions")->as_list().size(), 1u);
  bool is_noted = false;
  for (const Value& one : service.find_path("metadata", "managedFields")->as_list())
    is_noted |= one.string_at("subresource") == "status" && one.string_at("manager") == "ctl";
  EXPECT_TRUE(is_noted) << applied.body;
}

}  // namespace
}  // namespace sim

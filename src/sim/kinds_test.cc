// Kubernetes' kinds over a real socket: discovery, scale, who one is and may be, tokens, deletions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/server_fixture.h"
#include "text/base64.h"

namespace sim {
namespace {

using testing::HasSubstr;

class Kinds : public ServerTest {
 protected:
  static constexpr const char* kAccounts = "/api/v1/namespaces/argo/serviceaccounts";

  Value review(const std::string& group, const std::string& plural, const std::string& spec) {
    return json("POST", "/apis/" + group + "/v1/" + plural, R"({"spec":)" + spec + "}");
  }
  // By TCP, with this token.
  sys::HttpResponse ask(const std::string& token, const std::string& path) {
    auto web = sys::make_http_client({"http://127.0.0.1:" + std::to_string(port_), "", false});
    auto answer = web->send(
        {"GET", path, {{"Host", "argo.test:1"}, {"Authorization", "Bearer " + token}}, ""});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(sys::HttpResponse{});
  }
  std::string token_of(const std::string& name, const std::string& spec = "{}") {
    const Value made = json("POST", std::string(kAccounts) + "/" + name + "/token",
                            R"({"kind":"TokenRequest","spec":)" + spec + "}");
    return std::string(made.string_at("status", "token"));
  }
  void make_account(const std::string& name) {
    EXPECT_EQ(send("POST", kAccounts, R"({"metadata":{"name":")" + name + R"("}})").status, 201);
  }
};

TEST_F(Kinds, DiscoveryNamesThemInBothForms) {
  const Value apps = json("GET", "/apis/apps/v1");
  EXPECT_THAT(text::to_json(apps),
              HasSubstr(R"({"name":"deployments/scale","singularName":"","namespaced":true,)"
                        R"("group":"autoscaling","version":"v1","kind":"Scale")"));
  auto answer = client()->send(
      {"GET",
       "/apis",
       {{"Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}},
       ""});
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->header("Content-Type"), HasSubstr("as=APIGroupDiscoveryList"));
  const Value all = text::parse_json(answer->body).value();
  EXPECT_EQ(all.string_at("kind"), "APIGroupDiscoveryList");
  EXPECT_THAT(answer->body, HasSubstr(R"("subresource":"scale")"));
  EXPECT_THAT(send("GET", "/apis").body, HasSubstr("APIGroupList"));
}

TEST_F(Kinds, AScaleChangesTheReplicas) {
  const std::string path = "/apis/apps/v1/namespaces/argo/deployments";
  EXPECT_EQ(send("POST", path,
                 R"({"metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":)"
                 R"({"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":)"
                 R"([{"name":"c","image":"i"}]}}}})")
                .status,
            201);
  const Value scale = json("GET", path + "/d/scale");
  EXPECT_EQ(scale.string_at("kind"), "Scale");
  EXPECT_EQ(scale.find_path("spec", "replicas")->to_int(), 2);
  EXPECT_EQ(scale.string_at("status", "selector"), "a=b");
  EXPECT_EQ(
      send("PATCH", path + "/d/scale", R"({"spec":{"replicas":7}})", "application/merge-patch+json")
          .status,
      200);
  EXPECT_EQ(json("GET", path + "/d").find_path("spec", "replicas")->to_int(), 7);
  EXPECT_EQ(send("PUT", path + "/d/scale", R"({"spec":{"replicas":-1}})").status, 422);
  EXPECT_EQ(send("GET", "/api/v1/namespaces/argo/configmaps/x/scale").status, 404);
  EXPECT_EQ(send("GET", path + "?watch=1&fieldSelector=metadata.name%3Dd").status, 422)
      << "nobody will ever make it available";
}

TEST_F(Kinds, ReviewsSayWhoOneIsAndWhatOneMay) {
  const Value may = review("authorization.k8s.io", "selfsubjectaccessreviews",
                           R"({"resourceAttributes":{"verb":"get","resource":"pods"}})");
  EXPECT_EQ(may.find_path("status", "allowed")->as_bool(), true);
  const Value other =
      review("authorization.k8s.io", "subjectaccessreviews",
             R"({"user":"nobody","resourceAttributes":{"verb":"get","resource":"pods"}})");
  EXPECT_EQ(other.find_path("status", "allowed")->as_bool(), false);
  const Value me = review("authentication.k8s.io", "selfsubjectreviews", "{}");
  EXPECT_EQ(me.string_at("status", "userInfo", "username"), "local");
  EXPECT_EQ(send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "{}").status,
            422);
}

TEST_F(Kinds, ServiceAccountsHaveTokens) {
  make_account("bob");
  const std::string token = token_of("bob");
  const auto info = ask(token, "/api/v1/userinfo");
  EXPECT_EQ(info.status, 200) << info.body;
  EXPECT_THAT(info.body, HasSubstr("system:serviceaccount:argo:bob"));
  std::string forged = token;
  forged[token.find('.') + 5] ^= 1;
  EXPECT_EQ(ask(forged, "/api/v1/userinfo").status, 401);
  forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  forged[forged.size() - 3] = forged[forged.size() - 3] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ask(forged, "/api/v1/userinfo").status, 401);
  EXPECT_EQ(ask(token_of("bob", R"({"audiences":["vault"]})"), "/api/v1/userinfo").status, 401);
  const Value for_vault = review("authentication.k8s.io", "tokenreviews",
                                 R"({"audiences":["vault"],"token":")" +
                                     token_of("bob", R"({"audiences":["vault"]})") + "\"}");
  EXPECT_EQ(for_vault.find_path("status", "authenticated")->as_bool(), true);
  EXPECT_EQ(
      send("POST", std::string(kAccounts) + "/bob/token", R"({"spec":{"expirationSeconds":599}})")
          .status,
      422);
  EXPECT_EQ(send("POST", std::string(kAccounts) + "/none/token", "{}").status, 404);
  EXPECT_EQ(send("DELETE", std::string(kAccounts) + "/bob").status, 200);
  EXPECT_EQ(ask(token, "/api/v1/userinfo").status, 401) << "its account is gone";
  make_account("bob");
  EXPECT_EQ(ask(token, "/api/v1/userinfo").status, 401) << "this is another bob";
}

TEST_F(Kinds, SecretsHoldTokensToo) {
  make_account("bob");
  const std::string path = "/api/v1/namespaces/argo/secrets";
  const auto secret = [](const std::string& account) {
    return R"({"metadata":{"name":"s","annotations":{"kubernetes.io/service-account.name":")" +
           account + R"("}},"type":"kubernetes.io/service-account-token"})";
  };
  EXPECT_EQ(send("POST", path, secret("none")).status, 422);
  ASSERT_EQ(send("POST", path, secret("bob")).status, 201);
  const auto token = text::from_base64(json("GET", path + "/s").string_at("data", "token"));
  ASSERT_TRUE(token);
  EXPECT_EQ(ask(*token, "/api/v1/userinfo").status, 200);
  EXPECT_EQ(send("DELETE", path + "/s").status, 200);
  EXPECT_EQ(ask(*token, "/api/v1/userinfo").status, 401);
}

TEST_F(Kinds, ACollectionIsDeletedByItsSelectorAndUpToItsLimit) {
  const std::string path = "/api/v1/namespaces/argo/configmaps";
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(send("POST", path,
                   std::string(R"({"metadata":{"name":")") + name + R"(","labels":{"x":"y"}}})")
                  .status,
              201);
  EXPECT_EQ(send("DELETE", path + "?fieldSelector=data.x%3D1").status, 400);
  EXPECT_EQ(send("DELETE", path + "?labelSelector=x%3Dy&limit=2").status, 200);
  EXPECT_EQ(json("GET", path).find("items")->as_list().size(), 1u);
  const Value gone = json("DELETE", path + "/c");
  EXPECT_EQ(gone.string_at("status"), "Success");
  EXPECT_EQ(gone.string_at("details", "kind"), "configmaps");
}

TEST_F(Kinds, AnEndingNamespaceTakesNothing) {
  const std::string path = "/api/v1/namespaces/gone/configmaps";
  EXPECT_EQ(send("POST", path, R"({"metadata":{"name":"m","finalizers":["a.b/c"]}})").status, 201);
  EXPECT_EQ(json("DELETE", "/api/v1/namespaces/gone").string_at("status", "phase"), "Terminating");
  const auto late = send("POST", path, R"({"metadata":{"name":"n"}})");
  EXPECT_EQ(late.status, 403);
  EXPECT_THAT(late.body, HasSubstr("NamespaceTerminating"));
}

}  // namespace
}  // namespace sim

// /api/v1/sync: limits as Argo's REST has them, and the list of locks.
#include <gmock/gmock.h>

#include "kube/sync_limit.h"
#include "sim/server_fixture.h"

namespace sim {
namespace {

using testing::HasSubstr;

class Sync : public ServerTest {
 protected:
  std::string body_of(const std::string& method, const std::string& target,
                      const std::string& body = "") {
    const auto answer = send(method, target, body);
    return std::to_string(answer.status) + " " + answer.body;
  }
};

TEST_F(Sync, ALimitOfTheDatabaseIsMadeReadChangedAndDeleted) {
  const std::string row = R"("namespace":"argo","key":"k","limit":)";
  EXPECT_EQ(body_of("GET", "/api/v1/sync/argo/k?type=DATABASE"),
            "404 "
            R"({"code":5,"message":"Database sync limit not found in namespace \"argo\".")"
            R"(,"details":[]})");
  EXPECT_EQ(body_of("POST", "/api/v1/sync/argo", R"({"type":1,"key":"k","limit":3})"),
            R"(200 {"type":1,)" + row + "3}");
  EXPECT_EQ(body_of("POST", "/api/v1/sync/argo", R"({"type":"DATABASE","key":"k","limit":4})"),
            "409 "
            R"({"code":6,"message":"Database sync limit already exists in namespace \"argo\".")"
            R"(,"details":[]})");
  EXPECT_EQ(body_of("PUT", "/api/v1/sync/argo/k", R"({"type":1,"limit":5})"),
            R"(200 {"type":1,)" + row + "5}");
  EXPECT_EQ(body_of("GET", "/api/v1/sync/argo/k?type=1"), R"(200 {"type":1,)" + row + "5}");
  EXPECT_EQ(kube::get_sync_limit(*store_, "argo", "k")->limit, 5);
  EXPECT_EQ(body_of("GET", "/api/v1/sync"),
            R"(200 {"items":[{"name":"argo/Database/k","limit":5,"holders":[],"waiters":[],)"
            R"("waiterCount":0}]})");
  EXPECT_EQ(body_of("GET", "/api/v1/sync/other"), R"(200 {"items":[]})");
  EXPECT_EQ(body_of("DELETE", "/api/v1/sync/argo/k?type=DATABASE"), "200 {}");
  EXPECT_THAT(body_of("DELETE", "/api/v1/sync/argo/k?type=DATABASE"), HasSubstr("404 "));
  EXPECT_THAT(body_of("PUT", "/api/v1/sync/argo/k", R"({"type":1,"limit":5})"), HasSubstr("404 "));
}

TEST_F(Sync, ALimitOfAConfigMapIsMadeReadChangedAndDeleted) {
  const std::string row = R"(200 {"namespace":"argo","cmName":"m","key":"k","limit":)";
  const std::string one = "/api/v1/sync/argo/k", given = R"({"cmName":"m","limit":)";
  EXPECT_THAT(body_of("GET", one + "?cmName=m"), HasSubstr("404 "));
  EXPECT_THAT(body_of("PUT", one, given + "2}"), HasSubstr("404 "));
  EXPECT_EQ(body_of("POST", "/api/v1/sync/argo", R"({"cmName":"m","key":"k","limit":1})"),
            row + "1}");
  EXPECT_EQ(body_of("POST", "/api/v1/sync/argo",
                    R"({"type":"CONFIGMAP","cmName":"m","key":"k","limit":1})"),
            R"(409 {"code":6,"message":"sync limit cannot be created as it already exists")"
            R"(,"details":[]})");
  EXPECT_EQ(body_of("POST", "/api/v1/sync/argo", R"({"cmName":"m","key":"l","limit":7})"),
            R"(200 {"namespace":"argo","cmName":"m","key":"l","limit":7})");
  EXPECT_EQ(body_of("PUT", one, given + "2}"), row + "2}");
  EXPECT_EQ(body_of("GET", one + "?type=CONFIGMAP&cmName=m"), row + "2}");
  EXPECT_EQ(text::to_json(*json("GET", "/api/v1/namespaces/argo/configmaps/m").find("data")),
            R"({"k":"2","l":"7"})");
  EXPECT_EQ(body_of("DELETE", one + "?cmName=m"), "200 {}");
  EXPECT_EQ(body_of("GET", one + "?cmName=m"),
            R"(404 {"code":5,"message":"key k not found in configmap argo/m","details":[]})");
  EXPECT_EQ(body_of("PUT", one, given + "2}"),
            R"(404 {"code":5,"message":"key k not found in configmap argo/m - please create it )"
            R"(first","details":[]})");
}

TEST_F(Sync, WhatIsWrongIsToldApart) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type":1,"key":"k","limit":0})", "limit must be greater than zero"},
      {R"({"type":1,"key":"k","limit":-1})", "limit must be greater than zero"},
      {R"({"type":1,"key":"k"})", "limit must be greater than zero"},
      {R"({"type":1,"key":"k","limit":3000000000})", "limit is too large"},
      {R"({"type":2,"key":"k","limit":1})", "unsupported sync config type: 2"},
      {R"({"type":1,"limit":1})", "key is missing"},
      {R"({"key":"k","limit":1})", "cmName is missing"},
  };
  for (const auto& [body, wanted] : cases)
    EXPECT_THAT(body_of("POST", "/api/v1/sync/argo", body),
                testing::AllOf(HasSubstr("400 "), HasSubstr(wanted)))
        << body;
}

TEST_F(Sync, TheListSaysWhoHoldsAndWhoWaits) {
  const std::string lock = R"(,"synchronization":{"mutexes":[{"name":"m"}]})";
  for (const char* name : {"a", "b", "c"}) create(name, kSuspend, lock);
  const std::string wanted =
      R"(200 {"items":[{"name":"argo/Mutex/m","limit":1,"holders":[{"workflow":"argo/a"}],)"
      R"("waiters":[{"workflow":"argo/b"}],"waiterCount":2}]})";
  std::string got;
  for (int i = 0; i < 10'000 && got != wanted; ++i)
    got = body_of("GET", "/api/v1/sync/argo?waiters=1");
  EXPECT_EQ(got, wanted);
}

}  // namespace
}  // namespace sim

// argo sync: what is sent and what is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Story {
  const char* title;
  std::vector<std::string> args;
  std::vector<Scene> script;
  std::string out;
};

TEST(Sync, Commands) {
  const std::string row = R"({"type":1,"namespace":"default","key":"k","limit":3})";
  const std::string map_row = R"({"namespace":"default","cmName":"m","key":"k","limit":3})";
  const std::string shown = "Key: k\nType: database\nNamespace: default\nLimit: 3\n";
  const std::string map_shown =
      "Key: k\nType: configmap\nConfigMap Name: m\nNamespace: default\nLimit: 3\n";
  const std::string list =
      R"({"items":[{"name":"default/Database/k","limit":3,"holders":[],"waiters":[],)"
      R"("waiterCount":0},)"
      R"({"name":"default/Mutex/m","limit":1,"holders":[{"workflow":"default/a","nodeId":"a-1"}],)"
      R"("waiters":[{"workflow":"default/b"}],"waiterCount":7}]})";
  const Story stories[] = {
      {"create in the database",
       {"sync", "create", "k", "--type", "database", "--limit", "3"},
       {{"POST /api/v1/sync/default", row}},
       "Sync limit created\n" + shown},
      {"create in a ConfigMap",
       {"sync", "create", "k", "--type", "configmap", "--cm-name", "m", "--limit", "3"},
       {{"POST /api/v1/sync/default", map_row}},
       "Sync limit created\n" + map_shown},
      {"update",
       {"sync", "update", "k", "--type", "database", "--limit", "3"},
       {{"PUT /api/v1/sync/default/k", row}},
       "Sync limit updated\n" + shown},
      {"get",
       {"sync", "get", "k", "--type", "configmap", "--cm-name", "m"},
       {{"GET /api/v1/sync/default/k?type=CONFIGMAP&cmName=m", map_row}},
       map_shown},
      {"delete",
       {"sync", "delete", "k", "--type", "database"},
       {{"DELETE /api/v1/sync/default/k?type=DATABASE", "{}"}},
       "Sync limit deleted\n"},
      {"list",
       {"sync", "list"},
       {{"GET /api/v1/sync/default", list}},
       "LOCK                 LIMIT   HELD   WAITING\n"
       "default/Database/k   3       0      0\n"
       "default/Mutex/m      1       1      7\n"
       "  held by default/a a-1\n"
       "  then default/b\n"
       "  and 6 more\n"},
      {"list names of all namespaces",
       {"sync", "list", "-A", "-o", "name"},
       {{"GET /api/v1/sync", list}},
       "default/Database/k\ndefault/Mutex/m\n"},
      {"list nothing",
       {"sync", "list"},
       {{"GET /api/v1/sync/default", R"({"items":[]})"}},
       "No locks are held or waited for\n"},
  };
  for (const Story& story : stories) {
    Stage stage(story.script);
    EXPECT_EQ(stage.run(story.args), 0) << story.title << ": " << stage.err;
    EXPECT_EQ(stage.out, story.out) << story.title;
    EXPECT_TRUE(stage.script.empty()) << story.title;
  }
}

TEST(Sync, SendsWhatWasAskedFor) {
  Stage stage(std::vector<Scene>{{"POST /api/v1/sync/other", "{}"}});
  EXPECT_EQ(stage.run({"sync", "create", "k", "--type", "configmap", "--cm-name", "m", "--limit",
                       "3", "-n", "other"}),
            0);
  EXPECT_THAT(stage.bodies,
              ElementsAre(R"({"type":0,"namespace":"other","cmName":"m","key":"k","limit":3})"));
}

TEST(Sync, WhatIsMissingIsNamed) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"sync", "get", "k"}, "--type must be either 'database' or 'configmap'"},
      {{"sync", "get", "k", "--type", "configmap"}, "--cm-name is required when type is configmap"},
      {{"sync", "create", "k", "--type", "database"}, "--limit is missing"},
      {{"sync", "create", "k", "--type", "other", "--limit", "1"}, "database"},
      {{"sync", "create", "--type", "database", "--limit", "1"}, "needs more arguments"},
  };
  for (const auto& [args, text] : cases) {
    Stage stage;
    EXPECT_NE(stage.run(args), 0) << text;
    EXPECT_THAT(stage.err, HasSubstr(text));
  }
}

TEST(Sync, RefusalsSayWhatWasTried) {
  Stage stage(std::vector<Scene>{
      {"POST /api/v1/sync/default",
       R"({"code":6,"message":"Database sync limit already exists in namespace \"default\"."})",
       409}});
  EXPECT_EQ(stage.run({"sync", "create", "k", "--type", "database", "--limit", "3"}), 1);
  EXPECT_THAT(stage.err, HasSubstr("failed to create sync limit: Database sync limit already "
                                   "exists in namespace \"default\"."));
}

}  // namespace
}  // namespace cli

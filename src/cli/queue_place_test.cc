#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMessage =
    "Workflow processing has been postponed because too many workflows are already running";

std::string waiting(const std::string& name, const std::string& phase = "Pending") {
  return R"({"metadata":{"name":")" + name + R"(","namespace":"default","uid":")" + name +
         R"(","creationTimestamp":"2026-01-02T03:04:05Z"},"status":{"phase":")" + phase +
         R"(","message":")" + kMessage + R"("}})";
}
std::string item(const std::string& space, const std::string& uid) {
  return R"({"namespace":")" + space + R"(","name":"x","uid":")" + uid + R"(","priority":0})";
}

TEST(QueuePlace, StandsBeforeTheMessage) {
  Stage stage({{"GET /api/v1/workflows/default/x", waiting("x")},
               {"GET /api/v1/workflow-queue",
                R"({"items":[)" + item("default", "a") + "," + item("default", "x") + "]}"}});
  EXPECT_EQ(stage.run({"get", "x"}), 0) << stage.err;
  EXPECT_THAT(stage.out, HasSubstr(std::string("place 2 of 2 in the queue: ") + kMessage));
}

TEST(QueuePlace, TellsThePlaceInTheNamespaceWhereSeveralWait) {
  Stage stage({{"GET /api/v1/workflows/default/x", waiting("x")},
               {"GET /api/v1/workflow-queue", R"({"items":[)" + item("other", "a") + "," +
                                                  item("default", "x") + "," +
                                                  item("default", "b") + "]}"}});
  EXPECT_EQ(stage.run({"get", "x"}), 0) << stage.err;
  EXPECT_THAT(stage.out, HasSubstr("place 2 of 3 in the queue, 1 of 2 in namespace default: "));
}

TEST(QueuePlace, IsLeftOutWhereItIsNotKnownOrNothingWaits) {
  Stage begun({{"GET /api/v1/workflows/default/x", waiting("x")},
               {"GET /api/v1/workflow-queue", R"({"items":[]})"}});
  EXPECT_EQ(begun.run({"get", "x"}), 0) << begun.err;
  EXPECT_THAT(begun.out, Not(HasSubstr("place")));
  Stage older({{"GET /api/v1/workflows/default/x", waiting("x")},
               {"GET /api/v1/workflow-queue", R"({"code":5,"message":"no such path"})", 404}});
  EXPECT_EQ(older.run({"get", "x"}), 0) << older.err;
  EXPECT_THAT(older.out, HasSubstr(kMessage));
  Stage running({{"GET /api/v1/workflows/default/x", waiting("x", "Running")}});
  EXPECT_EQ(running.run({"get", "x"}), 0) << running.err;
  EXPECT_THAT(running.unplayed, testing::IsEmpty());
}

}  // namespace
}  // namespace cli

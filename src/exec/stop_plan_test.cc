#include "exec/stop_plan.h"

#include <gtest/gtest.h>

namespace exec {
namespace {

class StopPlanTest : public testing::Test {
 protected:
  StopPlanTest() { spec_.grace_ns = 30; }
  sys::MonitorSpec spec_;
  ExitRecord record_;
  StopPlan plan_{spec_, record_};
};

TEST_F(StopPlanTest, NothingIsDueUnasked) {
  EXPECT_EQ(plan_.next_ns(), 0);
  EXPECT_FALSE(plan_.pass_deadline(1'000'000));
  EXPECT_FALSE(plan_.must_kill(1'000'000));
  EXPECT_FALSE(record_.stopped);
}

TEST_F(StopPlanTest, TheFirstRequestSignalsAndTheGraceThenKills) {
  EXPECT_TRUE(plan_.ask(30, 100));
  EXPECT_TRUE(record_.stopped);
  EXPECT_EQ(plan_.next_ns(), 130);
  EXPECT_FALSE(plan_.must_kill(129));
  EXPECT_TRUE(plan_.must_kill(130));
  plan_.note_kill();
  EXPECT_EQ(plan_.next_ns(), 0);
}

TEST_F(StopPlanTest, ASecondRequestOnlyShortensTheTime) {
  plan_.ask(30, 100);
  EXPECT_FALSE(plan_.ask(300, 110));
  EXPECT_EQ(plan_.next_ns(), 130);
  EXPECT_FALSE(plan_.ask(5, 110));
  EXPECT_EQ(plan_.next_ns(), 115);
}

TEST_F(StopPlanTest, NoGraceKillsAtOnceWithoutASignal) {
  EXPECT_FALSE(plan_.ask(0, 100));
  EXPECT_TRUE(plan_.must_kill(100));
  EXPECT_TRUE(record_.stopped);
}

TEST_F(StopPlanTest, TheDeadlineIsARequestOfItsOwn) {
  spec_.deadline_ns = 1000;
  EXPECT_EQ(plan_.next_ns(), 1000);
  EXPECT_FALSE(plan_.pass_deadline(999));
  EXPECT_TRUE(plan_.pass_deadline(1000));
  EXPECT_FALSE(plan_.pass_deadline(1001));
  EXPECT_TRUE(record_.deadline_exceeded);
  EXPECT_FALSE(record_.stopped);
  EXPECT_EQ(plan_.next_ns(), 1030);
}

TEST_F(StopPlanTest, ADeadlineAfterARequestDoesNotSignalAgain) {
  spec_.deadline_ns = 110;
  plan_.ask(100, 100);
  EXPECT_FALSE(plan_.pass_deadline(110));
  EXPECT_TRUE(record_.deadline_exceeded && record_.stopped);
  EXPECT_EQ(plan_.next_ns(), 140);
}

}  // namespace
}  // namespace exec

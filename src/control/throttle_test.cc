#include "control/throttle.h"

#include <gtest/gtest.h>

namespace control {
namespace {

using Uids = std::vector<std::string>;

TEST(Throttle, WithoutLimitsAllBeginAtOnceInOrder) {
  Throttle throttle;
  throttle.add_waiting("b", "x", 0, 2);
  throttle.add_waiting("a", "x", 0, 1);
  throttle.add_waiting("c", "y", 7, 3);
  EXPECT_EQ(throttle.admit(), (Uids{"c", "a", "b"}));
  EXPECT_EQ(throttle.admit(), Uids{});
  EXPECT_EQ(throttle.running_count(), 3u);
  EXPECT_EQ(throttle.waiting_count(), 0u);
}

TEST(Throttle, ThePlaceOfOneThatEndedGoesToTheHighestPriorityThenToTheOldest) {
  Throttle throttle;
  throttle.set_limits(1, 0);
  throttle.add_waiting("first", "x", 0, 1);
  EXPECT_EQ(throttle.admit(), Uids{"first"});
  throttle.add_waiting("old", "x", 0, 2);
  throttle.add_waiting("young", "x", 0, 3);
  throttle.add_waiting("urgent", "y", 1, 4);
  EXPECT_EQ(throttle.admit(), Uids{});
  EXPECT_EQ(throttle.waiting_count(), 3u);
  throttle.remove("first");
  EXPECT_EQ(throttle.admit(), Uids{"urgent"});
  throttle.remove("urgent");
  EXPECT_EQ(throttle.admit(), Uids{"old"});
  throttle.remove("young");  // was deleted while it waited
  throttle.remove("old");
  EXPECT_EQ(throttle.admit(), Uids{});
  EXPECT_EQ(throttle.running_count(), 0u);
}

TEST(Throttle, AFullNamespaceDoesNotHoldUpTheOthers) {
  Throttle throttle;
  throttle.set_limits(3, 1);
  throttle.add_waiting("x1", "x", 9, 1);
  throttle.add_waiting("x2", "x", 9, 2);
  throttle.add_waiting("y1", "y", 0, 3);
  EXPECT_EQ(throttle.admit(), (Uids{"x1", "y1"}));
  throttle.set_namespace_limit("x", 2);
  EXPECT_EQ(throttle.admit(), Uids{"x2"});
  throttle.add_waiting("x3", "x", 0, 4);
  throttle.set_namespace_limit("x", 0);
  EXPECT_EQ(throttle.admit(), Uids{});  // the total is reached
  throttle.set_namespace_limit("x", std::nullopt);
  throttle.remove("y1");
  EXPECT_EQ(throttle.admit(), Uids{});  // two of x run, one may
  throttle.remove("x1");
  throttle.remove("x2");
  EXPECT_EQ(throttle.admit(), Uids{"x3"});
}

TEST(Throttle, ARaisedLimitLetsAsManyInAtOnce) {
  Throttle throttle;
  throttle.set_limits(1, 0);
  for (uint64_t i = 0; i < 5; ++i) throttle.add_waiting("w" + std::to_string(i), "x", 0, i);
  EXPECT_EQ(throttle.admit(), Uids{"w0"});
  throttle.set_limits(3, 0);
  EXPECT_EQ(throttle.admit(), (Uids{"w1", "w2"}));
  throttle.set_limits(0, 0);
  EXPECT_EQ(throttle.admit(), (Uids{"w3", "w4"}));
}

TEST(Throttle, WhatRanBeforeARestartCountsAndIsNotAskedAgain) {
  Throttle throttle;
  throttle.set_limits(1, 0);
  throttle.add_running("ran", "x");
  throttle.add_running("ran", "x");
  throttle.add_waiting("new", "x", 0, 1);
  throttle.add_waiting("new", "x", 5, 1);
  EXPECT_EQ(throttle.admit(), Uids{});
  // A stop lets one that waits begin, whatever the limit is.
  throttle.add_running("new", "x");
  EXPECT_EQ(throttle.running_count(), 2u);
  EXPECT_EQ(throttle.waiting_count(), 0u);
  throttle.remove("ran");
  throttle.remove("new");
  throttle.remove("new");
  EXPECT_EQ(throttle.running_count(), 0u);
}

}  // namespace
}  // namespace control

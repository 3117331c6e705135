#include "engine/lock_table.h"

#include <gtest/gtest.h>

#include <random>

namespace engine {
namespace {

using Keys = std::vector<std::string>;

LockClient client(std::string workflow, std::string node = "", int64_t priority = 0,
                  int64_t created = 0) {
  return {"ns/" + workflow, std::move(node), priority, base::Time{created}};
}

LockWish mutexes(const Keys& names) {
  LockWish out;
  for (const std::string& name : names) out.locks.push_back({"ns/Mutex/" + name, true});
  return out;
}

LockWish semaphore(const std::string& key) { return {{{"ns/ConfigMap/cm/" + key, false}}}; }

LocksAnswer::State state_of(LockTable& table, const LockClient& who, const LockWish& wish) {
  return table.request(who, wish).state;
}

constexpr auto kGranted = LocksAnswer::State::kGranted;
constexpr auto kWaiting = LocksAnswer::State::kWaiting;
constexpr auto kError = LocksAnswer::State::kError;

TEST(LockNames, AreReadAsArgoWritesThem) {
  const auto mutex = parse_lock_name("ns/Mutex/a/b");
  ASSERT_TRUE(mutex);
  EXPECT_EQ(mutex->name, "a/b");
  const auto semaphore = parse_lock_name("ns/ConfigMap/cm/key");
  ASSERT_TRUE(semaphore);
  EXPECT_EQ(semaphore->name, "cm");
  EXPECT_EQ(semaphore->key, "key");
  EXPECT_EQ(parse_lock_name("ns/Database/key")->kind, LockKind::kDatabase);
  for (const char* bad : {"", "ns", "ns/Mutex", "ns/Mutex/", "/Mutex/a", "ns/ConfigMap/cm",
                          "ns/ConfigMap/cm/", "ns/ConfigMap/cm/a/b", "ns/Else/a"})
    EXPECT_FALSE(parse_lock_name(bad)) << bad;
}

TEST(LockTable, AMutexHasOneHolderAndTheNextGetsItWhenItIsReleased) {
  LockTable table;
  EXPECT_EQ(state_of(table, client("a"), mutexes({"m"})), kGranted);
  const LocksAnswer second = table.request(client("b", "n"), mutexes({"m"}));
  EXPECT_EQ(second.state, kWaiting);
  EXPECT_EQ(second.message, "Waiting for ns/Mutex/m lock. Lock status: 0/1");
  EXPECT_EQ(second.lock, "ns/Mutex/m");
  ASSERT_EQ(second.holders.size(), 1u);
  EXPECT_EQ(second.holders[0].second, Keys{"ns/a"});
  Keys granted;
  table.release("ns/a", granted);
  EXPECT_EQ(granted, Keys{"ns/b/n"});
  EXPECT_TRUE(table.holds("ns/b/n"));
  table.release("ns/b/n", granted);
  EXPECT_TRUE(table.locks().empty());
}

TEST(LockTable, AskingAgainChangesNothing) {
  LockTable table;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(state_of(table, client("a"), mutexes({"m"})), kGranted);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(state_of(table, client("b"), mutexes({"m"})), kWaiting);
  EXPECT_EQ(table.waiter_count("ns/Mutex/m"), 1u);
}

TEST(LockTable, WaitersStandByPriorityThenCreationThenName) {
  LockTable table;
  state_of(table, client("holder"), mutexes({"m"}));
  state_of(table, client("late", "", 0, 2), mutexes({"m"}));
  state_of(table, client("b", "", 0, 1), mutexes({"m"}));
  state_of(table, client("a", "", 0, 1), mutexes({"m"}));
  state_of(table, client("urgent", "", 1, 3), mutexes({"m"}));
  EXPECT_EQ(table.waiters("ns/Mutex/m"), (Keys{"ns/urgent", "ns/a", "ns/b", "ns/late"}));
  EXPECT_EQ(table.waiters("ns/Mutex/m", 1), (Keys{"ns/urgent"}));
  Keys granted;
  table.release("ns/holder", granted);
  for (const char* next : {"ns/urgent", "ns/a", "ns/b"}) table.release(next, granted);
  EXPECT_EQ(granted, (Keys{"ns/urgent", "ns/a", "ns/b", "ns/late"}));
}

TEST(LockTable, ASemaphoreLetsInAsManyAsItsLimitSays) {
  LockTable table;
  Keys granted;
  EXPECT_EQ(state_of(table, client("a"), semaphore("k")), kError);  // nobody said its limit
  table.set_limit("ns/ConfigMap/cm/k", 2, granted);
  EXPECT_EQ(state_of(table, client("a"), semaphore("k")), kGranted);
  EXPECT_EQ(state_of(table, client("b"), semaphore("k")), kGranted);
  EXPECT_EQ(state_of(table, client("c"), semaphore("k")), kWaiting);
  EXPECT_EQ(state_of(table, client("d"), semaphore("k")), kWaiting);
  table.set_limit("ns/ConfigMap/cm/k", 3, granted);
  EXPECT_EQ(granted, Keys{"ns/c"});
  granted.clear();
  table.set_limit("ns/ConfigMap/cm/k", 1, granted);  // takes nothing away
  EXPECT_EQ(table.holder_count("ns/ConfigMap/cm/k"), 3u);
  table.release("ns/a", granted);
  table.release("ns/b", granted);
  EXPECT_TRUE(granted.empty());
  table.release("ns/c", granted);
  EXPECT_EQ(granted, Keys{"ns/d"});
}

TEST(LockTable, SeveralLocksAreTakenTogetherOrNotAtAll) {
  LockTable table;
  EXPECT_EQ(state_of(table, client("a"), mutexes({"x"})), kGranted);
  const LocksAnswer both = table.request(client("b"), mutexes({"y", "x"}));
  EXPECT_EQ(both.state, kWaiting);
  EXPECT_EQ(both.lock, "ns/Mutex/x");
  EXPECT_EQ(table.holder_count("ns/Mutex/y"), 0u);
  // y is free, but b stands before c there: else small ones could starve it.
  EXPECT_EQ(state_of(table, client("c"), mutexes({"y"})), kWaiting);
  Keys granted;
  table.release("ns/a", granted);
  EXPECT_EQ(granted, Keys{"ns/b"});
  table.release("ns/b", granted);
  EXPECT_EQ(granted, (Keys{"ns/b", "ns/c"}));
}

TEST(LockTable, WhoLeavesTheQueueLetsOthersPass) {
  LockTable table;
  state_of(table, client("a"), mutexes({"x"}));
  state_of(table, client("b"), mutexes({"x", "y"}));
  state_of(table, client("c"), mutexes({"y"}));
  Keys granted;
  table.release("ns/b", granted);
  EXPECT_EQ(granted, Keys{"ns/c"});
}

TEST(LockTable, NodesOfOneWorkflowMayOvertakeEachOther) {
  LockTable table;
  state_of(table, client("a"), mutexes({"x"}));
  EXPECT_EQ(state_of(table, client("w", "1"), mutexes({"x", "y"})), kWaiting);
  EXPECT_EQ(state_of(table, client("w", "2"), mutexes({"y"})), kGranted);
  EXPECT_EQ(state_of(table, client("w", "3"), mutexes({"y"})), kWaiting);
  Keys granted;
  table.release("ns/w/2", granted);
  EXPECT_EQ(granted, Keys{"ns/w/3"});
  table.release("ns/a", granted);
  table.release("ns/w/3", granted);
  EXPECT_EQ(granted, (Keys{"ns/w/3", "ns/w/1"}));
}

TEST(LockTable, TheEndOfAWorkflowLetsNoneOfItsOwnIn) {
  LockTable table;
  state_of(table, client("w", "1"), mutexes({"x"}));
  state_of(table, client("w", "2"), mutexes({"x"}));
  state_of(table, client("z"), mutexes({"x"}));
  Keys granted;
  table.release_workflow("ns/w", granted);
  EXPECT_EQ(granted, Keys{"ns/z"});
}

TEST(LockTable, WhatWasHeldIsHeldAgainWhateverTheLimit) {
  LockTable table;
  Keys granted;
  table.restore(client("a"), semaphore("k"));
  table.restore(client("b"), semaphore("k"));
  table.set_limit("ns/ConfigMap/cm/k", 1, granted);
  EXPECT_EQ(table.holder_count("ns/ConfigMap/cm/k"), 2u);
  EXPECT_EQ(state_of(table, client("a"), semaphore("k")), kGranted);
  EXPECT_EQ(state_of(table, client("c"), semaphore("k")), kWaiting);
  table.release("ns/a", granted);
  EXPECT_TRUE(granted.empty());
  table.release("ns/b", granted);
  EXPECT_EQ(granted, Keys{"ns/c"});
}

TEST(LockTable, WhatNobodyAsksForIsForgottenWithItsLimit) {
  LockTable table;
  Keys granted;
  for (int i = 0; i < 3; ++i) {
    table.set_limit("ns/ConfigMap/cm/k", 1, granted);
    EXPECT_EQ(state_of(table, client("a"), semaphore("k")), kGranted);
    EXPECT_EQ(state_of(table, client("b"), mutexes({"m"})), kGranted);
    EXPECT_EQ(state_of(table, client("c"), semaphore("k")), kWaiting);
    table.release("ns/a", granted);
    EXPECT_EQ(table.limit("ns/ConfigMap/cm/k"), 1) << "c holds it";
    table.release_workflow("ns/c", granted);
    EXPECT_EQ(table.limit("ns/ConfigMap/cm/k"), std::nullopt);
    table.release("ns/b", granted);
    EXPECT_EQ(table.limit("ns/Mutex/m"), std::nullopt);
    EXPECT_EQ(state_of(table, client("d"), semaphore("k")), kError);
  }
}

// Whatever is asked and released: no lock is over its limit, nothing is held twice, and once all
// holders let go everybody has had a turn.
TEST(LockTable, NeverOverItsLimitAndNobodyWaitsForEver) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    LockTable table;
    Keys granted;
    const int64_t limit = 1 + static_cast<int64_t>(random() % 3);
    std::set<std::string> held, asked;
    for (int i = 0; i < 120; ++i) {
      for (const char* key : {"p", "q"})  // where it was forgotten
        table.set_limit(std::string("ns/ConfigMap/cm/") + key, limit, granted);
      const LockClient who = client("w" + std::to_string(random() % 8), std::to_string(i),
                                    random() % 2, static_cast<int64_t>(random() % 3));
      LockWish wish;
      for (const char* name : {"m", "n", "o"})
        if (random() % 3 == 0) wish.locks.push_back({std::string("ns/Mutex/") + name, true});
      for (const char* key : {"p", "q"})
        if (random() % 3 == 0) wish.locks.push_back({std::string("ns/ConfigMap/cm/") + key, false});
      asked.insert(who.key());
      if (table.request(who, wish).state == kGranted) held.insert(who.key());
      if (random() % 2 == 0 && !held.empty()) {
        const std::string key = *std::next(held.begin(), random() % held.size());
        held.erase(key);
        asked.erase(key);
        granted.clear();
        table.release(key, granted);
        for (const std::string& next : granted) EXPECT_TRUE(held.insert(next).second);
      }
      for (const std::string& lock : table.locks())
        ASSERT_LE(static_cast<int64_t>(table.holder_count(lock)), table.limit(lock).value_or(1));
    }
    while (!held.empty()) {
      const std::string key = *held.begin();
      held.erase(key);
      asked.erase(key);
      granted.clear();
      table.release(key, granted);
      held.insert(granted.begin(), granted.end());
    }
    EXPECT_TRUE(asked.empty()) << "seed " << seed << ": " << *asked.begin() << " waits for ever";
  }
}

}  // namespace
}  // namespace engine

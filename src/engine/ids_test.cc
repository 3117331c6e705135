// Ids of nodes whose names have the same 32 bits of hash: see names.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <unordered_map>

#include "base/hash.h"
#include "engine/plan.h"
#include "engine/state.h"
#include "model/workflow.h"

namespace engine {
namespace {

constexpr base::Time kNow = base::Time::from_unix_seconds(1767323045);

std::string name_of_item(size_t index, std::string_view item) {
  return fmt::format("wf[0].each({}:{})", index, item);
}

// Texts whose hashes lie anywhere: those of counted numbers lie close together.
std::string text_of(uint32_t i) { return fmt::format("{:x}", i * 0x9E3779B97F4A7C15u); }

// Two texts that give the first and the second item of a loop names of the same hash.
std::pair<std::string, std::string> colliding_items() {
  constexpr uint32_t kTries = 300'000;  // 300,000 squared is 20 times 2^32
  std::unordered_map<uint32_t, uint32_t> first;
  for (uint32_t i = 0; i < kTries; ++i)
    first.emplace(base::fnv1a32(name_of_item(0, text_of(i))), i);
  for (uint32_t i = 0; i < kTries; ++i) {
    const auto same = first.find(base::fnv1a32(name_of_item(1, text_of(i))));
    if (same != first.end()) return {text_of(same->second), text_of(i)};
  }
  return {};
}

std::shared_ptr<const Plan> plan_of_loop(const std::vector<std::string>& items) {
  model::Workflow source;
  source.metadata.name = "wf";
  source.metadata.namespace_ = "default";
  source.metadata.uid = "u";
  source.spec.entrypoint = "main";
  model::Template main, work;
  main.name = "main";
  work.name = "work";
  work.container["image"] = text::Value("busybox");
  model::Task each;
  each.name = "each";
  each.template_ = "work";
  each.with_items.emplace();
  for (const std::string& item : items) each.with_items->push_back(text::Value(item));
  main.steps.push_back({each});
  source.spec.templates = {main, work};
  auto plan = compile(source, [](std::string_view, bool) { return nullptr; });
  return plan ? *plan : nullptr;
}

std::vector<std::string> ids_of(const State& state) {
  std::vector<std::string> out;
  for (uint32_t i = 0; i < state.node_count(); ++i) out.push_back(state.node_id(NodeId{i}));
  return out;
}

class CollidingIds : public testing::Test {
 protected:
  void SetUp() override {
    items_ = colliding_items();
    ASSERT_FALSE(items_.first.empty());
    plan_ = plan_of_loop({items_.first, items_.second, "other"});
    ASSERT_NE(plan_, nullptr);
    state_ = start();
    // The root, its group of steps, three pods.
    ASSERT_EQ(state_->node_count(), 5u);
  }

  std::unique_ptr<State> start() const {
    auto state = std::make_unique<State>(plan_, 1);
    Actions actions;
    state->apply(kNow, std::vector<Event>{Started{}}, actions);
    return state;
  }

  std::pair<std::string, std::string> items_;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<State> state_;
};

TEST_F(CollidingIds, TheFirstNodeKeepsArgosIdAndTheSecondGetsAWideOne) {
  const std::string first = name_of_item(0, items_.first);
  const std::string second = name_of_item(1, items_.second);
  ASSERT_EQ(state_->node_name(NodeId{2}), first);
  ASSERT_EQ(state_->node_name(NodeId{3}), second);
  ASSERT_EQ(base::fnv1a32(first), base::fnv1a32(second));
  EXPECT_EQ(state_->node_id(NodeId{2}), fmt::format("wf-{}", base::fnv1a32(first)));
  EXPECT_EQ(state_->node_id(NodeId{3}), fmt::format("wf-{}", base::fnv1a64(second)));
  EXPECT_EQ(state_->pod_name(NodeId{2}), fmt::format("wf-work-{}", base::fnv1a32(first)));
  EXPECT_EQ(state_->pod_name(NodeId{3}), fmt::format("wf-work-{}", base::fnv1a64(second)));
}

TEST_F(CollidingIds, EveryNodeIsFoundByItsId) {
  const std::vector<std::string> ids = ids_of(*state_);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  for (uint32_t i = 0; i < ids.size(); ++i) EXPECT_EQ(state_->find_node_by_id(ids[i]), NodeId{i});
  EXPECT_EQ(state_->find_node_by_id("wf-1"), std::nullopt);
}

TEST_F(CollidingIds, AnotherRunGivesTheSameIds) { EXPECT_EQ(ids_of(*start()), ids_of(*state_)); }

TEST_F(CollidingIds, ARestoredStateHasTheSameIdsAndFindsThem) {
  std::string summary;
  state_->encode_summary(summary);
  std::vector<std::string> rows(state_->node_count());
  for (uint32_t i = 0; i < rows.size(); ++i) state_->encode_row(NodeId{i}, rows[i]);
  const std::vector<std::string_view> views(rows.begin(), rows.end());
  auto restored = State::restore(plan_, 1, summary, views);
  ASSERT_TRUE(restored) << restored.error().text;
  const std::vector<std::string> ids = ids_of(*state_);
  EXPECT_EQ(ids_of(**restored), ids);
  for (uint32_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ((*restored)->find_node_by_id(ids[i]), NodeId{i});
}

// More nodes than the table of ids starts with: it grows, and all are still found.
TEST(Ids, AllNodesOfALargeLoopAreFound) {
  std::vector<std::string> items;
  for (int i = 0; i < 1000; ++i) items.push_back(fmt::format("x{}", i));
  State state(plan_of_loop(items), 1);
  Actions actions;
  state.apply(kNow, std::vector<Event>{Started{}}, actions);
  const std::vector<std::string> ids = ids_of(state);
  ASSERT_EQ(ids.size(), 1002u);
  for (uint32_t i = 0; i < ids.size(); ++i) EXPECT_EQ(state.find_node_by_id(ids[i]), NodeId{i});
}

}  // namespace
}  // namespace engine

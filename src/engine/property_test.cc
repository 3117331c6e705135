// Properties of the engine's contract, over random workflows, batches and orders.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "base/hash.h"
#include "engine/plan.h"
#include "engine/random_workflow.h"
#include "engine/row.h"
#include "engine/state.h"
#include "engine/status.h"
#include "model/decode.h"
#include "text/json.h"
#include "text/yaml.h"

namespace engine {
namespace {

using Random = std::mt19937;

uint32_t pick(Random& random, uint32_t below) { return static_cast<uint32_t>(random() % below); }
bool chance(Random& random, uint32_t percent) { return pick(random, 100) < percent; }

std::shared_ptr<const Plan> plan_of(const std::string& yaml) {
  auto documents = text::parse_yaml(yaml, "random");
  EXPECT_TRUE(documents) << yaml;
  auto plan = compile(model::decode_workflow(documents->front()),
                      [](std::string_view, bool) { return nullptr; });
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().text) << "\n" << yaml;
  return plan ? *plan : nullptr;
}

// The world around a State: pods that end as the hash of their names says.
class World {
 public:
  World(std::shared_ptr<const Plan> plan, uint32_t seed)
      : plan_(std::move(plan)), state_(std::make_unique<State>(plan_, 7)), seed_(seed) {}

  // One batch; the actions as text. Shuffled by `order` unless null.
  std::string apply(std::vector<Event> events, Random* order = nullptr) {
    if (order != nullptr) std::shuffle(events.begin(), events.end(), *order);
    Actions actions;
    state_->apply(now_, events, actions);
    std::string out;
    made_pods_.clear();
    wakes_ = false;
    for (const Action& action : actions) {
      if (const auto* pod = std::get_if<CreatePod>(&action)) {
        open_.push_back(pod->node);
        made_pods_ += state_->node_name(pod->node) + " ";
        out += fmt::format("pod {} {}\n", pod->node.value,
                           state_->pod_template(pod->node).value_or("error"));
      } else if (const auto* stop = std::get_if<StopPod>(&action)) {
        out += fmt::format("stop {}\n", stop->node.value);
        std::erase(open_, stop->node);
      } else if (const auto* task = std::get_if<RunTask>(&action)) {
        open_.push_back(task->node);
        out += fmt::format("task {}\n", task->node.value);
      } else if (const auto* left = std::get_if<StopTask>(&action)) {
        out += fmt::format("stop task {}\n", left->node.value);
        std::erase(open_, left->node);
      } else if (const auto* changed = std::get_if<NodeChanged>(&action)) {
        state_->encode_row(changed->node, out);
      } else if (std::holds_alternative<WakeAt>(action)) {
        wakes_ = true;
      }
    }
    return out;
  }

  bool is_task(NodeId node) const { return state_->view(node).type == "HTTP"; }

  Event ended(NodeId node) const {
    const uint32_t hash = base::fnv1a32(fmt::format("{}{}", state_->node_name(node), seed_));
    if (is_task(node)) {
      TaskReported report;
      report.node = node;
      report.result = fmt::format("r{}", hash % 5);
      if (hash % 4 == 0) report.state = TaskReported::State::kFailed;
      return report;
    }
    PodEnded end;
    end.node = node;
    end.finished_at = now_;
    if (hash % 5 != 0)
      end.artifacts = fmt::format(
          R"([{{"name":"f","globalName":"g","path":"/f","s3":{{"key":"k{}"}}}}])", hash % 9);
    if (hash % 3 == 0) end.containers.push_back({"a", static_cast<int>(hash % 2), "Error", ""});
    end.parameters = {{"o", fmt::format("v{}", hash % 9)}};
    if (hash % 6 == 0) end.outcome = PodEnded::Outcome::kFailed;
    if (hash % 11 == 0) end.outcome = PodEnded::Outcome::kError;
    if (hash % 6 == 0 || hash % 11 == 0) end.message = fmt::format("bad {}", hash % 3);
    end.exit_code = end.outcome == PodEnded::Outcome::kSucceeded ? 0 : 1;
    return end;
  }

  // The events of one round: some of the open pods, running or ended.
  std::vector<Event> round(Random& random, uint32_t percent) {
    std::vector<Event> events;
    std::vector<NodeId> left;
    for (const NodeId node : open_) {
      if (!is_task(node) && chance(random, 20))
        events.push_back(PodRunning{node, "10.0.0.1", "h", true, {}});
      if (chance(random, percent))
        events.push_back(ended(node));
      else
        left.push_back(node);
    }
    open_ = left;
    if (events.empty() && open_.empty()) now_ = now_ + base::Duration::seconds(4);
    now_ = now_ + base::Duration::seconds(1);
    if (events.empty()) events.push_back(Ticked{});
    return events;
  }

  std::string rows() const {
    std::string out;
    for (uint32_t id = 0; id < state_->node_count(); ++id) state_->encode_row(NodeId{id}, out);
    state_->encode_summary(out);
    return out;
  }

  std::unique_ptr<State> restored() const {
    std::vector<std::string> rows(state_->node_count());
    for (uint32_t id = 0; id < rows.size(); ++id) state_->encode_row(NodeId{id}, rows[id]);
    std::string summary;
    state_->encode_summary(summary);
    auto made =
        State::restore(plan_, 7, summary, std::vector<std::string_view>(rows.begin(), rows.end()));
    EXPECT_TRUE(made) << (made ? "" : made.error().text);
    return made ? std::move(*made) : nullptr;
  }

  // The workflow's status as Argo's clients see it.
  text::Value status() const {
    std::vector<std::string> rows(state_->node_count());
    for (uint32_t id = 0; id < rows.size(); ++id) state_->encode_row(NodeId{id}, rows[id]);
    const auto nodes =
        StatusReader::nodes_json(std::vector<std::string_view>(rows.begin(), rows.end()));
    EXPECT_TRUE(nodes) << (nodes ? "" : nodes.error().text);
    const Summary summary = state_->summary();
    text::Value out{text::Map()};
    out["phase"] = text::Value(to_string(summary.phase));
    out["message"] = text::Value(summary.message);
    out["startedAt"] = text::Value(base::to_rfc3339(summary.started_at));
    if (summary.finished_at.is_set())
      out["finishedAt"] = text::Value(base::to_rfc3339(summary.finished_at));
    if (!summary.outputs.is_null()) out["outputs"] = summary.outputs;
    out["nodes"] = nodes ? *text::parse_json(*nodes) : text::Value();
    return out;
  }

  // Goes on from that status alone: the nodes may be numbered anew.
  void restart_from_status() {
    auto made = State::restore_status(plan_, 7, status());
    ASSERT_TRUE(made) << made.error().text << "\n" << text::to_json(status());
    for (NodeId& node : open_) {
      const auto found = (*made)->find_node_by_id(state_->node_id(node));
      ASSERT_TRUE(found) << state_->node_name(node);
      node = *found;
    }
    state_ = std::move(*made);
  }
  const std::string& made_pods() const { return made_pods_; }

  std::map<std::string, std::string> phases() const {
    std::map<std::string, std::string> out;
    for (uint32_t id = 0; id < state_->node_count(); ++id) {
      const std::string json = status_of(NodeId{id});
      out[state_->node_name(NodeId{id})] = json;
    }
    out[""] = std::string(to_string(state_->summary().phase));
    return out;
  }

  bool is_finished() const { return state_->is_finished(); }
  void replace(std::unique_ptr<State> state) { state_ = std::move(state); }

 private:
  // Phase and inputs of a node, by its template and status; times are left out.
  std::string status_of(NodeId node) const;

  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<State> state_;
  uint32_t seed_;
  base::Time now_ = base::Time::from_unix_seconds(1767323045);
  std::vector<NodeId> open_;
  bool wakes_ = false;
  std::string made_pods_;  // of the last batch, in order
};

std::string World::status_of(NodeId node) const {
  std::string bytes;
  state_->encode_row(node, bytes);
  const auto row = read_row(bytes);
  if (!row) return "unreadable";
  std::string out = fmt::format("{} {}", to_string(row->phase), to_string(row->type));
  for (const RowParameter& input : row->inputs)
    out += fmt::format(" {}={}", input.name, input.value);
  for (const RowParameter& value : row->outputs)
    out += fmt::format(" {}->{}", value.name, value.value);
  // Of Argo's status the members may come in another order.
  for (const std::string_view list : {row->input_artifacts, row->output_artifacts}) {
    if (list.data() == nullptr) continue;
    const auto artifacts = text::parse_json(list);
    for (const text::Value& artifact : artifacts->as_list())
      out += fmt::format(" {}@{}", artifact.string_at("name"), artifact.string_at("s3", "key"));
  }
  return out;
}

constexpr uint32_t kWorkflows = 600;
constexpr int kRoundsMax = 400;

TEST(Properties, PermutingTheEventsOfABatchChangesNothing) {
  for (uint32_t seed = 0; seed < kWorkflows; ++seed) {
    const std::string yaml = WorkflowMaker(seed, true, true).yaml();
    const auto plan = plan_of(yaml);
    ASSERT_NE(plan, nullptr);
    World straight(plan, seed), shuffled(plan, seed);
    Random order(seed), left(seed), right(seed);
    ASSERT_EQ(straight.apply({Started{}}), shuffled.apply({Started{}}));
    for (int i = 0; i < kRoundsMax && !straight.is_finished(); ++i)
      ASSERT_EQ(straight.apply(straight.round(left, 60)),
                shuffled.apply(shuffled.round(right, 60), &order))
          << "seed " << seed << " round " << i << "\n"
          << yaml;
    ASSERT_TRUE(straight.is_finished()) << "seed " << seed << "\n"
                                        << yaml << testing::PrintToString(straight.phases());
    ASSERT_EQ(straight.rows(), shuffled.rows());
  }
}

TEST(Properties, AnySplitIntoBatchesEndsTheSame) {
  for (uint32_t seed = 0; seed < kWorkflows; ++seed) {
    const std::string yaml = WorkflowMaker(seed + 10'000, false, true).yaml();
    const auto plan = plan_of(yaml);
    ASSERT_NE(plan, nullptr);
    World together(plan, seed), apart(plan, seed);
    Random left(seed), right(seed + 1);
    together.apply({Started{}});
    apart.apply({Started{}});
    for (int i = 0; i < kRoundsMax && !together.is_finished(); ++i)
      together.apply(together.round(left, 100));
    for (int i = 0; i < 4 * kRoundsMax && !apart.is_finished(); ++i)
      for (const Event& event : apart.round(right, 30)) apart.apply({event});
    ASSERT_TRUE(together.is_finished() && apart.is_finished()) << "seed " << seed << "\n" << yaml;
    ASSERT_EQ(together.phases(), apart.phases()) << "seed " << seed << "\n" << yaml;
  }
}

TEST(Properties, TheRowsAtAnyPointContinueTheSame) {
  for (uint32_t seed = 0; seed < kWorkflows; ++seed) {
    const std::string yaml = WorkflowMaker(seed + 20'000, true, true).yaml();
    const auto plan = plan_of(yaml);
    ASSERT_NE(plan, nullptr);
    World steady(plan, seed), restarted(plan, seed);
    Random left(seed), right(seed);
    ASSERT_EQ(steady.apply({Started{}}), restarted.apply({Started{}}));
    for (int i = 0; i < kRoundsMax && !steady.is_finished(); ++i) {
      restarted.replace(restarted.restored());
      ASSERT_TRUE(steady.rows() == restarted.rows()) << "seed " << seed << " round " << i << "\n"
                                                     << yaml;
      const std::string expected = steady.apply(steady.round(left, 60));
      const std::string got = restarted.apply(restarted.round(right, 60));
      ASSERT_TRUE(expected == got) << "seed " << seed << " round " << i << "\n"
                                   << yaml << expected << "\n--- restarted:\n"
                                   << got;
    }
  }
}

// Also when everything else is known by Argo's own status only, at one point or after each batch.
void expect_the_same_from_status(uint32_t seed, uint32_t percent) {
  const std::string yaml = WorkflowMaker(seed + 30'000, true, true).yaml();
  const auto plan = plan_of(yaml);
  ASSERT_NE(plan, nullptr);
  World steady(plan, seed), restarted(plan, seed);
  Random left(seed), right(seed), when(seed);
  ASSERT_EQ(steady.apply({Started{}}), restarted.apply({Started{}}));
  for (int i = 0; i < kRoundsMax && !steady.is_finished(); ++i) {
    if (chance(when, percent)) {
      ASSERT_NO_FATAL_FAILURE(restarted.restart_from_status()) << yaml;
    }
    steady.apply(steady.round(left, 60));
    restarted.apply(restarted.round(right, 60));
    ASSERT_EQ(steady.made_pods(), restarted.made_pods())
        << "seed " << seed << " round " << i << "\n"
        << yaml << text::to_json(steady.status());
    ASSERT_EQ(steady.phases(), restarted.phases()) << "seed " << seed << " round " << i << "\n"
                                                   << yaml << text::to_json(steady.status());
  }
  ASSERT_TRUE(restarted.is_finished());
  EXPECT_EQ(steady.status().string_at("message"), restarted.status().string_at("message"));
}

TEST(Properties, ArgosStatusAtAnyPointContinuesTheSame) {
  for (uint32_t seed = 0; seed < kWorkflows / 3; ++seed)
    ASSERT_NO_FATAL_FAILURE(expect_the_same_from_status(seed, seed % 3 == 0 ? 100 : 15));
}

TEST(Properties, DamagedRowsAreRefusedAndNeverCrash) {
  const auto plan = plan_of(WorkflowMaker(3, true, true).yaml());
  ASSERT_NE(plan, nullptr);
  World world(plan, 3);
  Random random(3);
  world.apply({Started{}});
  for (int i = 0; i < 3; ++i) world.apply(world.round(random, 50));
  const auto state = world.restored();
  std::vector<std::string> rows(state->node_count());
  for (uint32_t id = 0; id < rows.size(); ++id) state->encode_row(NodeId{id}, rows[id]);
  std::string summary;
  state->encode_summary(summary);
  for (uint32_t id = 0; id < rows.size(); ++id)
    for (size_t size = 0; size < rows[id].size(); ++size) {
      std::vector<std::string_view> views(rows.begin(), rows.end());
      views[id] = std::string_view(rows[id]).substr(0, size);
      EXPECT_FALSE(State::restore(plan, 7, summary, views));
    }
}

}  // namespace
}  // namespace engine

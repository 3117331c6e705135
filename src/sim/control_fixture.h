// control_fixture.h — for tests: a controller and a simulated agent over a store in memory, on the
// test's thread and in its time.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/controller.h"
#include "engine/status.h"
#include "kube/kinds.h"
#include "model/operation.h"
#include "sim/simulated_agent.h"
#include "store/failing.h"
#include "store/memory.h"
#include "text/json.h"
#include "text/yaml.h"

namespace sim {

using control::Controller;
using control::ControllerOptions;
using text::Value;

// A controller over a store that lives longer than it: it can be killed and started again.
class Control : public testing::Test {
 protected:
  Control() { restart(); }

  void restart() {
    controller_.reset();
    agent_.reset();
    ControllerOptions options;
    options.open_pods_max = open_pods_max_;
    options.record_events = false;
    controller_ = std::make_unique<Controller>(api_, clock_, random_, options);
    agent_ = std::make_unique<SimulatedAgent>(failing_, clock_, script_);
  }

  std::string submit(std::string_view yaml) {
    auto documents = text::parse_yaml(yaml, "test");
    EXPECT_TRUE(documents) << documents.error().to_string();
    auto created = api_.create(kube::kind_of("workflows"), "default", documents->front(), false);
    EXPECT_TRUE(created) << created.error().text;
    return created ? std::string(created->string_at("metadata", "uid")) : "";
  }

  // Rounds of both until neither has anything to do; time stands still.
  void settle(bool with_agent = true) {
    for (int quiet = 0, rounds = 0; quiet < 2; ++rounds) {
      ASSERT_LT(rounds, 20'000) << "does not come to rest";
      auto worked = controller_->run_once();
      auto ended = with_agent ? agent_->run_once(0) : base::Result<size_t>(size_t{0});
      const bool any = (worked && *worked) || !worked || !ended || *ended != 0;
      quiet = any ? 0 : quiet + 1;
    }
  }

  Value get(const std::string& name) {
    auto object = api_.get({&kube::kind_of("workflows"), "default", name});
    EXPECT_TRUE(object) << object.error().text;
    return object ? *object : Value();
  }
  std::string phase(const std::string& name) {
    return std::string(get(name).string_at("status", "phase"));
  }
  std::string message(const std::string& name) {
    return std::string(get(name).string_at("status", "message"));
  }

  Value nodes(const std::string& uid) {
    std::vector<std::string> rows;
    EXPECT_TRUE(store_->rows(uid, "nodes", 0, [&](uint64_t, std::string_view row) {
      rows.emplace_back(row);
      return true;
    }));
    auto json = engine::StatusReader::nodes_json({rows.begin(), rows.end()});
    EXPECT_TRUE(json);
    return *text::parse_json(json.value_or("{}"));
  }
  std::string node_phase(const std::string& uid, std::string_view display_name) {
    const Value all = nodes(uid);
    for (const text::Member& node : all.as_map())
      if (node.value.string_at("displayName") == display_name)
        return std::string(node.value.string_at("phase"));
    return "(absent)";
  }
  std::string node_id(const std::string& uid, std::string_view display_name) {
    const Value all = nodes(uid);
    for (const text::Member& node : all.as_map())
      if (node.value.string_at("displayName") == display_name) return node.key;
    return "";
  }
  std::vector<Value> pods() {
    auto list = api_.list(kube::kind_of("pods"), "default", {});
    return list ? list->items : std::vector<Value>();
  }
  void operate(const std::string& name, const std::string& uid, const model::Operation& operation) {
    store::Batch batch;
    batch.rows.push_back({uid, "operations", ++operation_key_, model::to_json(operation)});
    EXPECT_TRUE(failing_.commit(std::move(batch))) << name;
  }
  size_t operations_left(const std::string& uid) {
    size_t count = 0;
    EXPECT_TRUE(store_->rows(uid, "operations", 0,
                             [&](uint64_t, std::string_view) { return ++count != 0; }));
    return count;
  }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  store::FailingStore failing_{*store_};
  sys::ManualClock clock_{base::Time::from_unix_seconds(1'800'000'000)};
  sys::SeededRandom random_{1};
  kube::StoreApi api_{failing_, clock_, random_};
  SimulatedScript script_;
  size_t open_pods_max_ = 4000;
  uint64_t operation_key_ = 0;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<SimulatedAgent> agent_;
};

}  // namespace sim

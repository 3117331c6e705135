// trace_run.h — drives one State along a recorded run, and shows what came out as the record does.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/small_world.h"
#include "engine/state.h"
#include "text/value.h"

namespace conformance {

// Offsets in the record count from here: 2026-01-02T03:04:05Z.
inline constexpr int64_t kCreated = 1767323045;

struct TracePod {
  std::string node, name;
  text::Value made_from;  // the template that the executor gets
  engine::NodeId id = {};
};

struct TraceOutcome {
  std::string phase, message;
  text::Value outputs;
  std::map<std::string, text::Value> nodes;  // by name; ids replaced by names as in the record
  std::vector<TracePod> pods;
};

class TraceRun {
 public:
  TraceRun(std::shared_ptr<const engine::Plan> plan, const text::Value& record,
           const std::vector<text::Value>& config_maps);
  // Fails when a step names a node that we do not have.
  base::Status drive();
  // The same from the status that the real controller had after a step.
  base::Status drive_from(const text::Value& status, size_t step);
  TraceOutcome outcome() const;

 private:
  base::Status step(const text::Value& step);
  base::Status take_step(const text::Value& step);
  void remember_memos(const text::Value& status);
  base::Status running(const text::Value& step);
  base::Status complete(const text::Value& step);
  void resume(const text::Value& step);
  base::Result<engine::NodeId> find(const std::string& name);
  void read_outputs(const text::Value& completion, engine::Reported& out) const;
  void read_containers(const text::Value& completion, engine::PodEnded& out) const;
  engine::TaskReported reported(const std::string& name, engine::NodeId node) const;
  engine::PodEnded ended(const std::string& name, engine::NodeId node) const;
  void apply(std::vector<engine::Event> events);
  void see(const engine::Actions& actions);

  std::shared_ptr<const engine::Plan> plan_;
  std::unique_ptr<engine::State> state_;
  engine::SmallWorld world_;
  bool has_asked_ = false;  // in this step
  const text::Value& record_;
  base::Time now_;
  std::map<std::string, engine::NodeId> by_name_;
  std::map<std::string, std::string> messages_;  // what a pod's end said, from the record
  std::vector<TracePod> pods_;
};

}  // namespace conformance

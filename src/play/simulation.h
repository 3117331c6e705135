// simulation.h — one workflow from its start to its end in virtual time, without a container.
//
// The engine decides; Answers stand for pods and people; the clock jumps from one event to the
// next, so that a wait of two days takes as long as one of a second. Deterministic: the same plan,
// answers and seed give the same run.
#pragma once
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "engine/plan.h"
#include "engine/small_world.h"
#include "engine/state.h"
#include "play/answers.h"
#include "text/value.h"

namespace play {

// Something that took time: a pod, a task of the agent, or a Suspend node.
struct Span {
  engine::NodeId node;
  bool is_pod = true;
  base::Time created, running, ended;  // unset: has not come to it
  // Index of the span whose end made this one begin; none: the start, or a timer.
  std::optional<size_t> cause;
  engine::Phase phase = engine::Phase::kPending;
};

// A node, or without one the workflow, that could not have its locks at once.
struct LockWait {
  engine::NodeId node;
  std::string lock;  // the first that it could not have, as "default/Mutex/m"
  std::vector<std::string> holders;
  base::Time since, until;  // unset: it never got them
};

struct SimulationOptions {
  base::Time start = base::Time::from_unix_seconds(1'767'225'600);  // 2026-01-01T00:00:00Z
  uint64_t seed = 1;
  // What has not ended by then does not end: a workflow that repeats itself for ever.
  base::Duration time_most = base::Duration::seconds(10LL * 365 * 86'400);
  size_t nodes_most = 1'000'000;
  // A semaphore whose limit stands in none of them has the limit 1.
  std::vector<text::Value> config_maps = {};
};

class Simulation {
 public:
  // `answers` is used during run() only.
  Simulation(std::shared_ptr<const engine::Plan> plan, Answers& answers, SimulationOptions options);

  enum class End {
    kFinished,  // the workflow has a final phase
    kWaits,     // for a person: Suspend nodes, or spec.suspend
    kLimit,     // of time or nodes
  };
  // Once. Errors are those of Answers.
  base::Result<End> run();

  const engine::State& state() const { return state_; }
  base::Time start() const { return options_.start; }
  base::Time now() const { return now_; }
  const std::vector<Span>& spans() const { return spans_; }  // in order of creation
  // The span of a node, if it has one.
  const Span* span_of(engine::NodeId node) const;
  const std::vector<LockWait>& lock_waits() const { return lock_waits_; }  // in order
  size_t pods_most() const { return pods_most_; }                          // open at once
  base::Time pods_most_at() const { return pods_most_at_; }
  // The spans that the end had to wait for, first to last: each began when the one before ended.
  std::vector<size_t> critical_path() const;
  // Argo's status: phase, message, times, progress, outputs, nodes by id.
  base::Result<text::Value> status() const;

 private:
  struct Due {
    base::Time at;
    uint64_t order = 0;  // events of one instant come in the order in which they were made
    engine::Event event;
    engine::NodeId node;
    bool operator>(const Due& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void note_locks(const std::vector<engine::Event>& answers);
  base::Status apply(engine::Event event, std::optional<size_t> cause);
  base::Status see(const engine::Actions& actions, std::optional<size_t> cause);
  base::Status start_task(engine::NodeId node, std::optional<size_t> cause);
  void stop_task(engine::NodeId node);
  base::Status start_pod(engine::NodeId node, std::optional<size_t> cause);
  void stop_pod(engine::NodeId node);
  void see_suspend(engine::NodeId node, std::optional<size_t>& cause);
  base::Status fire(Due due);
  base::Result<bool> resume_at_last();
  void schedule(base::Time at, engine::NodeId node, engine::Event event);
  void resume(size_t span, const ResumeAnswer& answer);
  Asked ask(engine::NodeId node) const;
  std::optional<size_t> attempt_before(engine::NodeId node) const;

  engine::State state_;
  engine::SmallWorld world_;
  Answers& answers_;
  SimulationOptions options_;
  base::Time now_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  uint64_t order_ = 0;
  std::vector<Span> spans_;
  std::vector<LockWait> lock_waits_;
  std::unordered_map<uint32_t, size_t> lock_wait_of_;  // of those who wait
  std::unordered_map<uint32_t, size_t> span_by_node_;
  std::unordered_map<std::string, size_t> span_by_attempt_;  // "wf.retry(0)"
  std::set<size_t> waits_;                                   // spans of Suspend nodes that are open
  size_t pods_ = 0, pods_most_ = 0;
  base::Time pods_most_at_;
};

}  // namespace play

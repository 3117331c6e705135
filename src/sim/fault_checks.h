// fault_checks.h — what must hold of the workflows of a simulation with faults, whatever happens:
// no node is there twice, none that has ended changes or vanishes, no more pods than `parallelism`
// says, no lock over its limit; the spec that runs does not change; what is deleted has ended long
// enough, and a pod only when its end is known; what comes out of a cache was put into it. Not part
// of the product.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/store.h"
#include "sys/clock.h"

namespace sim {

bool is_over(std::string_view phase);

// A workflow, and what has been seen of it.
struct Watched {
  std::string name, uid;
  std::optional<int64_t> parallelism;
  std::optional<int64_t> ttl_seconds;
  // Depends on time, on limits or on what a person does: two runs of it may differ.
  bool is_free = false;
  bool is_locked = false;  // holds a mutex from its start to its end

  struct Node {
    std::string name, phase, id;
    bool is_final = false;
    std::vector<std::string> locks;  // that it holds
  };
  std::string phase;
  bool is_deleted = false, is_stopped = false;
  base::Time finished;
  std::string spec, stored;              // as text: its own, and what it has of stored templates
  uint64_t revision = 0;                 // of its object, as last seen
  bool is_just_retried = false;          // control has not written it since
  std::vector<Node> nodes;               // by key
  std::map<std::string, uint64_t> keys;  // of the nodes, by name
  std::set<std::string> said;            // names of nodes of whose end a person has said something
  uint32_t pod_base = 0;
  std::set<std::string> open_pods;  // uids

  bool is_running() const { return phase == "Running" && !is_deleted && !is_stopped; }
  // It has a ttlStrategy that was read: not one of a template that was gone before it began.
  bool is_to_go() const {
    return ttl_seconds && (spec + stored).find("ttlStrategy") != std::string::npos;
  }
  // Of a Retry node: its attempts, too, and the other way round.
  bool is_said(const std::string& node_name) const {
    return std::any_of(said.begin(), said.end(), [&](const std::string& one) {
      return node_name.starts_with(one) || one.starts_with(node_name + "(");
    });
  }
};

class FaultChecks {
 public:
  // `store` is the one behind the faults: what is looked at is what is there.
  FaultChecks(store::Store& store, const sys::Clock& clock);

  void add(Watched workflow);
  bool knows(std::string_view uid) { return find(uid) != nullptr; }
  // After each step: at all that has changed.
  void look();
  // Once more at everything.
  void look_again();
  // It has been taken up again: other nodes may stand where its were.
  void take_up_again(Watched& workflow, uint64_t revision);

  std::vector<Watched> workflows;
  uint64_t node_count() const;
  uint64_t hit_count() const { return hit_count_; }
  uint64_t deleted_count() const;
  uint64_t collected_count() const { return collected_; }  // pods
  // Begun, not ended, not being stopped: of the workflows here.
  int64_t running_count() const;
  std::string running_names() const;
  // Pods of deleted workflows that are still there: their uids.
  std::string orphans() const;
  uint64_t pods_most = 0;  // of one workflow, at once in the store
  uint64_t locks_most = 3;
  const std::string& problem() const { return problem_; }

 private:
  void fail(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }
  Watched* find(std::string_view uid);
  void look_at(Watched& workflow, const store::Change& change);
  void look_at_object(Watched& workflow, const store::Object& object);
  void look_at_node(Watched& workflow, uint64_t key);
  void take_node(Watched& workflow, uint64_t key, std::string_view bytes);
  void read_all(Watched& workflow);
  void look_at_pod(const store::Change& change);
  void look_at_limits();
  void look_at_hits();
  void look_at_spec(Watched& workflow, std::string_view json, std::string_view status);
  void delete_one(Watched& workflow);
  bool is_under_its_node(const Watched& workflow, const std::string& pod_uid) const;

  store::Store& store_;
  std::unique_ptr<store::Watch> workflow_watch_, pod_watch_;
  std::map<std::string, std::set<std::string>> pods_;  // all there are, by the workflow's stem
  const sys::Clock& clock_;
  base::Time latest_;                                      // that the clock has shown
  std::map<std::string, std::set<std::string>> produced_;  // by the key of the cache
  std::vector<std::pair<std::string, std::string>> hits_;  // key, value: not yet looked at
  std::set<std::string> reported_;                         // by pods
  uint64_t hit_count_ = 0, collected_ = 0;
  std::string problem_;
};

}  // namespace sim

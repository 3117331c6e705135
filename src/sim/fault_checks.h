// fault_checks.h — what must hold of the workflows of a simulation with faults, whatever happens:
// no node is there twice, none that has ended changes or vanishes, no more pods than `parallelism`
// says, no lock over its limit. Not part of the product.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/store.h"

namespace sim {

bool is_over(std::string_view phase);

// A workflow, and what has been seen of it.
struct Watched {
  std::string name, uid;
  std::optional<int64_t> parallelism;
  // Depends on time, on limits or on what a person does: two runs of it may differ.
  bool is_free = false;
  bool is_locked = false;  // holds a mutex from its start to its end

  struct Node {
    std::string name, phase;
    bool is_final = false;
    std::vector<std::string> locks;  // that it holds
  };
  std::string phase;
  uint64_t revision = 0;                 // of its object, as last seen
  bool is_just_retried = false;          // control has not written it since
  std::vector<Node> nodes;               // by key
  std::map<std::string, uint64_t> keys;  // of the nodes, by name
  uint32_t pod_base = 0;
  std::set<std::string> open_pods;  // uids
};

class FaultChecks {
 public:
  // `store` is the one behind the faults: what is looked at is what is there.
  explicit FaultChecks(store::Store& store);

  void add(Watched workflow);
  // After each step: at all that has changed.
  void look();
  // Once more at everything.
  void look_again();
  // It has been taken up again: other nodes may stand where its were.
  void take_up_again(Watched& workflow, uint64_t revision);

  std::vector<Watched> workflows;
  uint64_t node_count() const;
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

  store::Store& store_;
  std::unique_ptr<store::Watch> workflow_watch_, pod_watch_;
  std::map<std::string, std::set<std::string>> pods_;  // all there are, by the workflow's stem
  std::string problem_;
};

}  // namespace sim

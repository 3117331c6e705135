// faulty_agent.h — the node agent's side of kube/pod_contract.h for simulations: late, doubled and
// out of order, killed at will, yet never running a pod twice. Not part of the product.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "kube/store_api.h"
#include "sys/clock.h"

namespace sim {

// What becomes of a pod, by its name alone (and "#n" where its workflow was taken up again): the
// same in every run.
struct PodFate {
  int exit_code = 0;
  std::string parameter;  // of the outputs, if any are wanted
  bool is_lost = false;   // the machine's fault
  bool stays = false;     // until it is stopped
};

class FaultyAgent {
 public:
  using Fates = std::function<PodFate(std::string_view pod_name)>;
  FaultyAgent(kube::StoreApi& api, const sys::Clock& clock, std::mt19937_64& random, Fates fates)
      : api_(&api), clock_(clock), random_(random), fates_(std::move(fates)) {}

  // Takes one pod one step further: runs it, ends it, or says again what was said. False: there was
  // nothing to do.
  bool step();
  // Killed and started again, perhaps over another connection: what it has on disk stays.
  void restart(kube::StoreApi& api);

  // Workflow `workflow` has been taken up again: new pods may come under the names of old ones.
  void allow_again(const std::string& workflow);

  size_t open_count() const { return open_.size(); }
  size_t run_count() const { return runs_.size(); }
  // A promise that was broken; empty: none.
  const std::string& problem() const { return problem_; }

 private:
  // What lies on the agent's disk: a pod's uid, whether it has ended.
  struct RunRecord {
    std::string uid;
    bool has_ended = false;
    bool may_come_again = false;  // under another uid
    unsigned generation = 0;
  };
  struct Seen {
    std::string namespace_, uid;
    bool wants_outputs = false, is_stopped = false;
  };

  bool look();
  void take(const store::Object& pod);
  void start(const std::string& name, const Seen& pod);
  void report(const std::string& name, const Seen& pod, const RunRecord& record);
  text::Value ended_status(const PodFate& fate) const;

  kube::StoreApi* api_;
  const sys::Clock& clock_;
  std::mt19937_64& random_;
  const Fates fates_;
  std::unique_ptr<store::Watch> watch_;
  std::map<std::string, Seen> open_;       // by name
  std::map<std::string, RunRecord> runs_;  // by name: a pod's name says node and attempt
  std::set<std::string> earlier_uids_;     // of pods that others of their name have followed
  std::string problem_;
};

}  // namespace sim

// fault_crons.h — the CronWorkflows of a simulation with faults, and what must hold of them: a slot
// has at most one run, none before its time, Forbid runs one at a time, and each run that has ended
// is counted once. Not part of the product.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "control/cron_controller.h"
#include "kube/store_api.h"
#include "store/store.h"
#include "sys/clock.h"
#include "sys/random.h"

namespace sim {

class FaultCrons {
 public:
  // `store` is the one behind the faults: what is looked at is what is there.
  FaultCrons(store::Store& store, const sys::Clock& clock);

  // Makes some, and gives their YAML.
  std::string create(kube::StoreApi& api, std::mt19937_64& random);
  // As after kill -9. `api` must live until the next one.
  void restart(kube::StoreApi& api, sys::Random& chance);
  base::Result<bool> step();
  // The next slot; unset: none.
  base::Time next_wake() const { return controller_->next_wake(); }
  // Nothing is started any more: the faults are over, and all has to come to rest.
  void suspend(kube::StoreApi& api);
  bool all_ended() const;
  // At the end, when all have ended and nothing is left to do.
  void check_counts();

  const std::string& problem() const { return problem_; }
  uint64_t run_count() const { return runs_.size(); }

 private:
  struct Run {
    std::string uid, cron, phase;
    bool is_gone = false;
  };
  void fail(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }
  void look();
  void look_at(const store::Change& change);

  store::Store& store_;
  const sys::Clock& clock_;
  base::Time latest_;  // that the clock has shown
  std::unique_ptr<store::Watch> watch_;
  std::unique_ptr<control::CronController> controller_;
  std::map<std::string, bool> is_forbid_;  // by the CronWorkflow's name
  std::map<std::string, Run> runs_;        // of all times, by the workflow's name
  std::string problem_;
};

}  // namespace sim

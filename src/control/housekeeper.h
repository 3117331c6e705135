// housekeeper.h — deletes what is not to be kept any longer: finished workflows (ttlStrategy, the
// settings' retentionPolicy) and pods (podGC).
//
// Event-driven, with timers that are made again from the stored objects after a restart. Deletes as
// anybody else does: finalizers hold an object, owned objects go with their owner. A pod of a
// running workflow goes only after its end stands in the workflow's own rows. Never decides what
// becomes of a workflow.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "control/metrics.h"
#include "kube/store_api.h"
#include "sys/clock.h"

namespace control {

struct HousekeeperOptions {
  size_t deletions_per_round = 100;
  Metrics* metrics = nullptr;  // gets the number of workflows in each phase
  // One line for the operator's log.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class Housekeeper {
 public:
  Housekeeper(kube::StoreApi& api, const sys::Clock& clock, HousekeeperOptions options);
  ~Housekeeper();  // stop()
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  // On a thread of its own until stop().
  void start();
  void stop();

  // For tests and simulations, instead of start(): does what can be done now, and gives whether
  // anything was. kUnavailable: the store refused; call again.
  base::Result<bool> run_once();
  // When time alone will next make run_once() useful; unset: never.
  base::Time next_wake() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace control

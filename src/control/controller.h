// controller.h — translates between the store and the engine: changes become events, actions become
// one store batch a round for all workflows that the round touched.
//
// Intent first: a node's row and its pod are committed together, under names that come from the
// workflow and the node, so that repeating a round after a crash finds what it wants already there.
// After a start, unfinished workflows are rebuilt from their rows and their pods are told to the
// engine again, by the same road as live news. Decides nothing that the engine decides.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "control/metrics.h"
#include "kube/lock_report.h"
#include "kube/store_api.h"
#include "sys/clock.h"
#include "sys/random.h"

namespace control {

class ExecutedSpecs;

struct ControllerOptions {
  // Pods that exist and have not ended, over all workflows; further ones wait as Pending nodes. It
  // keeps a fan-out of a million from standing in the store all at once.
  size_t open_pods_max = 4000;
  size_t pods_per_batch = 1000;
  // The progress of a running workflow is written to its object at most this often; changes of its
  // phase at once.
  base::Duration status_interval = base::Duration::seconds(1);
  bool record_events = true;
  std::string transient_error_pattern = {};  // see engine::Settings
  Metrics* metrics = nullptr;
  // For simulations, where it outlives controllers; null: none.
  ExecutedSpecs* specs = nullptr;
  // Called behind each committed round; for measurements.
  std::function<void()> on_committed = [] {};
  // One line for the operator's log.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class Controller {
 public:
  Controller(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random,
             ControllerOptions options);
  ~Controller();  // ends the thread
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // Runs rounds on a thread of its own until stop(), which also writes the Events that wait.
  void start();
  void stop();

  // For tests and simulations, instead of start(), on the caller's thread: does what can be done
  // now, and gives whether anything was. kUnavailable: the store refused; call again.
  base::Result<bool> run_once();
  // When time alone will next make run_once() useful; unset: never.
  base::Time next_wake() const;

  // Unfinished workflows that control holds; any thread.
  size_t active_count() const;
  // The locks of one namespace, or (empty) all, that somebody holds or waits for, by name; each
  // with at most so many of its waiters. Any thread.
  std::vector<kube::LockReport> locks(std::string_view namespace_, size_t waiters_most) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace control

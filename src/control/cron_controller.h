// cron_controller.h — starts the workflows of CronWorkflows at their times.
//
// engine::decide_cron() decides; this gives it the facts (the CronWorkflow, its workflows, the
// clock) and puts what it says into the store: the new workflow, the replaced ones' end, the old
// ones' deletion and the CronWorkflow's status, in one transaction. The workflow's name comes from
// the slot, so a slot has at most one run, whatever is repeated after a crash.
//
// Each CronWorkflow is looked at when it, or a workflow of its own, has changed, and at its next
// slot; nothing scans them all.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "control/metrics.h"
#include "expr/zone.h"
#include "kube/store_api.h"
#include "sys/clock.h"
#include "sys/random.h"

namespace control {

struct CronOptions {
  expr::TimeZone local;  // for schedules without a zone of their own
  // Slots that are looked at later than this were missed: the clock jumped, or the machine slept.
  base::Duration late = base::Duration::seconds(60);
  Metrics* metrics = nullptr;  // may be null
  // One line for the operator's log.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class CronController {
 public:
  CronController(kube::StoreApi& api, const sys::Clock& clock, sys::Random& random,
                 CronOptions options);
  ~CronController();  // stop()
  CronController(const CronController&) = delete;
  CronController& operator=(const CronController&) = delete;

  // On a thread of its own until stop().
  void start();
  void stop();

  // For tests and simulations, instead of start(): does what can be done now, and gives whether
  // anything was. kUnavailable: the store refused; call again.
  base::Result<bool> run_once();
  // The next slot of all; unset: there is none.
  base::Time next_wake() const;

  // CronWorkflows that have a slot to come; any thread.
  size_t active_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace control

// job_controller.h — brings Jobs about: makes their pods, counts them, says how the Job stands.
//
// control/job_plan.h decides; this gives it the facts and puts what it says into the store: pods
// that are made, pods that have been counted and the Job's status, in one transaction. So a pod is
// counted once, whatever is repeated after a crash. Each Job is looked at when it, or a pod of its
// own, has changed, and at its time.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "kube/store_api.h"
#include "sys/clock.h"

namespace control {

struct JobOptions {
  // One line for the operator's log.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class JobController {
 public:
  JobController(kube::StoreApi& api, const sys::Clock& clock, JobOptions options);
  ~JobController();  // stop()
  JobController(const JobController&) = delete;
  JobController& operator=(const JobController&) = delete;

  // On a thread of its own until stop().
  void start();
  void stop();

  // For tests and simulations, instead of start(): does what can be done now, and gives whether
  // anything was. kUnavailable: the store refused; call again.
  base::Result<bool> run_once();
  // The next time at which a Job is to be looked at; unset: there is none.
  base::Time next_wake() const;

  // Jobs that are not finished and not suspended; any thread.
  size_t active_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace control

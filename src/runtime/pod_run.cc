#include "runtime/pod_run.h"

#include <algorithm>

#include "kube/pod_contract.h"

namespace runtime {

using Phase = ContainerRun::Phase;

PodRun::PodRun(PodSpec pod_spec, bool as_processes)
    : spec_(std::move(pod_spec)), as_processes_(as_processes) {
  for (const ContainerSpec& container : spec_.init_containers) {
    ContainerRun run;
    run.spec = &container;
    run.is_init = true;
    run.is_sidecar = container.restarts;
    run.has_started = !container.startup;
    run.waiting_reason = "PodInitializing";
    containers_.push_back(std::move(run));
  }
  for (const ContainerSpec& container : spec_.containers) {
    ContainerRun run;
    run.spec = &container;
    run.is_sidecar = !spec_.is_main(container);
    run.has_started = !container.startup;
    if (!spec_.init_containers.empty()) run.waiting_reason = "PodInitializing";
    containers_.push_back(std::move(run));
  }
}

ContainerRun* PodRun::find(std::string_view name) {
  for (ContainerRun& run : containers_)
    if (run.spec->name == name) return &run;
  return nullptr;
}

bool PodRun::mains_ended() const {
  return std::all_of(containers_.begin(), containers_.end(), [](const ContainerRun& run) {
    return run.is_init || run.is_sidecar || run.phase == Phase::kEnded;
  });
}

PodRun::Step PodRun::next_step() {
  Step step;
  bool init_done = true, active = false;
  for (size_t i = 0; i < containers_.size(); ++i) {
    const ContainerRun& run = containers_[i];
    active = active || run.phase == Phase::kStarting || run.phase == Phase::kRunning;
    if (!run.is_init || !init_done) continue;
    // One after the other; a sidecar among them need only run.
    const bool passed = run.is_sidecar ? run.phase == Phase::kRunning && run.has_started
                                       : run.phase == Phase::kEnded;
    if (run.phase == Phase::kEnded && !run.is_sidecar && run.end && run.end->exit_code != 0)
      failed_init_ = true;
    if (run.phase == Phase::kEnded && run.is_sidecar && !run.stop_asked) failed_init_ = true;
    if (passed) continue;
    init_done = false;
    if (run.phase == Phase::kWaiting && !is_stopping()) step.start.push_back(i);
  }
  if (init_done && !is_stopping() && !mains_ended())
    for (size_t i = 0; i < containers_.size(); ++i)
      if (!containers_[i].is_init && containers_[i].phase == Phase::kWaiting)
        step.start.push_back(i);
  const bool over = is_stopping() || mains_ended();
  if (over)
    for (size_t i = 0; i < containers_.size(); ++i)
      if (containers_[i].phase == Phase::kRunning) step.stop.push_back(i);
  step.is_over = over && !active && step.start.empty();
  return step;
}

void PodRun::fail(std::string reason, std::string message) {
  if (!reason_.empty()) return;
  reason_ = std::move(reason);
  message_ = std::move(message);
}

void PodRun::lose(size_t container) {
  ContainerRun& run = containers_[container];
  run.phase = Phase::kEnded;
  run.is_lost = true;
  run.is_ready = false;
  fail(std::string(kube::kReasonLost),
       "container \"" + run.spec->name +
           "\" was begun, and what watched over it is gone (killed, or the machine was restarted)");
}

void PodRun::pass_deadline() {
  fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
}

bool PodRun::has_begun() const {
  return std::any_of(containers_.begin(), containers_.end(), [](const ContainerRun& run) {
    return run.phase == Phase::kRunning || (run.phase == Phase::kEnded && run.started.is_set());
  });
}

bool PodRun::is_ready() const {
  return std::all_of(containers_.begin(), containers_.end(), [](const ContainerRun& run) {
    return (run.is_init && !run.is_sidecar) || (run.phase == Phase::kRunning && run.is_ready);
  });
}

std::string PodRun::phase() const {
  bool all_ended = true, failed = !reason_.empty() || failed_init_, main_running = false;
  for (const ContainerRun& run : containers_) {
    if (run.phase == Phase::kStarting || run.phase == Phase::kRunning) all_ended = false;
    if (!run.is_init && run.phase != Phase::kWaiting && run.phase != Phase::kStarting)
      main_running = true;
    if (run.phase == Phase::kWaiting && !is_stopping() && !(run.is_sidecar && mains_ended()))
      all_ended = false;
    // A sidecar that was ended because the work is done has done its part, however it ends.
    const bool counts = !(run.is_sidecar && run.stop_asked);
    if (counts && run.end && run.end->exit_code != 0) failed = true;
  }
  if (all_ended) return failed || !mains_ended() ? "Failed" : "Succeeded";
  return main_running ? "Running" : "Pending";
}

}  // namespace runtime

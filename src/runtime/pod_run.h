// pod_run.h — one pod on this node: what has happened to its containers, and what comes next.
//
// Pure: no IO, no threads, no clock. The agent tells what happened and does what next_step() says;
// restarts go the same road, with the facts read from the containers' folders.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/container_dir.h"
#include "runtime/pod_spec.h"
#include "text/value.h"

namespace runtime {

struct ContainerRun {
  const ContainerSpec* spec = nullptr;
  bool is_init = false;
  bool is_sidecar = false;  // ended when the mains have ended
  enum class Phase : uint8_t { kWaiting, kStarting, kRunning, kEnded } phase = Phase::kWaiting;
  std::string waiting_reason = "ContainerCreating", waiting_message;
  base::Time started;
  std::optional<ExitRecord> end;
  bool is_lost = false;      // begun, and nobody knows how it ended
  bool is_ready = false;     // by its readiness probe, or because it runs
  bool has_started = false;  // its startup probe has succeeded, or there is none
  bool stop_asked = false;
  std::string end_reason;  // when it is not the exit that says it: "LivenessProbe…"
  std::string image_id;
};

class PodRun {
 public:
  PodRun(PodSpec pod_spec, bool as_processes);
  PodRun(const PodRun&) = delete;
  PodRun& operator=(const PodRun&) = delete;

  // What is to be done now; asked again after each change.
  struct Step {
    std::vector<size_t> start;  // containers, by index
    std::vector<size_t> stop;   // that run and shall end, with the pod's grace or at once
    bool is_over = false;       // nothing runs and nothing will
  };
  Step next_step();

  // The facts.
  void ask_stop(bool kill) { stop_asked_ = true, kill_asked_ = kill_asked_ || kill; }
  void fail(std::string reason, std::string message);  // the pod cannot run: stops all
  void lose(size_t container);
  void pass_deadline();

  const PodSpec& spec() const { return spec_; }
  std::vector<ContainerRun>& containers() { return containers_; }
  const std::vector<ContainerRun>& containers() const { return containers_; }
  ContainerRun* find(std::string_view name);
  bool is_stopping() const { return stop_asked_ || !reason_.empty() || failed_init_; }
  bool kills_at_once() const { return kill_asked_; }
  bool as_processes() const { return as_processes_; }

  // "Pending", "Running", "Succeeded", "Failed".
  std::string phase() const;
  // Of the pod, when it is not its containers' doing: "DeadlineExceeded", "Lost", …
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  bool is_ready() const;
  bool has_begun() const;  // any container

 private:
  bool mains_ended() const;

  const PodSpec spec_;
  std::vector<ContainerRun> containers_;  // init containers first
  const bool as_processes_;
  bool stop_asked_ = false, kill_asked_ = false, failed_init_ = false;
  std::string reason_, message_;
};

}  // namespace runtime

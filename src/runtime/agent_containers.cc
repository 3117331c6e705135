// Agent::Core: how containers start, are watched, probed, stopped, and end.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

#include "kube/pod_contract.h"
#include "runtime/agent_core.h"

namespace runtime {
namespace {

using Phase = ContainerRun::Phase;
// A step that ends sooner is reported once, at its end.
constexpr base::Duration kTellRunning = base::Duration::millis(25);

ExitRecord record_of_failure(std::string why, base::Time now) {
  ExitRecord out;
  out.started = out.finished = now;
  out.exit_code = 128;
  out.start_error = std::move(why);
  return out;
}

}  // namespace

// What an agent before us began goes on, or has ended meanwhile.
void Agent::Core::adopt_containers(LivePod& pod) {
  pod.is_adopting = true;
  for (size_t i = 0; i < pod.run.containers().size(); ++i) {
    ContainerRun& run = pod.run.containers()[i];
    if (run.phase != Phase::kWaiting) continue;
    const std::string attempt = pod.run.spec().uid + "/" + run.spec->name;
    if (const ProcessMonitors::Attempt* const begun = processes_.find(attempt)) {
      run.phase = Phase::kStarting;
      pod.watched[i].by_process_monitor = true;
      const ProcessMonitors::Attempt now = *begun;
      refresh_process(pod, i, now);
      continue;
    }
    const std::string folder = container_folder(pod.sandbox->folder, run.spec->name);
    const ContainerFound found = inspect(folder, boot_id_);
    if (found.state == ContainerFound::State::kFresh) continue;
    run.phase = Phase::kStarting;
    if (found.state == ContainerFound::State::kRunning) {
      base::Result<sys::Fd> pidfd = sys::open_process(found.monitor);
      if (pidfd) watch_monitor(pod, i, found.monitor, std::move(*pidfd));
      refresh(pod, i, !pidfd.has_value());
    } else {
      refresh(pod, i, true);
    }
  }
  pod.is_adopting = false;
}

void Agent::Core::advance(LivePod& pod) {
  if (pod.is_adopting) return;
  if (pod.stage == LivePod::Stage::kOver) {
    if (!pod.is_gone) return;
    const Uid uid = pod.run.spec().uid;
    forget(uid);
    return remove_left_over(uid);
  }
  // A worker is about to hand in the pod's sandbox, or an image is awaited.
  if (pod.stage == LivePod::Stage::kPreparing) {
    if (!pod.sandbox || !pod.run.is_stopping()) return;
    pod.stage = LivePod::Stage::kActive;
  }
  const PodRun::Step step = pod.run.next_step();
  if (pod.stage == LivePod::Stage::kQueued && !step.is_over) return;
  if (step.is_over) return finish(pod);
  for (const size_t index : step.start) {
    pod.run.containers()[index].phase = Phase::kStarting;
    starts_waiting_.emplace_back(pod.run.spec().uid, index);
  }
  for (const size_t index : step.stop) stop_container(pod, index);
  if (!step.start.empty()) start_queued();
}

void Agent::Core::start_queued() {
  size_t taken = 0;
  while (taken < starts_waiting_.size() && starts_running_ < config_.starts_max) {
    const auto [uid, index] = starts_waiting_[taken++];
    LivePod* const pod = find(uid);
    if (pod == nullptr) continue;
    ContainerRun& run = pod->run.containers()[index];
    if (pod->run.is_stopping()) {
      // It was stopped in the queue: it never begins.
      run.phase = Phase::kWaiting;
      loop_.post([this, uid = uid] {
        if (LivePod* const stopped = find(uid)) advance(*stopped);
      });
      continue;
    }
    ++starts_running_;
    pod->watched[index].holds_start = true;
    launch(*pod, index);
  }
  starts_waiting_.erase(starts_waiting_.begin(),
                        starts_waiting_.begin() + static_cast<ptrdiff_t>(taken));
}

void Agent::Core::give_back_start(LivePod& pod, size_t index) {
  give_back_begin(pod);
  if (!pod.watched[index].holds_start) return;
  pod.watched[index].holds_start = false;
  --starts_running_;
  if (!starts_waiting_.empty()) loop_.post([this] { start_queued(); });
}

void Agent::Core::launch(LivePod& pod, size_t index) {
  const auto deadline = pod.run.spec().active_deadline_seconds;
  const int64_t deadline_ns = deadline ? (pod.accepted + base::Duration::seconds(*deadline)).ns : 0;
  LaunchRequest at_once{&pod.object,   &pod.run.spec(),        pod.run.containers()[index].spec,
                        &*pod.sandbox, pod.run.as_processes(), deadline_ns};
  if (launches_at_once(at_once)) {
    base::Result<Launched> launched = launch_container(node_, at_once);
    if (launched) return start_process(pod, index, *launched->process);
    loop_.post([this, uid = pod.run.spec().uid, index, result = std::move(launched)]() mutable {
      on_launched(uid, index, std::move(result));
    });
    return;
  }
  // The pod outlives the job: finish() waits for containers that are starting.
  work_.run([this, &pod, index, deadline_ns, uid = pod.run.spec().uid, object = pod.object] {
    LaunchRequest request;
    request.pod = &object;
    request.spec = &pod.run.spec();
    request.container = pod.run.containers()[index].spec;
    request.sandbox = &*pod.sandbox;
    request.as_process = pod.run.as_processes();
    request.deadline_ns = deadline_ns;
    base::Result<Launched> launched = launch_container(node_, request);
    loop_.post([this, uid, index, result = std::move(launched)]() mutable {
      on_launched(uid, index, std::move(result));
    });
  });
}

void Agent::Core::on_launched(const Uid& uid, size_t index, base::Result<Launched> result) {
  LivePod* const pod = find(uid);
  if (pod == nullptr) return;
  ContainerRun& run = pod->run.containers()[index];
  if (result) {
    if (!result->warning.empty()) record_event(*pod, "LimitNotEnforced", result->warning);
    if (result->process) return start_process(*pod, index, *result->process);
    // Our child, not yet reaped: its pid cannot have changed hands.
    sys::Fd pidfd = sys::open_child(result->monitor.pid);
    watch_monitor(*pod, index, result->monitor, std::move(pidfd));
    if (pod->run.is_stopping()) advance(*pod);
    return;
  }
  give_back_start(*pod, index);
  if (result.error().code == base::Code::kNotFound) {
    run.phase = Phase::kWaiting;
    run.waiting_reason = "CreateContainerConfigError";
    run.waiting_message = result.error().text;
    mark_dirty(*pod, {});
    loop_.after(base::Duration::seconds(2), [this, uid] {
      if (LivePod* const again = find(uid)) advance(*again);
    });
    return;
  }
  run.end = record_of_failure(result.error().text, clock_.now());
  on_ended(*pod, index);
  advance(*pod);
}

void Agent::Core::watch_monitor(LivePod& pod, size_t index, const sys::ProcessId& monitor,
                                sys::Fd pidfd) {
  LivePod::Watched& watched = pod.watched[index];
  watched.monitor = monitor;
  watched.pidfd = std::move(pidfd);
  const int fd = watched.pidfd.get();
  loop_.watch(fd, [this, fd, index, uid = pod.run.spec().uid] {
    siginfo_t ignored{};
    ::waitid(P_PIDFD, static_cast<id_t>(fd), &ignored, WEXITED | WNOHANG);
    loop_.unwatch(fd);
    LivePod* const its = find(uid);
    if (its == nullptr) return;
    its->watched[index].pidfd.reset();
    refresh(*its, index, true);
  });
}

// Reads the container's folder: has it started, has it ended?
void Agent::Core::refresh(LivePod& pod, size_t index, bool monitor_ended) {
  ContainerRun& run = pod.run.containers()[index];
  if (run.phase == Phase::kEnded || !pod.sandbox) return;
  const std::string folder = container_folder(pod.sandbox->folder, run.spec->name);
  ContainerFound found = inspect(folder, boot_id_);
  if (found.state == ContainerFound::State::kRunning && monitor_ended) {
    // The mark is another argoexec's: a start that an agent before us began in its last moment.
    base::Result<sys::Fd> pidfd = sys::open_process(found.monitor);
    if (pidfd) watch_monitor(pod, index, found.monitor, std::move(*pidfd));
  }
  if (found.started.is_set() && run.phase == Phase::kStarting) {
    run.started = found.started;
    if (found.state == ContainerFound::State::kRunning) on_started(pod, index);
  }
  if (found.state == ContainerFound::State::kEnded) {
    run.end = std::move(found.record);
    on_ended(pod, index);
    advance(pod);
  } else if (monitor_ended && found.state == ContainerFound::State::kLost) {
    give_back_start(pod, index);
    pod.run.lose(index);
    kill_left_over(folder, pod.run.spec().uid + "/" + run.spec->name);
    advance(pod);
  } else if (monitor_ended && found.state == ContainerFound::State::kFresh) {
    run.end = record_of_failure("argoexec could not begin: is the disk full?", clock_.now());
    on_ended(pod, index);
    advance(pod);
  }
}

void Agent::Core::start_process(LivePod& pod, size_t index, const sys::MonitorSpec& spec) {
  pod.watched[index].by_process_monitor = true;
  if (const base::Status asked = processes_.start(spec); !asked)
    loop_.post([this, uid = pod.run.spec().uid, index, error = asked.error()] {
      on_launched(uid, index, base::fail(error));
    });
}

// It has started, ended, is lost or refused; also of pods that are no more.
void Agent::Core::on_process(const std::string& attempt, const ProcessMonitors::Attempt& now) {
  const size_t slash = attempt.find('/');
  LivePod* const pod = find(attempt.substr(0, slash));
  if (pod == nullptr) {
    if (now.state <= ProcessMonitors::Attempt::State::kBegun) return;
    const std::string work = now.work;
    processes_.forget(attempt);
    if (!owns_work(attempt.substr(0, slash), work)) return;
    work_.run([work] {
      std::error_code ignored;
      std::filesystem::remove_all(work, ignored);
    });
    return;
  }
  const std::vector<ContainerRun>& containers = pod->run.containers();
  for (size_t i = 0; i < containers.size(); ++i)
    if (attempt.compare(slash + 1, std::string::npos, containers[i].spec->name) == 0)
      return refresh_process(*pod, i, now);
}

void Agent::Core::refresh_process(LivePod& pod, size_t index, const ProcessMonitors::Attempt& now) {
  using State = ProcessMonitors::Attempt::State;
  ContainerRun& run = pod.run.containers()[index];
  if (run.phase == Phase::kEnded) return;
  if (now.started.is_set() && run.phase == Phase::kStarting) {
    run.started = now.started;
    if (now.state == State::kBegun) on_started(pod, index);
  }
  if (now.state <= State::kBegun) return;
  if (now.state == State::kLost) {
    give_back_start(pod, index);
    pod.run.lose(index);
    note_end(pod, index);
  } else {
    run.end = now.state == State::kEnded
                  ? now.record
                  : record_of_failure("argoexec could not begin: " + now.why, clock_.now());
    on_ended(pod, index);
  }
  advance(pod);
}

void Agent::Core::on_started(LivePod& pod, size_t index) {
  ContainerRun& run = pod.run.containers()[index];
  run.phase = Phase::kRunning;
  run.is_ready = !run.spec->readiness && run.has_started;
  give_back_start(pod, index);
  mark_dirty(pod, kTellRunning);
  start_probes(pod, index);
  // The next init container, or a stop that was asked for meanwhile.
  advance(pod);
}

void Agent::Core::on_ended(LivePod& pod, size_t index) {
  ContainerRun& run = pod.run.containers()[index];
  run.phase = Phase::kEnded;
  run.is_ready = false;
  if (run.end) run.started = run.end->started;
  note_end(pod, index);
  if (trace_.is_on()) trace_end(run);
  if (run.end && !run.end->log_error.empty())
    record_event(pod, "LogIncomplete", "container " + run.spec->name + ": " + run.end->log_error);
  if (run.end && run.end->deadline_exceeded) pod.run.pass_deadline();
  give_back_start(pod, index);
  mark_dirty(pod, kTellRunning);
}

void Agent::Core::stop_container(LivePod& pod, size_t index) {
  ContainerRun& run = pod.run.containers()[index];
  LivePod::Watched& watched = pod.watched[index];
  run.stop_asked = true;
  const bool kill = pod.run.kills_at_once() || pod.run.reason() == kube::kReasonLost;
  const int level = kill ? 2 : 1;
  if (watched.stop_level >= level || (!watched.by_process_monitor && !watched.pidfd.is_open()))
    return;
  watched.stop_level = level;
  const base::Duration grace =
      kill ? base::Duration{} : base::Duration::seconds(std::max<int64_t>(pod.grace_seconds, 0));
  if (watched.by_process_monitor)
    return processes_.stop(pod.run.spec().uid + "/" + run.spec->name, grace);
  (void)request_stop(container_folder(pod.sandbox->folder, run.spec->name), watched.pidfd, grace);
}

void Agent::Core::start_probes(LivePod& pod, size_t index) {
  const ContainerRun& run = pod.run.containers()[index];
  const Uid uid = pod.run.spec().uid;
  for (const ProbeRole role : {ProbeRole::kStartup, ProbeRole::kReadiness, ProbeRole::kLiveness}) {
    const std::optional<Probe>& wanted = probe_of(*run.spec, role);
    if (!wanted) continue;
    // Readiness and liveness wait for the startup probe's success.
    if (role != ProbeRole::kStartup && !run.has_started) continue;
    if (role == ProbeRole::kStartup && run.has_started) continue;
    const base::Time first = run.started + base::Duration::seconds(wanted->initial_delay_seconds);
    loop_.at(first, [this, uid, index, role] { probe(uid, index, role); });
  }
}

void Agent::Core::probe(const Uid& uid, size_t index, ProbeRole role) {
  LivePod* const pod = find(uid);
  if (pod == nullptr || !pod->sandbox) return;
  const ContainerRun& run = pod->run.containers()[index];
  if (run.phase != Phase::kRunning || run.stop_asked) return;
  if (role == ProbeRole::kStartup && run.has_started) return;
  ProbeTarget target;
  target.ip =
      pod->run.spec().host_network || pod->run.as_processes() ? "127.0.0.1" : pod->sandbox->ip();
  target.argoexec = config_.argoexec;
  target.crun = node_.crun;
  target.container_folder = container_folder(pod->sandbox->folder, run.spec->name);
  target.attempt = uid + "/" + run.spec->name;
  target.monitor_pid = pod->watched[index].monitor.pid;
  target.as_process = pod->run.as_processes();
  probers_.run([this, uid, index, role, target, container = *run.spec] {
    const ProbeAnswer answer = run_probe(*probe_of(container, role), container, target);
    loop_.post([this, uid, index, role, answer] {
      on_probed(uid, index, role, answer.success, answer.message);
    });
  });
}

void Agent::Core::on_probed(const Uid& uid, size_t index, ProbeRole role, bool success,
                            std::string message) {
  LivePod* const pod = find(uid);
  if (pod == nullptr) return;
  ContainerRun& run = pod->run.containers()[index];
  if (run.phase != Phase::kRunning || run.stop_asked) return;
  const Probe& wanted = *probe_of(*run.spec, role);
  const std::optional<bool> verdict = pod->probes[index].count(role, wanted, success);
  if (verdict && role == ProbeRole::kReadiness && run.is_ready != *verdict) {
    run.is_ready = *verdict;
    mark_dirty(*pod, {});
  }
  if (verdict && role == ProbeRole::kStartup && *verdict) {
    run.has_started = true;
    run.is_ready = !run.spec->readiness;
    mark_dirty(*pod, {});
    start_probes(*pod, index);
    return advance(*pod);
  }
  if (verdict && role != ProbeRole::kReadiness && !*verdict) {
    const char* const word = role == ProbeRole::kStartup ? "startup" : "liveness";
    record_event(*pod, "Unhealthy",
                 "container " + run.spec->name + " failed its " + word + " probe: " + message);
    run.end_reason = "Unhealthy";
    const bool asked = run.stop_asked;
    stop_container(*pod, index);
    run.stop_asked = asked;  // its end is its own fault, a sidecar's too
    return;
  }
  loop_.after(base::Duration::seconds(wanted.period_seconds),
              [this, uid, index, role] { probe(uid, index, role); });
}

}  // namespace runtime

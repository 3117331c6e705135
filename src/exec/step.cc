#include "exec/step.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exec/launch.h"
#include "exec/process_tree.h"
#include "exec/rootfs.h"

namespace exec {
namespace {

constexpr size_t kLongLog = 1 << 20;

}  // namespace

Step::Step(sys::MonitorSpec spec, const sys::Clock& clock)
    : spec_(std::move(spec)),
      clock_(clock),
      plan_(spec_, record_),
      streams_(LogFile(spec_.log), spec_.capture_result, clock) {
  streams_.log().set_max(spec_.log_bytes_max);
  record_.attempt = spec_.attempt;
  record_.began_ns = now();
}

bool Step::launch() {
  record_.marked_ns = record_.started_ns = now();
  if (record_.stopped) {
    // It would get the signal before it could have a handler for it.
    record_.signal = plan_.must_kill(now()) ? SIGKILL : spec_.stop_signal;
    record_.exit_code = 128 + record_.signal;
    has_ended_ = true;
    return false;
  }
  streams_.open();
  const Launched child = launch_process(spec_, streams_.child_end(LogFile::kStdout),
                                        streams_.child_end(LogFile::kStderr));
  streams_.close_child_ends();
  if (child.error == 0) {
    pid_ = record_.pid = child.pid;
    record_.started_ns = now();
    return true;
  }
  record_.start_error = why_not(child);
  record_.exit_code = exit_code_of(child);
  has_ended_ = true;
  return false;
}

void Step::set_end(int status) {
  set_exit(record_, status, 0);
  record_.finished_ns = now();
  has_ended_ = true;
}

void Step::stop(int64_t grace_ns) {
  if (plan_.ask(grace_ns, now())) send_stop();
  on_time();
}

void Step::send_stop() {
  if (pid_ > 0 && !has_ended_) signal_tree(pid_, spec_.stop_signal);
}

void Step::on_time() {
  if (has_ended_ || pid_ == 0) return;
  if (plan_.pass_deadline(now())) send_stop();
  if (!plan_.must_kill(now())) return;
  plan_.note_kill();
  signal_tree(pid_, SIGKILL);
}

void Step::collect() {
  if (record_.finished_ns == 0) record_.finished_ns = now();
  streams_.finish();
  record_.oom_killed = record_.exit_code != 0 && had_oom_kill(spec_.oom_file);
  for (const std::string& cgroup : spec_.cgroup_folders) ::rmdir(cgroup.c_str());
  if (!record_.start_error.empty()) return;
  if (spec_.capture_result) {
    record_.has_result = true;
    record_.result = streams_.take_tail();
  }
  read_outputs({}, spec_, record_);
}

bool Step::has_long_log() const { return streams_.log().unsynced() > kLongLog; }

pid_t Step::sync_log_aside() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(::fdatasync(streams_.log().fd()) == 0 ? 0 : errno & 0x7f);
  return pid > 0 ? pid : 0;
}

std::string Step::finish(std::string log_error) {
  streams_.log().sync();
  record_.log_error = streams_.log().error();
  if (record_.log_error.empty()) record_.log_error = std::move(log_error);
  return to_json(record_);
}

}  // namespace exec

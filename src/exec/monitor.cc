#include "exec/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "exec/launch.h"
#include "exec/process_tree.h"
#include "exec/record.h"
#include "exec/rootfs.h"
#include "exec/stop_plan.h"
#include "exec/streams.h"
#include "sys/fd.h"
#include "sys/monitor_spec.h"

namespace exec {
namespace {

namespace file = sys::monitor_file;
constexpr size_t kSpecMax = 64 * 1024 * 1024;
constexpr int kReadsPerTurn = 16;

class Monitor {
 public:
  Monitor(std::string folder, const sys::Clock& clock)
      : folder_(std::move(folder)), clock_(clock), plan_(spec_, record_) {}
  int run();

 private:
  bool begin();
  void launch();
  void watch();
  void on_signals();
  void on_child(pid_t pid, int status);
  void on_crun_end(int status);
  void has_started(pid_t pid);
  void fail_start(std::string why, int exit_code);
  void read_control();
  void stop(int64_t grace_ns);
  void send_stop();
  void kill_now();
  void on_time();
  int wait_ms() const;
  void set_end(int status);
  void finish();
  void notify(const char* what);
  int64_t now() const { return clock_.now().ns; }

  std::string folder_;
  const sys::Clock& clock_;
  int64_t state_size_ = 0;
  sys::Fd state_, dir_, signals_, notify_;
  sys::MonitorSpec spec_;
  ExitRecord record_;
  StopPlan plan_;
  std::optional<Streams> streams_;
  pid_t crun_ = 0, main_ = 0;
  std::vector<std::pair<pid_t, int>> early_;  // reaped before crun was
  bool ended_ = false;
  bool owes_signal_ = false;  // it was asked to end before it had started
  int ended_by_ = 0;          // the signal that we mean when pid 1 had to be killed instead
};

int Monitor::run() {
  record_.began_ns = now();
  dir_ = sys::Fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::string text = read_file(dir_.get(), file::kSpec, kSpecMax);
  if (text.empty()) text = read_file(AT_FDCWD, "/dev/stdin", kSpecMax);
  const auto spec = sys::decode_monitor_spec(text);
  if (!dir_.is_open() || !spec || spec->attempt.empty()) return 2;
  spec_ = *spec;
  record_.attempt = spec_.attempt;
  if (!begin()) return 3;
  // Output of crun's mkdir and of relative overlay names lands here.
  if (::chdir(folder_.c_str()) != 0) return 2;
  streams_.emplace(LogFile(dir_.get(), file::kLog), spec_.capture_result, clock_);
  streams_->log().set_max(spec_.log_bytes_max);
  streams_->open();
  launch();
  read_control();
  watch();
  finish();
  return 0;
}

// The gate: whoever makes the mark runs the attempt.
bool Monitor::begin() {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : {SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  ::sigprocmask(SIG_BLOCK, &mask, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = sys::Fd(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "argoexec");
  notify_ = open_notify_socket(dir_.get(), spec_.notify_socket);
  const std::string self = describe_process(::getpid());
  const std::string mark = self + " " + sys_boot_id() + "\n";
  state_size_ = static_cast<int64_t>(mark.size());
  return create_once(dir_.get(), file::kState, mark, state_).empty();
}

void Monitor::launch() {
  record_.marked_ns = record_.started_ns = now();
  const std::string wrong = mount_root(folder_, spec_);
  if (!wrong.empty()) return fail_start(wrong, 128);
  const Launched child = launch_crun(folder_, spec_, streams_->child_end(LogFile::kStdout),
                                     streams_->child_end(LogFile::kStderr));
  streams_->close_child_ends();
  if (child.error != 0) return fail_start(why_not(child), exit_code_of(child));
  crun_ = child.pid;
}

void Monitor::fail_start(std::string why, int exit_code) {
  record_.start_error = std::move(why);
  record_.exit_code = exit_code;
  ended_ = true;
}

void Monitor::has_started(pid_t pid) {
  record_.pid = pid;
  record_.started_ns = now();
  const std::string text = describe_process(pid) + " " + std::to_string(record_.started_ns) + "\n";
  // Not waited for: it helps to find the step should we be killed, and means nothing after a
  // reboot.
  if (::pwrite(state_.get(), text.data(), text.size(), state_size_) ==
      static_cast<ssize_t>(text.size()))
    state_size_ += static_cast<int64_t>(text.size());
  notify("started");
  if (owes_signal_) send_stop();
}

void Monitor::watch() {
  while (!ended_) {
    pollfd polled[3] = {{signals_.get(), POLLIN, 0},
                        {streams_->fd(LogFile::kStdout), POLLIN, 0},
                        {streams_->fd(LogFile::kStderr), POLLIN, 0}};
    ::poll(polled, 3, wait_ms());
    for (const LogFile::Stream stream : {LogFile::kStdout, LogFile::kStderr})
      if (polled[1 + stream].revents != 0) streams_->drain(stream, kReadsPerTurn);
    if (polled[0].revents != 0) on_signals();
    on_time();
  }
}

void Monitor::on_signals() {
  signalfd_siginfo info[16];
  const ssize_t got = ::read(signals_.get(), info, sizeof info);
  for (size_t i = 0; got > 0 && i < static_cast<size_t>(got) / sizeof info[0]; ++i) {
    if (info[i].ssi_signo == SIGUSR1)
      read_control();
    else if (info[i].ssi_signo != SIGCHLD)
      stop(spec_.grace_ns);
  }
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) break;
    on_child(pid, status);
  }
}

void Monitor::on_child(pid_t pid, int status) {
  if (pid == crun_) {
    crun_ = 0;
    on_crun_end(status);
  } else if (pid == main_) {
    set_end(status);
  } else if (crun_ != 0) {
    // Of a container that ended sooner than crun: which one it is, crun's end tells.
    early_.emplace_back(pid, status);
  }
}

void Monitor::on_crun_end(int status) {
  const pid_t pid = std::atoi(read_file(dir_.get(), file::kPid, 32).c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && pid > 0) {
    main_ = pid;
    has_started(pid);
    for (const auto& [child, its_status] : early_)
      if (child == pid) set_end(its_status);
    return;
  }
  std::string why = crun_message(read_file(dir_.get(), file::kCrunLog, 16 * 1024));
  if (why.empty() && WIFEXITED(status) && WEXITSTATUS(status) == ENOSPC)
    why = "the disk is full";  // so that crun could not say it either
  if (why.empty())
    why = WIFSIGNALED(status) ? "crun was killed by signal " + std::to_string(WTERMSIG(status))
                              : "crun ended with " + std::to_string(WEXITSTATUS(status));
  // crun says so too when the step's program is missing or may not be run: 127 and 126.
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if (pid > 0) ::kill(pid, SIGKILL);
  fail_start(std::move(why), code == 126 || code == 127 ? code : 128);
}

void Monitor::set_end(int status) {
  set_exit(record_, status, ended_by_);
  ended_ = true;
}

void Monitor::read_control() {
  const std::string text = read_file(dir_.get(), file::kControl, 64);
  if (text.starts_with("K"))
    stop(0);
  else if (text.starts_with("T"))
    stop(std::strtoll(text.c_str() + 1, nullptr, 10) * 1'000'000);
}

void Monitor::stop(int64_t grace_ns) {
  if (plan_.ask(grace_ns, now())) send_stop();
}

void Monitor::send_stop() {
  owes_signal_ = main_ == 0;  // crun is at work; has_started() goes on
  if (owes_signal_) return;
  if (takes_default_action(main_, spec_.stop_signal)) {
    // The kernel shields pid 1 of a namespace from signals it has no handler for. Anywhere else
    // the default action would have ended it: so that is what happens, and what is recorded.
    ended_by_ = spec_.stop_signal;
    plan_.kill_at_once();
  } else {
    ::kill(main_, spec_.stop_signal);
  }
}

void Monitor::kill_now() {
  if (plan_.kill_sent()) return;
  plan_.note_kill();
  if (crun_ > 0) ::kill(crun_, SIGKILL);
  if (main_ > 0) ::kill(main_, SIGKILL);
}

void Monitor::on_time() {
  if (ended_) return;
  if (plan_.pass_deadline(now())) send_stop();
  if (plan_.must_kill(now()) && (main_ != 0 || crun_ != 0)) kill_now();
}

int Monitor::wait_ms() const {
  const int64_t at = plan_.next_ns();
  if (at == 0) return -1;
  const int64_t left = (at - now() + 999'999) / 1'000'000;
  return left < 0 ? 0 : left > 3'600'000 ? 3'600'000 : static_cast<int>(left);
}

void Monitor::finish() {
  record_.finished_ns = now();
  streams_->finish();
  record_.oom_killed = record_.exit_code != 0 && had_oom_kill(spec_.oom_file);
  if (record_.start_error.empty()) {
    if (spec_.capture_result) {
      record_.has_result = true;
      record_.result = streams_->take_tail();
    }
    read_outputs(folder_, spec_, record_);
  }
  if (spec_.termination_log)
    record_.termination_message = read_file(dir_.get(), file::kTerminationLog, 4096);
  streams_->log().sync();
  record_.log_error = streams_->log().error();
  // A full disk may be a passing state: the record is worth waiting for.
  while (!append_durably(state_.get(), state_size_, to_json(record_)).empty()) {
    timespec pause{1, 0};
    ::nanosleep(&pause, nullptr);
  }
  notify("exited");
  for (const std::string& cgroup : spec_.cgroup_folders) ::rmdir(cgroup.c_str());
  if (!spec_.keep_files) clean_up(folder_);
}

void Monitor::notify(const char* what) {
  if (!notify_.is_open()) return;
  const std::string text = spec_.attempt + " " + what;
  // Nobody listens while the agent is away; it reads the files when it is back.
  (void)!::write(notify_.get(), text.data(), text.size());
}

}  // namespace

int run_monitor(const std::string& folder, const sys::Clock& clock) {
  Monitor monitor(folder, clock);
  return monitor.run();
}

}  // namespace exec

#include "sys/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgets the linkage
}
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sys {
namespace {

constexpr size_t kOutputMax = 64 * 1024;

base::Error system_error(std::string what, int error) {
  const base::Code code = error == ENOENT || error == ESRCH   ? base::Code::kNotFound
                          : error == EACCES || error == EPERM ? base::Code::kForbidden
                                                              : base::Code::kUnavailable;
  return {code, what + ": " + std::strerror(error)};
}

std::string read_small_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out(4096, '\0');
  const ssize_t got = fd.is_open() ? ::read(fd.get(), out.data(), out.size()) : -1;
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return out;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct Actions {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  Actions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
};

int64_t monotonic_ms() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1000 + ts.tv_nsec / 1'000'000;
}

}  // namespace

base::Result<pid_t> spawn(const SpawnRequest& request) {
  Actions actions;
  int highest = 2;
  bool given[3] = {};
  for (const auto& [ours, theirs] : request.fds) {
    posix_spawn_file_actions_adddup2(&actions.files, ours, theirs);
    if (theirs > highest) highest = theirs;
    if (theirs <= 2) given[theirs] = true;
  }
  for (int fd = 0; fd <= 2; ++fd)
    if (!given[fd])
      posix_spawn_file_actions_addopen(&actions.files, fd, "/dev/null",
                                       fd == 0 ? O_RDONLY : O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions.files, highest + 1);
  if (!request.cwd.empty())
    posix_spawn_file_actions_addchdir_np(&actions.files, request.cwd.c_str());
  sigset_t blocked, all;
  sigemptyset(&blocked);
  for (const int signal : request.blocked_signals) sigaddset(&blocked, signal);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &blocked);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  const int session = request.new_session ? POSIX_SPAWN_SETSID : 0;
  posix_spawnattr_setflags(
      &actions.attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session));
  const std::vector<char*> argv = pointers(request.argv);
  std::vector<char*> env;
  if (request.env) env = pointers(*request.env);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions.files, &actions.attributes, argv.data(),
                                 request.env ? env.data() : environ);
  if (error != 0) return base::fail(system_error("cannot start " + request.argv[0], error));
  return pid;
}

base::Result<ProcessId> identify(pid_t pid) {
  const std::string stat = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  // The name in parentheses may hold anything; the fields count from behind the last one.
  const size_t close = stat.rfind(')');
  if (close == std::string::npos || close + 2 >= stat.size())
    return base::fail(base::Code::kNotFound, "no process " + std::to_string(pid));
  const char state = stat[close + 2];
  if (state == 'Z' || state == 'X')
    return base::fail(base::Code::kNotFound, "process " + std::to_string(pid) + " has ended");
  size_t at = close + 2;
  for (int field = 3; field < 22 && at != std::string::npos; ++field) {
    at = stat.find(' ', at);
    if (at != std::string::npos) ++at;
  }
  if (at == std::string::npos)
    return base::fail(base::Code::kNotFound, "no start time of process " + std::to_string(pid));
  return ProcessId{pid, std::strtoull(stat.c_str() + at, nullptr, 10)};
}

Fd open_child(pid_t pid) { return Fd(pidfd_open(pid, 0)); }

base::Result<Fd> open_process(const ProcessId& id) {
  Fd fd = open_child(id.pid);
  if (!fd.is_open()) return base::fail(system_error("process " + std::to_string(id.pid), errno));
  // First the handle, then the look: the pid cannot change hands in between.
  const base::Result<ProcessId> now = identify(id.pid);
  if (!now) return base::fail(now.error());
  if (now->start_ticks != id.start_ticks)
    return base::fail(base::Code::kNotFound,
                      "process " + std::to_string(id.pid) + " is another one by now");
  return fd;
}

bool wait_process(const Fd& pidfd, int timeout_ms) {
  pollfd polled{pidfd.get(), POLLIN, 0};
  return ::poll(&polled, 1, timeout_ms) > 0;
}

base::Status signal_process(const Fd& pidfd, int signal) {
  if (pidfd_send_signal(pidfd.get(), signal, nullptr, 0) != 0)
    return base::fail(system_error("cannot signal a process", errno));
  return {};
}

std::string boot_id() {
  std::string id = read_small_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

namespace {

// Moves bytes both ways until the program closes its output; false when the time is over.
bool exchange(Fd& to, Fd& from, std::string_view input, int timeout_ms, std::string& output) {
  const int64_t until = monotonic_ms() + timeout_ms;
  char chunk[8192];
  for (;;) {
    if (input.empty()) to.reset();
    pollfd polled[2] = {{from.get(), POLLIN, 0}, {to.get(), POLLOUT, 0}};
    const int wait = timeout_ms == 0 ? -1 : static_cast<int>(until - monotonic_ms());
    if (timeout_ms != 0 && wait <= 0) return false;
    if (::poll(polled, 2, wait) <= 0) continue;
    if (to.is_open() && (polled[1].revents & (POLLOUT | POLLERR)) != 0) {
      const ssize_t sent = ::write(to.get(), input.data(), input.size());
      if (sent > 0) input.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && errno != EAGAIN) input = {};
    }
    if (polled[0].revents == 0) continue;
    const ssize_t got = ::read(from.get(), chunk, sizeof chunk);
    if (got <= 0) return true;
    if (output.size() < kOutputMax) output.append(chunk, static_cast<size_t>(got));
  }
}

}  // namespace

base::Result<RunOutcome> run_program(const std::vector<std::string>& argv, std::string_view input,
                                     int timeout_ms) {
  int out[2], in[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return base::fail(system_error("pipe", errno));
  Fd out_read(out[0]), out_write(out[1]);
  if (::pipe2(in, O_CLOEXEC | O_NONBLOCK) != 0) return base::fail(system_error("pipe", errno));
  Fd in_read(in[0]), in_write(in[1]);
  ::fcntl(in_read.get(), F_SETFL, 0);
  SpawnRequest request;
  request.argv = argv;
  request.fds = {{in_read.get(), 0}, {out_write.get(), 1}, {out_write.get(), 2}};
  request.new_session = true;
  const base::Result<pid_t> pid = spawn(request);
  if (!pid) return base::fail(pid.error());
  out_write.reset();
  in_read.reset();
  RunOutcome outcome;
  outcome.timed_out = !exchange(in_write, out_read, input, timeout_ms, outcome.output);
  if (outcome.timed_out) ::kill(-*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace sys

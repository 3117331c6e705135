#include "runtime/monitor_starter.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "sys/fd_message.h"
#include "sys/process.h"

namespace runtime {
namespace {

// What a fork may show of its folder in the list of processes.
constexpr size_t kPadding = 1024;
constexpr time_t kAnswerSeconds = 10;

base::Result<pid_t> spawn_argoexec(std::vector<std::string> argv, const sys::Fd& input) {
  sys::SpawnRequest request;
  request.argv = std::move(argv);
  request.env.emplace();
  if (input.is_open()) request.fds = {{input.get(), 0}};
  request.new_session = true;
  request.blocked_signals = {SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGHUP};
  return sys::spawn(request);
}

}  // namespace

base::Result<pid_t> MonitorStarter::start(const std::string& folder, const sys::Fd& spec) {
  {
    const std::lock_guard lock(mutex_);
    if (socket_.is_open() || begin_template()) {
      if (const pid_t pid = ask_template(folder, spec); pid > 0) return pid;
      // It may have forked before it died: the mark in the folder lets only one of the two begin.
      end_template();
    }
  }
  return spawn_argoexec({argoexec_, folder}, spec);
}

bool MonitorStarter::begin_template() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  sys::Fd ours(ends[0]);
  const sys::Fd its(ends[1]);
  const timeval limit{kAnswerSeconds, 0};
  ::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const base::Result<pid_t> pid =
      spawn_argoexec({argoexec_, "serve", std::string(kPadding, ' ')}, its);
  if (!pid) return false;
  template_ = *pid;
  socket_ = std::move(ours);
  return true;
}

void MonitorStarter::end_template() {
  socket_.reset();
  if (template_ <= 0) return;
  ::kill(template_, SIGKILL);
  while (::waitpid(template_, nullptr, 0) < 0 && errno == EINTR) continue;
  template_ = 0;
}

// The pid, or 0 when the template does not answer.
pid_t MonitorStarter::ask_template(const std::string& folder, const sys::Fd& spec) {
  const int fd = spec.get();
  if (!sys::send_packet(socket_.get(), folder, {&fd, spec.is_open() ? 1u : 0u})) return 0;
  int32_t answer = 0;
  ssize_t got = 0;
  while ((got = ::recv(socket_.get(), &answer, sizeof answer, MSG_TRUNC)) < 0 && errno == EINTR)
    continue;
  return got == sizeof answer && answer > 0 ? answer : 0;
}

}  // namespace runtime

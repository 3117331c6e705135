#include "runtime/host_commands.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/fd_message.h"

namespace runtime {
namespace {

constexpr size_t kRequestMax = 64 << 10;

base::Error world(const char* what) {
  return {base::Code::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno))};
}

// The words, each with a zero behind it.
std::vector<char*> words_of(std::string& bytes) {
  std::vector<char*> out;
  for (size_t at = 0; at < bytes.size(); at = bytes.find('\0', at) + 1)
    out.push_back(bytes.data() + at);
  out.push_back(nullptr);
  return out;
}

// Runs the program, waits for its end and tells it.
[[noreturn]] void serve_one(sys::Packet& request) {
  ::signal(SIGCHLD, SIG_DFL);
  const std::vector<char*> argv = words_of(request.bytes);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (::dup2(null, 0) == 0 && ::dup2(request.fds[0].get(), 1) == 1 &&
        ::dup2(request.fds[1].get(), 2) == 2)
      ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  request.fds[0].reset();
  request.fds[1].reset();
  int status = 127 << 8;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  [[maybe_unused]] const ssize_t told = ::write(request.fds[2].get(), &status, sizeof status);
  ::_exit(0);
}

[[noreturn]] void serve(int socket, pid_t agent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != agent) ::_exit(0);
  // Nothing of the agent's is held: its locks and its log end with it.
  if (::dup2(socket, 3) == 3) ::close_range(4, ~0U, 0);
  ::signal(SIGCHLD, SIG_IGN);  // nobody waits for those who wait
  ::setsid();
  while (auto request = sys::receive_packet(3, kRequestMax))
    if (request->fds.size() == 3 && request->bytes.ends_with('\0') && ::fork() == 0)
      serve_one(*request);
  ::_exit(0);
}

}  // namespace

base::Result<std::unique_ptr<HostCommands>> HostCommands::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return base::fail(world("cannot make a socket"));
  sys::Fd ours(ends[0]);
  const sys::Fd theirs(ends[1]);
  const pid_t agent = ::getpid(), child = ::fork();
  if (child < 0) return base::fail(world("cannot make a process"));
  if (child == 0) serve(theirs.get(), agent);
  return std::unique_ptr<HostCommands>(new HostCommands(child, std::move(ours)));
}

HostCommands::~HostCommands() {
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
}

base::Result<sys::Fd> HostCommands::run(const std::vector<std::string>& argv, int out,
                                        int err) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail(world("cannot make a pipe"));
  sys::Fd end(ends[0]);
  const sys::Fd told(ends[1]);
  std::string words;
  for (const std::string& word : argv) words += word + '\0';
  if (words.size() > kRequestMax) errno = E2BIG;
  const int fds[] = {out, err, told.get()};
  if (words.size() > kRequestMax || !sys::send_packet(socket_.get(), words, fds))
    return base::fail(world("cannot run a program beside the agent"));
  return end;
}

int HostCommands::wait_end(const sys::Fd& end) {
  int status = 0;
  ssize_t got = 0;
  while ((got = ::read(end.get(), &status, sizeof status)) < 0 && errno == EINTR) continue;
  return got == sizeof status ? status : SIGKILL;
}

}  // namespace runtime

#include "server/agent_keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sys/fd.h"
#include "sys/process.h"
#include "sys/unix_socket.h"

namespace server {
namespace {

constexpr int kPauseMsMax = 30'000;

}  // namespace

AgentKeeper::AgentKeeper(AgentKeeperOptions options)
    : options_(std::move(options)), stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

AgentKeeper::~AgentKeeper() {
  stop(false);
  close(stop_fd_);
}

void AgentKeeper::start() {
  thread_ = std::thread([this] { loop(); });
}

void AgentKeeper::stop(bool end_agent) {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  if (const int pid = agent_pid_; end_agent && pid > 0) {
    if (auto id = sys::identify(pid))
      if (auto process = sys::open_process(*id)) (void)sys::signal_process(*process, SIGTERM);
  }
}

bool AgentKeeper::wait(int pid_fd, int timeout_ms) const {
  pollfd fds[2] = {{stop_fd_, POLLIN, 0}, {pid_fd, POLLIN, 0}};
  poll(fds, 2, timeout_ms);
  return !stopping_;
}

int AgentKeeper::find_agent() const {
  auto fd = sys::connect_unix(options_.socket);
  if (!fd) return 0;
  const sys::Fd socket(*fd);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return peer.uid == geteuid() ? peer.pid : 0;
}

int AgentKeeper::start_agent() {
  const sys::Fd log(
      open(options_.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  sys::SpawnRequest request;
  request.argv = options_.command;
  request.cwd = "/";
  if (log.is_open()) request.fds = {{log.get(), 1}, {log.get(), 2}};
  request.new_session = true;
  auto pid = sys::spawn(request);
  if (pid) return *pid;
  options_.log("agent: " + pid.error().text);
  return 0;
}

bool AgentKeeper::is_ours(int pid) const {
  const std::string folder = fmt::format("/proc/{}/", pid);
  std::error_code error;
  // "… (deleted)" when the file has been replaced by a newer build.
  const auto program = std::filesystem::read_symlink(folder + "exe", error);
  if (error || program != std::filesystem::path(options_.command.front())) return false;
  std::ifstream file(folder + "cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words == options_.command;
}

void AgentKeeper::loop() {
  int pause_ms = 50;
  while (!stopping_) {
    int pid = find_agent();
    const bool is_child = pid == 0;
    if (is_child) pid = start_agent();
    const auto began = std::chrono::steady_clock::now();
    if (pid > 0) {
      agent_pid_ = pid;
      auto id = sys::identify(pid);
      auto process = id ? sys::open_process(*id) : base::fail(id.error());
      if (process && !is_child && !is_ours(pid)) {
        options_.log(fmt::format(
            "the node agent {} is of another build or has other flags: it is replaced", pid));
        (void)sys::signal_process(*process, SIGTERM);
      }
      if (process && !wait(process->get(), -1)) return;
      int status = 0;
      if (is_child && waitpid(pid, &status, 0) == pid)
        options_.log(fmt::format("the node agent ended with {}",
                                 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
      agent_pid_ = 0;
    }
    const bool lived_well = std::chrono::steady_clock::now() - began > std::chrono::seconds(10);
    pause_ms = lived_well ? 50 : std::min(pause_ms * 2, kPauseMsMax);
    if (!wait(-1, pause_ms)) return;
  }
}

}  // namespace server

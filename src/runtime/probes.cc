#include "runtime/probes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sys/fd.h"
#include "sys/monitor_spec.h"
#include "sys/process.h"

namespace runtime {
namespace {

int64_t monotonic_ms() {
  timespec ts{};
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1000 + ts.tv_nsec / 1'000'000;
}

bool wait_for(int fd, short events, int64_t until_ms) {
  pollfd polled{fd, events, 0};
  const int64_t left = until_ms - monotonic_ms();
  return left > 0 && ::poll(&polled, 1, static_cast<int>(left)) > 0;
}

int port_of(const Probe& probe, const ContainerSpec& container) {
  for (const auto& [name, number] : container.ports)
    if (!name.empty() && name == probe.port) return number;
  return std::atoi(probe.port.c_str());
}

sys::Fd connect_to(const std::string& ip, int port, int64_t until_ms, std::string& wrong) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (port <= 0 || port > 65535 || ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) {
    wrong = "no such address: " + ip + ":" + std::to_string(port);
    return {};
  }
  sys::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int error = 0;
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      error = ETIMEDOUT;
      socklen_t size = sizeof error;
      if (wait_for(fd.get(), POLLOUT, until_ms))
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) return fd;
  wrong = "connect to " + ip + ":" + std::to_string(port) + ": " + std::strerror(error);
  return {};
}

ProbeAnswer ask_http(const Probe& probe, const std::string& ip, int port, int64_t until_ms) {
  if (!probe.scheme.empty() && probe.scheme != "HTTP")
    return {false, "httpGet.scheme " + probe.scheme + " is not supported; HTTP is"};
  ProbeAnswer out;
  const sys::Fd fd = connect_to(ip, port, until_ms, out.message);
  if (!fd.is_open()) return out;
  std::string request = "GET " + (probe.path.empty() ? "/" : probe.path) +
                        " HTTP/1.1\r\nConnection: close\r\nUser-Agent: kube-probe/argon\r\n";
  bool has_host = false;
  for (const auto& [name, value] : probe.headers) {
    request.append(name).append(": ").append(value).append("\r\n");
    has_host = has_host || ::strcasecmp(name.c_str(), "host") == 0;
  }
  if (!has_host) request += "Host: " + ip + ":" + std::to_string(port) + "\r\n";
  request += "\r\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return {false, "the connection was closed"};
  std::string answer;
  while (answer.find("\r\n") == std::string::npos && answer.size() < 4096) {
    char chunk[1024];
    if (!wait_for(fd.get(), POLLIN, until_ms)) return {false, "no answer in time"};
    const ssize_t got = ::recv(fd.get(), chunk, sizeof chunk, 0);
    if (got <= 0) return {false, "the connection was closed"};
    answer.append(chunk, static_cast<size_t>(got));
  }
  const int status = answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
  if (status >= 200 && status < 400) return {true, {}};
  return {false, "HTTP probe failed with statuscode: " + std::to_string(status)};
}

ProbeAnswer ask_exec(const Probe& probe, const ProbeTarget& target) {
  std::vector<std::string> argv;
  if (!target.as_process) {
    std::string id = target.attempt;
    for (char& c : id)
      if (c == '/') c = '_';
    // argoexec enters the mount namespace in which crun made the container.
    argv = {target.argoexec,
            "enter",
            std::to_string(target.monitor_pid),
            target.crun,
            "--cgroup-manager=disabled",
            "--root=" + target.container_folder + "/" + sys::monitor_file::kCrunState,
            "exec",
            id};
  }
  argv.insert(argv.end(), probe.command.begin(), probe.command.end());
  const base::Result<sys::RunOutcome> outcome =
      sys::run_program(argv, {}, probe.timeout_seconds * 1000);
  if (!outcome) return {false, outcome.error().text};
  if (outcome->timed_out)
    return {false, "command timed out after " + std::to_string(probe.timeout_seconds) + "s"};
  return {outcome->exit_code == 0, outcome->exit_code == 0 ? std::string() : outcome->output};
}

}  // namespace

std::optional<bool> ContainerProbes::count(ProbeRole role, const Probe& probe, bool success) {
  Count& now = counts[static_cast<size_t>(role)];
  if (success) {
    now.failures = 0;
    if (++now.successes >= probe.success_threshold) return true;
  } else {
    now.successes = 0;
    if (++now.failures >= probe.failure_threshold) return false;
  }
  return std::nullopt;
}

const std::optional<Probe>& probe_of(const ContainerSpec& container, ProbeRole role) {
  if (role == ProbeRole::kStartup) return container.startup;
  return role == ProbeRole::kReadiness ? container.readiness : container.liveness;
}

ProbeAnswer run_probe(const Probe& probe, const ContainerSpec& container,
                      const ProbeTarget& target) {
  const int64_t until = monotonic_ms() + probe.timeout_seconds * 1000;
  const std::string& ip = probe.host.empty() ? target.ip : probe.host;
  if (probe.kind == Probe::Kind::kExec) return ask_exec(probe, target);
  if (probe.kind == Probe::Kind::kHttp)
    return ask_http(probe, ip, port_of(probe, container), until);
  ProbeAnswer out;
  out.success = connect_to(ip, port_of(probe, container), until, out.message).is_open();
  return out;
}

}  // namespace runtime

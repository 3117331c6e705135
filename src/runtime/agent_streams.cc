// Agent::Core: what reaches into pods that run: exec, attach, port-forward.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "runtime/agent_core.h"
#include "runtime/log_session.h"
#include "runtime/program_session.h"
#include "sys/byte_stream.h"

namespace runtime {
namespace {

using base::Code;

constexpr int kConnectMs = 10'000;

base::Error not_found(std::string_view container) {
  return {Code::kNotFound, fmt::format("container not found (\"{}\")", container)};
}

// A socket of the namespace, whoever uses it then.
sys::Fd socket_inside(const std::string& network_namespace, int family) {
  sys::Fd out;
  std::thread([&] {
    if (!network_namespace.empty()) {
      const sys::Fd space(::open(network_namespace.c_str(), O_RDONLY | O_CLOEXEC));
      if (!space.is_open() || ::setns(space.get(), CLONE_NEWNET) != 0) return;
    }
    out = sys::Fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  }).join();
  return out;
}

// Gives errno.
int connect_within(const sys::Fd& fd, const sockaddr* address, socklen_t size) {
  if (!fd.is_open()) return EACCES;
  if (::connect(fd.get(), address, size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd polled{fd.get(), POLLOUT, 0};
  if (::poll(&polled, 1, kConnectMs) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

}  // namespace

// A session that is told when its container ends, and that forgets itself.
class Agent::Core::Registered final : public kube::PodSession {
 public:
  Registered(Core& core, std::string attempt, std::unique_ptr<ProgramSession> session)
      : core_(core), session_(std::move(session)) {
    const std::lock_guard lock(core_.sessions_mutex_);
    place_ = core_.sessions_.emplace(std::move(attempt), session_.get());
  }
  ~Registered() override {
    const std::lock_guard lock(core_.sessions_mutex_);
    core_.sessions_.erase(place_);
  }
  base::Result<Piece> read() override { return session_->read(); }
  base::Status write_in(std::string_view bytes) override { return session_->write_in(bytes); }
  void close_in() override { session_->close_in(); }
  void resize(uint16_t columns, uint16_t rows) override { session_->resize(columns, rows); }
  void cancel() override { session_->cancel(); }

 private:
  Core& core_;
  const std::unique_ptr<ProgramSession> session_;
  std::multimap<std::string, ProgramSession*>::iterator place_;
};

// The kernel ends what runs in a container with it; beside plain processes it is ours to do.
void Agent::Core::end_sessions(const std::string& attempt) {
  const std::lock_guard lock(sessions_mutex_);
  const auto [begin, end] = sessions_.equal_range(attempt);
  for (auto it = begin; it != end; ++it) it->second->kill();
}

// Asks the loop's thread, from any other; nothing when it ends before it answers.
std::shared_ptr<Agent::Core::Place> Agent::Core::find_place(const Uid& uid) {
  auto answer = std::make_shared<std::promise<std::shared_ptr<Place>>>();
  auto found = answer->get_future();
  loop_.post([this, uid, answer] {
    const LivePod* const pod = find(uid);
    if (pod == nullptr || !pod->sandbox || pod->stage != LivePod::Stage::kActive)
      return answer->set_value(nullptr);
    auto out = std::make_shared<Place>();
    out->spec = pod->run.spec();
    out->object = pod->object;
    out->sandbox = *pod->sandbox;
    out->as_processes = pod->run.as_processes();
    for (size_t i = 0; i < pod->run.containers().size(); ++i) {
      const ContainerRun& run = pod->run.containers()[i];
      if (run.phase == ContainerRun::Phase::kRunning)
        out->running[run.spec->name] = pod->watched[i].monitor.pid;
    }
    answer->set_value(std::move(out));
  });
  while (found.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready)
    if (stopping_) return nullptr;
  return found.get();
}

base::Result<std::unique_ptr<kube::PodSession>> Agent::Core::exec(
    const kube::ExecRequest& request) {
  if (request.command.empty())
    return base::fail(Code::kInvalid, "you must specify at least 1 command for the container");
  const auto place = find_place(request.pod_uid);
  if (place == nullptr || !place->running.contains(request.container))
    return base::fail(not_found(request.container));
  const ContainerSpec* container = nullptr;
  for (const auto* list : {&place->spec.init_containers, &place->spec.containers})
    for (const ContainerSpec& one : *list)
      if (one.name == request.container) container = &one;
  const std::string attempt = request.pod_uid + "/" + request.container;
  ProgramStart start;
  start.in = request.in;
  start.tty = request.tty;
  start.argv = {config_.argoexec, "become"};
  const auto join_cgroups = [&](const std::vector<std::string>& folders) {
    for (const std::string& folder : folders) start.argv.push_back("--cgroup=" + folder);
  };
  if (place->as_processes) {
    LaunchRequest again;
    again.pod = &place->object;
    again.spec = &place->spec;
    again.container = container;
    again.sandbox = &place->sandbox;
    again.as_process = true;
    auto like = launch_container(node_, again);
    if (!like) return base::fail(like.error());
    if (request.tty) start.argv.push_back("--tty");
    join_cgroups(like->process->cgroup_folders);
    start.argv.push_back("--");
    start.env = std::move(like->process->env);
    start.cwd = std::move(like->process->cwd);
  } else {
    std::string id = attempt;
    for (char& c : id)
      if (c == '/') c = '_';
    if (auto cgroup = cgroups_.make(id, container->resources)) join_cgroups(cgroup->folders);
    const std::string folder = container_folder(place->sandbox.folder, request.container);
    const std::string mine = fmt::format("{}/exec.{}", folder, ++sessions_begun_);
    start.pid_file = mine + ".pid";
    // argoexec enters the mount namespace in which crun made the container.
    start.argv.insert(start.argv.end(), {"--", config_.argoexec, "enter",
                                         std::to_string(place->running[request.container]),
                                         node_.crun, "--cgroup-manager=disabled",
                                         "--root=" + folder + "/" + sys::monitor_file::kCrunState,
                                         "exec", "--pid-file=" + start.pid_file});
    if (request.tty) {
      start.console_socket = mine + ".tty";
      start.argv.insert(start.argv.end(), {"--tty", "--console-socket=" + start.console_socket});
    }
    start.argv.push_back(id);
  }
  start.argv.insert(start.argv.end(), request.command.begin(), request.command.end());
  auto session = start_program(start);
  if (!session) return base::fail(session.error());
  auto out = std::make_unique<Registered>(*this, attempt, std::move(*session));
  // It may have ended while the program was started.
  if (is_over(request.pod_uid, request.container)) out->cancel();
  return out;
}

base::Result<std::unique_ptr<kube::PodSession>> Agent::Core::attach(std::string_view pod_uid,
                                                                    const std::string& container) {
  const Uid uid(pod_uid);
  const auto place = find_place(uid);
  if (place == nullptr || !place->running.contains(container))
    return base::fail(not_found(container));
  kube::LogOptions options;
  options.container = container;
  options.follow = true;
  options.tail_lines = 0;
  options.marks_stream = true;
  return make_log_session([this, uid, options](const auto& on_line, const auto& is_over) {
    return logs_until(uid, options, on_line, is_over);
  });
}

base::Result<std::unique_ptr<sys::ByteStream>> Agent::Core::connect(std::string_view pod_uid,
                                                                    uint16_t port) {
  const auto place = find_place(Uid(pod_uid));
  if (place == nullptr) return base::fail(Code::kNotFound, "the pod does not run");
  const bool is_host = place->as_processes || place->spec.host_network || !place->sandbox.network;
  const std::string space = is_host ? std::string() : place->sandbox.network->namespace_path;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sys::Fd fd = socket_inside(space, AF_INET);
  const int error = connect_within(fd, reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  if (error == 0) return sys::adopt_socket(fd.release());
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  fd = socket_inside(space, AF_INET6);
  if (connect_within(fd, reinterpret_cast<const sockaddr*>(&v6), sizeof v6) == 0)
    return sys::adopt_socket(fd.release());
  return base::fail(Code::kUnavailable,
                    fmt::format("failed to connect to localhost:{} inside the pod: {}", port,
                                std::strerror(error)));
}

}  // namespace runtime

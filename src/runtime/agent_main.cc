#include "runtime/agent_main.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/hash.h"
#include "kube/http_api.h"
#include "kube/node_api_routes.h"
#include "runtime/agent.h"
#include "runtime/cgroups.h"
#include "runtime/user_namespace.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/http_server.h"

namespace runtime {
namespace {

constexpr int kIdleCheckMs = 20'000;
// So many checks without pods and server, and the agent ends.
constexpr int kIdleChecksMax = 3;

std::string beside_program(const char* name) {
  std::error_code ignored;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path path = self.parent_path() / name;
  return std::filesystem::exists(path, ignored) ? path.string() : std::string();
}

std::string find_busybox(const AgentOptions& options) {
  if (!options.busybox.empty()) return options.busybox;
  if (std::string found = beside_program("busybox-static"); !found.empty()) return found;
  for (const char* path : {"/bin/busybox", "/usr/bin/busybox"})
    if (::access(path, X_OK) == 0) return path;
  return {};
}

std::string find_crun() {
  for (const char* path : {"/usr/bin/crun", "/usr/local/bin/crun", "/usr/sbin/crun", "/bin/crun"})
    if (::access(path, X_OK) == 0) return path;
  return "/usr/bin/crun";
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

void say(const std::string& text) {
  std::fprintf(stderr, "agent: %s\n", text.c_str());
  std::fflush(stderr);
}

bool server_answers(const sys::Endpoint& endpoint) {
  const auto client = sys::make_http_client(endpoint);
  sys::HttpRequest request;
  request.target = "/healthz";
  return client->send(request).has_value();
}

// Waits for a signal; ends the agent by it, or when nobody needs it any more.
void watch_over(Agent& agent, int signals, const sys::Endpoint& server,
                const std::atomic<bool>& ended) {
  int idle_checks = 0;
  while (!ended) {
    pollfd polled{signals, POLLIN, 0};
    if (::poll(&polled, 1, kIdleCheckMs) > 0) return agent.stop();
    const bool idle = agent.pods_active() == 0 && !server_answers(server);
    idle_checks = idle ? idle_checks + 1 : 0;
    if (idle_checks >= kIdleChecksMax) return agent.stop();
  }
}

AgentConfig make_config(const AgentOptions& options) {
  AgentConfig config;
  config.data_dir = options.data_dir;
  config.argoexec = options.argoexec.empty() ? beside_program("argoexec") : options.argoexec;
  config.crun = find_crun();
  config.node_name = options.node_name.empty() ? host_name() : options.node_name;
  config.runtime = options.runtime;
  config.pods_max = options.pods_max;
  config.log_bytes_max = options.log_bytes_max;
  config.trace_file = options.trace_file;
  return config;
}

int serve(const AgentOptions& options, AgentConfig config, const HostCommands* host, int signals) {
  const sys::RealClock clock;
  ImageStoreConfig image_config;
  image_config.root = options.data_dir + "/images";
  image_config.builtin_busybox = find_busybox(options);
  image_config.mirrors = options.mirrors;
  image_config.mappings = options.mappings;
  image_config.docker_config = options.docker_config;
  image_config.offline = options.offline;
  image_config.host = host;
  const std::unique_ptr<ImageStore> images = open_image_store(image_config);
  const sys::Endpoint server{options.server_url, options.server_token, false, "argo-agent"};
  const std::unique_ptr<kube::Api> api =
      kube::make_http_api([server] { return sys::make_http_client(server); });
  Agent agent(*api, *images, std::move(config), clock);
  sys::HttpServer http(
      [&](const sys::HttpRequest& request, const sys::HttpPeer&, sys::HttpWriter& writer) {
        if (kube::serve_node_api(agent, request, writer)) return;
        sys::HttpResponse response;
        response.status = 404;
        writer.send(response);
      },
      {});
  std::atomic<bool> ended = false;
  if (const base::Status listening = http.listen_unix(options.agent_socket); !listening) {
    say(listening.error().text);
    return 1;
  }
  http.start();
  std::thread watcher([&] { watch_over(agent, signals, server, ended); });
  const base::Status done = agent.run();
  ended = true;
  ::kill(::getpid(), SIGTERM);  // wakes the watcher, for whom it is blocked
  watcher.join();
  http.stop();
  if (!done) {
    say(done.error().text);
    return 1;
  }
  if (agent.pods_active() == 0) {
    agent.tear_down();
    leave_user_namespace(options.data_dir);
  }
  return 0;
}

}  // namespace

bool parse_runtime_kind(const std::string& word, RuntimeKind& out) {
  if (word == "containers")
    out = RuntimeKind::kContainers;
  else if (word == "process")
    out = RuntimeKind::kProcesses;
  else if (word == "containers,process")
    out = RuntimeKind::kAsked;
  else
    return false;
  return true;
}

int run_agent(const AgentOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  // Folders of pods can be reached through this one by their mounts only.
  ::chmod(options.data_dir.c_str(), 0711);
  AgentConfig config = make_config(options);
  if (config.argoexec.empty()) {
    say("the program argoexec is not beside this one");
    return 1;
  }
  std::unique_ptr<HostCommands> host;
  if (options.runtime != RuntimeKind::kProcesses) {
    base::Result<UserNamespace> space = enter_user_namespace(options.data_dir);
    if (!space) {
      say(space.error().text + (space.error().hint.empty() ? "" : "; " + space.error().hint));
      return 1;
    }
    if (!space->warning.empty()) say(space->warning);
    host = std::move(space->host);
    const Cgroups cgroups(fmt::format("argon-{:08x}", base::fnv1a32(options.data_dir)));
    config.devices_are_guarded = cgroups.guard_devices();
  }
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  ::sigprocmask(SIG_BLOCK, &mask, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const sys::Fd signals(::signalfd(-1, &mask, SFD_CLOEXEC));
  return serve(options, std::move(config), host.get(), signals.get());
}

}  // namespace runtime

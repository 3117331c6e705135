#include "apps/serve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>

#include "apps/node_facts.h"
#include "control/controller.h"
#include "control/cron_controller.h"
#include "control/housekeeper.h"
#include "control/job_controller.h"
#include "control/settings.h"
#include "kube/garbage_collector.h"
#include "kube/http_node_api.h"
#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/admission.h"
#include "server/agent_keeper.h"
#include "server/api_server.h"
#include "server/locator.h"
#include "store/sqlite.h"
#include "sys/certificates.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/http_server.h"
#include "sys/memory.h"
#include "sys/process.h"
#include "sys/random.h"
#include "sys/trace.h"
#include "sys/unix_socket.h"
#include "text/base64.h"
#include "text/json.h"

namespace apps {
namespace {

// The agent is started beside the server: a command that comes first (`argo image pull`, `argo
// doctor`) waits for it rather than fails.
constexpr int kAgentStartSeconds = 10;

void wait_for_listener(const std::string& socket, int seconds) {
  constexpr int kPauseMillis = 20;
  for (int left = seconds * 1000; left > 0; left -= kPauseMillis) {
    if (const auto connected = sys::connect_unix(socket)) {
      ::close(*connected);
      return;
    }
    ::usleep(kPauseMillis * 1000);
  }
}

using Log = std::function<void(std::string_view)>;

// One line each with its time, to stderr.
Log make_log(bool as_json) {
  return [as_json](std::string_view text) {
    std::string line = base::to_rfc3339(sys::RealClock().now());
    if (as_json) {
      constexpr std::string_view kWarning = "warning: ";
      const bool is_warning = text.starts_with(kWarning);
      text::Value out;
      out["time"] = line;
      out["level"] = is_warning ? "WARN" : "INFO";
      out["msg"] = is_warning ? text.substr(kWarning.size()) : text;
      line = text::to_json(out) + "\n";
    } else {
      line += fmt::format(" {}\n", text);
    }
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  };
}

// The controller's settings are looked at when they are written.
base::Result<text::Value> admit_config_map(kube::Operation operation, const text::Value*,
                                           text::Value object, kube::Warnings& warnings) {
  const bool is_settings = object.string_at("metadata", "name") == control::kSettingsName &&
                           object.string_at("metadata", "namespace") == control::kSettingsNamespace;
  if (operation == kube::Operation::kDelete || !is_settings) return object;
  if (auto good = control::check_settings(object, warnings); !good) return base::fail(good.error());
  return object;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

class Server {
 public:
  explicit Server(const ServeOptions& options)
      : options_(options),
        log_(make_log(options.logs_json)),
        wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        trace_(options.trace_file) {}

  base::Status open();
  // With the token in it; empty: no TCP.
  const std::string& url() const { return url_; }
  // What is no trouble.
  void tell(std::string_view text) const {
    if (options_.logs_news) log_(text);
  }
  void complain(std::string_view text) const { log_(text); }
  void run();
  void close();

 private:
  base::Status take_lock();
  base::Status listen();
  base::Result<server::Access> listen_tcp();
  sys::HttpServerOptions http_options() const;
  std::vector<std::string> names() const;
  base::Result<sys::TlsIdentity> tls_identity() const;
  base::Result<sys::TlsIdentity> tls_of_secret() const;
  bool try_shutdown();
  // A CronWorkflow that has a slot to come needs somebody who is there then.
  bool is_idle() const {
    return http_->busy() == 0 && controller_->active_count() == 0 && cron_->active_count() == 0 &&
           jobs_->active_count() == 0;
  }

  // What counts requests, behind the sockets.
  struct Http {
    std::unique_ptr<server::ApiServer> api;
    std::unique_ptr<sys::HttpServer> sockets;
    int busy() const { return api->busy_count(); }
  };

  const ServeOptions& options_;
  const Log log_;
  const sys::Fd wake_fd_;
  sys::RealClock clock_;
  const sys::Trace trace_;
  sys::RealRandom random_;
  sys::Fd lock_;
  std::string token_, build_id_, url_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<kube::StoreApi> api_;
  std::unique_ptr<kube::NodeApi> node_;
  std::unique_ptr<kube::GarbageCollector> collector_;
  control::Metrics metrics_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<control::CronController> cron_;
  std::unique_ptr<control::JobController> jobs_;
  std::unique_ptr<control::Housekeeper> housekeeper_;
  std::unique_ptr<Http> http_;
  std::unique_ptr<server::AgentKeeper> keeper_;
  bool ends_idle_ = false;
};

// A server that has just been told to end may still hold it: an embedded one waits a little.
base::Status Server::take_lock() {
  const std::string path = options_.folder.server_lock();
  lock_ = sys::Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.is_open())
    return base::fail(base::Code::kUnavailable, fmt::format("{}: {}", path, strerror(errno)));
  for (int tries = options_.embedded ? 500 : 1; flock(lock_.get(), LOCK_EX | LOCK_NB) != 0;) {
    if (--tries == 0) {
      char pid[32] = {};
      [[maybe_unused]] const ssize_t count = pread(lock_.get(), pid, sizeof pid - 1, 0);
      return base::fail(base::Code::kConflict,
                        fmt::format("another server (pid {}) already runs on {}", atoi(pid),
                                    options_.folder.root));
    }
    poll(nullptr, 0, 20);
  }
  const std::string pid = fmt::format("{}\n", getpid());
  [[maybe_unused]] const int cut = ftruncate(lock_.get(), 0);
  [[maybe_unused]] const ssize_t count = pwrite(lock_.get(), pid.data(), pid.size(), 0);
  return {};
}

base::Status Server::open() {
  if (options_.fault) return base::fail(*options_.fault);
  if (auto made = server::make_data_folder(options_.folder); !made) return made;
  if (!options_.embedded)  // one that a command started, and that nobody needs, makes room
    (void)server::end_idle_server(options_.folder);
  if (auto taken = take_lock(); !taken) return taken;
  build_id_ = server::build_id_of(options_.program);
  auto token = server::ensure_token(options_.folder);
  if (!token) return base::fail(token.error());
  token_ = std::move(*token);
  store::SqliteOptions store_options;
  store_options.directory = options_.folder.store();
  auto store = store::open_sqlite(store_options);
  if (!store) return base::fail(store.error());
  store_ = std::move(*store);
  api_ = std::make_unique<kube::StoreApi>(*store_, clock_, random_);
  server::install_admission(*api_);
  api_->set_admission(kube::kind_of("configmaps"), admit_config_map);
  const std::string agent = options_.folder.agent_socket();
  const int patience = options_.with_agent ? kAgentStartSeconds : 0;
  node_ = kube::make_http_node_api([agent, patience] {
    wait_for_listener(agent, patience);
    return sys::make_http_client({"unix:" + agent, "", false});
  });
  collector_ = std::make_unique<kube::GarbageCollector>(*api_);
  control::ControllerOptions control_options;
  control_options.log = log_;
  control_options.metrics = &metrics_;
  control_options.transient_error_pattern = options_.transient_error_pattern;
  metrics_.set(control::metric::kIsLeader, {}, 1);
  metrics_.set(control::metric::kVersion,
               {{"version", options_.version},
                {"platform", "linux/amd64"},
                {"build_date", options_.build_date},
                {"compiler", "g++"},
                {"git_commit", options_.git_commit}},
               1);
  if (trace_.is_on())
    control_options.on_committed = [this] { trace_.mark("round committed", clock_.now()); };
  controller_ =
      std::make_unique<control::Controller>(*api_, clock_, random_, std::move(control_options));
  cron_ = std::make_unique<control::CronController>(
      *api_, clock_, random_,
      control::CronOptions{.local = expr::TimeZone::local(), .metrics = &metrics_, .log = log_});
  jobs_ = std::make_unique<control::JobController>(*api_, clock_, control::JobOptions{.log = log_});
  housekeeper_ = std::make_unique<control::Housekeeper>(
      *api_, clock_, control::HousekeeperOptions{.metrics = &metrics_, .log = log_});
  if (auto listening = listen(); !listening) return listening;
  collector_->start();
  controller_->start();
  cron_->start();
  jobs_->start();
  housekeeper_->start();
  http_->sockets->start();
  return {};
}

base::Status Server::listen() {
  http_ = std::make_unique<Http>();
  http_->sockets = std::make_unique<sys::HttpServer>(
      server::in_front_of(
          [this](const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out) {
            if (options_.logs_requests) {  // a query may hold a token
              const std::string_view target = request.target;
              log_(fmt::format("{} {}", request.method, target.substr(0, target.find('?'))));
            }
            http_->api->handle(request, peer, out);
          },
          options_.front),
      http_options());
  if (auto done = http_->sockets->listen_unix(options_.folder.socket()); !done) return done;
  server::ApiServerOptions options;
  options.build = {options_.version, options_.git_commit, options_.build_date, build_id_,
                   "linux/amd64"};
  options.log = log_;
  options.read_token_key = [this] { return server::ensure_service_account_key(options_.folder); };
  options.metrics = [this] {
    return metrics_.text(clock_.now()) + control::lock_gauges(controller_->locks("", 0));
  };
  options.try_shutdown = [this] { return try_shutdown(); };
  options.find_locks = [this](std::string_view namespace_, size_t waiters) {
    return controller_->locks(namespace_, waiters);
  };
  if (!options_.embedded) {
    auto address = listen_tcp();
    if (!address) return base::fail(address.error());
    options.access = std::move(*address);
  }
  http_->api = std::make_unique<server::ApiServer>(*api_, node_.get(), clock_, std::move(options));
  return {};
}

// Of those who show no token nobody reads much before they are refused; what a webhook sends is
// signed instead.
uint64_t body_bytes_max(const sys::HttpRequest& head, std::string_view target,
                        const sys::HttpPeer& peer) {
  constexpr uint64_t kWebhookMax = 2 << 20, kStrangerMax = 64 << 10;
  if (target.starts_with("/api/v1/events/")) return kWebhookMax;
  const bool shows_token = !head.header("Authorization").empty() || !head.header("Cookie").empty();
  return peer.is_unix || shows_token ? UINT64_MAX : kStrangerMax;
}

sys::HttpServerOptions Server::http_options() const {
  sys::HttpServerOptions out;
  // A watch is a connection. What the store, the agent and logs need is left to them.
  constexpr uint64_t kDescriptorsWanted = 1 << 16, kDescriptorsLeft = 512;
  if (!options_.embedded) {
    const uint64_t may_have = sys::raise_descriptor_limit(kDescriptorsWanted);
    if (may_have > 2 * kDescriptorsLeft)
      out.connections_max = std::min<size_t>(out.connections_max, may_have - kDescriptorsLeft);
  }
  out.body_bytes_max_of = [base = options_.front.base_href](const sys::HttpRequest& head,
                                                            const sys::HttpPeer& peer) {
    return body_bytes_max(head, server::below_base(head.target, base), peer);
  };
  out.requests_per_second_max = options_.requests_per_second_max;
  if (!is_loopback(options_.address)) out.connections_per_peer_max = 1024;
  return out;
}

// Names that the server is reached by, without port.
std::vector<std::string> Server::names() const {
  std::vector<std::string> out = {"localhost", "127.0.0.1", "::1"};
  char own[256] = {};
  if (gethostname(own, sizeof own - 1) == 0 && own[0] != '\0') out.emplace_back(own);
  if (options_.address != "0.0.0.0" && options_.address != "::") out.push_back(options_.address);
  for (const std::string& host : options_.hosts) {
    const size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.find(':') == colon;
    out.push_back(has_port ? host.substr(0, colon) : host);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

base::Result<sys::TlsIdentity> Server::tls_identity() const {
  sys::RealFiles files;
  if (!options_.tls_secret.empty()) return tls_of_secret();
  if (options_.tls_certificate.empty()) {
    auto made = sys::ensure_certificate(files, options_.folder.tls(), names(), clock_);
    if (made)
      tell(fmt::format("TLS certificate SHA-256 {}, of the authority {}/ca.crt",
                       sys::fingerprint(made->certificate_pem), options_.folder.tls()));
    return made;
  }
  auto certificate = files.read(options_.tls_certificate, 1 << 20);
  if (!certificate) return base::fail(certificate.error());
  auto key = files.read(options_.tls_key, 1 << 20);
  if (!key) return base::fail(key.error());
  return sys::TlsIdentity{std::move(*certificate), std::move(*key)};
}

base::Result<sys::TlsIdentity> Server::tls_of_secret() const {
  const auto secret = api_->get(
      {&kube::kind_of("secrets"), std::string(control::kSettingsNamespace), options_.tls_secret});
  if (!secret) {
    base::Error error = secret.error();
    error.text = "--tls-certificate-secret-name: " + error.text;
    return base::fail(std::move(error));
  }
  sys::TlsIdentity out;
  for (const auto& [key, into] :
       {std::pair("tls.crt", &out.certificate_pem), {"tls.key", &out.key_pem}}) {
    auto pem = text::from_base64(secret->string_at("data", key));
    if (!pem || pem->empty())
      return base::fail(base::Code::kInvalid,
                        fmt::format("Secret {} has no {}", options_.tls_secret, key));
    *into = *std::move(pem);
  }
  return out;
}

// Plain HTTP is for this machine only, unless it was asked for in words.
base::Result<server::Access> Server::listen_tcp() {
  const bool is_local = is_loopback(options_.address);
  const bool is_plain = options_.secure == false;
  base::Result<uint16_t> port;
  if (is_plain) {
    if (!is_local) log_("warning: --secure=false: tokens and data go over the network as they are");
    port = http_->sockets->listen_tcp(options_.address, options_.port);
  } else {
    auto identity = tls_identity();
    if (!identity) return base::fail(identity.error());
    const bool plain_too = is_local && !options_.secure;
    port = http_->sockets->listen_tcp(options_.address, options_.port, *identity, plain_too);
  }
  if (!port) return base::fail(port.error());
  server::Access access;
  access.token = token_;
  access.allowed_origin = options_.front.allowed_origin;
  for (const std::string& name : names())
    access.hosts.push_back(name.find(':') == std::string::npos
                               ? fmt::format("{}:{}", name, *port)
                               : fmt::format("[{}]:{}", name, *port));
  for (const std::string& host : options_.hosts) access.hosts.push_back(host);
  const bool shows_plain = is_plain || (is_local && !options_.secure);
  url_ = fmt::format("{}://{}:{}{}/?token={}", shows_plain ? "http" : "https",
                     options_.address.find(':') == std::string::npos ? options_.address
                                                                     : "[" + options_.address + "]",
                     *port, options_.front.base_href, token_);
  return access;
}

// Asked by a command of another build, whose server takes over the CronWorkflows: its own request
// is the only one.
bool Server::try_shutdown() {
  if (!options_.embedded || http_->busy() > 1 || controller_->active_count() != 0) return false;
  ends_idle_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd_.get(), &one, sizeof one);
  return true;
}

void Server::run() {
  if (options_.with_agent) {
    server::AgentKeeperOptions options;
    options.command = {options_.program, "agent", "--data", options_.folder.root};
    options.command.insert(options.command.end(), options_.agent_arguments.begin(),
                           options_.agent_arguments.end());
    options.socket = options_.folder.agent_socket();
    options.log_file = options_.folder.agent_log();
    options.log = log_;
    keeper_ = std::make_unique<server::AgentKeeper>(std::move(options));
    keeper_->start();
    const auto facts = apps::node_facts(options_.folder.root, options_.version);
    if (auto ok = server::write_node(*api_, clock_, facts); !ok)
      log_("the Node of this machine: " + ok.error().text);
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const sys::Fd signal_fd(signalfd(-1, &signals, SFD_CLOEXEC));
  base::Time last_use = clock_.now();
  uint64_t requests_seen = 0;
  bool has_free_memory = true;
  while (true) {
    const int step_ms = options_.embedded ? std::min(options_.idle_seconds * 250 + 1, 5000) : 5000;
    pollfd fds[2] = {{signal_fd.get(), POLLIN, 0}, {wake_fd_.get(), POLLIN, 0}};
    poll(fds, 2, step_ms);
    if (fds[0].revents != 0 || fds[1].revents != 0) return;
    const uint64_t requests = http_->api->request_count();
    if (!is_idle() || requests != requests_seen) {
      last_use = clock_.now();
      has_free_memory = true;
    } else if (std::exchange(has_free_memory, false)) {
      sys::release_free_memory();
    }
    requests_seen = requests;
    const bool is_over = clock_.now() - last_use >= base::Duration::seconds(options_.idle_seconds);
    if (options_.embedded && is_over) {
      ends_idle_ = true;
      return;
    }
  }
}

void Server::close() {
  // First the name, so that nobody new comes; then those who are here.
  unlink(options_.folder.socket().c_str());
  const bool end_agent = ends_idle_ || (controller_ && controller_->active_count() == 0);
  if (keeper_) keeper_->stop(end_agent);
  if (http_) http_->sockets->stop();
  if (housekeeper_) housekeeper_->stop();
  if (jobs_) jobs_->stop();
  if (cron_) cron_->stop();
  if (controller_) controller_->stop();
  collector_.reset();
  housekeeper_.reset();
  jobs_.reset();
  cron_.reset();
  controller_.reset();
  http_.reset();
  api_.reset();
  store_.reset();
  lock_.reset();
}

void tell_ready(int fd, std::string_view text) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = write(fd, text.data(), text.size());
  close(fd);
}

void open_browser(const Server& server) {
  sys::SpawnRequest request;
  request.argv = {"xdg-open", server.url()};
  request.new_session = true;
  if (!sys::spawn(request)) server.complain("warning: --browser: there is no xdg-open");
}

}  // namespace

int serve(const ServeOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGPIPE, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there is any other thread

  Server server(options);
  if (auto opened = server.open(); !opened) {
    const std::string text = opened.error().to_string() +
                             (opened.error().hint.empty() ? "" : " (" + opened.error().hint + ")");
    tell_ready(options.ready_fd, text + "\n");
    server.complain(text);
    return 1;
  }
  tell_ready(options.ready_fd, "ready\n");
  server.tell(fmt::format("argo server {} on {}", options.version, options.folder.root));
  for (const std::string& hint : options.hints) server.complain("warning: " + hint);
  if (!server.url().empty()) {
    fmt::print("{}\n", server.url());
    fflush(stdout);
    if (options.opens_browser) open_browser(server);
  }
  server.run();
  server.close();
  server.tell("argo server ended");
  return 0;
}

}  // namespace apps

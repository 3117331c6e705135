#include "sys/http_server.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <thread>

#include "sys/http_connection.h"
#include "sys/unix_socket.h"

namespace sys {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using UnixAcceptor = asio::local::stream_protocol::acceptor;
using TcpAcceptor = asio::ip::tcp::acceptor;

struct ReasonRow {
  int status;
  std::string_view text;
};
constexpr ReasonRow kReasons[] = {{100, "Continue"},
                                  {101, "Switching Protocols"},
                                  {200, "OK"},
                                  {201, "Created"},
                                  {202, "Accepted"},
                                  {204, "No Content"},
                                  {206, "Partial Content"},
                                  {301, "Moved Permanently"},
                                  {302, "Found"},
                                  {303, "See Other"},
                                  {304, "Not Modified"},
                                  {307, "Temporary Redirect"},
                                  {308, "Permanent Redirect"},
                                  {400, "Bad Request"},
                                  {401, "Unauthorized"},
                                  {403, "Forbidden"},
                                  {404, "Not Found"},
                                  {405, "Method Not Allowed"},
                                  {406, "Not Acceptable"},
                                  {408, "Request Timeout"},
                                  {409, "Conflict"},
                                  {410, "Gone"},
                                  {411, "Length Required"},
                                  {412, "Precondition Failed"},
                                  {413, "Payload Too Large"},
                                  {415, "Unsupported Media Type"},
                                  {416, "Range Not Satisfiable"},
                                  {417, "Expectation Failed"},
                                  {422, "Unprocessable Entity"},
                                  {426, "Upgrade Required"},
                                  {429, "Too Many Requests"},
                                  {431, "Request Header Fields Too Large"},
                                  {500, "Internal Server Error"},
                                  {501, "Not Implemented"},
                                  {502, "Bad Gateway"},
                                  {503, "Service Unavailable"},
                                  {504, "Gateway Timeout"},
                                  {505, "HTTP Version Not Supported"}};

// A peer that is gone without a word is found out in about two minutes, and by what is sent to it
// in `seconds`.
void find_dead_peers(int fd, int seconds) {
  const int on = 1, idle = 60, pause = 15, tries = 4;
  const unsigned millis = static_cast<unsigned>(seconds) * 1000;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause, sizeof pause);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &millis, sizeof millis);
}

}  // namespace

std::string_view http_reason(int status) {
  for (const ReasonRow& row : kReasons)
    if (row.status == status) return row.text;
  return "Unknown";
}

uint64_t raise_descriptor_limit(uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

class HttpServer::Impl {
 public:
  Impl(HttpHandler handler, const HttpServerOptions& options)
      : keep_core_(std::make_shared<HttpCore>(std::move(handler), options)), core_(*keep_core_) {}
  ~Impl() { stop(); }

  base::Status listen_unix(const std::string& path);
  base::Result<uint16_t> listen_tcp(const std::string& address, uint16_t port,
                                    HttpSecurity security);
  void start() {
    thread_ = std::thread([this] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
      auto guard = asio::make_work_guard(core_.io);
      core_.io.run();
    });
  }
  void stop();

 private:
  template <class Acceptor>
  void accept(Acceptor& acceptor, const HttpSecurity& security);
  void take(asio::ip::tcp::socket socket, const HttpSecurity& security);
  void take(asio::local::stream_protocol::socket socket, const HttpSecurity& security);

  const std::shared_ptr<HttpCore> keep_core_;
  HttpCore& core_;
  std::vector<std::unique_ptr<UnixAcceptor>> unix_acceptors_;
  std::vector<std::unique_ptr<TcpAcceptor>> tcp_acceptors_;
  std::thread thread_;
};

void HttpServer::Impl::take(asio::ip::tcp::socket socket, const HttpSecurity& security) {
  error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) return;  // gone already
  HttpPeer peer;
  peer.address = fmt::format("{}:{}", from.address().to_string(), from.port());
  find_dead_peers(socket.native_handle(), core_.options.write_seconds_max);
  std::make_shared<HttpConnection>(keep_core_, std::move(socket), std::move(peer), security)
      ->start();
}

void HttpServer::Impl::take(asio::local::stream_protocol::socket socket,
                            const HttpSecurity& security) {
  HttpPeer peer;
  peer.is_unix = true;
  const auto uid = peer_uid(socket.native_handle());
  auto connection =
      std::make_shared<HttpConnection>(keep_core_, std::move(socket), std::move(peer), security);
  if (!uid || *uid != geteuid())
    return connection->refuse(403, "this socket belongs to another user");
  connection->start();
}

template <class Acceptor>
void HttpServer::Impl::accept(Acceptor& acceptor, const HttpSecurity& security) {
  using Peer = typename Acceptor::protocol_type::socket;
  acceptor.async_accept([this, &acceptor, security](error_code error, Peer socket) {
    if (core_.stopping) return;
    if (!error) {
      take(std::move(socket), security);
      return accept(acceptor, security);
    }
    // Out of descriptors or the like: give connections a moment to close.
    auto timer = std::make_shared<asio::steady_timer>(core_.io, std::chrono::milliseconds(50));
    timer->async_wait([this, &acceptor, security, timer](error_code) {
      if (!core_.stopping) accept(acceptor, security);
    });
  });
}

base::Status HttpServer::Impl::listen_unix(const std::string& path) {
  auto fd = sys::listen_unix(path);
  if (!fd) return base::fail(fd.error());
  unix_acceptors_.push_back(
      std::make_unique<UnixAcceptor>(core_.io, asio::local::stream_protocol(), *fd));
  accept(*unix_acceptors_.back(), {});
  return {};
}

base::Result<uint16_t> HttpServer::Impl::listen_tcp(const std::string& address, uint16_t port,
                                                    HttpSecurity security) {
  error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return base::fail(base::Code::kInvalid, "\"" + address + "\" is no IP address");
  const asio::ip::tcp::endpoint endpoint(ip, port);
  auto acceptor = std::make_unique<TcpAcceptor>(core_.io);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(4096, error);
  if (error)
    return base::fail(base::Code::kUnavailable,
                      fmt::format("cannot listen at {}:{}: {}", address, port, error.message()));
  const uint16_t chosen = acceptor->local_endpoint().port();
  tcp_acceptors_.push_back(std::move(acceptor));
  accept(*tcp_acceptors_.back(), security);
  return chosen;
}

void HttpServer::Impl::stop() {
  if (core_.stopping.exchange(true)) return;
  asio::post(core_.io, [this] {
    for (auto& acceptor : unix_acceptors_) acceptor->close();
    for (auto& acceptor : tcp_acceptors_) acceptor->close();
    const auto connections = core_.connections;
    for (const auto& connection : connections) connection->stop();
  });
  if (!thread_.joinable()) return;
  core_.pool.drain();
  // What the last handlers have posted.
  std::promise<void> done;
  asio::post(core_.io, [&] { done.set_value(); });
  done.get_future().wait();
  core_.io.stop();
  thread_.join();
  const auto connections = std::exchange(core_.connections, {});
  for (const auto& connection : connections) connection->close();
  core_.io.restart();
  core_.io.poll();  // lets go of what waited
}

HttpServer::HttpServer(HttpHandler handler, const HttpServerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(handler), options)) {}
HttpServer::~HttpServer() = default;
base::Status HttpServer::listen_unix(const std::string& path) { return impl_->listen_unix(path); }
base::Result<uint16_t> HttpServer::listen_tcp(const std::string& address, uint16_t port) {
  return impl_->listen_tcp(address, port, {});
}
base::Result<uint16_t> HttpServer::listen_tcp(const std::string& address, uint16_t port,
                                              const TlsIdentity& identity, bool plain_too) {
  auto tls = make_tls_context(identity);
  if (!tls) return base::fail(tls.error());
  return impl_->listen_tcp(address, port, {std::move(*tls), plain_too});
}
void HttpServer::start() { impl_->start(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace sys

#include "sys/http_server.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "sys/thread_pool.h"
#include "sys/unix_socket.h"

namespace sys {

std::string_view http_reason(int status) {
  return std::string_view(
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)).data(),
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)).size());
}

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using Socket = asio::generic::stream_protocol::socket;

// Bytes that go out together; waits while the client is slow, at most `seconds_max`.
bool send_all(int fd, std::initializer_list<std::string_view> parts, int seconds_max) {
  std::vector<iovec> left;
  for (const std::string_view part : parts)
    if (!part.empty()) left.push_back({const_cast<char*>(part.data()), part.size()});
  size_t first = 0;
  while (first < left.size()) {
    msghdr message{};
    message.msg_iov = left.data() + first;
    message.msg_iovlen = left.size() - first;
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      pollfd fds{fd, POLLOUT, 0};
      if (poll(&fds, 1, seconds_max * 1000) <= 0) return false;
      continue;
    }
    while (sent > 0) {
      iovec& part = left[first];
      const size_t taken = std::min(part.iov_len, static_cast<size_t>(sent));
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      sent -= static_cast<ssize_t>(taken);
      if (part.iov_len == 0) ++first;
    }
  }
  return true;
}

}  // namespace

class HttpSession;

class HttpServer::Impl {
 public:
  Impl(HttpHandler handler, const HttpServerOptions& options)
      : handler_(std::move(handler)), options_(options), pool_(options.threads_max, 4096) {}
  ~Impl() { stop(); }

  base::Status listen_unix(const std::string& path);
  base::Result<uint16_t> listen_tcp(const std::string& address, uint16_t port);
  void start() {
    thread_ = std::thread([this] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
      auto guard = asio::make_work_guard(io_);
      io_.run();
    });
  }
  void stop();

 private:
  friend class HttpSession;
  template <class Acceptor>
  void accept(Acceptor& acceptor, bool is_unix);
  void take(Socket socket, bool is_unix, std::string address);

  const HttpHandler handler_;
  const HttpServerOptions options_;
  asio::io_context io_{1};
  ThreadPool pool_;
  std::vector<std::unique_ptr<asio::local::stream_protocol::acceptor>> unix_acceptors_;
  std::vector<std::unique_ptr<asio::ip::tcp::acceptor>> tcp_acceptors_;
  std::set<std::shared_ptr<HttpSession>> sessions_;  // of the io thread
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// One connection. The io thread reads; while a handler runs, its thread alone writes.
class HttpSession final : public HttpWriter, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpServer::Impl& server, Socket socket, HttpPeer peer)
      : server_(server), socket_(std::move(socket)), peer_(std::move(peer)), timer_(server.io_) {
    socket_.native_non_blocking(true);
    fd_ = socket_.native_handle();
  }

  void read_next();
  void go();    // io thread: nobody waits for the answer any more
  void stop();  // io thread: the server ends
  void refuse(int status, std::string_view text);

  // HttpWriter, by the handler's thread.
  void send(HttpResponse response) override;
  void begin(int status, Headers headers) override;
  bool write(std::string_view bytes) override;
  void end() override;
  bool is_gone() const override { return gone_; }
  void on_gone(std::function<void()> callback) override;

 private:
  void read_body();
  void dispatch();
  void handle();        // on a thread of the pool
  void handled();       // io thread
  void watch_client();  // while the handler runs
  void close();
  void limit_wait();
  void put_head(std::string& head, int status, const Headers& headers) const;

  HttpServer::Impl& server_;
  Socket socket_;
  int fd_ = -1;
  const HttpPeer peer_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  bool keep_alive_ = false, answered_ = false, chunked_ = false, busy_ = false, closed_ = false;
  std::atomic<bool> gone_ = false;
  std::mutex mutex_;  // guards on_gone_
  std::function<void()> on_gone_;
};

void HttpSession::limit_wait() {
  timer_.expires_after(std::chrono::seconds(server_.options_.idle_seconds_max));
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->busy_) self->close();
  });
}

void HttpSession::read_next() {
  parser_.emplace();
  parser_->header_limit(server_.options_.header_bytes_max);
  parser_->body_limit(server_.options_.body_bytes_max);
  limit_wait();
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](error_code error, size_t) {
                            if (error == http::error::header_limit)
                              return self->refuse(431, "the request's headers are too large");
                            if (error == http::error::body_limit)
                              return self->refuse(413, "the request's body is too large");
                            if (error == http::error::end_of_stream || self->closed_ ||
                                (error && error.category() == asio::error::get_system_category()))
                              return self->close();
                            if (error) return self->refuse(400, error.message());
                            self->read_body();
                          });
}

void HttpSession::read_body() {
  if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue"))
    send_all(fd_, {"HTTP/1.1 100 Continue\r\n\r\n"}, 1);
  if (parser_->is_done()) return dispatch();
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t) {
                     if (error == http::error::body_limit)
                       return self->refuse(413, "the request's body is too large");
                     if (error || self->closed_) return self->close();
                     self->dispatch();
                   });
}

void HttpSession::refuse(int status, std::string_view text) {
  keep_alive_ = false;
  send({status, {{"Content-Type", "text/plain"}}, std::string(text) + "\n"});
  close();
}

void HttpSession::dispatch() {
  timer_.cancel();
  auto& message = parser_->get();
  request_ = {};
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  for (const auto& field : message)
    request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request_.body = std::move(message.body());
  keep_alive_ = message.keep_alive();
  answered_ = chunked_ = false;
  busy_ = true;
  watch_client();
  if (server_.pool_.run([self = shared_from_this()] { self->handle(); })) return;
  busy_ = false;
  refuse(503, "too many requests at once");
}

void HttpSession::handle() {
  server_.handler_(request_, peer_, *this);
  on_gone(nullptr);
  if (!answered_) send({500, {}, ""});
  if (chunked_) end();
  asio::post(server_.io_, [self = shared_from_this()] { self->handled(); });
}

void HttpSession::handled() {
  busy_ = false;
  request_ = {};
  error_code ignored;
  socket_.cancel(ignored);  // watch_client's wait
  if (!keep_alive_ || gone_ || server_.stopping_) return close();
  read_next();
}

// Bytes that come now are the next request's and stay where they are; the end of the stream means
// that nobody waits for the answer any more.
void HttpSession::watch_client() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || !self->busy_) return;
    char byte;
    const ssize_t got = recv(self->fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return self->go();
    if (got < 0) self->watch_client();
  });
}

void HttpSession::go() {
  gone_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (on_gone_) on_gone_();
    on_gone_ = nullptr;
  }
}

void HttpSession::stop() {
  go();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);  // ends a write that waits
  if (!busy_) close();
}

void HttpSession::close() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  server_.sessions_.erase(shared_from_this());
}

void HttpSession::on_gone(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  if (gone_ && callback) return callback();
  on_gone_ = std::move(callback);
}

void HttpSession::put_head(std::string& head, int status, const Headers& headers) const {
  head += fmt::format("HTTP/1.1 {} {}\r\n", status, http_reason(status));
  for (const auto& [name, value] : headers) head += fmt::format("{}: {}\r\n", name, value);
  if (!keep_alive_) head += "Connection: close\r\n";
}

void HttpSession::send(HttpResponse response) {
  if (answered_) return;
  answered_ = true;
  std::string head;
  put_head(head, response.status, response.headers);
  if (response.status != 204 && response.status != 304)
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  head += "\r\n";
  const std::string_view body = request_.method == "HEAD" ? std::string_view() : response.body;
  // Also when the client has closed its sending side: it may still wait for this.
  if (!send_all(fd_, {head, body}, server_.options_.write_seconds_max)) keep_alive_ = false;
}

void HttpSession::begin(int status, Headers headers) {
  if (answered_) return;
  answered_ = chunked_ = true;
  headers.emplace_back("Transfer-Encoding", "chunked");
  std::string head;
  put_head(head, status, headers);
  head += "\r\n";
  if (!send_all(fd_, {head}, server_.options_.write_seconds_max)) gone_ = true;
}

bool HttpSession::write(std::string_view bytes) {
  if (gone_ || !chunked_) return false;
  if (bytes.empty() || request_.method == "HEAD") return true;
  const std::string size = fmt::format("{:x}\r\n", bytes.size());
  if (!send_all(fd_, {size, bytes, "\r\n"}, server_.options_.write_seconds_max)) gone_ = true;
  return !gone_;
}

void HttpSession::end() {
  if (!chunked_) return;
  chunked_ = false;
  if (gone_ || !send_all(fd_, {"0\r\n\r\n"}, server_.options_.write_seconds_max))
    keep_alive_ = false;
}

void HttpServer::Impl::take(Socket socket, bool is_unix, std::string address) {
  HttpPeer peer{is_unix, std::move(address)};
  const int fd = socket.native_handle();
  auto session = std::make_shared<HttpSession>(*this, std::move(socket), std::move(peer));
  sessions_.insert(session);
  if (sessions_.size() > options_.connections_max)
    return session->refuse(503, "too many connections");
  if (is_unix) {
    const auto uid = peer_uid(fd);
    if (!uid || *uid != geteuid())
      return session->refuse(403, "this socket belongs to another user");
  }
  session->read_next();
}

template <class Acceptor>
void HttpServer::Impl::accept(Acceptor& acceptor, bool is_unix) {
  using Peer = typename Acceptor::protocol_type::socket;
  acceptor.async_accept([this, &acceptor, is_unix](error_code error, Peer socket) {
    if (stopping_) return;
    if (!error) {
      std::string address;
      if constexpr (std::is_same_v<Peer, asio::ip::tcp::socket>) {
        error_code ignored;
        const auto from = socket.remote_endpoint(ignored);
        if (!ignored) address = fmt::format("{}:{}", from.address().to_string(), from.port());
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      }
      take(Socket(std::move(socket)), is_unix, std::move(address));
      return accept(acceptor, is_unix);
    }
    // Out of descriptors or the like: give connections a moment to close.
    auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::milliseconds(50));
    timer->async_wait([this, &acceptor, is_unix, timer](error_code) {
      if (!stopping_) accept(acceptor, is_unix);
    });
  });
}

base::Status HttpServer::Impl::listen_unix(const std::string& path) {
  auto fd = sys::listen_unix(path);
  if (!fd) return base::fail(fd.error());
  unix_acceptors_.push_back(std::make_unique<asio::local::stream_protocol::acceptor>(
      io_, asio::local::stream_protocol(), *fd));
  accept(*unix_acceptors_.back(), true);
  return {};
}

base::Result<uint16_t> HttpServer::Impl::listen_tcp(const std::string& address, uint16_t port) {
  error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return base::fail(base::Code::kInvalid, "\"" + address + "\" is no IP address");
  const asio::ip::tcp::endpoint endpoint(ip, port);
  auto acceptor = std::make_unique<asio::ip::tcp::acceptor>(io_);
  if (!error) acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(512, error);
  if (error)
    return base::fail(base::Code::kUnavailable,
                      fmt::format("cannot listen at {}:{}: {}", address, port, error.message()));
  const uint16_t chosen = acceptor->local_endpoint().port();
  tcp_acceptors_.push_back(std::move(acceptor));
  accept(*tcp_acceptors_.back(), false);
  return chosen;
}

void HttpServer::Impl::stop() {
  if (stopping_.exchange(true)) return;
  asio::post(io_, [this] {
    for (auto& acceptor : unix_acceptors_) acceptor->close();
    for (auto& acceptor : tcp_acceptors_) acceptor->close();
    const auto sessions = sessions_;
    for (const auto& session : sessions) session->stop();
  });
  if (!thread_.joinable()) return;
  pool_.drain();
  io_.stop();
  thread_.join();
  sessions_.clear();
}

HttpServer::HttpServer(HttpHandler handler, const HttpServerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(handler), options)) {}
HttpServer::~HttpServer() = default;
base::Status HttpServer::listen_unix(const std::string& path) { return impl_->listen_unix(path); }
base::Result<uint16_t> HttpServer::listen_tcp(const std::string& address, uint16_t port) {
  return impl_->listen_tcp(address, port);
}
void HttpServer::start() { impl_->start(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace sys

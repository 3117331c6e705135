#include "sys/http_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

namespace sys {
namespace {

using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
constexpr double kHandshakeSeconds = 10;
constexpr char kTlsHandshake = 0x16;  // the type of a ClientHello's record
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr int kReadsAtOnce = 16;  // of one connection, before others have their turn

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpCore> core, Socket socket, HttpPeer peer,
                               HttpSecurity security)
    : keep_core_(std::move(core)),
      core_(*keep_core_),
      socket_(std::move(socket)),
      fd_(socket_.native_handle()),
      peer_(std::move(peer)),
      ip_(peer_.is_unix ? "" : ip_of(peer_.address)),
      security_(std::move(security)),
      transport_(make_plain_transport(fd_)),
      timer_(core_.io) {
  socket_.native_non_blocking(true);
}

void HttpConnection::start() {
  core_.connections.insert(shared_from_this());
  is_counted_ = !peer_.is_unix && core_.peers.take_connection(ip_);
  if (!peer_.is_unix && !is_counted_) return refuse(429, "too many connections of this address");
  if (core_.connections.size() > core_.options.connections_max)
    return refuse(503, "too many connections");
  set_deadline(security_.tls ? kHandshakeSeconds : core_.options.idle_seconds_max);
  read_on();
}

void HttpConnection::open() {
  if (tls_ != nullptr) return shake_hands();
  if (security_.tls && !peer_.is_tls && opening_.empty()) {
    char first = 0;
    const ssize_t got = recv(fd_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return read_on();
    if (got <= 0) return close();
    if (first == kTlsHandshake) {
      auto tls = security_.tls->accept(fd_);
      tls_ = tls.get();
      transport_ = std::move(tls);
      peer_.is_tls = true;
      return shake_hands();
    }
    if (!security_.allows_plain)
      return refuse(400, "this address speaks TLS: write it as https://...");
    set_deadline(core_.options.idle_seconds_max);
  }
  char* const scratch = core_.scratch.get();
  const ssize_t got = transport_->read(scratch, HttpCore::kScratchBytes);
  if (got == Transport::kAgain) return read_on();
  if (got <= 0) {
    ended_ = true;
    return close();  // in the middle of a preface, at most
  }
  take_opening({scratch, static_cast<size_t>(got)});
}

void HttpConnection::shake_hands() {
  switch (tls_->handshake()) {
    case TlsTransport::Step::kWantsRead:
      return read_on();
    case TlsTransport::Step::kWantsWrite:
      return wait_writable();
    case TlsTransport::Step::kBroken:
      return close();
    case TlsTransport::Step::kDone:
      break;
  }
  speaks_http2_ = tls_->speaks_http2();
  tls_ = nullptr;
  set_deadline(core_.options.idle_seconds_max);
  open();
}

void HttpConnection::take_opening(std::string_view bytes) {
  opening_.append(bytes);
  const std::string_view have = opening_;
  const bool may_be_http2 = kHttp2Preface.starts_with(have.substr(0, kHttp2Preface.size()));
  if (!speaks_http2_ && may_be_http2 && have.size() < kHttp2Preface.size()) return read_on();
  protocol_ = speaks_http2_ || may_be_http2 ? make_http2(*this) : make_http1(*this);
  const std::string opening = std::exchange(opening_, {});
  protocol_->on_input(opening);
  if (!closed_ && !released_) read_on();
}

void HttpConnection::read_on() {
  if (reading_ || ended_ || closed_ || released_ || (protocol_ && !protocol_->wants_input()))
    return;
  reading_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    self->reading_ = false;
    if (!error && !self->closed_ && !self->released_) self->on_readable();
  });
}

void HttpConnection::on_readable() {
  if (!protocol_) return open();
  char* const scratch = core_.scratch.get();
  for (int round = 0; round < kReadsAtOnce; ++round) {
    const ssize_t got = transport_->read(scratch, HttpCore::kScratchBytes);
    if (got == Transport::kAgain) return read_on();
    if (got <= 0) {
      ended_ = true;
      return protocol_->on_end();
    }
    protocol_->on_input({scratch, static_cast<size_t>(got)});
    if (closed_ || released_ || !protocol_->wants_input()) return;
    if (!peer_.is_tls && static_cast<size_t>(got) < HttpCore::kScratchBytes) return read_on();
  }
  post([this] {
    if (!closed_ && !released_ && !reading_) on_readable();
  });
}

void HttpConnection::wait_writable() {
  if (writing_ || closed_) return;
  writing_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    self->writing_ = false;
    if (error || self->closed_) return;
    if (!self->protocol_) return self->open();
    self->protocol_->on_writable();
  });
}

void HttpConnection::set_deadline(double seconds) {
  deadline_ = seconds <= 0 ? SteadyClock::time_point::max()
                           : SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                                      std::chrono::duration<double>(seconds));
  if (seconds > 0 && (!timing_ || timer_at_ > deadline_)) arm_timer();
}

// One timer serves many deadlines: it looks again when it fires too early, which is cheaper than
// setting it anew for each request.
void HttpConnection::arm_timer() {
  timing_ = true;
  timer_at_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->closed_) return;
    self->timing_ = false;
    if (self->deadline_ == SteadyClock::time_point::max()) return;
    if (SteadyClock::now() < self->deadline_) return self->arm_timer();
    self->deadline_ = SteadyClock::time_point::max();
    if (!self->protocol_) return self->close();
    self->protocol_->on_deadline();
  });
}

bool HttpConnection::may_ask() {
  return peer_.is_unix || core_.peers.take_request(ip_, SteadyClock::now());
}

void HttpConnection::refuse(int status, std::string_view text) {
  const std::string answer = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/plain\r\nConnection: close\r\n{}"
      "Content-Length: {}\r\n\r\n{}\n",
      status, http_reason(status), status == 429 || status == 503 ? "Retry-After: 1\r\n" : "",
      text.size() + 1, text);
  (void)transport_->write({answer});
  close();
}

void HttpConnection::release() {
  released_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void HttpConnection::shut_down() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
}

void HttpConnection::stop() {
  if (protocol_) return protocol_->on_stop();
  close();
}

void HttpConnection::close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();
  if (protocol_) protocol_->on_close();
  transport_->say_goodbye();
  timer_.cancel();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  if (is_counted_) core_.peers.drop_connection(ip_, SteadyClock::now());
  core_.connections.erase(self);
}

void HttpConnection::post(std::function<void()> work) {
  boost::asio::post(core_.io, [self = shared_from_this(), work = std::move(work)] { work(); });
}

bool admit_body(HttpCore& core, uint64_t before, uint64_t now, HttpRefusal& why) {
  const uint64_t all = core.body_bytes += now - before;
  if (all <= core.options.bodies_bytes_max) return true;
  why = {503, "too much is being sent at once"};
  return false;
}

}  // namespace sys

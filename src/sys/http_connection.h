// http_connection.h — inside of the HTTP server: one connection, and what speaks on it.
//
// The io thread reads and hands what comes to the protocol. Handlers run on the pool's threads.
#pragma once
#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "sys/http1_parser.h"
#include "sys/http_server.h"
#include "sys/peer_limits.h"
#include "sys/thread_pool.h"
#include "sys/tls_transport.h"
#include "sys/transport.h"

namespace sys {

class HttpConnection;

// What a listener lets in.
struct HttpSecurity {
  std::shared_ptr<const TlsContext> tls;  // null: plain only
  bool allows_plain = true;
};

// What all connections of a server share.
struct HttpCore {
  HttpCore(HttpHandler handler_, const HttpServerOptions& options_)
      : handler(std::move(handler_)),
        options(options_),
        pool(options_.threads_max, 4096),
        peers(options_.connections_per_peer_max, options_.requests_per_second_max),
        scratch(new char[kScratchBytes]) {}

  static constexpr size_t kScratchBytes = 64 << 10;
  const HttpHandler handler;
  const HttpServerOptions options;
  boost::asio::io_context io{1};
  ThreadPool pool;
  std::atomic<bool> stopping = false;
  std::atomic<uint64_t> body_bytes = 0;  // that requests hold
  // Of the io thread:
  PeerLimits peers;
  std::unique_ptr<char[]> scratch;  // what was just read, of any connection
  std::set<std::shared_ptr<HttpConnection>> connections;
};

// What is spoken on a connection. Called by the io thread.
class HttpProtocol {
 public:
  virtual ~HttpProtocol() = default;
  virtual void on_input(std::string_view bytes) = 0;
  virtual void on_end() = 0;  // the client sends no more
  // May more be read now? Else it says later by HttpConnection::read_on().
  virtual bool wants_input() const = 0;
  virtual void on_writable() = 0;  // after wait_writable()
  virtual void on_deadline() = 0;
  virtual void on_stop() = 0;   // the server ends
  virtual void on_close() = 0;  // the descriptor is about to be closed
};
std::unique_ptr<HttpProtocol> make_http1(HttpConnection& connection);
std::unique_ptr<HttpProtocol> make_http2(HttpConnection& connection);

// All but post() and what it says is of the io thread.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  HttpConnection(std::shared_ptr<HttpCore> core, Socket socket, HttpPeer peer,
                 HttpSecurity security);

  void start();
  void stop();
  void close();
  // Says so as HTTP/1.1 and closes.
  void refuse(int status, std::string_view text);

  void read_on();
  void wait_writable();
  // on_deadline() in so many seconds; 0: never. The later call counts.
  void set_deadline(double seconds);
  // No more reading by the io thread; the protocol goes on by itself.
  void release();
  // Ends reads and writes that wait, in whichever thread.
  void shut_down();
  bool is_closed() const { return closed_; }
  bool may_ask();  // the limit of requests a second

  HttpCore& core() { return core_; }
  Transport& transport() { return *transport_; }
  int fd() const { return fd_; }
  const HttpPeer& peer() const { return peer_; }
  HttpPeer& peer() { return peer_; }
  // Any thread: the io thread will do it, while the connection lives.
  void post(std::function<void()> work);

 private:
  void on_readable();
  // What comes first tells what is spoken. Gives the protocol its start, or waits for more.
  void open();
  void shake_hands();
  void take_opening(std::string_view bytes);
  void arm_timer();

  const std::shared_ptr<HttpCore> keep_core_;  // streams may outlive the server
  HttpCore& core_;
  Socket socket_;
  const int fd_;
  HttpPeer peer_;
  const std::string ip_;
  const HttpSecurity security_;
  std::unique_ptr<Transport> transport_;
  TlsTransport* tls_ = nullptr;  // that shakes hands
  bool speaks_http2_ = false;    // by ALPN
  std::string opening_;          // what has come before the protocol is known
  std::unique_ptr<HttpProtocol> protocol_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_, timer_at_;
  bool reading_ = false, writing_ = false, timing_ = false;
  bool is_counted_ = false, ended_ = false, released_ = false, closed_ = false;
};

// 413, 503 and the like, by the body's size so far. False: refused, and why.
bool admit_body(HttpCore& core, uint64_t before, uint64_t now, HttpRefusal& why);

}  // namespace sys

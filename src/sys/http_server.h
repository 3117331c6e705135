// http_server.h — an HTTP/1.1 server on Unix sockets and TCP.
//
// One thread does the reading and parsing; each request's handler runs on a thread of an elastic
// pool, so that a handler may block: in the store, or for as long as a watch goes on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/http.h"

namespace sys {

// Who asks. Unix peers have been checked to be the user that the server runs as.
struct HttpPeer {
  bool is_unix = false;
  std::string address;  // "127.0.0.1:4711", "" for Unix
};

// One answer: either send(), or begin() and then write() and end(). Used by the handler's thread;
// a handler that returns without an answer gives 500.
class HttpWriter {
 public:
  virtual ~HttpWriter() = default;
  virtual void send(HttpResponse response) = 0;
  // Starts a chunked answer.
  virtual void begin(int status, Headers headers) = 0;
  // Waits while the client is slow to take what was written; false when it is gone.
  virtual bool write(std::string_view bytes) = 0;
  virtual void end() = 0;
  // Has the client closed the connection, or does the server stop?
  virtual bool is_gone() const = 0;
  // Called once, from the server's own thread, when the client goes or the server stops while the
  // handler still runs (at once when that has happened already); reset by nullptr. Must not block.
  virtual void on_gone(std::function<void()> callback) = 0;
};

using HttpHandler = std::function<void(const HttpRequest&, const HttpPeer&, HttpWriter&)>;

struct HttpServerOptions {
  uint32_t header_bytes_max = 64 << 10;
  uint64_t body_bytes_max = 128 << 20;
  int idle_seconds_max = 75;  // of a kept connection between requests, and of one request's arrival
  int write_seconds_max = 60;  // a client that takes nothing for so long is gone
  size_t connections_max = 4096, threads_max = 1024;
};

class HttpServer {
 public:
  HttpServer(HttpHandler handler, const HttpServerOptions& options);
  ~HttpServer();  // stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  base::Status listen_unix(const std::string& path);
  // `port` 0 chooses one. Gives the port.
  base::Result<uint16_t> listen_tcp(const std::string& address, uint16_t port);
  void start();
  // Refuses new connections, lets handlers know by on_gone(), waits for them.
  void stop();

 private:
  friend class HttpSession;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The reason phrase: 404 -> "Not Found".
std::string_view http_reason(int status);

}  // namespace sys

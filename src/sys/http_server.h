// http_server.h — an HTTP server on Unix sockets and TCP: HTTP/1.1, and HTTP/2 by ALPN or for those
// who begin with its preface.
//
// One thread does the reading and parsing; each request's handler runs on a thread of an elastic
// pool, so that a handler may block. Answers that go on for long are detached and need no thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/http.h"
#include "sys/http_stream.h"

namespace sys {

class ByteStream;

// Who asks. Unix peers have been checked to be the user that the server runs as.
struct HttpPeer {
  bool is_unix = false;
  std::string address;  // "127.0.0.1:4711", "" for Unix
  bool is_tls = false;
  int http_version = 11;  // 10, 11, 20
};

// One answer: either send(), or begin() and then write() and end(), or detach(), or upgrade(). Used
// by the handler's thread; a handler that returns without an answer gives 500.
class HttpWriter {
 public:
  virtual ~HttpWriter() = default;
  virtual void send(HttpResponse response) = 0;
  // Starts a chunked answer.
  virtual void begin(int status, Headers headers) = 0;
  // Waits while the client is slow to take what was written; false when it is gone.
  virtual bool write(std::string_view bytes) = 0;
  virtual void end(Headers trailers = {}) = 0;
  // Begins an answer that goes on when the handler has returned.
  virtual std::shared_ptr<HttpStream> detach(int status, Headers headers) = 0;
  // Answers 101 and gives the connection itself, for as long as the handler runs. Reads and writes
  // may come from two threads. kUnsupported over HTTP/2 and HTTP/1.0.
  virtual base::Result<std::unique_ptr<ByteStream>> upgrade(Headers headers) = 0;
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
  // A smaller limit for some requests, known by their head; unset: none.
  std::function<uint64_t(const HttpRequest& head, const HttpPeer& peer)> body_bytes_max_of = {};
  uint64_t bodies_bytes_max = 512 << 20;  // of all requests that are being read or handled
  int idle_seconds_max = 75;  // of a kept connection between requests, and of a head's arrival
  // A body must be there after so long, and a second more for each body_bytes_per_second_min.
  int body_seconds_max = 60;
  uint32_t body_bytes_per_second_min = 16 << 10;
  int write_seconds_max = 60;  // a client that takes nothing for so long is gone
  // The same of an upgraded connection: a person may look at a full terminal for long.
  int upgraded_write_seconds_max = 4 * 3600;
  size_t unsent_bytes_max = 4 << 20;  // of one HttpStream
  size_t connections_max = 16384, threads_max = 1024;
  size_t streams_per_connection_max = 250;  // of HTTP/2, at once
  // Of one IP address; 0: no limit. Unix sockets are not limited.
  size_t connections_per_peer_max = 0;
  uint32_t requests_per_second_max = 0;  // 429 with Retry-After
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
  // TLS (1.2 and newer); with `plain_too` the first byte tells which of both a client speaks.
  base::Result<uint16_t> listen_tcp(const std::string& address, uint16_t port,
                                    const TlsIdentity& identity, bool plain_too);
  void start();
  // Refuses new connections, lets handlers know by on_gone(), waits for them.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Lets this process have so many descriptors, as far as the system allows. Gives how many.
uint64_t raise_descriptor_limit(uint64_t wanted);

// The reason phrase: 404 -> "Not Found".
std::string_view http_reason(int status);

}  // namespace sys

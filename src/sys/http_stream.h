// http_stream.h — an answer that goes on after its handler has returned: watches and logs, which
// cost no thread that way. Begun by HttpWriter::detach().
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "sys/http.h"

namespace sys {

// Any thread; never blocks. Dropping the last reference without end() breaks the answer off.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // Queues the bytes, shared with other streams that send the same. False when the client is gone,
  // or is behind by more than HttpServerOptions::unsent_bytes_max: then it is closed. A piece that
  // alone is larger goes when nothing waits before it.
  virtual bool send(std::shared_ptr<const std::string> bytes) = 0;
  // What the client has not taken yet: what makes much at once waits for on_drained().
  virtual size_t unsent_bytes() const = 0;
  // Trailers reach clients of HTTP/2, and of HTTP/1.1 those that said so (TE: trailers).
  virtual void end(Headers trailers = {}) = 0;
  virtual bool is_gone() const = 0;
  // Called from the server's own thread each time that all has been taken, and once when the client
  // goes or the server stops (at once if that was so before). Must not block. nullptr takes it
  // back, and waits for one that runs; not to be done inside of it.
  virtual void on_drained(std::function<void()> callback) = 0;
};

}  // namespace sys

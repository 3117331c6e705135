// websocket.h — the server's side of a WebSocket (RFC 6455) on an upgraded connection. Used for
// Kubernetes' exec, attach and port-forward.
//
// One thread reads, another may write at the same time. Pings are answered by read().
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/byte_stream.h"
#include "sys/http_server.h"

namespace sys {

class WebSocket {
 public:
  static constexpr size_t kMessageBytesMax = 1 << 20;
  struct Message {
    bool is_text = false;  // as the client says: whether it is UTF-8, its reader looks
    std::string bytes;
  };

  // Does the request ask for one? (The rest of accept() may still refuse it.)
  static bool is_asked_for(const HttpRequest& request);
  // Chooses the first of the client's protocols that stands among ours. A client that names none
  // is taken when `protocols` has "". kInvalid (400) or kUnsupported: nothing has been answered
  // yet.
  static base::Result<std::unique_ptr<WebSocket>> accept(
      HttpWriter& out, const HttpRequest& request, std::span<const std::string_view> protocols);
  ~WebSocket();  // close(1000)

  const std::string& protocol() const { return protocol_; }
  // Whole messages; nothing when the client has closed. kInvalid: it has broken the rules, and has
  // been told why by a close.
  base::Result<std::optional<Message>> read();
  base::Status write(std::string_view bytes, bool is_text = false);
  // At most once; later writes are kUnavailable.
  void close(uint16_t code, std::string_view why);
  // Ends a read() that waits, from any thread.
  void cancel() { stream_->cancel(); }
  bool has_hung_up() const { return stream_->has_hung_up(); }
  // Asks the client for a sign of life, which read() takes in.
  base::Status ping();

 private:
  struct Frame;
  WebSocket(std::unique_ptr<ByteStream> stream, std::string protocol)
      : stream_(std::move(stream)), protocol_(std::move(protocol)) {}
  base::Result<bool> fill(size_t count);
  base::Result<std::optional<Frame>> read_frame(size_t so_far);
  base::Status write_frame(uint8_t opcode, std::string_view bytes);
  tl::unexpected<base::Error> refuse(uint16_t code, std::string_view why);
  void answer_close(std::string_view payload);

  const std::unique_ptr<ByteStream> stream_;
  const std::string protocol_;
  std::string pending_;  // has come, and is no frame yet
  std::mutex mutex_;     // of writes
  bool closed_ = false;
};

}  // namespace sys

// spdy.h — the server's side of a SPDY/3.1 connection: streams that the client opens.
//
// One thread reads; any others may write. What is read goes no further than one read() of the
// connection: who does not read on holds the client back. Windows are kept for clients that
// announce theirs; those of Kubernetes (github.com/moby/spdystream) neither announce nor update
// any, and are held back by the connection alone.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/byte_stream.h"
#include "sys/spdy_frames.h"

namespace sys {

class SpdySession {
 public:
  struct Event {
    enum class Kind : uint8_t {
      kOpened,  // a stream, with `headers`; it has been replied to
      kData,
      kEnded,  // the client writes no more in it
      kReset,  // it is gone, both ways
    } kind = Kind::kData;
    uint32_t stream = 0;
    Headers headers;
    std::string bytes;
  };

  // `streams_max`: at once; more are refused.
  SpdySession(std::unique_ptr<ByteStream> connection, size_t streams_max);
  ~SpdySession();
  SpdySession(const SpdySession&) = delete;
  SpdySession& operator=(const SpdySession&) = delete;

  // Nothing when the client has gone. kInvalid: it broke the rules, and has been told by GOAWAY.
  base::Result<std::optional<Event>> read();
  // Waits while the client takes nothing. kGone: the stream is not open (any more).
  base::Status write(uint32_t stream, std::string_view bytes);
  // Says that nothing more will be written in the stream.
  void end(uint32_t stream);
  void reset(uint32_t stream, SpdyStatus why);
  // GOAWAY: all is well, and nothing more comes.
  void say_goodbye();
  // Ends reads and writes, from any thread.
  void cancel();
  bool has_hung_up() const { return connection_->has_hung_up(); }
  // Asks the client for a sign of life; by the reading thread.
  void ping() { (void)answer(SpdyWriter::ping(kPing)); }

 private:
  static constexpr uint32_t kPing = 2;  // the server's are even
  struct Stream {
    int64_t window = 0;  // what we may send
    size_t unacknowledged = 0;
    bool ended_here = false, ended_there = false;
  };
  base::Result<std::optional<Event>> take(SpdyFrame frame);
  base::Result<std::optional<Event>> open(SpdyFrame frame);
  void take_window(const SpdyFrame& frame);
  std::optional<Event> end_there(uint32_t stream);
  bool acknowledge(uint32_t stream, size_t bytes);
  base::Status answer(std::string frame);
  void flush_answers();
  base::Status send(std::string_view frame);
  tl::unexpected<base::Error> refuse(const base::Error& why);

  const std::unique_ptr<ByteStream> connection_;
  const size_t streams_max_;
  SpdyReader reader_;  // of the reading thread, as those below
  SpdyWriter replies_;
  std::string chunk_;        // has been read
  std::string_view unread_;  // of chunk_
  uint32_t last_stream_ = 0;
  size_t unacknowledged_ = 0;  // of all streams
  std::optional<Event> next_;  // comes after the one that was given

  std::mutex mutex_;  // of all below
  std::condition_variable window_grew_;
  std::map<uint32_t, Stream> streams_;
  int64_t window_ = 0, initial_window_ = 0;
  bool has_windows_ = false;  // the client has announced some
  bool closed_ = false;
  std::string answers_;  // to pings and the like: go when nobody writes

  std::mutex write_mutex_;
};

}  // namespace sys

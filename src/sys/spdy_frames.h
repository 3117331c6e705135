// spdy_frames.h — SPDY/3.1's frames, as older clients of Kubernetes speak them in exec, attach and
// port-forward. The rules: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1.
//
// Pure: bytes in, frames out, and back. Headers are zlib streams that go on from frame to frame.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/http.h"

namespace sys {

struct SpdyFrame {
  // By their numbers on the wire; kData is none there.
  enum class Kind : uint8_t {
    kData = 0,
    kSynStream = 1,
    kSynReply = 2,
    kReset = 3,
    kSettings = 4,
    kPing = 6,
    kGoAway = 7,
    kHeaders = 8,
    kWindowUpdate = 9
  } kind = Kind::kData;
  uint32_t stream = 0;  // 0 in kSettings, kPing; in kGoAway the last stream that was taken
  bool is_end = false;  // the sender sends no more in this stream
  // The status of kReset and kGoAway, the id of kPing, what a kWindowUpdate adds, the initial
  // window of kSettings.
  std::optional<uint32_t> value;
  Headers headers;    // of kSynStream, kSynReply, kHeaders; names as sent, in small letters
  std::string bytes;  // of kData: a piece of the frame, as it came; is_end stands at the last
};

enum class SpdyStatus : uint32_t {
  kProtocolError = 1,
  kInvalidStream = 2,
  kRefusedStream = 3,
  kCancel = 5,
  kInternalError = 6
};

class SpdyReader {
 public:
  static constexpr size_t kControlBytesMax = 64 << 10;  // of a frame that is no data
  static constexpr size_t kHeaderBytesMax = 64 << 10;   // unpacked
  static constexpr size_t kHeadersMax = 100;

  SpdyReader();
  ~SpdyReader();
  // Takes what it reads from the front of `bytes`; nothing when it needs more. Frames of kinds it
  // does not know are left out. kInvalid: the sender breaks the rules; nothing can be read then.
  base::Result<std::optional<SpdyFrame>> next(std::string_view& bytes);

 private:
  struct Inflater;
  base::Result<std::optional<SpdyFrame>> control_frame();
  base::Result<Headers> headers(std::string_view packed);

  const std::unique_ptr<Inflater> inflater_;
  std::string pending_;  // the frame that has begun, data left out
  SpdyFrame data_;       // the data frame that has begun
  size_t data_left_ = 0;
};

class SpdyWriter {
 public:
  SpdyWriter();
  ~SpdyWriter();
  std::string syn_stream(uint32_t stream, const Headers& headers, bool is_end);
  std::string syn_reply(uint32_t stream, const Headers& headers);
  // At most 2^24 - 1 bytes.
  static std::string data(uint32_t stream, std::string_view bytes, bool is_end);
  static std::string reset(uint32_t stream, SpdyStatus status);
  static std::string ping(uint32_t id);
  static std::string go_away(uint32_t last_stream, uint32_t status);
  static std::string window_update(uint32_t stream, uint32_t more);
  static std::string initial_window(uint32_t bytes);  // SETTINGS

 private:
  struct Deflater;
  std::string pack(const Headers& headers);
  const std::unique_ptr<Deflater> deflater_;
};

}  // namespace sys

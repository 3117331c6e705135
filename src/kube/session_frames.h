// session_frames.h — a PodSession over one connection, as server and agent speak it after the
// upgrade to kSessionProtocol: frames of a byte for the kind, four for the length (most significant
// first), and so many bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kube/node_api.h"
#include "sys/byte_stream.h"
#include "sys/http_server.h"

namespace kube {

inline constexpr char kSessionProtocol[] = "argon-session";  // of exec and attach
inline constexpr char kPortProtocol[] = "argon-port";        // the port's bytes, as they are

struct SessionFrame {
  static constexpr size_t kBytesMax = 64 << 10;
  enum class Kind : uint8_t {
    kIn,
    kEndIn,
    kResize,  // "<columns> <rows>"
    kOut,
    kErr,
    kExit,   // the exit code, in digits
    kFault,  // a Status, as JSON: how it ended is not known
  } kind = Kind::kIn;
  std::string bytes;
};

std::string encode(SessionFrame::Kind kind, std::string_view bytes);

class SessionFrameReader {
 public:
  explicit SessionFrameReader(sys::ByteStream& stream) : stream_(stream) {}
  // Nothing at the end. kInvalid: no frame.
  base::Result<std::optional<SessionFrame>> read();

 private:
  base::Result<bool> fill(size_t count);

  sys::ByteStream& stream_;
  std::string pending_;
};

// The server's end.
std::unique_ptr<PodSession> make_wire_session(std::unique_ptr<sys::HttpClient> client,
                                              std::unique_ptr<sys::ByteStream> stream);
// The agent's end: upgrades, and carries both ways until the session ends or the server goes.
void serve_session(PodSession& session, sys::HttpWriter& writer);
// Both ways between two streams, each half ended by its own end.
void join_streams(sys::ByteStream& one, sys::ByteStream& other);

}  // namespace kube

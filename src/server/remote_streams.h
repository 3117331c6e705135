// remote_streams.h — the streams of kubectl exec and attach, over whichever protocol the client
// speaks: WebSocket channels (v5, v4 and the older channel.k8s.io, each plain or as base64), or
// SPDY/3.1 (v4, v3, v2). The rules: k8s.io/apimachinery/pkg/util/remotecommand.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/call.h"
#include "text/value.h"

namespace server {

class RemoteStreams {
 public:
  // By their numbers as WebSocket channels.
  enum class Name : uint8_t { kIn = 0, kOut = 1, kErr = 2, kError = 3, kResize = 4 };
  struct Piece {
    Name name = Name::kIn;
    std::string bytes;
    bool is_end = false;  // the client writes no more
  };

  virtual ~RemoteStreams() = default;
  // Nothing when the client has gone.
  virtual base::Result<std::optional<Piece>> read() = 0;
  // Waits while the client takes nothing.
  virtual base::Status write(Name name, std::string_view bytes) = 0;
  // The last: tells how it ended, a Kubernetes Status, and ends the streams.
  virtual void finish(const text::Value& status) = 0;
  // To be asked now and then by who does not read: a client that has gone while it still had much
  // to send shows it only when it is sent something.
  virtual bool is_gone() = 0;
  virtual void cancel() = 0;  // from any thread
};

struct StreamsWanted {
  bool in = false, out = false, err = false, tty = false;
};

// Upgrades the connection, and waits for the streams that the client wants. Nothing when that
// fails: the call has been answered then.
std::unique_ptr<RemoteStreams> accept_streams(Call& call, const StreamsWanted& wanted);

// Does the client ask for SPDY/3.1?
bool is_spdy_asked_for(const sys::HttpRequest& request);
// The first protocol of the client's (header X-Stream-Protocol-Version) that is among ours;
// nothing after an answer of 403 that names ours.
std::optional<std::string> choose_spdy_protocol(Call& call,
                                                std::initializer_list<std::string_view> ours);
// What a client that asks for neither is told.
void refuse_without_upgrade(Call& call);

}  // namespace server

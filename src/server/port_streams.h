// port_streams.h — the connections of one kubectl port-forward, over whichever protocol the client
// speaks: SPDY/3.1, by an upgrade or in a WebSocket (SPDY/3.1+portforward.k8s.io), a pair of
// streams for each connection; or WebSocket channels, a pair for each port of the query.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/call.h"

namespace server {

class PortStreams {
 public:
  struct Event {
    enum class Kind : uint8_t {
      kOpened,   // a connection to `port`
      kData,     // from the client
      kEnded,    // the client writes no more
      kAborted,  // the client wants no more of it
    } kind = Kind::kData;
    uint32_t id = 0;
    uint16_t port = 0;
    std::string bytes;
  };

  virtual ~PortStreams() = default;
  // Nothing when the client has gone.
  virtual base::Result<std::optional<Event>> read() = 0;
  // Those below may be called from any threads, of one connection from one.
  virtual base::Status write(uint32_t id, std::string_view bytes) = 0;
  // The last of a connection: `why` is told when it is not empty.
  virtual void end(uint32_t id, std::string_view why) = 0;
  virtual bool is_gone() = 0;  // as RemoteStreams::is_gone()
  virtual void cancel() = 0;
};

// Upgrades the connection. Nothing when that fails: the call has been answered then.
std::unique_ptr<PortStreams> accept_ports(Call& call);

}  // namespace server

// tls_transport.h — TLS on the server's side of a connection: 1.2 and newer, ALPN h2 and http/1.1.
#pragma once
#include <memory>
#include <string>

#include "base/error.h"
#include "sys/http.h"
#include "sys/transport.h"

namespace sys {

class TlsTransport : public Transport {
 public:
  enum class Step : uint8_t { kDone, kWantsRead, kWantsWrite, kBroken };
  virtual Step handshake() = 0;
  virtual bool speaks_http2() const = 0;  // as chosen in the handshake
};

// The certificate and its key, ready for use. Any thread.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  virtual std::unique_ptr<TlsTransport> accept(int fd) const = 0;
};
// kInvalid when certificate and key do not read, or do not belong together.
base::Result<std::shared_ptr<const TlsContext>> make_tls_context(const TlsIdentity& identity);

}  // namespace sys

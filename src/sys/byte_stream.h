// byte_stream.h — a connected socket, plain or TLS, that another thread may cancel.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/http.h"

namespace sys {

// "unix:/path", "http://host:port/prefix", "https://…", taken apart.
struct Address {
  bool is_unix = false, is_tls = false;
  std::string path;        // of the Unix socket
  std::string host, port;  // of TCP
  std::string prefix;      // "" or "/base"
};
base::Result<Address> parse_address(std::string_view url);

// A proxy's address, and the value of its header Proxy-Authorization ("" when it needs none).
struct Proxy {
  Address address;
  std::string authorization;
};
// kUnsupported for others than "http://…".
base::Result<Proxy> parse_proxy(std::string_view url);

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual base::Status write(std::string_view bytes) = 0;
  // 0 at the end.
  virtual base::Result<size_t> read(char* into, size_t count) = 0;
  // Has the other side closed (or sent what nobody asked for) while we were idle?
  virtual bool is_stale() const = 0;
  // Of HttpWriter::upgrade() and adopt_socket(): ends reads and writes that wait, for good; from
  // any thread.
  virtual void cancel() {}
  // Has the other side gone, though there may be bytes of it that nobody has read? Any thread.
  virtual bool has_hung_up() const { return false; }
  // Says that nothing more will be written; reading goes on. Does nothing over TLS.
  virtual void end_writing() {}
};
// To `address`, with the endpoint's settings for TLS and its proxy: through that for TLS, else to
// the proxy itself, which wants whole addresses in requests. `cancel_fd` becomes readable when
// waiting is to end (kUnavailable "cancelled").
base::Result<std::unique_ptr<ByteStream>> open_stream(const Address& address,
                                                      const Endpoint& endpoint, int cancel_fd);
// A connected socket, which it closes; one thread may read while another writes.
std::unique_ptr<ByteStream> adopt_socket(int fd);

}  // namespace sys

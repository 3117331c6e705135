// http.h — HTTP/1.1 as values: what a client sends and a server answers. Bodies in http_client.h
// and http_server.h.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sys {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path with query, percent-encoded
  Headers headers;
  std::string body;
  std::string header(std::string_view name) const;  // any case; "" when absent
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
  std::string header(std::string_view name) const;
};

// Where a server is: a Unix socket ("unix:/run/…/argo.sock") or "http://host:port", "https://…".
struct Endpoint {
  std::string url, bearer_token;
  bool insecure_skip_verify = false;
  std::string user_agent = "argo";  // "argo-agent" tells the node agent from people
  // TLS. Certificates that are trusted, instead of the system's; who we are, when the server asks;
  // the name to check, when it is not the address's.
  std::string ca_pem = {}, client_certificate_pem = {}, client_key_pem = {}, tls_server_name = {};
  // Sent with every request that has none of that name; an "Authorization" wins over the token.
  Headers headers = {};
  // "http://user:password@host:port"; empty: none. Not for Unix sockets.
  std::string proxy_url = {};
  // For one answer, of a stream for its head; 0: as long as it takes.
  int64_t timeout_ms = 0;
};

struct TlsIdentity {
  std::string certificate_pem;  // the server's first, then those above it
  std::string key_pem;
};

class ByteStream;

// What HttpClient::upgrade() gives: the connection after a 101, or what was answered instead.
struct Upgraded {
  HttpResponse response;
  std::unique_ptr<ByteStream> stream;  // null unless the status is 101
  Upgraded();
  Upgraded(Upgraded&&) noexcept;
  ~Upgraded();
};

// A blocking client; one connection, kept alive. Not for several threads.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // kUnavailable when the server cannot be reached or closes early; a status of 4xx or 5xx is a
  // response and no error.
  virtual base::Result<HttpResponse> send(const HttpRequest& request) = 0;
  // For answers without end (watch, logs): `on_bytes` gets the body as it comes and gives false to
  // stop. Gives status and headers with an empty body; an error status's body is in `body`.
  virtual base::Result<HttpResponse> stream(
      const HttpRequest& request, const std::function<bool(std::string_view)>& on_bytes) = 0;
  virtual void cancel() = 0;  // from any thread: ends a send() or stream() that waits
  // The request's headers say to what. The client must outlive the stream, does nothing else from
  // then on, and its cancel() ends reads and writes of the stream.
  virtual base::Result<Upgraded> upgrade(const HttpRequest& request);
};
std::unique_ptr<HttpClient> make_http_client(const Endpoint& endpoint);

std::string percent_encode(std::string_view text);
base::Result<std::string> percent_decode(std::string_view text);

}  // namespace sys

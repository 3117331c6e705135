// call.h — one request on its way through the server: taken apart, and answered once.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sys/http_server.h"
#include "text/value.h"

namespace server {

// How errors are told: Argo's grpc-gateway body {code, message}, or a Kubernetes Status.
enum class Manners : uint8_t { kArgo, kKubernetes };

struct Identity;

class Call {
 public:
  // `request` and `out` must outlive it.
  Call(const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out);

  const sys::HttpRequest& request;
  const sys::HttpPeer& peer;
  sys::HttpWriter& out;
  Manners manners = Manners::kArgo;
  std::vector<std::string> path;       // decoded segments: {"api", "v1", "workflows", "argo", "x"}
  std::vector<std::string> args;       // what the route's {placeholders} stand for, in order
  bool is_malformed = false;           // bad percent-encoding
  const Identity* identity = nullptr;  // who asks, once that is known (server/identity.h)
  // Told in the header of the answer, as Kubernetes' clients show them: Warning: 299 - "…".
  std::vector<std::string> warnings;

  // "" when absent; the last one counts.
  std::string_view query(std::string_view name) const;
  // All of them, in order.
  std::vector<std::string> queries(std::string_view name) const;
  // `name` alone, "true" ("True" is Python's) or "1".
  bool query_flag(std::string_view name) const;
  std::optional<int64_t> query_number(std::string_view name) const;
  // The body as JSON; an empty body is an empty map. YAML is accepted too.
  base::Result<text::Value> body() const;

  void reply(const text::Value& value, int status = 200) const;
  void reply_json(std::string json, int status = 200) const;
  void fail(const base::Error& error) const;

 private:
  std::vector<std::pair<std::string, std::string>> query_;
};

// The body of an error as grpc-gateway writes it, and its HTTP status.
std::string argo_error_body(const base::Error& error);
int argo_http_status(const base::Error& error);

// An answer without end: lines {"result": …}, or `data:` events when the client asked for them.
class LineStream {
 public:
  LineStream(const Call& call, bool wraps_result);
  static bool wants_events(const Call& call);
  static sys::Headers headers(bool is_sse);
  bool send(std::string_view json);  // false: the client is gone
  bool send_error(const base::Error& error);

 private:
  const Call& call_;
  bool is_sse_, wraps_result_;
  std::string buffer_;
};

}  // namespace server

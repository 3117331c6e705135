// api.h — the server's REST API as calls: JSON in, JSON out, errors as values.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sys/http.h"
#include "text/value.h"

namespace cli {

// "?a=b&c=d", percent-encoded; empty values are left out.
class Query {
 public:
  Query& add(std::string_view key, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// "/api/v1/workflows/argo/my-wf" of its parts, each percent-encoded.
std::string api_path(std::initializer_list<std::string_view> parts);

// What an answer with an error's status says: grpc-gateway's and Kubernetes' bodies alike.
base::Error error_of(const sys::HttpResponse& response);

class Api {
 public:
  using Connect = std::function<base::Result<std::unique_ptr<sys::HttpClient>>()>;
  // Connects with the first call, and once more after the server has gone.
  explicit Api(Connect connect) : connect_(std::move(connect)) {}

  base::Result<text::Value> get(const std::string& target);
  base::Result<text::Value> remove(const std::string& target);
  base::Result<text::Value> post(const std::string& target, const text::Value& body);
  base::Result<text::Value> put(const std::string& target, const text::Value& body);

  // A body as it is, of whatever type.
  base::Result<std::string> download(const std::string& target);

  // An answer of many: each {"result": …} line, or "data:" line of an event stream, is given to
  // `on_result` until that gives false. A line {"error": …} ends it with that error. Lines that are
  // neither are given whole.
  base::Status stream(const std::string& method, const std::string& target, const text::Value* body,
                      const std::function<bool(const text::Value& result)>& on_result);

 private:
  base::Result<text::Value> call(sys::HttpRequest request);
  base::Result<sys::HttpClient*> client();

  Connect connect_;
  std::unique_ptr<sys::HttpClient> client_;
};

}  // namespace cli

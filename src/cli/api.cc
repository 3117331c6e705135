#include "cli/api.h"

#include <fmt/format.h>

#include "cli/line_cutter.h"
#include "text/json.h"

namespace cli {
namespace {

base::Code code_of_status(int status) {
  switch (status) {
    case 400:
    case 422:
      return base::Code::kInvalid;
    case 401:
      return base::Code::kUnauthorized;
    case 403:
      return base::Code::kForbidden;
    case 404:
      return base::Code::kNotFound;
    case 409:
      return base::Code::kConflict;
    case 410:
      return base::Code::kGone;
    case 413:
      return base::Code::kTooLarge;
    case 501:
      return base::Code::kUnsupported;
    case 429:
    case 502:
    case 503:
    case 504:
      return base::Code::kUnavailable;
    default:
      return base::Code::kInternal;
  }
}

// grpc-gateway's {code, message} and Kubernetes' Status {reason, message} alike.
base::Error error_of(const text::Value& body, int status) {
  base::Error error{code_of_status(status), std::string(body.string_at("message")), {}, {}};
  // Kubernetes says it in words, Argo as a code of gRPC.
  constexpr int64_t kGrpcAlreadyExists = 6;
  const text::Value* code = body.find("code");
  if (body.string_at("reason") == "AlreadyExists" || (code && code->to_int() == kGrpcAlreadyExists))
    error.code = base::Code::kAlreadyExists;
  if (error.text.empty()) error.text = std::string(body.string_at("error"));
  if (error.text.empty()) error.text = fmt::format("the server answered with status {}", status);
  error.hint = std::string(body.string_at("hint"));
  return error;
}

// Reads each line of a body as it comes.
class LineReader {
 public:
  explicit LineReader(const std::function<bool(const text::Value&)>& on_result)
      : on_result_(on_result), cutter_([this](std::string_view text) { return line(text); }) {}

  // False when nobody wants more.
  bool feed(std::string_view bytes) { return cutter_.feed(bytes); }
  void finish() { cutter_.finish(); }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  bool line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.starts_with("data:")) text.remove_prefix(5);
    if (text.empty() || text.starts_with(':') || text.starts_with("event:") ||
        text.starts_with("id:") || text.starts_with("retry:"))
      return true;
    const auto value = text::parse_json(text);
    if (!value) {
      error_ = base::Error{base::Code::kCorrupt,
                           "the server sent a line that is no JSON: " + value.error().text,
                           {},
                           {}};
      return false;
    }
    if (const text::Value* error = value->find("error")) {
      if (error->is_map()) {
        const auto status = error->find("http_code");
        error_ = error_of(*error, status ? static_cast<int>(status->to_int().value_or(500)) : 500);
      } else {
        error_ = base::Error{base::Code::kInternal, error->to_any_string(), {}, {}};
      }
      return false;
    }
    const text::Value* result = value->find("result");
    return on_result_(result ? *result : *value);
  }

  const std::function<bool(const text::Value&)>& on_result_;
  LineCutter cutter_;
  std::optional<base::Error> error_;
};

}  // namespace

base::Error error_of(const sys::HttpResponse& response) {
  if (const auto body = text::parse_json(response.body); body && body->is_map())
    return error_of(*body, response.status);
  base::Error error{code_of_status(response.status), {}, {}, {}};
  const std::string line = response.body.substr(0, std::min<size_t>(response.body.find('\n'), 300));
  error.text = fmt::format("the server answered with status {}{}{}", response.status,
                           line.empty() ? "" : ": ", line);
  return error;
}

Query& Query::add(std::string_view key, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += fmt::format("{}={}", key, sys::percent_encode(value));
  return *this;
}

std::string api_path(std::initializer_list<std::string_view> parts) {
  std::string out = "/api/v1";
  for (const std::string_view part : parts) out += "/" + sys::percent_encode(part);
  return out;
}

base::Result<sys::HttpClient*> Api::client() {
  if (!client_) {
    auto made = connect_();
    if (!made) return base::fail(made.error());
    client_ = *std::move(made);
  }
  return client_.get();
}

base::Result<text::Value> Api::call(sys::HttpRequest request) {
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Accept", "application/json");
  auto made = client();
  if (!made) return base::fail(made.error());
  auto response = (*made)->send(request);
  if (!response) {
    client_.reset();
    return base::fail(response.error());
  }
  if (response->status >= 300) return base::fail(error_of(*response));
  if (response->body.empty()) return text::Value(text::Map());
  auto body = text::parse_json(response->body);
  if (!body)
    return base::fail(base::Code::kCorrupt, "the server's answer is no JSON: " + body.error().text);
  return body;
}

base::Result<text::Value> Api::get(const std::string& target) {
  return call({.method = "GET", .target = target, .headers = {}, .body = {}});
}
base::Result<text::Value> Api::remove(const std::string& target) {
  return call({.method = "DELETE", .target = target, .headers = {}, .body = {}});
}
base::Result<text::Value> Api::post(const std::string& target, const text::Value& body) {
  return call({.method = "POST", .target = target, .headers = {}, .body = text::to_json(body)});
}
base::Result<text::Value> Api::put(const std::string& target, const text::Value& body) {
  return call({.method = "PUT", .target = target, .headers = {}, .body = text::to_json(body)});
}

base::Result<std::string> Api::download(const std::string& target) {
  auto made = client();
  if (!made) return base::fail(made.error());
  auto response = (*made)->send(
      {.method = "GET", .target = target, .headers = {{"Accept", "*/*"}}, .body = {}});
  if (!response) {
    client_.reset();
    return base::fail(response.error());
  }
  if (response->status >= 300) return base::fail(error_of(*response));
  return std::move(response->body);
}

base::Status Api::stream(const std::string& method, const std::string& target,
                         const text::Value* body,
                         const std::function<bool(const text::Value& result)>& on_result) {
  sys::HttpRequest request{.method = method, .target = target, .headers = {}, .body = {}};
  request.headers.emplace_back("Accept", "application/json");
  if (body) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = text::to_json(*body);
  }
  auto made = client();
  if (!made) return base::fail(made.error());
  LineReader reader(on_result);
  const auto response =
      (*made)->stream(request, [&](std::string_view bytes) { return reader.feed(bytes); });
  // What was not read to its end cannot carry another request.
  client_.reset();
  if (!response) return base::fail(response.error());
  if (response->status >= 300) return base::fail(error_of(*response));
  reader.finish();
  if (reader.error()) return base::fail(*reader.error());
  return {};
}

}  // namespace cli

#include "server/call.h"

#include <charconv>

#include "kube/http_api.h"
#include "text/json.h"
#include "text/yaml.h"

namespace server {
namespace {

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string plain(text);
  if (plus_is_space)
    for (char& c : plain)
      if (c == '+') c = ' ';
  auto decoded = sys::percent_decode(plain);
  if (!decoded) return {};
  return std::move(*decoded);
}

struct GrpcRow {
  base::Code code;
  int grpc, http;
};
// As grpc-gateway maps status codes to HTTP.
constexpr GrpcRow kGrpc[] = {
    {base::Code::kInvalid, 3, 400},       {base::Code::kUnauthorized, 16, 401},
    {base::Code::kForbidden, 7, 403},     {base::Code::kNotFound, 5, 404},
    {base::Code::kAlreadyExists, 6, 409}, {base::Code::kConflict, 10, 409},
    {base::Code::kGone, 11, 410},         {base::Code::kTooLarge, 8, 413},
    {base::Code::kUnsupported, 12, 501},  {base::Code::kUnavailable, 14, 503},
    {base::Code::kCorrupt, 15, 500},      {base::Code::kInternal, 13, 500},
};

// Of one answer, as Kubernetes' API server keeps it: clients refuse headers that are too long.
constexpr size_t kWarningBytesMax = 4096;

// RFC 7234: code, agent, and the text as a quoted string, which holds no control characters.
std::string quoted_warning(std::string_view text) {
  std::string out = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
  }
  return out + "\"";
}

const GrpcRow& grpc_row(base::Code code) {
  for (const GrpcRow& row : kGrpc)
    if (row.code == code) return row;
  return kGrpc[std::size(kGrpc) - 1];
}

}  // namespace

Call::Call(const sys::HttpRequest& r, const sys::HttpPeer& p, sys::HttpWriter& o)
    : request(r), peer(p), out(o) {
  std::string_view target = request.target;
  std::string_view query_text;
  if (const size_t mark = target.find('?'); mark != std::string_view::npos) {
    query_text = target.substr(mark + 1);
    target = target.substr(0, mark);
  }
  while (!target.empty()) {
    const size_t slash = target.find('/');
    const std::string_view segment = target.substr(0, slash);
    if (!segment.empty()) {
      auto decoded = decode(segment, false);
      if (!decoded) is_malformed = true;
      path.push_back(decoded.value_or(""));
    }
    if (slash == std::string_view::npos) break;
    target.remove_prefix(slash + 1);
  }
  while (!query_text.empty()) {
    const size_t end = query_text.find('&');
    const std::string_view pair = query_text.substr(0, end);
    const size_t equals = pair.find('=');
    auto key = decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : decode(pair.substr(equals + 1), true);
    if (!key || !value)
      is_malformed = true;
    else
      query_.emplace_back(std::move(*key), std::move(*value));
    if (end == std::string_view::npos) break;
    query_text.remove_prefix(end + 1);
  }
}

std::string_view Call::query(std::string_view name) const {
  std::string_view found;
  for (const auto& [key, value] : query_)
    if (key == name) found = value;
  return found;
}

std::vector<std::string> Call::queries(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& [key, value] : query_)
    if (key == name) all.push_back(value);
  return all;
}

bool Call::query_flag(std::string_view name) const {
  for (const auto& [key, value] : query_)
    if (key == name && (value.empty() || value == "true" || value == "True" || value == "1"))
      return true;
  return false;
}

std::optional<int64_t> Call::query_number(std::string_view name) const {
  const std::string_view text = query(name);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

base::Result<text::Value> Call::body() const {
  if (request.body.empty()) return text::Value(text::Map());
  if (request.header("Content-Type").find("yaml") != std::string::npos) {
    auto documents = text::parse_yaml(request.body, {});
    if (!documents) return base::fail(documents.error());
    if (documents->size() != 1)
      return base::fail(base::Code::kInvalid, "the body must be one YAML document");
    return std::move(documents->front());
  }
  auto value = text::parse_json(request.body);
  if (!value)
    return base::fail(base::Code::kInvalid, "the body is no JSON: " + value.error().to_string());
  return value;
}

void Call::reply(const text::Value& value, int status) const {
  reply_json(text::to_json(value), status);
}

void Call::reply_json(std::string json, int status) const {
  sys::HttpResponse response{status, {{"Content-Type", "application/json"}}, std::move(json)};
  size_t room = kWarningBytesMax;
  for (const std::string& warning : warnings) {
    if (warning.size() > room) break;
    room -= warning.size();
    response.headers.emplace_back("Warning", quoted_warning(warning));
  }
  out.send(std::move(response));
}

void Call::fail(const base::Error& error) const {
  sys::HttpResponse response;
  response.headers.emplace_back("Content-Type", "application/json");
  if (manners == Manners::kArgo) {
    response.status = argo_http_status(error);
    response.body = argo_error_body(error);
  } else {
    response.status = base::http_status(error.code);
    response.body = text::to_json(kube::to_status_object(error));
  }
  if (error.code == base::Code::kUnauthorized)
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  out.send(std::move(response));
}

std::string argo_error_body(const base::Error& error) {
  std::string body = "{\"code\":" + std::to_string(grpc_row(error.code).grpc) + ",\"message\":";
  std::string text = error.to_string();
  if (!error.hint.empty()) text += " (" + error.hint + ")";
  text::append_json_string(body, text);
  return body + ",\"details\":[]}";
}

int argo_http_status(const base::Error& error) { return grpc_row(error.code).http; }

bool LineStream::wants_events(const Call& call) {
  return call.request.header("Accept").find("text/event-stream") != std::string::npos;
}

sys::Headers LineStream::headers(bool is_sse) {
  return {{"Content-Type", is_sse ? "text/event-stream" : "application/json"},
          {"Cache-Control", "no-cache"}};
}

LineStream::LineStream(const Call& call, bool wraps_result)
    : call_(call), is_sse_(wants_events(call)), wraps_result_(wraps_result) {
  call.out.begin(200, headers(is_sse_));
}

bool LineStream::send(std::string_view json) {
  buffer_.clear();
  if (is_sse_) buffer_ += "data: ";
  if (wraps_result_) buffer_ += "{\"result\":";
  buffer_ += json;
  if (wraps_result_) buffer_ += '}';
  buffer_ += is_sse_ ? "\n\n" : "\n";
  return call_.out.write(buffer_);
}

bool LineStream::send_error(const base::Error& error) {
  buffer_ = is_sse_ ? "data: " : "";
  buffer_ += "{\"error\":" + argo_error_body(error) + "}";
  buffer_ += is_sse_ ? "\n\n" : "\n";
  return call_.out.write(buffer_);
}

}  // namespace server

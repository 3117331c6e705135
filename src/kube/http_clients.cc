#include "kube/http_clients.h"

#include <utility>

#include "text/json.h"

namespace kube {
namespace {

constexpr size_t kIdleMax = 16;

}  // namespace

std::unique_ptr<sys::HttpClient> HttpClients::take() {
  {
    const std::lock_guard hold(mutex_);
    if (!idle_.empty()) {
      auto client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  return make_();
}

void HttpClients::give_back(std::unique_ptr<sys::HttpClient> client) {
  const std::lock_guard hold(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(client));
}

base::Result<sys::HttpResponse> HttpClients::send(const sys::HttpRequest& request) {
  auto client = take();
  auto response = client->send(request);
  if (!response) return response;
  give_back(std::move(client));
  if (response->status >= 400) return base::fail(error_from_response(*response));
  return response;
}

base::Result<text::Value> HttpClients::send_json(const sys::HttpRequest& request) {
  const auto response = send(request);
  if (!response) return base::fail(response.error());
  auto body = text::parse_json(response->body);
  if (!body)
    return base::fail(base::Code::kUnavailable,
                      request.method + " " + request.target + ": the answer is no JSON");
  return body;
}

base::Result<sys::HttpResponse> HttpClients::stream(
    const sys::HttpRequest& request, const std::function<bool(std::string_view)>& on_bytes) {
  auto client = take();
  auto response = client->stream(request, on_bytes);
  if (!response) return response;
  give_back(std::move(client));
  if (response->status >= 400) return base::fail(error_from_response(*response));
  return response;
}

Target& Target::with(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += has_query_ ? '&' : '?';
  has_query_ = true;
  text_.append(name).append("=").append(sys::percent_encode(value));
  return *this;
}

sys::HttpRequest request_of(std::string method, const Target& target) {
  sys::HttpRequest request;
  request.method = std::move(method);
  request.target = target.text();
  request.headers = {{"Accept", "application/json"}};
  return request;
}

sys::HttpRequest request_of(std::string method, const Target& target, const text::Value& body,
                            std::string content_type) {
  sys::HttpRequest request = request_of(std::move(method), target);
  request.headers.emplace_back("Content-Type", std::move(content_type));
  request.body = text::to_json(body);
  return request;
}

}  // namespace kube

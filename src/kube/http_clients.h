// http_clients.h — connections kept for the next caller, and requests with their queries.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kube/http_api.h"
#include "sys/http.h"
#include "text/value.h"

namespace kube {

class HttpClients {
 public:
  explicit HttpClients(HttpClientFactory make) : make_(std::move(make)) {}

  // Sends on a connection of its own; a status of 4xx or 5xx becomes an Error.
  base::Result<sys::HttpResponse> send(const sys::HttpRequest& request);
  // The same, and the body read as JSON.
  base::Result<text::Value> send_json(const sys::HttpRequest& request);
  // Streams the body; see sys::HttpClient::stream.
  base::Result<sys::HttpResponse> stream(const sys::HttpRequest& request,
                                         const std::function<bool(std::string_view)>& on_bytes);
  std::unique_ptr<sys::HttpClient> make() const { return make_(); }

 private:
  std::unique_ptr<sys::HttpClient> take();
  void give_back(std::unique_ptr<sys::HttpClient> client);

  const HttpClientFactory make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<sys::HttpClient>> idle_;
};

// "/path?a=1&b=x%20y"; parameters without a value are left out.
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}
  Target& with(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool has_query_ = false;
};

sys::HttpRequest request_of(std::string method, const Target& target);
sys::HttpRequest request_of(std::string method, const Target& target, const text::Value& body,
                            std::string content_type = "application/json");

}  // namespace kube

#include "server/front.h"

#include <algorithm>

#include "sys/byte_stream.h"

namespace server {
namespace {

// Adds headers to whatever is answered.
class FrontWriter final : public sys::HttpWriter {
 public:
  FrontWriter(sys::HttpWriter& inner, const FrontOptions& options, bool is_tls, bool is_allowed)
      : inner_(inner), options_(options), is_tls_(is_tls), is_allowed_(is_allowed) {}

  void send(sys::HttpResponse response) override {
    response.headers = with_ours(std::move(response.headers));
    inner_.send(std::move(response));
  }
  void begin(int status, sys::Headers headers) override {
    inner_.begin(status, with_ours(std::move(headers)));
  }
  bool write(std::string_view bytes) override { return inner_.write(bytes); }
  void end(sys::Headers trailers) override { inner_.end(std::move(trailers)); }
  std::shared_ptr<sys::HttpStream> detach(int status, sys::Headers headers) override {
    return inner_.detach(status, with_ours(std::move(headers)));
  }
  base::Result<std::unique_ptr<sys::ByteStream>> upgrade(sys::Headers headers) override {
    return inner_.upgrade(std::move(headers));
  }
  bool is_gone() const override { return inner_.is_gone(); }
  void on_gone(std::function<void()> callback) override { inner_.on_gone(std::move(callback)); }

 private:
  sys::Headers with_ours(sys::Headers headers) const {
    const auto has = [&](std::string_view name) {
      return std::ranges::any_of(headers, [&](const auto& one) { return one.first == name; });
    };
    for (auto& [name, value] : headers)
      if (name == "Location" && value.starts_with('/') && !value.starts_with("//"))
        value = options_.base_href + value;
    if (!options_.frame_options.empty() && !has("X-Frame-Options"))
      headers.emplace_back("X-Frame-Options", options_.frame_options);
    if (options_.hsts && is_tls_)
      headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    if (!options_.allowed_origin.empty()) headers.emplace_back("Vary", "Origin");
    if (is_allowed_) {
      headers.emplace_back("Access-Control-Allow-Origin", options_.allowed_origin);
      headers.emplace_back("Access-Control-Allow-Credentials", "true");
    }
    return headers;
  }

  sys::HttpWriter& inner_;
  const FrontOptions& options_;
  const bool is_tls_, is_allowed_;
};

// A browser asks beforehand whether a page may send what it wants to send.
bool is_preflight(const sys::HttpRequest& request) {
  return request.method == "OPTIONS" && !request.header("Access-Control-Request-Method").empty();
}

}  // namespace

std::string clean_base_href(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text.empty() ? std::string() : "/" + std::string(text);
}

std::string_view below_base(std::string_view target, std::string_view base_href) {
  // The base itself, with no slash behind it, is the root.
  if (!base_href.empty() && target.substr(0, target.find('?')) == base_href) return "/";
  if (base_href.empty() || !target.starts_with(base_href)) return target;
  const std::string_view rest = target.substr(base_href.size());
  return rest.starts_with('/') ? rest : target;
}

sys::HttpHandler in_front_of(sys::HttpHandler next, FrontOptions options) {
  return [next = std::move(next), options = std::move(options)](
             const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out) {
    if (peer.is_unix) return next(request, peer, out);
    const bool is_allowed =
        !options.allowed_origin.empty() && request.header("Origin") == options.allowed_origin;
    FrontWriter front(out, options, peer.is_tls, is_allowed);
    if (is_allowed && is_preflight(request))
      return front.send({204,
                         {{"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"},
                          {"Access-Control-Allow-Headers", "Authorization, Content-Type"}},
                         ""});
    const std::string_view target = below_base(request.target, options.base_href);
    if (target.size() == request.target.size()) return next(request, peer, front);
    sys::HttpRequest inner = request;
    inner.target = target;
    if (const size_t query = request.target.find('?'); target == "/" && query != std::string::npos)
      inner.target += request.target.substr(query);
    next(inner, peer, front);
  };
}

}  // namespace server

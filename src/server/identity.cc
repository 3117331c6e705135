#include "server/identity.h"

#include <algorithm>

#include "server/same_secret.h"
#include "server/webhook_signature.h"

namespace server {
namespace {

bool is_our_host(std::string_view host, const Access& access) {
  return std::find(access.hosts.begin(), access.hosts.end(), host) != access.hosts.end();
}

std::string_view after(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

// From the header, or the cookie "authorization" as Argo's UI keeps it.
std::string token_of(const Call& call) {
  const std::string header = call.request.header("Authorization");
  if (const auto token = after(header, "Bearer "); !token.empty()) return std::string(token);
  std::string cookies = call.request.header("Cookie");
  std::string_view rest = cookies;
  while (!rest.empty()) {
    const size_t end = rest.find(';');
    std::string_view cookie = rest.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (const auto value = after(cookie, "authorization="); !value.empty()) {
      auto decoded = sys::percent_decode(value);
      const std::string plain = decoded ? *decoded : std::string(value);
      const auto bearer = after(plain, "Bearer ");
      return std::string(bearer.empty() ? std::string_view(plain) : bearer);
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

Identity user(const Access& access, bool is_local) {
  Identity out{access.user, is_local};
  out.groups = {"system:masters", "system:authenticated"};
  return out;
}

}  // namespace

base::Result<Identity> identity_of_token(std::string_view token, const Access& access,
                                         const ServiceTokens& tokens,
                                         std::span<const std::string> audiences) {
  if (!token.empty() && !access.token.empty() && is_same_secret(token, access.token))
    return user(access, false);
  if (!ServiceTokens::is_one(token))
    return base::fail(
        base::Code::kUnauthorized,
        "the bearer token is missing or wrong: it stands in the file \"token\" of the data folder");
  auto account = tokens.verify(token, audiences);
  if (!account) return base::fail(account.error());
  Identity out{account->user()};
  out.uid = account->uid;
  out.groups = account->groups();
  out.service_account = std::move(account->name);
  out.service_account_namespace = std::move(account->namespace_);
  return out;
}

base::Result<Identity> identify(const Call& call, const Access& access, kube::StoreApi& api,
                                const ServiceTokens& tokens,
                                const std::function<void(std::string_view)>& log) {
  if (call.peer.is_unix) return user(access, true);
  if (!is_our_host(call.request.header("Host"), access))
    return base::fail(base::Code::kForbidden, "the request's Host is not this server's: \"" +
                                                  call.request.header("Host") + "\"");
  if (const std::string origin = call.request.header("Origin");
      !origin.empty() && origin != access.allowed_origin) {
    const std::string_view host = after(origin, "http://");
    if (!is_our_host(host.empty() ? after(origin, "https://") : host, access))
      return base::fail(base::Code::kForbidden,
                        "requests of pages from \"" + origin + "\" are refused");
  }
  if (const auto namespace_ = webhook_namespace(call.request)) {
    const auto account = signed_by(api, *namespace_, call.request);
    if (!account) {
      log("webhook of namespace " + *namespace_ + ": " + account.error().text);
      return base::fail(base::Code::kForbidden, "failed to process webhook request");
    }
    if (*account) {
      Identity out{"system:serviceaccount:" + *namespace_ + ":" + **account};
      out.service_account = **account;
      out.service_account_namespace = *namespace_;
      return out;
    }
  }
  static const std::string own_audience(kTokenIssuer);
  return identity_of_token(token_of(call), access, tokens, {&own_audience, 1});
}

base::Status authorize(const Identity&, const Attributes&) { return {}; }

}  // namespace server

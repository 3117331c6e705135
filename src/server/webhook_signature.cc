#include "server/webhook_signature.h"

#include "kube/kinds.h"
#include "server/hmac.h"
#include "server/same_secret.h"
#include "text/base64.h"
#include "text/yaml.h"

namespace server {
namespace {

constexpr std::string_view kPath = "/api/v1/events/";

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  std::string out;
  for (const char byte : hmac_sha256(key, text))
    for (const int shift : {4, 0})
      out += "0123456789abcdef"[static_cast<unsigned char>(byte) >> shift & 15];
  return out;
}

// A header of the form sha256=<hex>.
bool has_hmac(const sys::HttpRequest& request, std::string_view header, std::string_view secret) {
  constexpr std::string_view kPrefix = "sha256=";
  const std::string signature = request.header(header);
  return signature.starts_with(kPrefix) &&
         is_same_secret(std::string_view(signature).substr(kPrefix.size()),
                        hmac_sha256_hex(secret, request.body));
}

base::Error forbidden(std::string text) { return {base::Code::kForbidden, std::move(text)}; }

}  // namespace

bool is_signed(std::string_view type, std::string_view secret, const sys::HttpRequest& request) {
  // Argo takes whatever comes where a client has no secret; here nobody can be such a client.
  if (secret.empty() || request.body.empty()) return false;
  const auto has = [&](std::string_view header) { return !request.header(header).empty(); };
  if (type == "github")
    return has("X-GitHub-Event") && has_hmac(request, "X-Hub-Signature-256", secret);
  if (type == "gitlab")
    return has("X-Gitlab-Event") && is_same_secret(request.header("X-Gitlab-Token"), secret);
  if (type == "bitbucket")
    return has("X-Event-Key") && is_same_secret(request.header("X-Hook-UUID"), secret);
  if (type == "bitbucketserver")
    return has("X-Event-Key") && has_hmac(request, "X-Hub-Signature", secret);
  return false;
}

std::optional<std::string> webhook_namespace(const sys::HttpRequest& request) {
  if (request.method != "POST" || !request.header("Authorization").empty()) return {};
  std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (!path.starts_with(kPath)) return {};
  path.remove_prefix(kPath.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0) return {};
  auto decoded = sys::percent_decode(path.substr(0, slash));
  if (!decoded) return {};
  return *std::move(decoded);
}

base::Result<std::optional<std::string>> signed_by(kube::StoreApi& api,
                                                   const std::string& namespace_,
                                                   const sys::HttpRequest& request) {
  if (request.body.size() > kWebhookBytesMax)
    return base::fail(forbidden("the webhook's body is larger than 2 MiB"));
  const auto clients =
      api.get({&kube::kind_of("secrets"), namespace_, std::string(kWebhookClients)});
  if (!clients) return base::fail(forbidden("webhook clients: " + clients.error().text));
  const text::Value* data = clients->find("data");
  if (data == nullptr || !data->is_map()) return std::optional<std::string>();
  for (const text::Member& one : data->as_map()) {
    const auto yaml = text::from_base64(one.value.to_any_string());
    if (!yaml) return base::fail(forbidden("webhook client " + one.key + ": no base64"));
    const auto parsed = text::parse_yaml(*yaml, one.key);
    if (!parsed || parsed->size() != 1)
      return base::fail(forbidden("webhook client " + one.key + ": no YAML map"));
    const text::Value& client = parsed->front();
    if (!is_signed(client.string_at("type"), client.string_at("secret"), request)) continue;
    const auto account = api.get({&kube::kind_of("serviceaccounts"), namespace_, one.key});
    if (!account) return base::fail(forbidden("service account: " + account.error().text));
    return std::optional<std::string>(one.key);
  }
  return std::optional<std::string>();
}

}  // namespace server

// webhook_signature.h — who sends a webhook that carries no token, by its signature.
//
// The Secret argo-workflows-webhook-clients of the namespace has a key a service account, each with
// YAML text {type: github|gitlab|bitbucket|bitbucketserver, secret: …}. Source: Argo docs
// "webhooks".
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "kube/store_api.h"
#include "sys/http.h"

namespace server {

inline constexpr std::string_view kWebhookClients = "argo-workflows-webhook-clients";
inline constexpr size_t kWebhookBytesMax = 2 << 20;

// Whether the request is of a kind that is signed so: no token, an event's path; gives its
// namespace.
std::optional<std::string> webhook_namespace(const sys::HttpRequest& request);

// The name of the service account whose client has signed it; nothing: none has. kForbidden where
// the Secret or the account is not there, the Secret cannot be read, or the body is too large.
base::Result<std::optional<std::string>> signed_by(kube::StoreApi& api,
                                                   const std::string& namespace_,
                                                   const sys::HttpRequest& request);

// Whether a client of this type with this secret has sent it. Exposed for tests.
bool is_signed(std::string_view type, std::string_view secret, const sys::HttpRequest& request);

}  // namespace server

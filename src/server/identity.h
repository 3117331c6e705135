// identity.h — who asks, and whether they may. All of it stands here.
//
// A Unix socket's peer has been checked by its uid and needs no token. TCP always needs the bearer
// token, and a Host and Origin that are ours: loopback is not a permission, for a web page that the
// user looks at can reach it too. A webhook may come with its sender's signature instead.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kube/store_api.h"
#include "server/attributes.h"
#include "server/call.h"
#include "server/service_tokens.h"

namespace server {

struct Identity {
  std::string subject;  // the name of the user: "local", "system:serviceaccount:argo:default"
  bool is_local = false;
  std::string uid = {};  // of a service account
  std::vector<std::string> groups = {};
  std::string service_account = {}, service_account_namespace = {};
};

struct Access {
  std::string token;               // empty: nobody may come by TCP
  std::vector<std::string> hosts;  // "localhost:2746", "127.0.0.1:2746", …
  std::string user = "local";
  std::string allowed_origin = {};  // besides ours: whose pages may ask ("https://ui.example.com")
};

// Of a token: the user's, or a service account's for one of `audiences`. kUnauthorized.
base::Result<Identity> identity_of_token(std::string_view token, const Access& access,
                                         const ServiceTokens& tokens,
                                         std::span<const std::string> audiences);

// kUnauthorized, kForbidden. `api`: for the clients of webhooks, see webhook_signature.h. `log`:
// gets what would help those who attack, were it told to them.
base::Result<Identity> identify(const Call& call, const Access& access, kube::StoreApi& api,
                                const ServiceTokens& tokens,
                                const std::function<void(std::string_view)>& log);

// May they? Every request asks here; today each known identity may do everything.
base::Status authorize(const Identity& identity, const Attributes& attributes);

}  // namespace server

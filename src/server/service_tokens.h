// service_tokens.h — the tokens by which service accounts are known.
//
// JSON Web Tokens of HS256 with a key of the data folder; their claims are those of Kubernetes'
// bound tokens. A token counts while its account (by uid), and the Pod or Secret that it is bound
// to, are there. Any thread.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kube/store_api.h"
#include "sys/clock.h"

namespace server {

// This API's own audience, and who issues.
inline constexpr std::string_view kTokenIssuer = "https://kubernetes.default.svc";

struct ServiceAccountToken {
  std::string namespace_, name, uid;
  std::vector<std::string> audiences;
  std::string bound_kind, bound_name, bound_uid;  // "Pod" or "Secret"; "": not bound
  std::optional<base::Time> expires;              // unset: with what it is bound to

  std::string user() const { return "system:serviceaccount:" + namespace_ + ":" + name; }
  std::vector<std::string> groups() const;
};

class ServiceTokens {
 public:
  using ReadKey = std::function<base::Result<std::string>()>;
  // `read_key` is asked when the first token is made or checked.
  ServiceTokens(kube::StoreApi& api, const sys::Clock& clock, ReadKey read_key);

  base::Result<std::string> sign(const ServiceAccountToken& token) const;
  // kUnauthorized: forged, expired, for others, or of what is no longer there. The token must be
  // for one of `audiences`.
  base::Result<ServiceAccountToken> verify(std::string_view text,
                                           std::span<const std::string> audiences) const;
  // Of the form of such a token.
  static bool is_one(std::string_view text);

  // Fills the data of Secrets of the type kubernetes.io/service-account-token.
  void install_admission();

 private:
  base::Result<std::string> key() const;
  base::Result<text::Value> admit_secret(text::Value secret) const;
  base::Status check_there(const ServiceAccountToken& token, std::string_view text) const;

  kube::StoreApi& api_;
  const sys::Clock& clock_;
  const ReadKey read_key_;
  mutable std::mutex mutex_;  // of key_
  mutable std::string key_;
};

}  // namespace server

#include "server/service_tokens.h"

#include <algorithm>

#include "kube/kinds.h"
#include "server/hmac.h"
#include "server/same_secret.h"
#include "text/base64.h"
#include "text/json.h"

namespace server {
namespace {

using base::Code;
using base::fail;
using text::Value;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kSecretType = "kubernetes.io/service-account-token";
constexpr std::string_view kAccountName = "kubernetes.io/service-account.name",
                           kAccountUid = "kubernetes.io/service-account.uid";
constexpr size_t kTokenBytesMax = 16 << 10;
constexpr int64_t kSkewSeconds = 10;  // between the clocks of two machines

// RFC 7515: base64url without padding.
std::string to_url(std::string_view bytes) {
  std::string out = text::to_base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::optional<std::string> from_url(std::string_view text) {
  std::string padded(text);
  if (padded.find_first_of("+/= \n") != std::string::npos) return {};
  for (char& c : padded) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (padded.size() % 4 != 0) padded += '=';
  return text::from_base64(padded);
}

tl::unexpected<base::Error> refused(std::string why) {
  return fail(Code::kUnauthorized, "the service account's token is refused: " + std::move(why));
}

std::string plural_of(std::string_view bound_kind) {
  return bound_kind == "Pod" ? "pods" : "secrets";
}

Value claims_of(const ServiceAccountToken& token, int64_t now) {
  Value out;
  text::List audiences;
  for (const std::string& one : token.audiences) audiences.emplace_back(one);
  out["aud"] = std::move(audiences);
  if (token.expires) out["exp"] = token.expires->unix_seconds();
  out["iat"] = now;
  out["iss"] = kTokenIssuer;
  Value& own = out["kubernetes.io"];
  own["namespace"] = token.namespace_;
  if (!token.bound_kind.empty()) {
    Value& bound = own[token.bound_kind == "Pod" ? "pod" : "secret"];
    bound["name"] = token.bound_name;
    if (!token.bound_uid.empty()) bound["uid"] = token.bound_uid;
  }
  own["serviceaccount"]["name"] = token.name;
  own["serviceaccount"]["uid"] = token.uid;
  out["nbf"] = now;
  out["sub"] = token.user();
  return out;
}

ServiceAccountToken from_claims(const Value& claims) {
  ServiceAccountToken out;
  const Value none;
  const Value* found = claims.find("kubernetes.io");
  const Value& own = found ? *found : none;
  out.namespace_ = own.string_at("namespace");
  out.name = own.string_at("serviceaccount", "name");
  out.uid = own.string_at("serviceaccount", "uid");
  for (const std::string_view kind : {"Pod", "Secret"}) {
    const Value* bound = own.find(kind == "Pod" ? "pod" : "secret");
    if (!bound) continue;
    out.bound_kind = kind;
    out.bound_name = bound->string_at("name");
    out.bound_uid = bound->string_at("uid");
  }
  if (const Value* list = claims.find("aud"); list && list->is_list())
    for (const Value& one : list->as_list())
      if (one.is_string()) out.audiences.push_back(one.as_string());
  if (const Value* time = claims.find("exp"))
    out.expires = base::Time::from_unix_seconds(time->to_int().value_or(0));
  return out;
}

}  // namespace

std::vector<std::string> ServiceAccountToken::groups() const {
  return {"system:serviceaccounts", "system:serviceaccounts:" + namespace_, "system:authenticated"};
}

ServiceTokens::ServiceTokens(kube::StoreApi& api, const sys::Clock& clock, ReadKey read_key)
    : api_(api), clock_(clock), read_key_(std::move(read_key)) {}

base::Result<std::string> ServiceTokens::key() const {
  const std::lock_guard hold(mutex_);
  if (!key_.empty()) return key_;
  auto read = read_key_();
  if (!read) return read;
  return key_ = std::move(*read);
}

bool ServiceTokens::is_one(std::string_view text) {
  return text.size() <= kTokenBytesMax && text.starts_with("eyJ") &&
         std::count(text.begin(), text.end(), '.') == 2;
}

base::Result<std::string> ServiceTokens::sign(const ServiceAccountToken& token) const {
  const auto secret = key();
  if (!secret) return secret;
  const Value claims = claims_of(token, clock_.now().unix_seconds());
  std::string out = to_url(kHeader) + "." + to_url(text::to_json(claims));
  return out + "." + to_url(hmac_sha256(*secret, out));
}

base::Status ServiceTokens::check_there(const ServiceAccountToken& token,
                                        std::string_view text) const {
  const auto account = api_.get({&kube::kind_of("serviceaccounts"), token.namespace_, token.name});
  if (!account || account->string_at("metadata", "uid") != token.uid)
    return refused("its account is gone");
  if (token.bound_kind.empty()) return {};
  const auto bound =
      api_.get({&kube::kind_of(plural_of(token.bound_kind)), token.namespace_, token.bound_name});
  if (!bound ||
      (!token.bound_uid.empty() && bound->string_at("metadata", "uid") != token.bound_uid))
    return refused("the " + token.bound_kind + " that it is bound to is gone");
  const bool is_of_secret = token.bound_kind == "Secret" && token.bound_uid.empty();
  if (is_of_secret && text::from_base64(bound->string_at("data", "token")) != text)
    return refused("its Secret holds another");
  return {};
}

base::Result<ServiceAccountToken> ServiceTokens::verify(
    std::string_view text, std::span<const std::string> audiences) const {
  const auto secret = key();
  if (!secret) return fail(secret.error());
  const size_t dot = text.rfind('.');
  if (!is_one(text) || text.substr(0, text.find('.')) != to_url(kHeader))
    return refused("it is none of ours");
  const auto signature = from_url(text.substr(dot + 1));
  if (!signature || !is_same_secret(*signature, hmac_sha256(*secret, text.substr(0, dot))))
    return refused("its signature is wrong");
  const size_t start = text.find('.') + 1;
  const auto decoded = from_url(text.substr(start, dot - start));
  const auto claims = decoded ? text::parse_json(*decoded) : fail(Code::kInvalid, "");
  if (!claims || !claims->is_map()) return refused("its claims cannot be read");
  ServiceAccountToken out = from_claims(*claims);
  const base::Time now = clock_.now();
  if (out.expires && now >= *out.expires) return refused("it has expired");
  const Value* since = claims->find("nbf");
  if (since && since->to_int().value_or(0) > now.unix_seconds() + kSkewSeconds)
    return refused("it is not valid yet");
  const bool is_meant =
      std::any_of(out.audiences.begin(), out.audiences.end(), [&](const std::string& one) {
        return std::find(audiences.begin(), audiences.end(), one) != audiences.end();
      });
  if (!is_meant) return refused("it is for another audience");
  if (auto there = check_there(out, text); !there) return fail(there.error());
  return out;
}

base::Result<Value> ServiceTokens::admit_secret(Value secret) const {
  if (secret.string_at("type") != kSecretType) return secret;
  const Value* annotations = secret.find_path("metadata", "annotations");
  const std::string account(annotations ? annotations->string_at(kAccountName) : "");
  if (account.empty())
    return fail(Code::kInvalid, "metadata.annotations[" + std::string(kAccountName) +
                                    "]: Required value: the name of the service account");
  ServiceAccountToken token;
  token.namespace_ = secret.string_at("metadata", "namespace");
  token.name = account;
  const auto stored = api_.get({&kube::kind_of("serviceaccounts"), token.namespace_, account});
  if (!stored)
    return fail(Code::kInvalid, "metadata.annotations[" + std::string(kAccountName) +
                                    "]: Invalid value: \"" + account +
                                    "\": there is no such service account");
  token.uid = stored->string_at("metadata", "uid");
  token.audiences.emplace_back(kTokenIssuer);
  token.bound_kind = "Secret";
  token.bound_name = secret.string_at("metadata", "name");
  secret["metadata"]["annotations"][kAccountUid] = token.uid;
  Value& data = secret["data"];
  if (!data.is_map()) data = text::Map();
  data["namespace"] = text::to_base64(token.namespace_);
  if (!data.string_at("token").empty()) return secret;
  auto made = sign(token);
  if (!made) return fail(made.error());
  data["token"] = text::to_base64(*made);
  return secret;
}

void ServiceTokens::install_admission() {
  api_.set_admission(kube::kind_of("secrets"),
                     [this](kube::Operation operation, const Value*, Value object,
                            kube::Warnings&) -> base::Result<Value> {
                       if (operation == kube::Operation::kDelete) return object;
                       return admit_secret(std::move(object));
                     });
}

}  // namespace server

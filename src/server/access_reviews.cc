#include "server/access_reviews.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/kinds.h"
#include "server/kube_writes.h"

namespace server {
namespace {

using base::Code;
using base::fail;
using text::Value;

constexpr std::string_view kAuthentication = "authentication.k8s.io",
                           kAuthorization = "authorization.k8s.io";
constexpr int64_t kTokenSeconds = 3600, kTokenSecondsMin = 600, kTokenSecondsMax = int64_t(1) << 32;
constexpr std::string_view kServiceAccountPrefix = "system:serviceaccount:";

struct Review {
  kube::StoreApi& api;
  const sys::Clock& clock;
  const Access& access;
  const ServiceTokens& tokens;
  const Call& call;
};

Value words(const std::vector<std::string>& list) {
  text::List out;
  for (const std::string& word : list) out.emplace_back(word);
  return out;
}

std::vector<std::string> strings_at(const Value& object, std::string_view name) {
  std::vector<std::string> out;
  if (const Value* list = object.find(name); list && list->is_list())
    for (const Value& one : list->as_list())
      if (one.is_string()) out.push_back(one.as_string());
  return out;
}

Value user_info(const Identity& identity) {
  Value out;
  out["username"] = identity.subject;
  if (!identity.uid.empty()) out["uid"] = identity.uid;
  out["groups"] = words(identity.groups);
  return out;
}

const Value& spec_of(const Value& body) {
  static const Value none{text::Map()};
  const Value* spec = body.find("spec");
  return spec && spec->is_map() ? *spec : none;
}

// Exactly one of resourceAttributes and nonResourceAttributes.
base::Result<Attributes> asked_for(const Value& spec) {
  const Value* resource = spec.find("resourceAttributes");
  const Value* other = spec.find("nonResourceAttributes");
  if ((resource && resource->is_map()) == (other && other->is_map()))
    return fail(Code::kInvalid,
                "spec: Invalid value: exactly one of nonResourceAttributes or resourceAttributes "
                "must be specified");
  const Value& from = resource && resource->is_map() ? *resource : *other;
  Attributes out;
  out.verb = from.string_at("verb");
  out.is_resource = &from == resource;
  out.group = from.string_at("group");
  out.version = from.string_at("version");
  out.resource = from.string_at("resource");
  out.subresource = from.string_at("subresource");
  out.namespace_ = from.string_at("namespace");
  out.name = from.string_at("name");
  out.path = from.string_at("path");
  return out;
}

void put_verdict(const base::Status& verdict, Value& status) {
  status = text::Map();
  status["allowed"] = verdict.has_value();
  if (!verdict) status["reason"] = verdict.error().text;
}

// The identity of somebody else by name; nothing: unknown here.
std::optional<Identity> known_user(const Review& review, const std::string& user) {
  if (user == review.access.user) return Identity{user};
  if (!user.starts_with(kServiceAccountPrefix)) return {};
  const std::string rest = user.substr(kServiceAccountPrefix.size());
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) return {};
  Identity out{user};
  out.service_account_namespace = rest.substr(0, colon);
  out.service_account = rest.substr(colon + 1);
  const auto found = review.api.get(
      {&kube::kind_of("serviceaccounts"), out.service_account_namespace, out.service_account});
  if (!found) return {};
  return out;
}

base::Status answer_self_access(const Review& review, Value& body) {
  const auto attributes = asked_for(spec_of(body));
  if (!attributes) return fail(attributes.error());
  put_verdict(authorize(*review.call.identity, *attributes), body["status"]);
  return {};
}

base::Status answer_access(const Review& review, Value& body) {
  const Value& spec = spec_of(body);
  const auto attributes = asked_for(spec);
  if (!attributes) return fail(attributes.error());
  const std::string user(spec.string_at("user"));
  if (user.empty() && strings_at(spec, "groups").empty())
    return fail(Code::kInvalid, "spec.user: Required value: at least one of user or group");
  const auto identity = known_user(review, user);
  put_verdict(identity ? authorize(*identity, *attributes)
                       : fail(Code::kForbidden, fmt::format("no user \"{}\" is known", user)),
              body["status"]);
  return {};
}

// Of each known identity: everything. With RBAC, authorize() and this go together.
base::Status answer_rules(const Review&, Value& body) {
  Value resources, others;
  for (const std::string_view name : {"verbs", "apiGroups", "resources"})
    resources[name] = text::List{Value("*")};
  for (const std::string_view name : {"verbs", "nonResourceURLs"})
    others[name] = text::List{Value("*")};
  Value status;
  status["resourceRules"] = text::List{std::move(resources)};
  status["nonResourceRules"] = text::List{std::move(others)};
  status["incomplete"] = false;
  body["status"] = std::move(status);
  return {};
}

base::Status answer_self(const Review& review, Value& body) {
  body["status"] = text::Map();
  body["status"]["userInfo"] = user_info(*review.call.identity);
  return {};
}

base::Status answer_token_review(const Review& review, Value& body) {
  const Value& spec = spec_of(body);
  std::vector<std::string> audiences = strings_at(spec, "audiences");
  if (audiences.empty()) audiences.emplace_back(kTokenIssuer);
  const std::string token(spec.string_at("token"));
  const auto identity = identity_of_token(token, review.access, review.tokens, audiences);
  Value status{text::Map()};
  status["authenticated"] = identity.has_value();
  if (identity) {
    status["user"] = user_info(*identity);
    status["audiences"] = words(audiences);
  } else {
    status["error"] = identity.error().text;
  }
  body["status"] = std::move(status);
  return {};
}

struct Row {
  std::string_view group, plural, kind;
  base::Status (*answer)(const Review& review, Value& body);
};
constexpr Row kRows[] = {
    {kAuthentication, "selfsubjectreviews", "SelfSubjectReview", answer_self},
    {kAuthentication, "tokenreviews", "TokenReview", answer_token_review},
    {kAuthorization, "localsubjectaccessreviews", "LocalSubjectAccessReview", answer_access},
    {kAuthorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview", answer_self_access},
    {kAuthorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview", answer_rules},
    {kAuthorization, "subjectaccessreviews", "SubjectAccessReview", answer_access},
};

// The Pod or Secret that the token is to be bound to.
base::Status bind_token(const Review& review, const Value& wanted, ServiceAccountToken& token) {
  token.bound_kind = wanted.string_at("kind");
  if (token.bound_kind != "Pod" && token.bound_kind != "Secret")
    return fail(Code::kInvalid, "spec.boundObjectRef.kind: Unsupported value: \"" +
                                    token.bound_kind + "\": use Pod or Secret");
  token.bound_name = wanted.string_at("name");
  const auto& kind = kube::kind_of(token.bound_kind);
  const auto found = review.api.get({&kind, token.namespace_, token.bound_name});
  if (!found) return fail(found.error());
  token.bound_uid = found->string_at("metadata", "uid");
  const std::string_view uid = wanted.string_at("uid");
  if (uid.empty() || uid == token.bound_uid) return {};
  return fail(Code::kConflict, "spec.boundObjectRef.uid: it is another " + token.bound_kind);
}

base::Result<Value> make_token(const Review& review, Value body) {
  const auto& path = review.call.path;
  const auto account = review.api.get({&kube::kind_of("serviceaccounts"), path[3], path[5]});
  if (!account) return account;
  const Value& spec = spec_of(body);
  ServiceAccountToken token;
  token.namespace_ = path[3];
  token.name = path[5];
  token.uid = account->string_at("metadata", "uid");
  token.audiences = strings_at(spec, "audiences");
  if (token.audiences.empty()) token.audiences.emplace_back(kTokenIssuer);
  const Value* wanted = spec.find("expirationSeconds");
  const int64_t seconds =
      wanted && !wanted->is_null() ? wanted->to_int().value_or(0) : kTokenSeconds;
  if (seconds < kTokenSecondsMin || seconds > kTokenSecondsMax)
    return fail(Code::kInvalid,
                fmt::format("spec.expirationSeconds: Invalid value: {}: may not specify a "
                            "duration {}",
                            seconds,
                            seconds < kTokenSecondsMin ? "less than 10 minutes"
                                                       : "larger than 2^32 seconds"));
  if (const Value* bound = spec.find("boundObjectRef"); bound && bound->is_map())
    if (auto ok = bind_token(review, *bound, token); !ok) return fail(ok.error());
  token.expires = base::Time::from_unix_seconds(review.clock.now().unix_seconds() + seconds);
  auto made = review.tokens.sign(token);
  if (!made) return fail(made.error());
  body["kind"] = "TokenRequest";
  body["apiVersion"] = "authentication.k8s.io/v1";
  for (const std::string_view name : {"name", "namespace"})
    body["metadata"][name] = name == "name" ? token.name : token.namespace_;
  body["metadata"]["creationTimestamp"] = base::to_rfc3339(review.clock.now());
  body["spec"]["audiences"] = words(token.audiences);
  body["spec"]["expirationSeconds"] = seconds;
  body["status"] = text::Map();
  body["status"]["token"] = *made;
  body["status"]["expirationTimestamp"] = base::to_rfc3339(*token.expires);
  return body;
}

bool is_token_path(const Call& call) {
  const auto& path = call.path;
  return path.size() == 7 && path[0] == "api" && path[1] == "v1" && path[2] == "namespaces" &&
         path[4] == "serviceaccounts" && path[6] == "token";
}

const Row* find_row(const Call& call) {
  const auto& path = call.path;
  const bool is_local = path.size() == 6 && path[3] == "namespaces";
  if ((path.size() != 4 && !is_local) || path[0] != "apis" || path[2] != "v1") return nullptr;
  for (const Row& row : kRows)
    if (path[1] == row.group && path.back() == row.plural &&
        is_local == row.plural.starts_with("local"))
      return &row;
  return nullptr;
}

base::Result<Value> answer(const Review& review, const Row* row) {
  auto body = review.call.body();
  if (!body) return body;
  if (!body->is_map()) return fail(Code::kInvalid, "the body must be an object");
  const std::string_view kind = row ? row->kind : "TokenRequest";
  if (const auto given = body->string_at("kind"); !given.empty() && given != kind)
    return fail(Code::kInvalid, fmt::format("the object is a {}, not a {}", given, kind));
  for (const std::string_view name : {"metadata", "spec"})
    if (const Value* part = body->find(name); part && !part->is_map())
      return fail(Code::kInvalid, fmt::format("{}: must be a map", name));
  if (!row) return make_token(review, std::move(*body));
  (*body)["kind"] = row->kind;
  (*body)["apiVersion"] = fmt::format("{}/v1", row->group);
  if (auto ok = row->answer(review, *body); !ok) return fail(ok.error());
  return body;
}

}  // namespace

bool answer_review(kube::StoreApi& api, const sys::Clock& clock, const Access& access,
                   const ServiceTokens& tokens, Call& call) {
  const Row* row = find_row(call);
  if (!row && !is_token_path(call)) return false;
  call.manners = Manners::kKubernetes;
  if (call.request.method != "POST") {
    refuse_call(call, 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource");
    return true;
  }
  const auto done = answer({api, clock, access, tokens, call}, row);
  if (done)
    call.reply(*done, 201);
  else
    call.fail(done.error());
  return true;
}

}  // namespace server

#include "server/discovery.h"

#include <fmt/format.h>

#include "kube/kinds.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;
constexpr std::string_view kGroup = "argoproj.io", kVersion = "v1alpha1";

Value list_of(std::initializer_list<std::string_view> words) {
  text::List out;
  for (const std::string_view word : words) out.emplace_back(word);
  return out;
}

Value resources(std::string_view group) {
  Value out;
  out["kind"] = "APIResourceList";
  out["apiVersion"] = "v1";
  out["groupVersion"] = group.empty() ? std::string("v1") : fmt::format("{}/{}", kGroup, kVersion);
  text::List rows;
  for (const kube::Kind& kind : kube::kinds()) {
    if (kind.group != group) continue;
    Value row;
    row["name"] = kind.plural;
    row["singularName"] = kind.singular;
    row["namespaced"] = kind.namespaced;
    row["kind"] = kind.kind;
    row["verbs"] = list_of({"create", "delete", "get", "list", "patch", "update", "watch"});
    text::List shorts;
    for (const std::string_view name : kind.short_names) shorts.emplace_back(name);
    if (!shorts.empty()) row["shortNames"] = std::move(shorts);
    rows.push_back(row);
    if (!kind.has_status) continue;
    row["name"] = std::string(kind.plural) + "/status";
    row["verbs"] = list_of({"get", "patch", "update"});
    row.as_map().erase("shortNames");
    rows.push_back(std::move(row));
  }
  out["resources"] = std::move(rows);
  return out;
}

Value group() {
  Value version;
  version["groupVersion"] = fmt::format("{}/{}", kGroup, kVersion);
  version["version"] = kVersion;
  Value out;
  out["name"] = kGroup;
  out["versions"] = text::List{version};
  out["preferredVersion"] = version;
  return out;
}

}  // namespace

bool answer_discovery(const Call& call) {
  if (call.request.method != "GET" && call.request.method != "HEAD") return false;
  std::string path;
  for (const std::string& segment : call.path) path += "/" + segment;
  if (path == "/healthz" || path == "/readyz" || path == "/livez") {
    call.out.send({200, {{"Content-Type", "text/plain"}}, "ok"});
    return true;
  }
  Value out;
  if (path == "/api") {
    out["kind"] = "APIVersions";
    out["versions"] = list_of({"v1"});
  } else if (path == "/apis") {
    out["kind"] = "APIGroupList";
    out["apiVersion"] = "v1";
    out["groups"] = text::List{group()};
  } else if (path == "/apis/argoproj.io") {
    out = group();
    out["kind"] = "APIGroup";
    out["apiVersion"] = "v1";
  } else if (path == "/api/v1") {
    out = resources("");
  } else if (path == "/apis/argoproj.io/v1alpha1") {
    out = resources(kGroup);
  } else if (path == "/version") {
    out["major"] = "1";
    out["minor"] = "31";
    out["gitVersion"] = "v1.31.0+argon";
    out["platform"] = "linux/amd64";
  } else {
    return false;
  }
  call.reply(out);
  return true;
}

}  // namespace server

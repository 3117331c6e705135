#include "server/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "kube/kinds.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

Value list_of(std::initializer_list<std::string_view> words) {
  text::List out;
  for (const std::string_view word : words) out.emplace_back(word);
  return out;
}

// What reaches into a pod: kubectl logs, exec and cp, attach, port-forward.
void add_pod_streams(text::List& rows) {
  static constexpr std::pair<const char*, const char*> kStreams[] = {
      {"pods/attach", "PodAttachOptions"},
      {"pods/exec", "PodExecOptions"},
      {"pods/log", "Pod"},
      {"pods/portforward", "PodPortForwardOptions"}};
  for (const auto& [name, kind] : kStreams) {
    Value row;
    row["name"] = name;
    row["singularName"] = "";
    row["namespaced"] = true;
    row["kind"] = kind;
    row["verbs"] =
        std::string_view(name) == "pods/log" ? list_of({"get"}) : list_of({"create", "get"});
    rows.push_back(std::move(row));
  }
}

Value resources(std::string_view group, std::string_view version) {
  Value out;
  out["kind"] = "APIResourceList";
  out["apiVersion"] = "v1";
  out["groupVersion"] = group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
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
    if (kind.plural == "pods") add_pod_streams(rows);
    if (!kind.has_status) continue;
    row["name"] = std::string(kind.plural) + "/status";
    row["verbs"] = list_of({"get", "patch", "update"});
    row.as_map().erase("shortNames");
    rows.push_back(std::move(row));
  }
  out["resources"] = std::move(rows);
  return out;
}

Value group(std::string_view name, std::string_view of_version) {
  Value version;
  version["groupVersion"] = fmt::format("{}/{}", name, of_version);
  version["version"] = of_version;
  Value out;
  out["name"] = name;
  out["versions"] = text::List{version};
  out["preferredVersion"] = version;
  return out;
}

// Each group of the table has one version. Argo's comes first.
std::vector<std::pair<std::string_view, std::string_view>> groups() {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (const kube::Kind& kind : kube::kinds()) {
    const std::pair one(kind.group, kind.version);
    if (!kind.group.empty() && std::find(out.begin(), out.end(), one) == out.end())
      out.push_back(one);
  }
  return out;
}

// "/apis/GROUP" and "/apis/GROUP/VERSION".
bool answer_group(const std::string& path, Value& out) {
  for (const auto& [name, version] : groups()) {
    if (path == fmt::format("/apis/{}", name)) {
      out = group(name, version);
      out["kind"] = "APIGroup";
      out["apiVersion"] = "v1";
      return true;
    }
    if (path == fmt::format("/apis/{}/{}", name, version)) {
      out = resources(name, version);
      return true;
    }
  }
  return false;
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
    text::List all;
    for (const auto& [name, version] : groups()) all.push_back(group(name, version));
    out["groups"] = std::move(all);
  } else if (path == "/api/v1") {
    out = resources("", "v1");
  } else if (path == "/version") {
    out["major"] = "1";
    out["minor"] = "31";
    out["gitVersion"] = "v1.31.0+argon";
    out["platform"] = "linux/amd64";
  } else if (!answer_group(path, out)) {
    return false;
  }
  call.reply(out);
  return true;
}

}  // namespace server

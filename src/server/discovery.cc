#include "server/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "text/json.h"

namespace server {
namespace {

using text::Value;
using Words = std::vector<std::string_view>;

constexpr std::string_view kAuthentication = "authentication.k8s.io",
                           kAuthorization = "authorization.k8s.io";

// What is answered and never stored.
struct VirtualRow {
  std::string_view group, plural, singular, kind;
  bool namespaced = false;
};
constexpr VirtualRow kVirtual[] = {
    {kAuthentication, "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview"},
    {kAuthentication, "tokenreviews", "tokenreview", "TokenReview"},
    {kAuthorization, "localsubjectaccessreviews", "localsubjectaccessreview",
     "LocalSubjectAccessReview", true},
    {kAuthorization, "selfsubjectaccessreviews", "selfsubjectaccessreview",
     "SelfSubjectAccessReview"},
    {kAuthorization, "selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview"},
    {kAuthorization, "subjectaccessreviews", "subjectaccessreview", "SubjectAccessReview"},
};

// Subresources beside status and scale.
struct SubresourceRow {
  std::string_view plural, name, kind, group, version;
  std::string_view verbs;  // with blanks between them
};
constexpr SubresourceRow kSubresources[] = {
    {"pods", "attach", "PodAttachOptions", "", "v1", "create get"},
    {"pods", "exec", "PodExecOptions", "", "v1", "create get"},
    {"pods", "log", "Pod", "", "v1", "get"},
    {"pods", "portforward", "PodPortForwardOptions", "", "v1", "create get"},
    {"serviceaccounts", "token", "TokenRequest", kAuthentication, "v1", "create"},
};

Words split(std::string_view words) {
  Words out;
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

Value list_of(const Words& words) {
  text::List out;
  for (const std::string_view word : words) out.emplace_back(word);
  return out;
}

void add_subresources(const kube::Kind& kind, const ServedResource& main,
                      std::vector<ServedResource>& out) {
  const auto add = [&](std::string_view name, std::string_view of_kind, std::string_view group,
                       std::string_view version, Words verbs) {
    ServedResource row = main;
    row.name += fmt::format("/{}", name);
    row.singular.clear();
    row.kind = of_kind;
    if (group != main.group || version != main.version) {
      row.kind_group = group;
      row.kind_version = version;
    }
    row.verbs = std::move(verbs);
    row.short_names.clear();
    row.categories.clear();
    out.push_back(std::move(row));
  };
  if (!kind.custom)
    for (const SubresourceRow& row : kSubresources)
      if (kind.group.empty() && row.plural == kind.plural)
        add(row.name, row.kind, row.group, row.version, split(row.verbs));
  if (kind.has_scale) add("scale", "Scale", "autoscaling", "v1", {"get", "patch", "update"});
  if (kind.has_status)
    add("status", kind.kind, kind.group, kind.version, {"get", "patch", "update"});
}

// Kubernetes' order: v2 before v1 before v1beta2 before v1alpha1 before words.
std::tuple<int, int, int> rank(std::string_view version) {
  if (!version.starts_with('v')) return {};
  size_t at = 1;
  const auto number = [&] {
    int out = 0;
    for (; at < version.size() && version[at] >= '0' && version[at] <= '9' && out < 100'000; ++at)
      out = out * 10 + version[at] - '0';
    return out;
  };
  const int major = number();
  if (at == version.size()) return {3, major, 0};
  const bool is_beta = version.substr(at).starts_with("beta");
  if (!is_beta && !version.substr(at).starts_with("alpha")) return {};
  at += is_beta ? 4 : 5;
  return {is_beta ? 2 : 1, major, number()};
}

struct Group {
  std::string name;
  std::vector<std::string> versions;  // the preferred one first
};

// Argo's comes first.
std::vector<Group> groups(const std::vector<ServedResource>& rows) {
  std::vector<Group> out;
  for (const ServedResource& row : rows) {
    auto group = std::find_if(out.begin(), out.end(),
                              [&](const Group& one) { return one.name == row.group; });
    if (group == out.end()) group = out.insert(out.end(), {row.group, {}});
    auto& versions = group->versions;
    if (std::find(versions.begin(), versions.end(), row.version) == versions.end())
      versions.push_back(row.version);
  }
  for (Group& group : out)
    std::stable_sort(group.versions.begin(), group.versions.end(),
                     [](const std::string& a, const std::string& b) { return rank(a) > rank(b); });
  return out;
}

Value resources(const std::vector<ServedResource>& rows, std::string_view group,
                std::string_view version) {
  Value out;
  out["kind"] = "APIResourceList";
  out["apiVersion"] = "v1";
  out["groupVersion"] = group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
  text::List list;
  for (const ServedResource& served : rows) {
    if (served.group != group || served.version != version) continue;
    Value row;
    row["name"] = served.name;
    row["singularName"] = served.singular;
    row["namespaced"] = served.namespaced;
    if (!served.kind_version.empty()) {
      row["group"] = served.kind_group;
      row["version"] = served.kind_version;
    }
    row["kind"] = served.kind;
    row["verbs"] = list_of(served.verbs);
    if (!served.short_names.empty()) row["shortNames"] = list_of(served.short_names);
    if (!served.categories.empty()) row["categories"] = list_of(served.categories);
    list.push_back(std::move(row));
  }
  out["resources"] = std::move(list);
  return out;
}

Value group_object(const Group& group) {
  Value out;
  out["name"] = group.name;
  text::List versions;
  for (const std::string& name : group.versions) {
    Value version;
    version["groupVersion"] = fmt::format("{}/{}", group.name, name);
    version["version"] = name;
    versions.push_back(std::move(version));
  }
  out["preferredVersion"] = versions.front();
  out["versions"] = std::move(versions);
  return out;
}

Value response_kind(const ServedResource& row) {
  const bool is_other = !row.kind_version.empty();
  Value out;
  out["group"] = is_other ? row.kind_group : row.group;
  out["version"] = is_other ? row.kind_version : row.version;
  out["kind"] = row.kind;
  return out;
}

Value aggregated_version(const std::vector<ServedResource>& rows, const Group& group,
                         const std::string& version) {
  text::List resources;
  for (const ServedResource& row : rows) {
    if (row.group != group.name || row.version != version) continue;
    Value one;
    if (const size_t slash = row.name.find('/'); slash != std::string::npos) {
      one["subresource"] = row.name.substr(slash + 1);
      one["responseKind"] = response_kind(row);
      one["verbs"] = list_of(row.verbs);
      Value& all = resources.back()["subresources"];
      if (!all.is_list()) all = text::List();
      all.as_list().push_back(std::move(one));
      continue;
    }
    one["resource"] = row.name;
    one["responseKind"] = response_kind(row);
    one["scope"] = row.namespaced ? "Namespaced" : "Cluster";
    one["singularResource"] = row.singular;
    one["verbs"] = list_of(row.verbs);
    if (!row.short_names.empty()) one["shortNames"] = list_of(row.short_names);
    if (!row.categories.empty()) one["categories"] = list_of(row.categories);
    resources.push_back(std::move(one));
  }
  Value out;
  out["version"] = version;
  out["resources"] = std::move(resources);
  out["freshness"] = "Current";
  return out;
}

// The core group at /api, all others at /apis.
Value aggregated(const std::vector<ServedResource>& rows, bool is_core, std::string_view form) {
  Value out;
  out["kind"] = "APIGroupDiscoveryList";
  out["apiVersion"] = fmt::format("apidiscovery.k8s.io/{}", form);
  out["metadata"] = text::Map();
  text::List items;
  for (const Group& group : groups(rows)) {
    if (group.name.empty() != is_core) continue;
    Value item;
    item["metadata"]["name"] = group.name;
    item["metadata"]["creationTimestamp"] = Value();
    text::List versions;
    for (const std::string& version : group.versions)
      versions.push_back(aggregated_version(rows, group, version));
    item["versions"] = std::move(versions);
    items.push_back(std::move(item));
  }
  out["items"] = std::move(items);
  return out;
}

// "v2" or "v2beta1" where the client puts it before plain JSON; else "".
std::string_view aggregated_form(const Call& call) {
  const std::string accept = call.request.header("Accept");
  std::string_view rest = accept;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, end);
    const auto has = [&](std::string_view word) { return one.find(word) != one.npos; };
    if (has("as=APIGroupDiscoveryList") && has("g=apidiscovery.k8s.io") && has("json")) {
      if (has("v=v2beta1")) return "v2beta1";
      if (has("v=v2")) return "v2";
    } else if (has("application/json")) {
      return "";
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return "";
}

void reply_aggregated(const Value& value, std::string_view form, const Call& call) {
  call.out.send(
      {200,
       {{"Content-Type",
         fmt::format("application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList", form)},
        {"Vary", "Accept"}},
       text::to_json(value)});
}

// "/apis/GROUP" and "/apis/GROUP/VERSION".
bool answer_group(const std::vector<ServedResource>& rows, const std::string& path, Value& out) {
  for (const Group& group : groups(rows)) {
    if (group.name.empty()) continue;
    if (path == fmt::format("/apis/{}", group.name)) {
      out = group_object(group);
      out["kind"] = "APIGroup";
      out["apiVersion"] = "v1";
      return true;
    }
    for (const std::string& version : group.versions)
      if (path == fmt::format("/apis/{}/{}", group.name, version)) {
        out = resources(rows, group.name, version);
        return true;
      }
  }
  return false;
}

Value version_info() {
  Value out;
  out["major"] = "1";
  out["minor"] = "31";
  out["gitVersion"] = "v1.31.0+argon";
  out["gitCommit"] = "";
  out["gitTreeState"] = "clean";
  out["buildDate"] = "1970-01-01T00:00:00Z";
  out["goVersion"] = "";
  out["compiler"] = "g++";
  out["platform"] = "linux/amd64";
  return out;
}

Value api_versions(const Call& call) {
  Value out;
  out["kind"] = "APIVersions";
  out["versions"] = list_of({"v1"});
  Value address;
  address["clientCIDR"] = "0.0.0.0/0";
  address["serverAddress"] = call.request.header("Host");
  out["serverAddressByClientCIDRs"] = text::List{std::move(address)};
  return out;
}

Value group_list(const std::vector<ServedResource>& rows) {
  Value out;
  out["kind"] = "APIGroupList";
  out["apiVersion"] = "v1";
  text::List all;
  for (const Group& group : groups(rows))
    if (!group.name.empty()) all.push_back(group_object(group));
  out["groups"] = std::move(all);
  return out;
}

}  // namespace

std::vector<ServedResource> served_resources(const kube::KindRegistry& kinds) {
  std::vector<ServedResource> out;
  for (const kube::Kind* kind : kinds.all()) {
    ServedResource row;
    row.group = kind->group;
    row.version = kind->version;
    row.name = kind->plural;
    row.singular = kind->singular;
    row.kind = kind->kind;
    row.namespaced = kind->namespaced;
    row.verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
    row.short_names = kind->short_names;
    row.categories = kind->categories;
    out.push_back(row);
    add_subresources(*kind, row, out);
  }
  for (const VirtualRow& row : kVirtual)
    out.push_back({std::string(row.group),
                   "v1",
                   std::string(row.plural),
                   std::string(row.singular),
                   std::string(row.kind),
                   "",
                   "",
                   row.namespaced,
                   {"create"},
                   {},
                   {}});
  return out;
}

bool answer_discovery(const kube::KindRegistry& kinds, const Call& call) {
  if (call.request.method != "GET" && call.request.method != "HEAD") return false;
  if (call.path.empty() || call.path.size() > 3) return false;
  std::string path;
  for (const std::string& segment : call.path) path += "/" + segment;
  if (path == "/healthz" || path == "/readyz" || path == "/livez") {
    call.out.send({200, {{"Content-Type", "text/plain"}}, "ok"});
    return true;
  }
  if (path == "/version") {
    call.reply(version_info());
    return true;
  }
  const bool is_root = path == "/api" || path == "/apis";
  if (!is_root && path != "/api/v1" && call.path[0] != "apis") return false;
  const std::vector<ServedResource> rows = served_resources(kinds);
  const std::string_view form = is_root ? aggregated_form(call) : std::string_view();
  Value out;
  if (!form.empty()) {
    reply_aggregated(aggregated(rows, path == "/api", form), form, call);
    return true;
  } else if (path == "/api") {
    out = api_versions(call);
  } else if (path == "/apis") {
    out = group_list(rows);
  } else if (path == "/api/v1") {
    out = resources(rows, "", "v1");
  } else if (!answer_group(rows, path, out)) {
    return false;
  }
  call.reply(out);
  return true;
}

}  // namespace server

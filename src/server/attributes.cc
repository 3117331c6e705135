#include "server/attributes.h"

#include <algorithm>
#include <cctype>

namespace server {
namespace {

// The collections of Argo's REST, as "/api/v1/workflow-templates/NAMESPACE/NAME".
struct ArgoRow {
  std::string_view segment, resource;
  bool namespaced = true;
  std::string_view group = "argoproj.io", version = "v1alpha1";
};
constexpr ArgoRow kArgoRows[] = {
    {"workflows", "workflows"},
    {"workflow-templates", "workflowtemplates"},
    {"cluster-workflow-templates", "clusterworkflowtemplates", false},
    {"cron-workflows", "cronworkflows"},
    {"archived-workflows", "workflows"},
    {"workflow-event-bindings", "workfloweventbindings"},
    {"event-sources", "eventsources"},
    {"sensors", "sensors"},
    {"workflow-events", "workflows"},
    {"sync", "configmaps", true, "", "v1"},
};

std::string_view verb_of_method(std::string_view method, bool has_name, bool watches) {
  if (method == "GET" || method == "HEAD") return watches ? "watch" : has_name ? "get" : "list";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return has_name ? "delete" : "deletecollection";
  return "";
}

void read_kubernetes(const Call& call, Attributes& out) {
  const auto& path = call.path;
  size_t at = path[0] == "apis" ? 3 : 2;
  if (at == 3) out.group = path[1];
  out.version = path[at - 1];
  if (path[at] == "namespaces" && path.size() > at + 1) {
    // A namespace itself is the resource unless something follows that is none of its own.
    out.namespace_ = path[at + 1];
    const bool is_own =
        path.size() == at + 3 && (path[at + 2] == "status" || path[at + 2] == "finalize");
    if (path.size() > at + 2 && !is_own) at += 2;
  }
  out.resource = path[at];
  if (path.size() > at + 1) out.name = path[at + 1];
  if (path.size() > at + 2) out.subresource = path[at + 2];
  out.is_resource = true;
  out.verb = verb_of_method(call.request.method, !out.name.empty(), call.query_flag("watch"));
}

// POST /api/v1/workflows/NAMESPACE/submit and its like have words where a name would stand.
bool is_word(std::string_view segment) { return segment == "submit" || segment == "lint"; }

bool read_argo(const Call& call, Attributes& out) {
  const auto& path = call.path;
  if (path.size() < 3 || path[0] != "api" || path[1] != "v1") return false;
  std::string_view segment = path[2];
  size_t at = 3;
  bool watches = segment == "workflow-events";
  if (segment == "stream" && path.size() > 3) {
    segment = path[3];
    at = 4;
    watches = true;
  }
  const auto* row = std::find_if(std::begin(kArgoRows), std::end(kArgoRows),
                                 [&](const ArgoRow& one) { return one.segment == segment; });
  if (row == std::end(kArgoRows)) return false;
  out.group = row->group;
  out.version = row->version;
  out.resource = row->resource;
  if (row->namespaced && path.size() > at) out.namespace_ = path[at++];
  std::string_view method = call.request.method;
  if (path.size() > at && !is_word(path[at])) out.name = path[at++];
  // PUT …/NAME/suspend, GET …/NAME/log.
  if (path.size() > at && !is_word(path[at])) out.subresource = path[at];
  out.verb = verb_of_method(method, !out.name.empty(), watches);
  out.is_resource = true;
  return true;
}

bool is_event_hook(const Call& call) {
  const auto& path = call.path;
  return call.request.method == "POST" && path.size() == 5 && path[0] == "api" &&
         path[2] == "events";
}

}  // namespace

Attributes attributes_of(const Call& call) {
  Attributes out;
  out.path = call.request.target.substr(0, call.request.target.find('?'));
  if (is_event_hook(call)) {
    out.group = "argoproj.io";
    out.version = "v1alpha1";
    out.resource = "workfloweventbindings";
    out.verb = "list";
    out.namespace_ = call.path[3];
    out.is_resource = true;
    return out;
  }
  if (read_argo(call, out)) return out;
  const bool is_core = call.path.size() > 2 && call.path[0] == "api";
  if (is_core || (call.path.size() > 3 && call.path[0] == "apis")) {
    read_kubernetes(call, out);
    return out;
  }
  for (const char c : call.request.method)
    out.verb += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace server

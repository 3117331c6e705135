#include "kube/kinds.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>

#include "sys/http.h"

namespace kube {
namespace {

constexpr std::string_view kArgo = "argoproj.io", kAlpha = "v1alpha1";

bool equal_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string Kind::api_version() const {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

std::string Kind::resource() const {
  return group.empty() ? std::string(plural) : std::string(plural) + "." + std::string(group);
}

std::span<const Kind> kinds() {
  // group, version, plural, singular, kind, namespaced, status subresource, short names. Argo's as
  // its CRDs say, Kubernetes' as its API reference.
  static const std::array<Kind, 18> rows = {{
      {kArgo, kAlpha, "workflows", "workflow", "Workflow", true, false, {"wf"}},
      {kArgo,
       kAlpha,
       "workflowtemplates",
       "workflowtemplate",
       "WorkflowTemplate",
       true,
       false,
       {"wftmpl"}},
      {kArgo,
       kAlpha,
       "clusterworkflowtemplates",
       "clusterworkflowtemplate",
       "ClusterWorkflowTemplate",
       false,
       false,
       {"clusterwftmpl", "cwft"}},
      {kArgo,
       kAlpha,
       "cronworkflows",
       "cronworkflow",
       "CronWorkflow",
       true,
       false,
       {"cwf", "cronwf"}},
      {kArgo,
       kAlpha,
       "workfloweventbindings",
       "workfloweventbinding",
       "WorkflowEventBinding",
       true,
       false,
       {"wfeb"}},
      {kArgo,
       kAlpha,
       "workflowtasksets",
       "workflowtaskset",
       "WorkflowTaskSet",
       true,
       true,
       {"wfts"}},
      {kArgo,
       kAlpha,
       "workflowtaskresults",
       "workflowtaskresult",
       "WorkflowTaskResult",
       true,
       false,
       {}},
      {kArgo,
       kAlpha,
       "workflowartifactgctasks",
       "workflowartifactgctask",
       "WorkflowArtifactGCTask",
       true,
       true,
       {"wfat"}},
      {"", "v1", "pods", "pod", "Pod", true, true, {"po"}},
      {"", "v1", "configmaps", "configmap", "ConfigMap", true, false, {"cm"}},
      {"", "v1", "secrets", "secret", "Secret", true, false, {}},
      {"", "v1", "namespaces", "namespace", "Namespace", false, true, {"ns"}},
      {"", "v1", "events", "event", "Event", true, false, {"ev"}},
      {"", "v1", "serviceaccounts", "serviceaccount", "ServiceAccount", true, false, {"sa"}},
      {"", "v1", "services", "service", "Service", true, true, {"svc"}},
      {"",
       "v1",
       "persistentvolumeclaims",
       "persistentvolumeclaim",
       "PersistentVolumeClaim",
       true,
       true,
       {"pvc"}},
      {"", "v1", "nodes", "node", "Node", false, true, {"no"}},
      {"coordination.k8s.io", "v1", "leases", "lease", "Lease", true, false, {}},
  }};
  return rows;
}

const Kind* find_kind(std::string_view word) {
  for (const Kind& kind : kinds()) {
    if (equal_any_case(word, kind.plural) || equal_any_case(word, kind.singular) ||
        equal_any_case(word, kind.kind) || equal_any_case(word, kind.resource()))
      return &kind;
    for (const std::string_view name : kind.short_names)
      if (equal_any_case(word, name)) return &kind;
  }
  return nullptr;
}

const Kind* find_kind(std::string_view api_version, std::string_view kind) {
  for (const Kind& row : kinds())
    if (row.kind == kind && row.api_version() == api_version) return &row;
  return nullptr;
}

const Kind* find_resource(std::string_view group, std::string_view version,
                          std::string_view plural) {
  for (const Kind& row : kinds())
    if (row.plural == plural && row.group == group && row.version == version) return &row;
  return nullptr;
}

const Kind& kind_of(std::string_view plural) {
  const Kind* kind = find_kind(plural);
  assert(kind);
  return *kind;
}

std::string rest_path(const Kind& kind, std::string_view namespace_, std::string_view name) {
  std::string path = (kind.group.empty() ? "/api/" : "/apis/") + kind.api_version();
  if (kind.namespaced && !namespace_.empty())
    path += "/namespaces/" + sys::percent_encode(namespace_);
  path += "/" + std::string(kind.plural);
  if (!name.empty()) path += "/" + sys::percent_encode(name);
  return path;
}

}  // namespace kube

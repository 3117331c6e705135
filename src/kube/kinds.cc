#include "kube/kinds.h"

#include <algorithm>
#include <cassert>
#include <cctype>

#include "sys/http.h"

namespace kube {
namespace {

constexpr std::string_view kArgo = "argoproj.io", kAlpha = "v1alpha1";

// As Argo's CRDs and Kubernetes' API reference say.
struct Row {
  std::string_view group, version;
  std::string_view names;  // plural, singular, kind, and the short ones
  bool namespaced, has_status;
};

constexpr Row kRows[] = {
    {kArgo, kAlpha, "workflows workflow Workflow wf", true, false},
    {kArgo, kAlpha, "workflowtemplates workflowtemplate WorkflowTemplate wftmpl", true, false},
    {kArgo, kAlpha,
     "clusterworkflowtemplates clusterworkflowtemplate ClusterWorkflowTemplate clusterwftmpl cwft",
     false, false},
    {kArgo, kAlpha, "cronworkflows cronworkflow CronWorkflow cwf cronwf", true, false},
    {kArgo, kAlpha, "workfloweventbindings workfloweventbinding WorkflowEventBinding wfeb", true,
     false},
    {kArgo, kAlpha, "workflowtasksets workflowtaskset WorkflowTaskSet wfts", true, true},
    {kArgo, kAlpha, "workflowtaskresults workflowtaskresult WorkflowTaskResult", true, false},
    {kArgo, kAlpha, "workflowartifactgctasks workflowartifactgctask WorkflowArtifactGCTask wfat",
     true, true},
    // Argo Events': kept, and nothing more.
    {kArgo, kAlpha, "eventsources eventsource EventSource es", true, false},
    {kArgo, kAlpha, "sensors sensor Sensor sn", true, false},
    {kArgo, kAlpha, "eventbus eventbus EventBus eb", true, false},
    {"", "v1", "pods pod Pod po", true, true},
    {"", "v1", "configmaps configmap ConfigMap cm", true, false},
    {"", "v1", "secrets secret Secret", true, false},
    {"", "v1", "namespaces namespace Namespace ns", false, true},
    {"", "v1", "events event Event ev", true, false},
    {"", "v1", "serviceaccounts serviceaccount ServiceAccount sa", true, false},
    {"", "v1", "services service Service svc", true, true},
    {"", "v1", "persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim pvc", true,
     true},
    {"", "v1", "nodes node Node no", false, true},
    {"policy", "v1", "poddisruptionbudgets poddisruptionbudget PodDisruptionBudget pdb", true,
     true},
    {"coordination.k8s.io", "v1", "leases lease Lease", true, false},
};

std::string_view take_word(std::string_view& words) {
  const size_t end = std::min(words.find(' '), words.size());
  const std::string_view word = words.substr(0, end);
  words.remove_prefix(std::min(end + 1, words.size()));
  return word;
}

Kind to_kind(const Row& row) {
  Kind kind{row.group, row.version, {}, {}, {}, row.namespaced, row.has_status, {}};
  std::string_view names = row.names;
  kind.plural = take_word(names);
  kind.singular = take_word(names);
  kind.kind = take_word(names);
  while (!names.empty()) kind.short_names.push_back(take_word(names));
  return kind;
}

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

std::string_view content_type(PatchType type) {
  switch (type) {
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kMerge:
      return "application/merge-patch+json";
    case PatchType::kStrategic:
      return "application/strategic-merge-patch+json";
    default:
      return "application/apply-patch+yaml";
  }
}

std::span<const Kind> kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> made;
    for (const Row& row : kRows) made.push_back(to_kind(row));
    return made;
  }();
  return all;
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

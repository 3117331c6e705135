#include "kube/kinds.h"

#include <algorithm>
#include <cassert>
#include <cctype>

#include "sys/http.h"

namespace kube {
namespace {

constexpr std::string_view kArgo = "argoproj.io", kAlpha = "v1alpha1";

// What a row says beside its words.
enum : uint8_t {
  kStatus = 1,      // has a status subresource
  kScale = 2,       // has a scale subresource
  kAll = 4,         // in the category "all"
  kGeneration = 8,  // Kubernetes counts the changes of its spec
  kIdle = 16,       // kept, and nothing here acts on it
};

// As Argo's CRDs and Kubernetes' API reference say.
struct Row {
  std::string_view group, version;
  std::string_view names;  // plural, singular, kind, and the short ones
  bool namespaced;
  uint8_t traits = 0;
};

constexpr std::string_view kApps = "apps", kBatch = "batch", kNet = "networking.k8s.io",
                           kRbac = "rbac.authorization.k8s.io";
constexpr uint8_t kWorkload = kStatus | kAll | kGeneration;

constexpr Row kRows[] = {
    {kArgo, kAlpha, "workflows workflow Workflow wf", true, kGeneration},
    {kArgo, kAlpha, "workflowtemplates workflowtemplate WorkflowTemplate wftmpl", true,
     kGeneration},
    {kArgo, kAlpha,
     "clusterworkflowtemplates clusterworkflowtemplate ClusterWorkflowTemplate clusterwftmpl cwft",
     false, kGeneration},
    {kArgo, kAlpha, "cronworkflows cronworkflow CronWorkflow cwf cronwf", true, kGeneration},
    {kArgo, kAlpha, "workfloweventbindings workfloweventbinding WorkflowEventBinding wfeb", true,
     kGeneration},
    {kArgo, kAlpha, "workflowtasksets workflowtaskset WorkflowTaskSet wfts", true,
     kStatus | kGeneration},
    {kArgo, kAlpha, "workflowtaskresults workflowtaskresult WorkflowTaskResult", true, kGeneration},
    {kArgo, kAlpha, "workflowartifactgctasks workflowartifactgctask WorkflowArtifactGCTask wfat",
     true, kStatus | kGeneration},
    // Argo Events': kept, and nothing more.
    {kArgo, kAlpha, "eventsources eventsource EventSource es", true, kGeneration},
    {kArgo, kAlpha, "sensors sensor Sensor sn", true, kGeneration},
    {kArgo, kAlpha, "eventbus eventbus EventBus eb", true, kGeneration},
    {"", "v1", "pods pod Pod po", true, kStatus | kAll},
    {"", "v1", "configmaps configmap ConfigMap cm", true},
    {"", "v1", "secrets secret Secret", true},
    {"", "v1", "namespaces namespace Namespace ns", false, kStatus},
    {"", "v1", "events event Event ev", true},
    {"", "v1", "serviceaccounts serviceaccount ServiceAccount sa", true},
    {"", "v1", "services service Service svc", true, kStatus | kAll},
    {"", "v1", "persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim pvc", true,
     kStatus},
    {"", "v1", "nodes node Node no", false, kStatus},
    {"policy", "v1", "poddisruptionbudgets poddisruptionbudget PodDisruptionBudget pdb", true,
     kStatus | kGeneration},
    {"coordination.k8s.io", "v1", "leases lease Lease", true},
    {"", "v1", "endpoints endpoints Endpoints ep", true},
    {"", "v1", "resourcequotas resourcequota ResourceQuota quota", true, kStatus | kIdle},
    {"", "v1", "limitranges limitrange LimitRange limits", true, kIdle},
    {kBatch, "v1", "jobs job Job", true, kWorkload},
    {kBatch, "v1", "cronjobs cronjob CronJob cj", true, kWorkload | kIdle},
    {kApps, "v1", "deployments deployment Deployment deploy", true, kWorkload | kScale | kIdle},
    {kApps, "v1", "replicasets replicaset ReplicaSet rs", true, kWorkload | kScale | kIdle},
    {kApps, "v1", "statefulsets statefulset StatefulSet sts", true, kWorkload | kScale | kIdle},
    {kApps, "v1", "daemonsets daemonset DaemonSet ds", true, kWorkload | kIdle},
    {"autoscaling", "v2",
     "horizontalpodautoscalers horizontalpodautoscaler "
     "HorizontalPodAutoscaler hpa",
     true, kStatus | kAll | kIdle},
    {kNet, "v1", "ingresses ingress Ingress ing", true, kStatus | kGeneration | kIdle},
    {kNet, "v1", "networkpolicies networkpolicy NetworkPolicy netpol", true, kGeneration | kIdle},
    {kRbac, "v1", "roles role Role", true},
    {kRbac, "v1", "rolebindings rolebinding RoleBinding", true},
    {kRbac, "v1", "clusterroles clusterrole ClusterRole", false},
    {kRbac, "v1", "clusterrolebindings clusterrolebinding ClusterRoleBinding", false},
    {"storage.k8s.io", "v1", "storageclasses storageclass StorageClass sc", false},
    {"scheduling.k8s.io", "v1", "priorityclasses priorityclass PriorityClass pc", false,
     kGeneration},
    {"apiextensions.k8s.io", "v1",
     "customresourcedefinitions customresourcedefinition CustomResourceDefinition crd crds", false,
     kStatus | kGeneration},
};

std::string_view take_word(std::string_view& words) {
  const size_t end = std::min(words.find(' '), words.size());
  const std::string_view word = words.substr(0, end);
  words.remove_prefix(std::min(end + 1, words.size()));
  return word;
}

Kind to_kind(const Row& row) {
  Kind kind;
  kind.group = row.group;
  kind.version = row.version;
  kind.namespaced = row.namespaced;
  kind.has_status = (row.traits & kStatus) != 0;
  kind.has_scale = (row.traits & kScale) != 0;
  kind.has_generation = (row.traits & kGeneration) != 0;
  kind.is_idle = (row.traits & kIdle) != 0;
  if ((row.traits & kAll) != 0) kind.categories.push_back("all");
  std::string_view names = row.names;
  kind.plural = take_word(names);
  kind.singular = take_word(names);
  kind.kind = take_word(names);
  while (!names.empty()) kind.short_names.push_back(take_word(names));
  if (kind.plural == "customresourcedefinitions") kind.categories.push_back("api-extensions");
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

bool Kind::is_of(std::string_view api_version) const {
  if (group.empty()) return api_version == version;
  return api_version.size() == group.size() + 1 + version.size() &&
         api_version.starts_with(group) && api_version[group.size()] == '/' &&
         api_version.ends_with(version);
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
  // As the code names them: nothing is copied or folded.
  for (const Kind& kind : kinds())
    if (word == kind.plural) return &kind;
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
    if (row.kind == kind && row.is_of(api_version)) return &row;
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

#include "model/openapi_names.h"

#include <algorithm>

namespace model {
namespace {

struct Row {
  std::string_view family, types;
};

// Types that are of another family than most of their table file.
constexpr Row kRows[] = {
    {"io.k8s.apimachinery.pkg.apis.meta.v1",
     " ObjectMeta OwnerReference ManagedFieldsEntry LabelSelector LabelSelectorRequirement "
     "MetaCondition CreateOptions GetOptions ListOptions "},
    {"sync", " CreateSyncLimitRequest UpdateSyncLimitRequest SyncLimitResponse SyncLimitList "},
    {"eventsource", " CreateEventSourceRequest UpdateEventSourceRequest "},
    {"sensor", " CreateSensorRequest UpdateSensorRequest "},
    {"grpc.gateway.runtime", " GatewayError "},
    {"io.k8s.api.batch.v1",
     " Job JobSpec JobStatus JobCondition SuccessPolicy SuccessPolicyRule UncountedTerminatedPods "
     "CronJob CronJobSpec CronJobStatus JobTemplateSpec PodFailurePolicy PodFailurePolicyRule "
     "PodFailurePolicyOnExitCodesRequirement PodFailurePolicyOnPodConditionsPattern "},
    {"io.k8s.api.policy.v1",
     " PodDisruptionBudget PodDisruptionBudgetSpec PodDisruptionBudgetStatus "},
    {"io.k8s.api.rbac.v1",
     " Role RoleBinding ClusterRole ClusterRoleBinding PolicyRule RoleRef Subject "
     "AggregationRule "},
    {"io.k8s.api.coordination.v1", " Lease LeaseSpec "},
    {"io.k8s.api.storage.v1", " StorageClass "},
    {"io.k8s.api.scheduling.v1", " PriorityClass "},
    {"io.k8s.api.networking.v1",
     " Ingress IngressSpec IngressBackend IngressServiceBackend ServiceBackendPort IngressRule "
     "HTTPIngressRuleValue HTTPIngressPath IngressTLS IngressStatus IngressLoadBalancerStatus "
     "IngressLoadBalancerIngress IngressPortStatus NetworkPolicy NetworkPolicySpec "
     "NetworkPolicyEgressRule NetworkPolicyPort NetworkPolicyPeer IPBlock "
     "NetworkPolicyIngressRule "},
    {"io.k8s.api.core.v1",
     " ResourceQuota ResourceQuotaSpec ResourceQuotaStatus ScopeSelector "
     "ScopedResourceSelectorRequirement LimitRange LimitRangeSpec LimitRangeItem PodLogOptions "},
    {"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
     " CustomResourceDefinition CustomResourceDefinitionSpec CustomResourceDefinitionStatus "},
};

// Names of Argo and Kubernetes that are the same for two types have two in the tables.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"CoreEvent", "Event"},         {"CoreNodeStatus", "NodeStatus"},
    {"MetaCondition", "Condition"}, {"ProbeHTTPHeader", "HTTPHeader"},
    {"GatewayError", "Error"},
};

}  // namespace

std::string definition_name(const SchemaType& type) {
  const std::string_view name = type.row->name;
  std::string_view family = type.family, shown = name;
  const std::string wanted = " " + std::string(name) + " ";
  for (const Row& row : kRows)
    if (row.types.find(wanted) != std::string_view::npos) family = row.family;
  for (const auto& [from, to] : kRenamed)
    if (name == from) shown = to;
  return std::string(family) + "." + std::string(shown);
}

std::string definition_name(std::string_view group, std::string_view version,
                            std::string_view kind) {
  // The group's labels in the other direction, as of a Java package.
  std::string out;
  for (std::string_view rest = group.empty() ? "core.api.k8s.io" : group; !rest.empty();) {
    const size_t dot = rest.rfind('.');
    out += rest.substr(dot == std::string_view::npos ? 0 : dot + 1);
    out += '.';
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  return out + std::string(version) + "." + std::string(kind);
}

}  // namespace model

#include "model/api_types.h"

namespace model {
namespace {

struct Row {
  std::string_view api_version, kind;
  std::string_view type = {};  // the kind where empty
};

constexpr Row kRows[] = {
    {"v1", "Pod"},
    {"v1", "ConfigMap"},
    {"v1", "Secret"},
    {"v1", "Service"},
    {"v1", "ServiceAccount"},
    {"v1", "PersistentVolumeClaim"},
    {"v1", "Event", "CoreEvent"},
    {"v1", "Namespace"},
    {"v1", "Node"},
    {"v1", "Endpoints"},
    {"v1", "ResourceQuota"},
    {"v1", "LimitRange"},
    {"batch/v1", "Job"},
    {"batch/v1", "CronJob"},
    {"apps/v1", "Deployment"},
    {"apps/v1", "ReplicaSet"},
    {"apps/v1", "StatefulSet"},
    {"apps/v1", "DaemonSet"},
    {"policy/v1", "PodDisruptionBudget"},
    {"autoscaling/v2", "HorizontalPodAutoscaler"},
    {"networking.k8s.io/v1", "Ingress"},
    {"networking.k8s.io/v1", "NetworkPolicy"},
    {"rbac.authorization.k8s.io/v1", "Role"},
    {"rbac.authorization.k8s.io/v1", "RoleBinding"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole"},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"},
    {"coordination.k8s.io/v1", "Lease"},
    {"storage.k8s.io/v1", "StorageClass"},
    {"scheduling.k8s.io/v1", "PriorityClass"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
};

}  // namespace

const SchemaType* find_api_type(std::string_view api_version, std::string_view kind) {
  for (const Row& row : kRows)
    if (row.kind == kind && row.api_version == api_version)
      return Schema::get().find(row.type.empty() ? row.kind : row.type);
  return nullptr;
}

}  // namespace model

#include "server/table_columns.h"

namespace server {
namespace {

constexpr std::string_view kCreated = ".metadata.creationTimestamp";
constexpr std::string_view kNone = "<none>", kUnset = "<unset>", kUnknown = "<unknown>";
constexpr Column kAge = {"Age", "age .metadata.creationTimestamp", "string",
                         0,     "How long ago it was created.",    kUnknown};
constexpr Column kCreatedAt = {"Created At", kCreated, "date", 0, "When it was created."};
constexpr Column kContainers = {"Containers", "names .spec.template.spec.containers", "string", 1,
                                "The containers of its pods."};
constexpr Column kImages = {"Images", "images .spec.template.spec.containers", "string", 1,
                            "Their images."};
constexpr Column kSelector = {"Selector", "selector .spec.selector", "string", 1,
                              "Which pods are its own."};

// As Argo's CustomResourceDefinitions say.
constexpr Column kWorkflow[] = {
    {"Status", ".status.phase", "string", 0, "Status of the workflow"},
    {"Age", "age .status.startedAt", "date", 0, "When the workflow was started"},
    {"Message", ".status.message", "string", 0, "Why the workflow is as it is"},
};

constexpr Column kPod[] = {
    {"Ready", "pod-ready", "string", 0, "How many containers are ready, of how many."},
    {"Status", "pod-status", "string", 0, "What the pod does."},
    {"Restarts", "pod-restarts", "string", 0, "How often containers were started again."},
    kAge,
    {"IP", ".status.podIP", "string", 1, "Its address.", kNone},
    {"Node", ".spec.nodeName", "string", 1, "The machine that it runs on.", kNone},
    {"Nominated Node", ".status.nominatedNodeName", "string", 1, "Where it is to run.", kNone},
    {"Readiness Gates", "readiness-gates", "string", 1, "What else it waits for.", kNone},
};
constexpr Column kConfigMap[] = {{"Data", "count .data .binaryData"}, kAge};
constexpr Column kSecret[] = {{"Type", ".type"}, {"Data", "count .data"}, kAge};
constexpr Column kNamespace[] = {{"Status", ".status.phase"}, kAge};
constexpr Column kServiceAccount[] = {{"Secrets", "count .secrets"}, kAge};
constexpr Column kEvent[] = {
    {"Last Seen", "age .lastTimestamp .eventTime .firstTimestamp", "string", 0, {}, kUnknown},
    {"Type", ".type"},
    {"Reason", ".reason"},
    {"Object", "event-object"},
    {"Subobject", ".involvedObject.fieldPath", "string", 1},
    {"Source", "event-source", "string", 1},
    {"Message", ".message"},
    {"First Seen", "age .firstTimestamp .eventTime", "string", 1, {}, kUnknown},
    {"Count", "event-count", "string", 1},
    {"Name", ".metadata.name", "string", 1},
};
constexpr Column kService[] = {
    {"Type", ".spec.type"},
    {"Cluster-IP", ".spec.clusterIP", "string", 0, {}, kNone},
    {"External-IP", "external-ip", "string", 0, {}, kNone},
    {"Port(s)", "service-ports", "string", 0, {}, kNone},
    kAge,
    {"Selector", "selector .spec.selector", "string", 1},
};
constexpr Column kClaim[] = {
    {"Status", "phase-or-terminating"},
    {"Volume", ".spec.volumeName"},
    {"Capacity", ".status.capacity.storage"},
    {"Access Modes", "access-modes .status.accessModes"},
    {"StorageClass", ".spec.storageClassName"},
    {"VolumeAttributesClass", ".spec.volumeAttributesClassName", "string", 0, {}, kUnset},
    kAge,
    {"VolumeMode", ".spec.volumeMode", "string", 1, {}, kUnset},
};
constexpr Column kVolume[] = {
    {"Capacity", ".spec.capacity.storage"},
    {"Access Modes", "access-modes .spec.accessModes"},
    {"Reclaim Policy", ".spec.persistentVolumeReclaimPolicy"},
    {"Status", "phase-or-terminating"},
    {"Claim", "claim-reference"},
    {"StorageClass", ".spec.storageClassName"},
    {"VolumeAttributesClass", ".spec.volumeAttributesClassName", "string", 0, {}, kUnset},
    {"Reason", ".status.reason"},
    kAge,
    {"VolumeMode", ".spec.volumeMode", "string", 1, {}, kUnset},
};
constexpr Column kNode[] = {
    {"Status", "node-status"},
    {"Roles", "node-roles", "string", 0, {}, kNone},
    kAge,
    {"Version", ".status.nodeInfo.kubeletVersion"},
    {"Internal-IP", "node-address InternalIP", "string", 1, {}, kNone},
    {"External-IP", "node-address ExternalIP", "string", 1, {}, kNone},
    {"OS-Image", ".status.nodeInfo.osImage", "string", 1, {}, kUnknown},
    {"Kernel-Version", ".status.nodeInfo.kernelVersion", "string", 1, {}, kUnknown},
    {"Container-Runtime", ".status.nodeInfo.containerRuntimeVersion", "string", 1, {}, kUnknown},
};
constexpr Column kDisruptionBudget[] = {
    {"Min Available", ".spec.minAvailable", "string", 0, {}, "N/A"},
    {"Max Unavailable", ".spec.maxUnavailable", "string", 0, {}, "N/A"},
    {"Allowed Disruptions", ".status.disruptionsAllowed", "integer", 0, {}, "0"},
    kAge,
};
constexpr Column kLease[] = {{"Holder", ".spec.holderIdentity"}, kAge};
constexpr Column kQuota[] = {{"Request", "quota requests"}, {"Limit", "quota limits"}, kAge};
constexpr Column kCreation[] = {kCreatedAt};
constexpr Column kBinding[] = {
    {"Role", "role-reference"},
    kAge,
    {"Users", "subjects User", "string", 1},
    {"Groups", "subjects Group", "string", 1},
    {"ServiceAccounts", "subjects ServiceAccount", "string", 1},
};
constexpr Column kJob[] = {
    {"Status", "job-status"},
    {"Completions", "job-completions"},
    {"Duration", "job-duration"},
    kAge,
    kContainers,
    kImages,
    kSelector,
};
constexpr Column kCronJob[] = {
    {"Schedule", ".spec.schedule"},
    {"Timezone", ".spec.timeZone", "string", 0, {}, kNone},
    {"Suspend", "truth .spec.suspend"},
    {"Active", "count .status.active", "integer"},
    {"Last Schedule", "age .status.lastScheduleTime", "string", 0, {}, kNone},
    kAge,
    {"Containers", "names .spec.jobTemplate.spec.template.spec.containers", "string", 1},
    {"Images", "images .spec.jobTemplate.spec.template.spec.containers", "string", 1},
    {"Selector", "selector .spec.jobTemplate.spec.selector", "string", 1},
};
constexpr Column kDeployment[] = {
    {"Ready", "ready-of .spec.replicas"},
    {"Up-to-date", ".status.updatedReplicas", "string", 0, {}, "0"},
    {"Available", ".status.availableReplicas", "string", 0, {}, "0"},
    kAge,
    kContainers,
    kImages,
    kSelector,
};
constexpr Column kReplicaSet[] = {
    {"Desired", ".spec.replicas", "integer", 0, {}, "0"},
    {"Current", ".status.replicas", "integer", 0, {}, "0"},
    {"Ready", ".status.readyReplicas", "integer", 0, {}, "0"},
    kAge,
    kContainers,
    kImages,
    kSelector,
};
constexpr Column kStatefulSet[] = {
    {"Ready", "ready-of .spec.replicas"}, kAge, kContainers, kImages};
constexpr Column kDaemonSet[] = {
    {"Desired", ".status.desiredNumberScheduled", "integer", 0, {}, "0"},
    {"Current", ".status.currentNumberScheduled", "integer", 0, {}, "0"},
    {"Ready", ".status.numberReady", "integer", 0, {}, "0"},
    {"Up-to-date", ".status.updatedNumberScheduled", "integer", 0, {}, "0"},
    {"Available", ".status.numberAvailable", "integer", 0, {}, "0"},
    {"Node Selector", "selector .spec.template.spec.nodeSelector"},
    kAge,
    kContainers,
    kImages,
    kSelector,
};
constexpr Column kAutoscaler[] = {
    {"Reference", "scale-target"},
    {"Targets", "scale-metrics", "string", 0, {}, kNone},
    {"MinPods", ".spec.minReplicas", "string", 0, {}, kUnset},
    {"MaxPods", ".spec.maxReplicas"},
    {"Replicas", ".status.currentReplicas", "string", 0, {}, "0"},
    kAge,
};
constexpr Column kIngress[] = {
    {"Class", ".spec.ingressClassName", "string", 0, {}, kNone},
    {"Hosts", "ingress-hosts"},
    {"Address", "load-balancer"},
    {"Ports", "ingress-ports"},
    kAge,
};
constexpr Column kNetworkPolicy[] = {{"Pod-Selector", "selector .spec.podSelector"}, kAge};
constexpr Column kEndpoints[] = {{"Endpoints", "endpoints", "string", 0, {}, kNone}, kAge};
constexpr Column kStorageClass[] = {
    {"Provisioner", ".provisioner"},
    {"ReclaimPolicy", ".reclaimPolicy", "string", 0, {}, "Delete"},
    {"VolumeBindingMode", ".volumeBindingMode", "string", 0, {}, kUnset},
    {"AllowVolumeExpansion", ".allowVolumeExpansion", "string", 0, {}, "false"},
    kAge,
};
constexpr Column kPriorityClass[] = {
    {"Value", ".value", "integer"},
    {"Global-Default", ".globalDefault", "boolean", 0, {}, "false"},
    kAge,
    {"PreemptionPolicy", ".preemptionPolicy", "string", 0, {}, "PreemptLowerPriority"},
};

struct Row {
  std::string_view resource;  // of the store: plural and group
  std::span<const Column> columns;
};
// Of the others the age is shown.
constexpr Row kRows[] = {
    {"workflows.argoproj.io", kWorkflow},
    {"pods", kPod},
    {"configmaps", kConfigMap},
    {"secrets", kSecret},
    {"namespaces", kNamespace},
    {"serviceaccounts", kServiceAccount},
    {"events", kEvent},
    {"services", kService},
    {"persistentvolumeclaims", kClaim},
    {"persistentvolumes", kVolume},
    {"nodes", kNode},
    {"endpoints", kEndpoints},
    {"resourcequotas", kQuota},
    {"limitranges", kCreation},
    {"poddisruptionbudgets.policy", kDisruptionBudget},
    {"leases.coordination.k8s.io", kLease},
    {"roles.rbac.authorization.k8s.io", kCreation},
    {"clusterroles.rbac.authorization.k8s.io", kCreation},
    {"rolebindings.rbac.authorization.k8s.io", kBinding},
    {"clusterrolebindings.rbac.authorization.k8s.io", kBinding},
    {"customresourcedefinitions.apiextensions.k8s.io", kCreation},
    {"jobs.batch", kJob},
    {"cronjobs.batch", kCronJob},
    {"deployments.apps", kDeployment},
    {"replicasets.apps", kReplicaSet},
    {"statefulsets.apps", kStatefulSet},
    {"daemonsets.apps", kDaemonSet},
    {"horizontalpodautoscalers.autoscaling", kAutoscaler},
    {"ingresses.networking.k8s.io", kIngress},
    {"networkpolicies.networking.k8s.io", kNetworkPolicy},
    {"storageclasses.storage.k8s.io", kStorageClass},
    {"priorityclasses.scheduling.k8s.io", kPriorityClass},
};

}  // namespace

std::span<const Column> columns_of(const kube::Kind& kind) {
  const std::string resource = kind.resource();
  for (const Row& row : kRows)
    if (row.resource == resource) return row.columns;
  static constexpr Column kOnlyAge[] = {kAge};
  return kOnlyAge;
}

}  // namespace server

// pod_status_tables.cc — Kubernetes' pods: what is said of them, and the parts of their spec
// that only a cluster uses.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kObjectBase[] = {
    acts("apiVersion", "string", "version of the kind"),
    acts("kind", "string", "the kind"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations"),
};

constexpr Field kConditionBase[] = {
    acts("type", "string", "what it is about").must(),
    acts("status", "string", "True, False or Unknown").must(),
    acts("reason", "string", "one word for programs"),
    acts("message", "string", "a sentence for people"),
    acts("lastTransitionTime", "Time", "when it changed last"),
};

constexpr Field kEphemeralContainer[] = {
    acts("targetContainerName", "string", "target container name"),
};

constexpr Field kPodOS[] = {
    acts("name", "string", "its name"),
};

constexpr Field kPodReadinessGate[] = {
    acts("conditionType", "string", "condition type"),
};

constexpr Field kPodSchedulingGate[] = {
    acts("name", "string", "its name"),
};

constexpr Field kTopologySpreadConstraint[] = {
    acts("labelSelector", "LabelSelector", "which pods are counted"),
    acts("matchLabelKeys", "[]string", "match label keys"),
    acts("maxSkew", "int", "how uneven it may be"),
    acts("minDomains", "int", "min domains"),
    acts("nodeAffinityPolicy", "string", "node affinity policy"),
    acts("nodeTaintsPolicy", "string", "node taints policy"),
    acts("topologyKey", "string", "label of the machines that tells places apart"),
    acts("whenUnsatisfiable", "string", "DoNotSchedule or ScheduleAnyway"),
};

constexpr Field kPodStatus[] = {
    acts("allocatedResources", "map[string]Quantity", "allocated resources"),
    acts("conditions", "[]PodCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("containerStatuses", "[]ContainerStatus", "how the containers are"),
    acts("ephemeralContainerStatuses", "[]ContainerStatus", "ephemeral container statuses"),
    acts("extendedResourceClaimStatus", "PodExtendedResourceClaimStatus",
         "extended resource claim status"),
    acts("hostIP", "string", "address of its machine"),
    acts("hostIPs", "[]HostIP", "host IPs").merged_by("ip"),
    acts("initContainerStatuses", "[]ContainerStatus", "how the init containers are"),
    acts("message", "string", "a sentence for people"),
    acts("nominatedNodeName", "string", "nominated node name"),
    acts("observedGeneration", "int", "generation that the status is about"),
    acts("phase", "string", "where it is in its life"),
    acts("podIP", "string", "its address"),
    acts("podIPs", "[]PodIP", "pod IPs").map_by("ip").merged_by("ip"),
    acts("qosClass", "string", "Guaranteed, Burstable or BestEffort"),
    acts("reason", "string", "one word for programs"),
    acts("resize", "string", "resize"),
    acts("resourceClaimStatuses", "[]PodResourceClaimStatus", "resource claim statuses")
        .map_by("name")
        .merged_by("name")
        .retaining_keys(),
    acts("resources", "ResourceRequirements", "resources; * is all"),
    acts("startTime", "Time", "when it was taken by an agent"),
};

constexpr Field kPodCondition[] = {
    acts("lastProbeTime", "Time", "last probe time"),
    acts("observedGeneration", "int", "generation that the status is about"),
};

constexpr Field kContainerStatus[] = {
    acts("allocatedResources", "map[string]Quantity", "allocated resources"),
    acts("allocatedResourcesStatus", "[]ResourceStatus", "allocated resources status")
        .map_by("name")
        .merged_by("name"),
    acts("containerID", "string", "container ID"),
    acts("image", "string", "image"),
    acts("imageID", "string", "image ID"),
    acts("lastState", "ContainerState", "last state"),
    acts("name", "string", "its name"),
    acts("ready", "bool", "ready"),
    acts("resources", "ResourceRequirements", "resources; * is all"),
    acts("restartCount", "int", "how often it was started again"),
    acts("started", "bool", "started"),
    acts("state", "ContainerState", "state"),
    acts("stopSignal", "string", "stop signal"),
    acts("user", "ContainerUser", "user"),
    acts("volumeMounts", "[]VolumeMountStatus", "volume mounts")
        .map_by("mountPath")
        .merged_by("mountPath"),
};

constexpr Field kResourceStatus[] = {
    acts("name", "string", "its name"),
    acts("resources", "[]ResourceHealth", "resources; * is all").map_by("resourceID"),
};

constexpr Field kResourceHealth[] = {
    acts("health", "string", "health"),
    acts("resourceID", "string", "resource ID"),
};

constexpr Field kContainerState[] = {
    acts("running", "ContainerStateRunning", "it runs"),
    acts("terminated", "ContainerStateTerminated", "it has ended"),
    acts("waiting", "ContainerStateWaiting", "it waits"),
};

constexpr Field kContainerStateRunning[] = {
    acts("startedAt", "Time", "started at"),
};

constexpr Field kContainerStateTerminated[] = {
    acts("containerID", "string", "container ID"),
    acts("exitCode", "int", "exit code of the process"),
    acts("finishedAt", "Time", "finished at"),
    acts("message", "string", "a sentence for people"),
    acts("reason", "string", "one word for programs"),
    acts("signal", "int", "signal that ended the process"),
    acts("startedAt", "Time", "started at"),
};

constexpr Field kContainerStateWaiting[] = {
    acts("message", "string", "a sentence for people"),
    acts("reason", "string", "one word for programs"),
};

constexpr Field kContainerUser[] = {
    acts("linux", "LinuxContainerUser", "linux"),
};

constexpr Field kLinuxContainerUser[] = {
    acts("gid", "int", "gid"),
    acts("supplementalGroups", "[]int", "supplemental groups"),
    acts("uid", "int", "uid"),
};

constexpr Field kVolumeMountStatus[] = {
    acts("mountPath", "string", "mount path"),
    acts("name", "string", "its name"),
    acts("readOnly", "bool", "read only"),
    acts("recursiveReadOnly", "string", "recursive read only"),
};

constexpr Field kPodExtendedResourceClaimStatus[] = {
    acts("requestMappings", "[]ContainerExtendedResourceRequest", "request mappings"),
    acts("resourceClaimName", "string", "resource claim name"),
};

constexpr Field kContainerExtendedResourceRequest[] = {
    acts("containerName", "string", "container name"),
    acts("requestName", "string", "request name"),
    acts("resourceName", "string", "resource name"),
};

constexpr Field kHostIP[] = {
    acts("ip", "string", "ip"),
};

constexpr Field kPodIP[] = {
    acts("ip", "string", "ip"),
};

constexpr Field kPodResourceClaimStatus[] = {
    acts("name", "string", "its name"),
    acts("resourceClaimName", "string", "resource claim name"),
};

constexpr Field kMetaCondition[] = {
    acts("observedGeneration", "int", "generation that the status is about"),
};

constexpr Field kPodFailurePolicy[] = {
    acts("rules", "[]PodFailurePolicyRule", "the rules"),
};

constexpr Field kPodFailurePolicyRule[] = {
    acts("action", "string", "action"),
    acts("onExitCodes", "PodFailurePolicyOnExitCodesRequirement", "on exit codes"),
    acts("onPodConditions", "[]PodFailurePolicyOnPodConditionsPattern", "on pod conditions"),
};

constexpr Field kPodFailurePolicyOnExitCodesRequirement[] = {
    acts("containerName", "string", "container name"),
    acts("operator", "string", "how they are compared"),
    acts("values", "[]int", "the values").set(),
};

constexpr Field kPodFailurePolicyOnPodConditionsPattern[] = {
    acts("status", "string", "how it is").or_else("\"True\""),
    acts("type", "string", "which kind of it"),
};

constexpr Field kPodTemplateSpec[] = {
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations").or_else("{}"),
    acts("spec", "PodSpec", "what is wanted"),
};

constexpr Field kPodDisruptionBudget[] = {
    acts("spec", "PodDisruptionBudgetSpec", "what is wanted"),
    acts("status", "PodDisruptionBudgetStatus", "how it is"),
};

constexpr Field kPodDisruptionBudgetStatus[] = {
    acts("conditions", "[]MetaCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("currentHealthy", "int", "current healthy"),
    acts("desiredHealthy", "int", "desired healthy"),
    acts("disruptedPods", "map[string]Time", "disrupted pods"),
    acts("disruptionsAllowed", "int", "disruptions allowed"),
    acts("expectedPods", "int", "expected pods"),
    acts("observedGeneration", "int", "generation that the status is about"),
};

constexpr Field kContainerResourceMetricSource[] = {
    acts("container", "string", "container"),
    acts("name", "string", "its name"),
    acts("target", "MetricTarget", "value that is aimed at"),
};

constexpr Field kPodsMetricSource[] = {
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
    acts("target", "MetricTarget", "value that is aimed at"),
};

constexpr Field kContainerResourceMetricStatus[] = {
    acts("container", "string", "container"),
    acts("current", "MetricValueStatus", "value at present"),
    acts("name", "string", "its name"),
};

constexpr Field kPodsMetricStatus[] = {
    acts("current", "MetricValueStatus", "value at present"),
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
};

constexpr Field kContainerImage[] = {
    acts("names", "[]string", "names"),
    acts("sizeBytes", "int", "size bytes"),
};

constexpr Type kTypes[] = {
    {"ObjectBase", "What all objects have.", kObjectBase},
    {"ConditionBase", "What all conditions have.", kConditionBase},
    {"EphemeralContainer", "Ephemeral container.", kEphemeralContainer, "Container"},
    {"PodOS", "Pod OS.", kPodOS},
    {"PodReadinessGate", "Pod readiness gate.", kPodReadinessGate},
    {"PodSchedulingGate", "Pod scheduling gate.", kPodSchedulingGate},
    {"TopologySpreadConstraint", "How evenly pods are spread.", kTopologySpreadConstraint},
    {"PodStatus", "How a pod is.", kPodStatus},
    {"PodCondition", "Pod condition.", kPodCondition, "ConditionBase"},
    {"ContainerStatus", "How it is: container status.", kContainerStatus},
    {"ResourceStatus", "How it is: resource status.", kResourceStatus},
    {"ResourceHealth", "Resource health.", kResourceHealth},
    {"ContainerState", "Container state.", kContainerState},
    {"ContainerStateRunning", "Container state running.", kContainerStateRunning},
    {"ContainerStateTerminated", "Container state terminated.", kContainerStateTerminated},
    {"ContainerStateWaiting", "Container state waiting.", kContainerStateWaiting},
    {"ContainerUser", "Container user.", kContainerUser},
    {"LinuxContainerUser", "Linux container user.", kLinuxContainerUser},
    {"VolumeMountStatus", "How it is: volume mount status.", kVolumeMountStatus},
    {"PodExtendedResourceClaimStatus", "How it is: pod extended resource claim status.",
     kPodExtendedResourceClaimStatus},
    {"ContainerExtendedResourceRequest", "Container extended resource request.",
     kContainerExtendedResourceRequest},
    {"HostIP", "Host IP.", kHostIP},
    {"PodIP", "Pod IP.", kPodIP},
    {"PodResourceClaimStatus", "How it is: pod resource claim status.", kPodResourceClaimStatus},
    {"MetaCondition", "Something that is known of an object.", kMetaCondition, "ConditionBase"},
    {"PodFailurePolicy", "Pod failure policy.", kPodFailurePolicy},
    {"PodFailurePolicyRule", "Pod failure policy rule.", kPodFailurePolicyRule},
    {"PodFailurePolicyOnExitCodesRequirement", "Pod failure policy on exit codes requirement.",
     kPodFailurePolicyOnExitCodesRequirement},
    {"PodFailurePolicyOnPodConditionsPattern", "Pod failure policy on pod conditions pattern.",
     kPodFailurePolicyOnPodConditionsPattern},
    {"PodTemplateSpec", "Pods to be made.", kPodTemplateSpec},
    {"PodDisruptionBudget", "How many pods may be missing.", kPodDisruptionBudget, "ObjectBase"},
    {"PodDisruptionBudgetStatus", "How it is: pod disruption budget status.",
     kPodDisruptionBudgetStatus},
    {"ContainerResourceMetricSource", "Container resource metric source.",
     kContainerResourceMetricSource},
    {"PodsMetricSource", "Pods metric source.", kPodsMetricSource},
    {"ContainerResourceMetricStatus", "How it is: container resource metric status.",
     kContainerResourceMetricStatus},
    {"PodsMetricStatus", "How it is: pods metric status.", kPodsMetricStatus},
    {"ContainerImage", "Container image.", kContainerImage},
};

}  // namespace

std::span<const Type> pod_status_tables() { return kTypes; }

}  // namespace model

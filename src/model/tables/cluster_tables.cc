// cluster_tables.cc — what a cluster as a whole consists of: machines, namespaces, rights.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kRole[] = {
    acts("rules", "[]PolicyRule", "the rules"),
};

constexpr Field kPolicyRule[] = {
    acts("apiGroups", "[]string", "groups of the API; \"\" is the core group"),
    acts("nonResourceURLs", "[]string", "paths that are no resources"),
    acts("resourceNames", "[]string", "only these names"),
    acts("resources", "[]string", "resources; * is all"),
    acts("verbs", "[]string", "what may be done; * is all"),
};

constexpr Field kRoleBinding[] = {
    acts("roleRef", "RoleRef", "the role that is given"),
    acts("subjects", "[]Subject", "who gets it"),
};

constexpr Field kRoleRef[] = {
    acts("apiGroup", "string", "group of the API").or_else("\"rbac.authorization.k8s.io\""),
    acts("kind", "string", "kind"),
    acts("name", "string", "its name"),
};

constexpr Field kSubject[] = {
    acts("apiGroup", "string", "group of the API"),
    acts("kind", "string", "kind"),
    acts("name", "string", "its name"),
    acts("namespace", "string", "its namespace"),
};

constexpr Field kClusterRole[] = {
    acts("aggregationRule", "AggregationRule", "roles whose rules are taken over"),
    acts("rules", "[]PolicyRule", "the rules"),
};

constexpr Field kAggregationRule[] = {
    acts("clusterRoleSelectors", "[]LabelSelector", "cluster role selectors"),
};

constexpr Field kClusterRoleBinding[] = {
    acts("roleRef", "RoleRef", "the role that is given"),
    acts("subjects", "[]Subject", "who gets it"),
};

constexpr Field kNode[] = {
    acts("spec", "NodeSpec", "what is wanted"),
    acts("status", "CoreNodeStatus", "how it is"),
};

constexpr Field kNodeSpec[] = {
    acts("configSource", "NodeConfigSource", "config source"),
    acts("externalID", "string", "external ID"),
    acts("podCIDR", "string", "pod CIDR"),
    acts("podCIDRs", "[]string", "pod CIDRs").set().merged_by("*"),
    acts("providerID", "string", "provider ID"),
    acts("taints", "[]Taint", "what keeps pods away"),
    acts("unschedulable", "bool", "new pods are not placed here"),
};

constexpr Field kNodeConfigSource[] = {
    acts("configMap", "ConfigMapNodeConfigSource", "config map"),
};

constexpr Field kConfigMapNodeConfigSource[] = {
    acts("kubeletConfigKey", "string", "kubelet config key"),
    acts("name", "string", "its name"),
    acts("namespace", "string", "its namespace"),
    acts("resourceVersion", "string", "resource version"),
    acts("uid", "string", "uid"),
};

constexpr Field kTaint[] = {
    acts("effect", "string", "NoSchedule, PreferNoSchedule or NoExecute"),
    acts("key", "string", "its key"),
    acts("timeAdded", "Time", "time added"),
    acts("value", "string", "its value"),
};

constexpr Field kCoreNodeStatus[] = {
    acts("addresses", "[]NodeAddress", "addresses of the machine").map_by("type").merged_by("type"),
    acts("allocatable", "map[string]Quantity", "what pods may use of it"),
    acts("capacity", "map[string]Quantity", "what it has"),
    acts("conditions", "[]NodeCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("config", "NodeConfigStatus", "config"),
    acts("daemonEndpoints", "NodeDaemonEndpoints", "daemon endpoints"),
    acts("declaredFeatures", "[]string", "declared features"),
    acts("features", "NodeFeatures", "features"),
    acts("images", "[]ContainerImage", "images"),
    acts("nodeInfo", "NodeSystemInfo", "versions and names of its software"),
    acts("phase", "string", "where it is in its life"),
    acts("runtimeHandlers", "[]NodeRuntimeHandler", "runtime handlers"),
    acts("volumesAttached", "[]AttachedVolume", "volumes attached"),
    acts("volumesInUse", "[]string", "volumes in use"),
};

constexpr Field kNodeAddress[] = {
    acts("address", "string", "address"),
    acts("type", "string", "which kind of it"),
};

constexpr Field kNodeCondition[] = {
    acts("lastHeartbeatTime", "Time", "last heartbeat time"),
};

constexpr Field kNodeConfigStatus[] = {
    acts("active", "NodeConfigSource", "active"),
    acts("assigned", "NodeConfigSource", "assigned"),
    acts("error", "string", "error"),
    acts("lastKnownGood", "NodeConfigSource", "last known good"),
};

constexpr Field kNodeDaemonEndpoints[] = {
    acts("kubeletEndpoint", "DaemonEndpoint", "kubelet endpoint"),
};

constexpr Field kDaemonEndpoint[] = {
    acts("Port", "int", "port"),
};

constexpr Field kNodeFeatures[] = {
    acts("supplementalGroupsPolicy", "bool", "supplemental groups policy"),
};

constexpr Field kNodeSystemInfo[] = {
    acts("architecture", "string", "architecture"),
    acts("bootID", "string", "boot ID"),
    acts("containerRuntimeVersion", "string", "container runtime version"),
    acts("kernelVersion", "string", "kernel version"),
    acts("kubeProxyVersion", "string", "kube proxy version"),
    acts("kubeletVersion", "string", "kubelet version"),
    acts("machineID", "string", "machine ID"),
    acts("operatingSystem", "string", "operating system"),
    acts("osImage", "string", "os image"),
    acts("swap", "NodeSwapStatus", "swap"),
    acts("systemUUID", "string", "system UUID"),
};

constexpr Field kNodeSwapStatus[] = {
    acts("capacity", "int", "what it has"),
};

constexpr Field kNodeRuntimeHandler[] = {
    acts("features", "NodeRuntimeHandlerFeatures", "features"),
    acts("name", "string", "its name"),
};

constexpr Field kNodeRuntimeHandlerFeatures[] = {
    acts("recursiveReadOnlyMounts", "bool", "recursive read only mounts"),
    acts("userNamespaces", "bool", "user namespaces"),
};

constexpr Field kAttachedVolume[] = {
    acts("devicePath", "string", "device path"),
    acts("name", "string", "its name"),
};

constexpr Field kLease[] = {
    acts("spec", "LeaseSpec", "what is wanted"),
};

constexpr Field kLeaseSpec[] = {
    acts("acquireTime", "string", "when it was taken"),
    acts("holderIdentity", "string", "who holds it"),
    acts("leaseDurationSeconds", "int", "seconds until it may be taken over"),
    acts("leaseTransitions", "int", "how often the holder changed"),
    acts("preferredHolder", "string", "preferred holder"),
    acts("renewTime", "string", "when it was renewed"),
    acts("strategy", "string", "how old pods are replaced by new ones"),
};

constexpr Field kCoreEvent[] = {
    acts("action", "string", "action"),
    acts("count", "int", "how often it happened"),
    acts("eventTime", "string", "event time"),
    acts("firstTimestamp", "Time", "when it happened first"),
    acts("involvedObject", "ObjectReference", "what it is about"),
    acts("lastTimestamp", "Time", "when it happened last"),
    acts("message", "string", "a sentence for people"),
    acts("reason", "string", "one word for programs"),
    acts("related", "ObjectReference", "another object that belongs to it"),
    acts("reportingComponent", "string", "reporting component"),
    acts("reportingInstance", "string", "reporting instance"),
    acts("series", "EventSeries", "series"),
    acts("source", "EventSource", "who says it"),
    acts("type", "string", "which kind of it"),
};

constexpr Field kEventSeries[] = {
    acts("count", "int", "how often it happened"),
    acts("lastObservedTime", "string", "last observed time"),
};

constexpr Field kEventSource[] = {
    acts("component", "string", "component"),
    acts("host", "string", "name of the host"),
};

constexpr Field kNamespace[] = {
    acts("spec", "NamespaceSpec", "what is wanted"),
    acts("status", "NamespaceStatus", "how it is"),
};

constexpr Field kNamespaceSpec[] = {
    acts("finalizers", "[]string", "who has to agree before it is gone"),
};

constexpr Field kNamespaceStatus[] = {
    acts("conditions", "[]NamespaceCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("phase", "string", "where it is in its life").or_else("\"Active\""),
};

constexpr Field kServiceAccount[] = {
    acts("automountServiceAccountToken", "bool", "mount the token of the service account"),
    acts("imagePullSecrets", "[]LocalObjectReference", "Secrets with credentials of registries"),
    acts("secrets", "[]ObjectReference", "Secrets that it may use")
        .map_by("name")
        .merged_by("name"),
};

constexpr Field kStorageClass[] = {
    acts("allowVolumeExpansion", "bool", "claims may grow"),
    acts("allowedTopologies", "[]TopologySelectorTerm", "where volumes may be"),
    acts("mountOptions", "[]string", "options of mounts"),
    acts("parameters", "map[string]string", "what the provisioner is told"),
    acts("provisioner", "string", "who makes the volumes"),
    acts("reclaimPolicy", "string", "Delete or Retain").or_else("\"Delete\""),
    acts("volumeBindingMode", "string", "Immediate or WaitForFirstConsumer")
        .or_else("\"Immediate\""),
};

constexpr Field kTopologySelectorTerm[] = {
    acts("matchLabelExpressions", "[]TopologySelectorLabelRequirement", "match label expressions"),
};

constexpr Field kTopologySelectorLabelRequirement[] = {
    acts("key", "string", "its key"),
    acts("values", "[]string", "the values"),
};

constexpr Field kCustomResourceDefinition[] = {
    acts("spec", "CustomResourceDefinitionSpec", "what is wanted"),
    acts("status", "CustomResourceDefinitionStatus", "how it is"),
};

constexpr Field kCustomResourceDefinitionSpec[] = {
    acts("group", "string", "group of the API").must(),
    acts("names", "object", "plural, singular, kind, listKind, shortNames, categories").must(),
    acts("scope", "string", "whether its objects are in namespaces")
        .must()
        .one_of("Namespaced|Cluster"),
    acts("versions", "[]object", "the versions and their schemas").must(),
    acts("conversion", "object", "how versions are made of each other")
        .or_else("{\"strategy\":\"None\"}"),
    acts("preserveUnknownFields", "bool", "old name of a mark of the schema"),
};

constexpr Field kCustomResourceDefinitionStatus[] = {
    acts("conditions", "[]MetaCondition", "what is known of it, one entry a type").map_by("type"),
    acts("acceptedNames", "object", "the names that are served"),
    acts("storedVersions", "[]string", "versions that objects were stored in"),
    acts("observedGeneration", "int", "generation that the status is about"),
};

constexpr Type kTypes[] = {
    {"CustomResourceDefinition", "A kind of objects that is not built in.",
     kCustomResourceDefinition, "ObjectBase"},
    {"CustomResourceDefinitionSpec", "What is wanted of a kind.", kCustomResourceDefinitionSpec},
    {"CustomResourceDefinitionStatus", "How a kind is.", kCustomResourceDefinitionStatus},
    {"Role", "What may be done in a namespace.", kRole, "ObjectBase"},
    {"PolicyRule", "Policy rule.", kPolicyRule},
    {"RoleBinding", "Who has a role in a namespace.", kRoleBinding, "ObjectBase"},
    {"RoleRef", "Role ref.", kRoleRef, {}, true},
    {"Subject", "Subject.", kSubject, {}, true},
    {"ClusterRole", "What may be done everywhere.", kClusterRole, "ObjectBase"},
    {"AggregationRule", "Aggregation rule.", kAggregationRule},
    {"ClusterRoleBinding", "Who has a role everywhere.", kClusterRoleBinding, "ObjectBase"},
    {"Node", "A machine that runs pods.", kNode, "ObjectBase"},
    {"NodeSpec", "Node spec.", kNodeSpec},
    {"NodeConfigSource", "Node config source.", kNodeConfigSource},
    {"ConfigMapNodeConfigSource", "Config map node config source.", kConfigMapNodeConfigSource},
    {"Taint", "Taint.", kTaint},
    {"CoreNodeStatus", "How it is: core node status.", kCoreNodeStatus},
    {"NodeAddress", "Node address.", kNodeAddress},
    {"NodeCondition", "Node condition.", kNodeCondition, "ConditionBase"},
    {"NodeConfigStatus", "How it is: node config status.", kNodeConfigStatus},
    {"NodeDaemonEndpoints", "Node daemon endpoints.", kNodeDaemonEndpoints},
    {"DaemonEndpoint", "Daemon endpoint.", kDaemonEndpoint},
    {"NodeFeatures", "Node features.", kNodeFeatures},
    {"NodeSystemInfo", "Node system info.", kNodeSystemInfo},
    {"NodeSwapStatus", "How it is: node swap status.", kNodeSwapStatus},
    {"NodeRuntimeHandler", "Node runtime handler.", kNodeRuntimeHandler},
    {"NodeRuntimeHandlerFeatures", "Node runtime handler features.", kNodeRuntimeHandlerFeatures},
    {"AttachedVolume", "Attached volume.", kAttachedVolume},
    {"Lease", "Who holds something, and for how long.", kLease, "ObjectBase"},
    {"LeaseSpec", "Lease spec.", kLeaseSpec},
    {"CoreEvent", "Something that happened to an object.", kCoreEvent, "ObjectBase"},
    {"EventSeries", "Event series.", kEventSeries},
    {"EventSource", "Event source.", kEventSource},
    {"Namespace", "A space for names.", kNamespace, "ObjectBase"},
    {"NamespaceSpec", "Namespace spec.", kNamespaceSpec},
    {"NamespaceStatus", "How it is: namespace status.", kNamespaceStatus},
    {"NamespaceCondition", "Namespace condition.", {}, "ConditionBase"},
    {"ServiceAccount", "An identity for programs.", kServiceAccount, "ObjectBase"},
    {"StorageClass", "A kind of storage.", kStorageClass, "ObjectBase"},
    {"TopologySelectorTerm", "Topology selector term.", kTopologySelectorTerm, {}, true},
    {"TopologySelectorLabelRequirement", "Topology selector label requirement.",
     kTopologySelectorLabelRequirement},
};

}  // namespace

std::span<const Type> cluster_tables() { return kTypes; }

}  // namespace model

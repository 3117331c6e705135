// pod_tables.cc — Kubernetes' pods and the other objects that the store keeps for workflows.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kPod[] = {
    acts("apiVersion", "string", "always v1"),
    acts("kind", "string", "always Pod"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations"),
    acts("spec", "PodSpec", "what runs"),
    acts("status", "PodStatus", "how it goes; written by the node agent"),
};

constexpr Field kPodSpec[] = {
    acts("containers", "[]Container", "the containers").map_by("name").merged_by("name"),
    acts("initContainers", "[]Container", "run one after the other before the containers")
        .map_by("name")
        .merged_by("name"),
    acts("volumes", "[]Volume", "what the containers may mount")
        .map_by("name")
        .merged_by("name")
        .retaining_keys(),
    acts("restartPolicy", "string", "what to do when a container ends; Always when empty")
        .or_else("\"Always\"")
        .one_of("Always|OnFailure|Never"),
    acts("terminationGracePeriodSeconds", "int",
         "seconds between SIGTERM and SIGKILL; 30 when empty")
        .or_else("30"),
    acts("activeDeadlineSeconds", "int", "seconds after which the pod fails"),
    acts("securityContext", "PodSecurityContext", "user, groups and limits").or_else("{}"),
    acts("hostname", "string", "name of the machine that it sees"),
    hint("subdomain", "string", "behind the host name"),
    hint("nodeName", "string", "the machine"),
    hint("nodeSelector", "map[string]string", "labels of the machine").whole(),
    hint("affinity", "Affinity", "rules for the choice of machines"),
    hint("tolerations", "[]Toleration", "taints that it puts up with"),
    hint("topologySpreadConstraints", "[]TopologySpreadConstraint", "how pods are spread")
        .map_by("topologyKey,whenUnsatisfiable")
        .merged_by("topologyKey"),
    hint("schedulerName", "string", "which scheduler places it").or_else("\"default-scheduler\""),
    refused("schedulingGates", "[]PodSchedulingGate", "what must happen before it is placed")
        .map_by("name")
        .merged_by("name"),
    acts("priority", "int", "higher ones are placed first"),
    hint("priorityClassName", "string", "name of a priority"),
    hint("preemptionPolicy", "string", "whether it may push others out"),
    hint("serviceAccountName", "string", "its service account"),
    hint("serviceAccount", "string", "old name of serviceAccountName"),
    hint("automountServiceAccountToken", "bool", "mount the token of the service account"),
    hint("enableServiceLinks", "bool", "environment variables for services"),
    acts("imagePullSecrets", "[]LocalObjectReference", "Secrets with credentials of registries")
        .map_by("name")
        .merged_by("name"),
    acts("hostAliases", "[]HostAlias", "lines for /etc/hosts").map_by("ip").merged_by("ip"),
    acts("hostNetwork", "bool", "run in the network of the machine"),
    refused("hostPID", "bool", "see the processes of the machine"),
    refused("hostIPC", "bool", "share memory with the machine"),
    hint("hostUsers", "bool", "use the users of the machine"),
    refused("hostnameOverride", "string", "host name that wins over all"),
    refused("setHostnameAsFQDN", "bool", "long host name"),
    refused("shareProcessNamespace", "bool", "containers see each other's processes"),
    acts("dnsPolicy", "string", "where name servers come from").or_else("\"ClusterFirst\""),
    acts("dnsConfig", "PodDNSConfig", "name servers and search domains"),
    hint("readinessGates", "[]PodReadinessGate", "further conditions of readiness"),
    refused("runtimeClassName", "string", "how containers are run"),
    hint("overhead", "map[string]Quantity", "resources beside those of the containers"),
    hint("os", "PodOS", "operating system"),
    refused("ephemeralContainers", "[]EphemeralContainer", "containers added for debugging")
        .map_by("name")
        .merged_by("name"),
    refused("resourceClaims", "[]PodResourceClaim", "devices")
        .map_by("name")
        .merged_by("name")
        .retaining_keys(),
    refused("resources", "ResourceRequirements", "CPU and memory for the pod as a whole"),
};

constexpr Field kConfigMap[] = {
    acts("apiVersion", "string", "always v1"),
    acts("kind", "string", "always ConfigMap"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations"),
    acts("data", "map[string]string", "the texts"),
    acts("binaryData", "map[string]string", "bytes in base64"),
    acts("immutable", "bool", "may not be changed any more"),
};

constexpr Field kSecret[] = {
    acts("apiVersion", "string", "always v1"),
    acts("kind", "string", "always Secret"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations"),
    acts("type", "string", "Opaque when empty").or_else("\"Opaque\""),
    acts("data", "map[string]string", "bytes in base64"),
    acts("stringData", "map[string]string", "the same as text; moved to data when stored"),
    acts("immutable", "bool", "may not be changed any more"),
};

constexpr Field kPodSecurityContext[] = {
    acts("runAsUser", "int", "user id"),
    acts("runAsGroup", "int", "group id"),
    acts("runAsNonRoot", "bool", "refuse to start as root"),
    acts("fsGroup", "int", "group that owns volumes"),
    hint("fsGroupChangePolicy", "string", "when volumes are given to the group")
        .one_of("OnRootMismatch|Always"),
    acts("supplementalGroups", "[]int", "further groups"),
    refused("supplementalGroupsPolicy", "string", "whether the image's groups count")
        .one_of("Merge|Strict"),
    acts("seccompProfile", "SeccompProfile", "which system calls are allowed"),
    refused("sysctls", "[]Sysctl", "settings of the kernel"),
    refused("appArmorProfile", "AppArmorProfile", "rules of AppArmor"),
    refused("seLinuxOptions", "SELinuxOptions", "labels of SELinux"),
    hint("seLinuxChangePolicy", "string", "how volumes are labelled"),
    refused("windowsOptions", "WindowsSecurityContextOptions", "for Windows"),
};

constexpr Field kSysctl[] = {
    acts("name", "string", "its name").must(),
    acts("value", "string", "its value").must(),
};

constexpr Field kLocalObjectReference[] = {
    acts("name", "string", "its name"),
};

constexpr Field kHostAlias[] = {
    acts("ip", "string", "the address").must(),
    acts("hostnames", "[]string", "its names"),
};

constexpr Field kPodDNSConfig[] = {
    acts("nameservers", "[]string", "addresses of name servers"),
    acts("searches", "[]string", "search domains"),
    acts("options", "[]PodDNSConfigOption", "options of the resolver"),
};

constexpr Field kPodDNSConfigOption[] = {
    acts("name", "string", "its name"),
    acts("value", "string", "its value"),
};

constexpr Field kPodResourceClaim[] = {
    acts("name", "string", "its name in the pod").must(),
    acts("resourceClaimName", "string", "a claim that is there"),
    acts("resourceClaimTemplateName", "string", "a claim that is made for the pod"),
};

constexpr Field kObjectMeta[] = {
    acts("name", "string", "the name; unique for a kind in a namespace"),
    acts("generateName", "string", "beginning of a name that the server completes"),
    acts("namespace", "string", "the namespace"),
    acts("labels", "map[string]string", "short texts to select by"),
    acts("annotations", "map[string]string", "texts for programs and people"),
    acts("uid", "string", "unique for ever; made by the server"),
    acts("resourceVersion", "string", "changes with each change; made by the server"),
    acts("generation", "int", "counts changes of the spec; made by the server"),
    acts("creationTimestamp", "Time", "when it was created; made by the server"),
    acts("deletionTimestamp", "Time", "when its deletion was asked for; made by the server"),
    acts("deletionGracePeriodSeconds", "int", "seconds until it is gone"),
    acts("finalizers", "[]string", "who has to agree before it is gone").set().merged_by("*"),
    acts("ownerReferences", "[]OwnerReference", "when they are gone, it goes")
        .map_by("uid")
        .merged_by("uid"),
    acts("managedFields", "[]ManagedFieldsEntry", "who set which field"),
    acts("selfLink", "string", "no longer in use"),
};

constexpr Field kOwnerReference[] = {
    acts("apiVersion", "string", "its version").must(),
    acts("kind", "string", "its kind").must(),
    acts("name", "string", "its name").must(),
    acts("uid", "string", "its uid").must(),
    acts("controller", "bool", "it is the one that controls this object"),
    acts("blockOwnerDeletion", "bool", "it waits for this object to go"),
};

constexpr Field kManagedFieldsEntry[] = {
    acts("manager", "string", "who"),
    acts("operation", "string", "how").one_of("Apply|Update"),
    acts("apiVersion", "string", "version of the fields"),
    acts("time", "Time", "when"),
    acts("fieldsType", "string", "form of fieldsV1"),
    acts("fieldsV1", "object", "the fields"),
    acts("subresource", "string", "which part of the object"),
};

constexpr Field kObjectReference[] = {
    acts("apiVersion", "string", "its version"),
    acts("kind", "string", "its kind"),
    acts("name", "string", "its name"),
    acts("namespace", "string", "its namespace"),
    acts("uid", "string", "its uid"),
    acts("resourceVersion", "string", "its version"),
    acts("fieldPath", "string", "a part of it"),
};

constexpr Type kTypes[] = {
    {"Pod", "Containers that run together on one machine.", kPod},
    {"PodSpec", "What runs in a pod.", kPodSpec},
    {"ConfigMap", "Texts by name.", kConfigMap},
    {"Secret", "Bytes by name that are not for everybody.", kSecret},
    {"PodSecurityContext", "User, groups and limits of all containers.", kPodSecurityContext},
    {"Sysctl", "A setting of the kernel.", kSysctl},
    {"LocalObjectReference", "An object in the same namespace.", kLocalObjectReference, {}, true},
    {"HostAlias", "A line of /etc/hosts.", kHostAlias},
    {"PodDNSConfig", "Name servers and search domains.", kPodDNSConfig},
    {"PodDNSConfigOption", "An option of the resolver.", kPodDNSConfigOption},
    {"PodResourceClaim", "A device for a pod.", kPodResourceClaim},
    {"ObjectMeta", "Name, labels and what the server notes about an object.", kObjectMeta},
    {"OwnerReference", "An object that this one belongs to.", kOwnerReference, {}, true},
    {"ManagedFieldsEntry", "Who set which fields.", kManagedFieldsEntry},
    {"ObjectReference", "An object.", kObjectReference, {}, true},
};

}  // namespace

std::span<const Type> pod_tables() { return kTypes; }

}  // namespace model

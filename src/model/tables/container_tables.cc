// container_tables.cc — Kubernetes' containers: what runs, with which environment, limits and
// probes.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kContainer[] = {
    acts("name", "string", "name in the pod; Argo calls the main one \"main\""),
    acts("image", "string", "the image, as registry/name:tag"),
    acts("imagePullPolicy", "string", "when to ask the registry")
        .one_of("Always|IfNotPresent|Never"),
    acts("command", "[]string",
         "the program and its first arguments; the image's entrypoint when empty"),
    acts("args", "[]string", "arguments behind the command; the image's own when empty"),
    acts("workingDir", "string", "directory to start in"),
    acts("env", "[]EnvVar", "environment variables").map_by("name").merged_by("name"),
    acts("envFrom", "[]EnvFromSource",
         "ConfigMaps and Secrets whose keys become environment variables"),
    acts("ports", "[]ContainerPort", "ports that it listens on, for readers")
        .map_by("containerPort,protocol")
        .merged_by("containerPort"),
    acts("resources", "ResourceRequirements", "CPU and memory").or_else("{}"),
    acts("volumeMounts", "[]VolumeMount", "volumes and where they are mounted")
        .map_by("mountPath")
        .merged_by("mountPath"),
    refused("volumeDevices", "[]VolumeDevice", "volumes that are mounted as block devices")
        .map_by("devicePath")
        .merged_by("devicePath"),
    acts("livenessProbe", "Probe", "a check that stops the container when it fails"),
    acts("readinessProbe", "Probe", "a check whether it is ready to serve"),
    acts("startupProbe", "Probe", "a check that holds the others back until it succeeds"),
    refused("lifecycle", "Lifecycle", "what to do after its start and before its end"),
    acts("securityContext", "SecurityContext", "user, groups and limits"),
    acts("terminationMessagePath", "string",
         "file with a last word, /dev/termination-log when empty")
        .or_else("\"/dev/termination-log\""),
    acts("terminationMessagePolicy", "string", "where the last word comes from")
        .or_else("\"File\"")
        .one_of("File|FallbackToLogsOnError"),
    refused("stdin", "bool", "keep standard input open"),
    hint("stdinOnce", "bool", "close standard input after the first client"),
    hint("tty", "bool", "give it a terminal"),
    acts("restartPolicy", "string", "of an init container: Always makes it a sidecar")
        .one_of("Always|Never"),
    refused("restartPolicyRules", "[]ContainerRestartRule",
            "restarts that depend on the exit code"),
    hint("resizePolicy", "[]ContainerResizePolicy", "what to do when its resources change"),
};

constexpr Field kContainerResizePolicy[] = {
    acts("resourceName", "string", "the resource").must().one_of("cpu|memory"),
    acts("restartPolicy", "string", "whether to restart")
        .must()
        .one_of("NotRequired|RestartContainer"),
};

constexpr Field kContainerRestartRule[] = {
    acts("action", "string", "what to do").must().one_of("Restart|RestartAllContainers"),
    acts("exitCodes", "ContainerRestartRuleOnExitCodes", "for which codes"),
};

constexpr Field kContainerRestartRuleOnExitCodes[] = {
    acts("operator", "string", "in the list or not").must().one_of("In|NotIn"),
    acts("values", "[]int", "the codes").set(),
};

constexpr Field kEnvVar[] = {
    acts("name", "string", "its name").must(),
    acts("value", "string", "its value; $(OTHER) is another variable"),
    acts("valueFrom", "EnvVarSource", "where the value comes from"),
};

constexpr Field kEnvVarSource[] = {
    acts("configMapKeyRef", "ConfigMapKeySelector", "a key of a ConfigMap"),
    acts("secretKeyRef", "SecretKeySelector", "a key of a Secret"),
    acts("fieldRef", "ObjectFieldSelector", "a field of the pod"),
    acts("resourceFieldRef", "ResourceFieldSelector", "a limit or request of a container"),
    refused("fileKeyRef", "FileKeySelector", "a line of a file in a volume"),
};

constexpr Field kFileKeySelector[] = {
    acts("volumeName", "string", "the volume").must(),
    acts("path", "string", "the file").must(),
    acts("key", "string", "the variable in the file").must(),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kConfigMapKeySelector[] = {
    acts("name", "string", "the ConfigMap"),
    acts("key", "string", "the key").must(),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kSecretKeySelector[] = {
    acts("name", "string", "the Secret"),
    acts("key", "string", "the key").must(),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kObjectFieldSelector[] = {
    acts("fieldPath", "string", "as metadata.name or status.podIP").must(),
    acts("apiVersion", "string", "v1 when empty").or_else("\"v1\""),
};

constexpr Field kResourceFieldSelector[] = {
    acts("containerName", "string", "the container"),
    acts("resource", "string", "as limits.cpu").must(),
    acts("divisor", "Quantity", "unit of the answer"),
};

constexpr Field kEnvFromSource[] = {
    acts("prefix", "string", "put before each key"),
    acts("configMapRef", "ConfigMapEnvSource", "a ConfigMap"),
    acts("secretRef", "SecretEnvSource", "a Secret"),
};

constexpr Field kConfigMapEnvSource[] = {
    acts("name", "string", "the ConfigMap"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kSecretEnvSource[] = {
    acts("name", "string", "the Secret"),
    acts("optional", "bool", "it may be missing"),
};

constexpr Field kContainerPort[] = {
    acts("name", "string", "name of the port"),
    acts("containerPort", "int", "its number").must(),
    acts("protocol", "string", "TCP when empty").or_else("\"TCP\"").one_of("TCP|UDP|SCTP"),
    refused("hostPort", "int", "also on the machine"),
    refused("hostIP", "string", "address of the machine"),
};

constexpr Field kResourceRequirements[] = {
    acts("limits", "map[string]Quantity", "at most"),
    acts("requests", "map[string]Quantity", "at least; what is counted when pods are placed"),
    refused("claims", "[]ResourceClaim", "devices").map_by("name"),
};

constexpr Field kResourceClaim[] = {
    acts("name", "string", "entry of the pod's resourceClaims").must(),
    acts("request", "string", "one request of the claim"),
};

constexpr Field kVolumeMount[] = {
    acts("name", "string", "the volume").must(),
    acts("mountPath", "string", "where, in the container").must(),
    acts("subPath", "string", "only this directory or file of the volume"),
    acts("subPathExpr", "string", "the same, with $(VARIABLES)"),
    acts("readOnly", "bool", "without writing"),
    acts("recursiveReadOnly", "string", "the mounts below it are read-only too")
        .one_of("Disabled|IfPossible|Enabled"),
    acts("mountPropagation", "string", "whether later mounts are seen")
        .one_of("None|HostToContainer|Bidirectional"),
};

constexpr Field kVolumeDevice[] = {
    acts("name", "string", "the volume").must(),
    acts("devicePath", "string", "the device, in the container").must(),
};

constexpr Field kLifecycle[] = {
    acts("postStart", "LifecycleHandler", "right after the start"),
    acts("preStop", "LifecycleHandler", "before it is stopped"),
    acts("stopSignal", "string", "signal that stops it"),
};

constexpr Field kLifecycleHandler[] = {
    acts("exec", "ExecAction", "run a command"),
    acts("httpGet", "HTTPGetAction", "ask an address"),
    acts("tcpSocket", "TCPSocketAction", "open a port"),
    acts("sleep", "SleepAction", "wait"),
};

constexpr Field kProbe[] = {
    acts("exec", "ExecAction", "run a command: 0 is well"),
    acts("httpGet", "HTTPGetAction", "ask an address: 200 to 399 is well"),
    acts("tcpSocket", "TCPSocketAction", "open a port"),
    refused("grpc", "GRPCAction", "ask a gRPC health service"),
    acts("initialDelaySeconds", "int", "seconds before the first check"),
    acts("periodSeconds", "int", "seconds between checks; 10 when empty").or_else("10"),
    acts("timeoutSeconds", "int", "seconds to wait for the answer; 1 when empty").or_else("1"),
    acts("successThreshold", "int", "so many good answers in a row count").or_else("1"),
    acts("failureThreshold", "int", "so many bad answers in a row count; 3 when empty")
        .or_else("3"),
    acts("terminationGracePeriodSeconds", "int", "seconds to end in after a failed check"),
};

constexpr Field kExecAction[] = {
    acts("command", "[]string", "program and arguments"),
};

constexpr Field kHTTPGetAction[] = {
    acts("path", "string", "path of the address").or_else("\"/\""),
    acts("port", "IntOrString", "number or name of the port").must(),
    acts("host", "string", "the pod's own address when empty"),
    acts("scheme", "string", "HTTP when empty").or_else("\"HTTP\"").one_of("HTTP|HTTPS"),
    acts("httpHeaders", "[]ProbeHTTPHeader", "header lines"),
};

constexpr Field kProbeHTTPHeader[] = {
    acts("name", "string", "its name").must(),
    acts("value", "string", "its value").must(),
};

constexpr Field kTCPSocketAction[] = {
    acts("port", "IntOrString", "number or name of the port").must(),
    acts("host", "string", "the pod's own address when empty"),
};

constexpr Field kGRPCAction[] = {
    acts("port", "int", "number of the port").must(),
    acts("service", "string", "name of the service").or_else("\"\""),
};

constexpr Field kSleepAction[] = {
    acts("seconds", "int", "how long").must(),
};

constexpr Field kSecurityContext[] = {
    acts("runAsUser", "int", "user id"),
    acts("runAsGroup", "int", "group id"),
    acts("runAsNonRoot", "bool", "refuse to start as root"),
    acts("readOnlyRootFilesystem", "bool", "without writing to the image's files"),
    acts("capabilities", "Capabilities", "rights of root, one by one"),
    acts("privileged", "bool", "all rights of the machine"),
    acts("allowPrivilegeEscalation", "bool", "may gain rights, by setuid and the like"),
    refused("procMount", "string", "what of /proc is hidden").one_of("Default|Unmasked"),
    acts("seccompProfile", "SeccompProfile", "which system calls are allowed"),
    refused("appArmorProfile", "AppArmorProfile", "rules of AppArmor"),
    refused("seLinuxOptions", "SELinuxOptions", "labels of SELinux"),
    refused("windowsOptions", "WindowsSecurityContextOptions", "for Windows"),
};

constexpr Field kCapabilities[] = {
    acts("add", "[]string", "rights to give, as NET_ADMIN"),
    acts("drop", "[]string", "rights to take, as ALL"),
};

constexpr Field kSeccompProfile[] = {
    acts("type", "string", "where the rules come from")
        .must()
        .one_of("RuntimeDefault|Unconfined|Localhost"),
    refused("localhostProfile", "string", "file of the machine with the rules"),
};

constexpr Field kAppArmorProfile[] = {
    acts("type", "string", "where the rules come from")
        .must()
        .one_of("RuntimeDefault|Unconfined|Localhost"),
    acts("localhostProfile", "string", "name of the rules on the machine"),
};

constexpr Field kSELinuxOptions[] = {
    acts("user", "string", "user label"),
    acts("role", "string", "role label"),
    acts("type", "string", "type label"),
    acts("level", "string", "level label"),
};

constexpr Field kWindowsSecurityContextOptions[] = {
    acts("gmsaCredentialSpec", "string", "credentials of a managed account"),
    acts("gmsaCredentialSpecName", "string", "name of the credentials"),
    acts("hostProcess", "bool", "run on the machine itself"),
    acts("runAsUserName", "string", "user name"),
};

constexpr Type kTypes[] = {
    {"Container", "A process in an image.", kContainer},
    {"ContainerResizePolicy", "What to do when a resource changes.", kContainerResizePolicy},
    {"ContainerRestartRule", "A restart that depends on the exit code.", kContainerRestartRule},
    {"ContainerRestartRuleOnExitCodes", "A choice of exit codes.",
     kContainerRestartRuleOnExitCodes},
    {"EnvVar", "An environment variable.", kEnvVar},
    {"EnvVarSource", "Where the value of a variable comes from.", kEnvVarSource},
    {"FileKeySelector", "A line of a file.", kFileKeySelector, {}, true},
    {"ConfigMapKeySelector", "A key of a ConfigMap.", kConfigMapKeySelector, {}, true},
    {"SecretKeySelector", "A key of a Secret.", kSecretKeySelector, {}, true},
    {"ObjectFieldSelector", "A field of the pod.", kObjectFieldSelector, {}, true},
    {"ResourceFieldSelector",
     "A limit or request of a container.",
     kResourceFieldSelector,
     {},
     true},
    {"EnvFromSource", "An object whose keys become variables.", kEnvFromSource},
    {"ConfigMapEnvSource", "A ConfigMap whose keys become variables.", kConfigMapEnvSource},
    {"SecretEnvSource", "A Secret whose keys become variables.", kSecretEnvSource},
    {"ContainerPort", "A port.", kContainerPort},
    {"ResourceRequirements", "CPU and memory.", kResourceRequirements},
    {"ResourceClaim", "A device of the pod that a container uses.", kResourceClaim},
    {"VolumeMount", "A volume and where it is mounted.", kVolumeMount},
    {"VolumeDevice", "A volume as a block device.", kVolumeDevice},
    {"Lifecycle", "What to do after the start and before the end.", kLifecycle},
    {"LifecycleHandler", "What to do; one of these.", kLifecycleHandler},
    {"Probe", "A check.", kProbe},
    {"ExecAction", "A command.", kExecAction},
    {"HTTPGetAction", "An address.", kHTTPGetAction},
    {"ProbeHTTPHeader", "A header line.", kProbeHTTPHeader},
    {"TCPSocketAction", "A port.", kTCPSocketAction},
    {"GRPCAction", "A gRPC health service.", kGRPCAction},
    {"SleepAction", "A wait.", kSleepAction},
    {"SecurityContext", "User, groups and limits of a container.", kSecurityContext},
    {"Capabilities", "Rights of root, one by one.", kCapabilities},
    {"SeccompProfile", "Which system calls are allowed.", kSeccompProfile},
    {"AppArmorProfile", "Rules of AppArmor.", kAppArmorProfile},
    {"SELinuxOptions", "Labels of SELinux.", kSELinuxOptions},
    {"WindowsSecurityContextOptions", "For Windows.", kWindowsSecurityContextOptions},
};

}  // namespace

std::span<const Type> container_tables() { return kTypes; }

}  // namespace model

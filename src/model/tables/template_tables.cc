// template_tables.cc — Templates, steps, tasks, and what flows between them.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kTemplate[] = {
    acts("name", "string", "how steps and tasks call it; letters, digits and -"),
    acts("inputs", "Inputs", "parameters and artifacts that it takes"),
    acts("outputs", "Outputs", "parameters and artifacts that it gives"),
    acts("container", "Container", "run one container"),
    acts("script", "ScriptTemplate", "run a script in a container"),
    acts("steps", "[][]WorkflowStep",
         "run steps: the outer list in order, each inner list at once"),
    acts("dag", "DAGTemplate", "run tasks as soon as the tasks they depend on are done"),
    acts("suspend", "SuspendTemplate", "wait, for a time or for `argo resume`"),
    decided("containerSet", "ContainerSetTemplate", "run several containers in one pod"),
    decided("resource", "ResourceTemplate", "create, change or watch an object of Kubernetes"),
    decided("http", "HTTP", "make an HTTP request"),
    decided("data", "Data", "gather and transform data"),
    decided("plugin", "object", "run by a plugin of your own"),
    acts("daemon", "bool",
         "go on as soon as the container is ready; stop it when the calling template ends"),
    acts("retryStrategy", "RetryStrategy", "how it is tried again after a failure"),
    acts("activeDeadlineSeconds", "IntOrString", "seconds after which a running pod fails"),
    acts("timeout", "string", "time after which the step fails, running or waiting, as 30s"),
    acts("pendingTimeout", "string", "time after which a pod that has not started fails, as 5m"),
    acts("parallelism", "int", "how many children of a steps or dag template may run at once"),
    acts("failFast", "bool", "with parallelism or loops: stop the rest as soon as one failed"),
    acts("initContainers", "[]UserContainer",
         "containers that run, one after the other, before the main one"),
    acts("sidecars", "[]UserContainer",
         "containers that run beside the main one and are stopped after it"),
    acts("volumes", "[]Volume", "volumes of its pod"),
    acts("metadata", "Metadata", "labels and annotations of its pod"),
    acts("annotations", "map[string]string", "annotations of its node"),
    acts("securityContext", "PodSecurityContext", "user, groups and limits of its pod"),
    hint("nodeSelector", "map[string]string", "only machines with these labels run it"),
    hint("affinity", "Affinity", "rules for the choice of machines"),
    hint("tolerations", "[]Toleration", "taints of machines that it puts up with"),
    hint("schedulerName", "string", "which scheduler places the pod"),
    hint("priorityClassName", "string", "Kubernetes priority class of the pod"),
    hint("serviceAccountName", "string", "service account of its pod"),
    hint("automountServiceAccountToken", "bool",
         "whether the pod gets the token of its service account"),
    hint("executor", "ExecutorConfig", "settings of the containers that the controller adds"),
    hint("archiveLocation", "ArtifactLocation", "where its artifacts and logs are kept"),
    acts("hostAliases", "[]HostAlias", "lines for /etc/hosts of its pod"),
    acts("podSpecPatch", "string", "YAML or JSON that is merged over its pod"),
    refused("podResources", "ResourceRequirements", "CPU and memory for its pod as a whole"),
    refused("resourceClaims", "[]PodResourceClaim", "devices that its containers share"),
    acts("memoize", "Memoize", "reuse the outputs of an earlier run with the same key"),
    acts("synchronization", "Synchronization", "locks that it holds while it runs"),
    acts("metrics", "Metrics", "numbers to publish for Prometheus"),
};

constexpr Field kInputs[] = {
    acts("parameters", "[]Parameter", "texts, by name"),
    decided("artifacts", "[]Artifact", "files and directories, by name"),
};

constexpr Field kOutputs[] = {
    acts("parameters", "[]Parameter", "texts, by name"),
    decided("artifacts", "[]Artifact", "files and directories, by name"),
    acts("result", "string", "what the container printed; written by the controller"),
    acts("exitCode", "string", "how the container ended; written by the controller"),
};

constexpr Field kArguments[] = {
    acts("parameters", "[]Parameter", "texts, by name"),
    decided("artifacts", "[]Artifact", "files and directories, by name"),
};

constexpr Field kParameter[] = {
    acts("name", "string", "letters, digits, - and _"),
    acts("value", "AnyString", "the text; numbers and booleans are taken as text"),
    acts("default", "AnyString", "the text when none is given"),
    acts("valueFrom", "ValueFrom", "where the text comes from"),
    acts("enum", "[]AnyString", "the only texts that are allowed"),
    acts("description", "string", "for people"),
    acts("globalName", "string", "also publish it as workflow.outputs.parameters.<globalName>"),
};

constexpr Field kValueFrom[] = {
    acts("path", "string", "file in the container that holds it"),
    acts("parameter", "string",
         "reference to an output of a step or task, as {{steps.a.outputs.result}}"),
    acts("expression", "string", "expression that computes it"),
    acts("default", "AnyString", "the text when the source gives none"),
    acts("supplied", "SuppliedValueFrom",
         "given from outside, by `argo resume` or `argo node set`"),
    acts("configMapKeyRef", "ConfigMapKeySelector", "a key of a ConfigMap"),
    decided("jsonPath", "string", "JSONPath into the object of a resource template"),
    decided("jqFilter", "string", "jq filter over the object of a resource template"),
    acts("event", "string", "expression over the event that started the workflow"),
};

constexpr Field kWorkflowStep[] = {
    acts("name", "string", "unique in its template; letters, digits and -"),
    acts("template", "string", "name of the template to run"),
    acts("templateRef", "TemplateRef", "template in a stored WorkflowTemplate"),
    acts("inline", "Template", "a template written here"),
    acts("arguments", "Arguments", "values for the template's inputs"),
    acts("when", "string",
         "run only when this condition holds, as {{steps.flip.outputs.result}} == heads"),
    acts("withItems", "[]Item", "run once for each item"),
    acts("withParam", "string",
         "run once for each item of this JSON list, often {{steps.a.outputs.result}}"),
    acts("withSequence", "Sequence", "run once for each number of a range"),
    acts("continueOn", "ContinueOn", "go on when it failed"),
    acts("onExit", "string", "template that runs when the step has ended"),
    acts("hooks", "map[string]LifecycleHook",
         "templates that run at a moment of the step's life; the key \"exit\": when it has ended"),
};

constexpr Field kDAGTask[] = {
    acts("dependencies", "[]string", "names of tasks that must be done first"),
    acts("depends", "string",
         "condition over the ends of other tasks, as A.Succeeded && (B || C.Failed)"),
};

constexpr Field kDAGTemplate[] = {
    acts("tasks", "[]DAGTask", "the tasks"),
    acts("target", "string",
         "run only these tasks and what they need, by name, with spaces between"),
    acts("failFast", "bool", "false: run all branches to their end although one failed"),
};

constexpr Field kContinueOn[] = {
    acts("failed", "bool", "true: go on when it failed"),
    acts("error", "bool", "true: go on when it could not be run"),
};

constexpr Field kSequence[] = {
    acts("count", "IntOrString", "how many numbers, from start"),
    acts("start", "IntOrString", "the first number; 0 when nothing is said"),
    acts("end", "IntOrString", "the last number; smaller than start counts down"),
    acts("format", "string", "how to write each number, as printf does: %02d"),
};

constexpr Field kSuspendTemplate[] = {
    acts("duration", "string",
         "go on by itself after this time, as 10s or 2m; without it, wait for `argo resume`"),
};

constexpr Field kLifecycleHook[] = {
    acts("template", "string", "name of the template"),
    acts("templateRef", "TemplateRef", "template in a stored WorkflowTemplate"),
    acts("arguments", "Arguments", "values for the template's inputs"),
    acts("expression", "string", "run when this becomes true; the exit hook needs none"),
};

constexpr Field kTemplateRef[] = {
    acts("name", "string", "name of the WorkflowTemplate"),
    acts("template", "string", "name of the template in it"),
    acts("clusterScope", "bool", "true: a ClusterWorkflowTemplate"),
};

constexpr Field kRetryStrategy[] = {
    acts("limit", "IntOrString", "how many more times, at most; without it there is no end"),
    acts("retryPolicy", "string", "which ends are tried again; OnFailure when nothing is said")
        .one_of("Always|OnFailure|OnError|OnTransientError"),
    acts("backoff", "Backoff", "how long to wait between"),
    acts("expression", "string",
         "try again only while this is true; knows lastRetry.exitCode, .status, .duration, "
         ".message"),
    hint("affinity", "RetryAffinity", "try on another machine"),
};

constexpr Field kBackoff[] = {
    acts("duration", "string", "the first wait, as 10s; a plain number is seconds"),
    acts("factor", "IntOrString", "each wait is this many times the last"),
    acts("cap", "string", "no wait is longer than this"),
    acts("maxDuration", "string", "give up when this much time has passed since the first attempt"),
};

constexpr Field kRetryAffinity[] = {
    acts("nodeAntiAffinity", "RetryNodeAntiAffinity", "not on the machine that failed"),
};

constexpr Field kMemoize[] = {
    acts("key", "string", "outputs are reused when the key is the same").must(),
    acts("maxAge", "string", "how old they may be, as 24h; without it, of any age"),
    acts("cache", "Cache", "where they are kept").must(),
};

constexpr Field kCache[] = {
    acts("configMap", "LocalObjectReference", "the ConfigMap: Argo's form, of 1 MiB at most"),
    acts("database", "LocalObjectReference", "a cache in Argon's store, of any size; not Argo's"),
};

constexpr Field kScriptTemplate[] = {
    acts("source", "string",
         "the script; it is written to a file that the command gets as its last argument"),
};

constexpr Field kUserContainer[] = {
    acts("mirrorVolumeMounts", "bool",
         "mount the same volumes at the same places as the main container"),
};

constexpr Field kContainerNode[] = {
    acts("dependencies", "[]string", "names of containers that must end first"),
};

constexpr Field kContainerSetTemplate[] = {
    acts("containers", "[]ContainerNode", "the containers; \"main\" gives the outputs"),
    acts("volumeMounts", "[]VolumeMount", "volumes that all of them mount"),
    acts("retryStrategy", "ContainerSetRetryStrategy", "how containers are started again"),
};

constexpr Field kContainerSetRetryStrategy[] = {
    acts("retries", "IntOrString", "how many more times, at most").must(),
    acts("duration", "string", "the wait between, as 5s"),
};

constexpr Field kResourceTemplate[] = {
    acts("action", "string", "what to do").one_of("get|create|apply|delete|replace|patch"),
    acts("manifest", "string", "the object, as YAML"),
    acts("manifestFrom", "ManifestFrom", "where the manifest comes from"),
    acts("mergeStrategy", "string", "how a patch is merged; strategic when nothing is said")
        .one_of("strategic|merge|json"),
    acts("setOwnerReference", "bool", "the object goes when the workflow goes"),
    acts("successCondition", "string",
         "done when the object's fields are so, as status.succeeded > 0"),
    acts("failureCondition", "string", "failed when the object's fields are so"),
    acts("flags", "[]string", "further flags for kubectl"),
};

constexpr Field kManifestFrom[] = {
    acts("artifact", "Artifact", "an input artifact that holds it").must(),
};

constexpr Field kHTTP[] = {
    acts("url", "string", "the address").must(),
    acts("method", "string", "GET when nothing is said"),
    acts("headers", "[]HTTPHeader", "header lines"),
    acts("body", "string", "the body as text"),
    acts("bodyFrom", "HTTPBodySource", "where the body comes from"),
    acts("timeoutSeconds", "int", "seconds to wait for the answer; 30 when nothing is said"),
    acts("successCondition", "string",
         "expression over request and response that says whether it went well"),
    acts("insecureSkipVerify", "bool", "do not check the certificate"),
};

constexpr Field kHTTPBodySource[] = {
    acts("bytes", "string", "the body in base64"),
};

constexpr Field kHTTPHeader[] = {
    acts("name", "string", "its name").must(),
    acts("value", "string", "its value"),
    acts("valueFrom", "HTTPHeaderSource", "where the value comes from"),
};

constexpr Field kHTTPHeaderSource[] = {
    acts("secretKeyRef", "SecretKeySelector", "a key of a Secret"),
};

constexpr Field kData[] = {
    acts("source", "DataSource", "where data comes from").must(),
    acts("transformation", "[]TransformationStep",
         "expressions, each over the result of the one before")
        .must(),
};

constexpr Field kDataSource[] = {
    acts("artifactPaths", "ArtifactPaths", "the names of files in an artifact repository"),
};

constexpr Field kTransformationStep[] = {
    acts("expression", "string", "expression over `data`").must(),
};

constexpr Type kTypes[] = {
    {"Template",
     "One building block: a container, a script, a group of steps, a DAG, a pause and so on.",
     kTemplate},
    {"Inputs", "What a template takes.", kInputs},
    {"Outputs", "What a template gives.", kOutputs},
    {"Arguments", "What is handed to a template.", kArguments},
    {"Parameter", "A text with a name.", kParameter},
    {"ValueFrom", "Where the text of a parameter comes from.", kValueFrom},
    {"SuppliedValueFrom", "Given from outside; has no fields.", {}},
    {"WorkflowStep", "One step of a steps template.", kWorkflowStep},
    {"DAGTask", "One task of a dag template.", kDAGTask, "WorkflowStep"},
    {"DAGTemplate", "Tasks and what they depend on.", kDAGTemplate},
    {"ContinueOn", "After which ends to go on.", kContinueOn},
    {"Sequence", "A range of numbers.", kSequence},
    {"SuspendTemplate", "A pause.", kSuspendTemplate},
    {"LifecycleHook", "A template that runs at a moment of a life.", kLifecycleHook},
    {"TemplateRef", "A template in a stored WorkflowTemplate.", kTemplateRef},
    {"RetryStrategy", "How a failed step is tried again.", kRetryStrategy},
    {"Backoff", "How long to wait between attempts.", kBackoff},
    {"RetryAffinity", "On which machines to try again.", kRetryAffinity},
    {"RetryNodeAntiAffinity", "Not on the machine that failed; has no fields.", {}},
    {"Memoize", "Reuse of outputs.", kMemoize},
    {"Cache", "Where outputs are kept.", kCache},
    {"ScriptTemplate", "A container with a script.", kScriptTemplate, "Container"},
    {"UserContainer", "A container beside the main one.", kUserContainer, "Container"},
    {"ContainerNode", "A container of a set.", kContainerNode, "Container"},
    {"ContainerSetTemplate", "Several containers in one pod.", kContainerSetTemplate},
    {"ContainerSetRetryStrategy", "How containers of a set are started again.",
     kContainerSetRetryStrategy},
    {"ResourceTemplate", "An action on an object of Kubernetes.", kResourceTemplate},
    {"ManifestFrom", "Where a manifest comes from.", kManifestFrom},
    {"HTTP", "An HTTP request.", kHTTP},
    {"HTTPBodySource", "Where a body comes from.", kHTTPBodySource},
    {"HTTPHeader", "A header line.", kHTTPHeader},
    {"HTTPHeaderSource", "Where the value of a header comes from.", kHTTPHeaderSource},
    {"Data", "Gathering and transforming of data.", kData},
    {"DataSource", "Where data comes from.", kDataSource},
    {"ArtifactPaths",
     "The names of files in an artifact repository; has the fields of an artifact.",
     {},
     "Artifact"},
    {"TransformationStep", "One transformation.", kTransformationStep},
};

}  // namespace

std::span<const Type> template_tables() { return kTypes; }

}  // namespace model

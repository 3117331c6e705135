// request_tables.cc — what the requests and answers of Argo's REST hold, besides the resources.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kNamespaceOnly[] = {
    acts("namespace", "string", "that of the path counts"),
};
constexpr Field kObjectName[] = {
    acts("name", "string", "that of the path counts"),
    acts("namespace", "string", "that of the path counts"),
};

constexpr Field kCreateOptions[] = {
    acts("dryRun", "[]string", "All: check it, and create nothing"),
    acts("fieldManager", "string", "who writes"),
    acts("fieldValidation", "string", "what happens to unknown fields")
        .one_of("Ignore|Warn|Strict"),
};
constexpr Field kGetOptions[] = {
    acts("resourceVersion", "string", "taken, and without effect"),
};
constexpr Field kListOptions[] = {
    acts("labelSelector", "string", "which objects, by their labels"),
    acts("fieldSelector", "string", "which objects, by their fields"),
    acts("resourceVersion", "string", "a watch goes on behind it"),
    acts("timeoutSeconds", "int", "how long a watch may last"),
    acts("limit", "int", "how many objects at most"),
    acts("continue", "string", "the page before says it"),
};
constexpr Field kPodLogOptions[] = {
    acts("container", "string", "which container"),
    acts("follow", "bool", "go on with what is still to come"),
    acts("previous", "bool", "of the run before"),
    acts("sinceSeconds", "int", "only of the last seconds"),
    acts("sinceTime", "Time", "only from this moment on"),
    acts("timestamps", "bool", "each line with its time"),
    acts("tailLines", "int", "only the last lines"),
    acts("limitBytes", "int", "how many bytes at most"),
};

constexpr Field kWorkflowCreateRequest[] = {
    acts("workflow", "Workflow", "what is to run").must(),
    acts("instanceID", "string", "taken, and without effect"),
    acts("serverDryRun", "bool", "check it, and create nothing"),
    acts("createOptions", "CreateOptions", "how it is created"),
};
constexpr Field kWorkflowLintRequest[] = {
    acts("workflow", "Workflow", "what is to be checked").must(),
};
constexpr Field kWorkflowSubmitRequest[] = {
    acts("resourceKind", "string", "of what it is made: workflowtemplate, cronworkflow, …").must(),
    acts("resourceName", "string", "its name").must(),
    acts("submitOptions", "SubmitOpts", "what is to be different"),
};
constexpr Field kSubmitOpts[] = {
    acts("name", "string", "name of the workflow"),
    acts("generateName", "string", "beginning of its name"),
    acts("entryPoint", "string", "the template to begin with"),
    acts("parameters", "[]string", "arguments, each name=value"),
    acts("serviceAccount", "string", "service account of its pods"),
    acts("labels", "string", "labels, name=value with commas"),
    acts("annotations", "string", "annotations, name=value with commas"),
    acts("ownerReference", "OwnerReference", "whose it is"),
    acts("podPriorityClassName", "string", "priority class of its pods"),
    acts("priority", "int", "which of those that wait is the first"),
    acts("dryRun", "bool", "taken, and without effect"),
    acts("serverDryRun", "bool", "check it, and create nothing"),
};
constexpr Field kResubmit[] = {
    acts("memoized", "bool", "what has succeeded is not run again"),
    acts("parameters", "[]string", "other arguments, each name=value"),
};
constexpr Field kRetry[] = {
    acts("restartSuccessful", "bool",
         "run those of nodeFieldSelector again, though they succeeded"),
    acts("nodeFieldSelector", "string", "which of those that succeeded"),
    acts("parameters", "[]string", "other arguments, each name=value"),
};
constexpr Field kUid[] = {
    acts("uid", "string", "that of the path counts"),
};
constexpr Field kNodes[] = {
    acts("nodeFieldSelector", "string", "which nodes; all where it is empty"),
};
constexpr Field kWorkflowStopRequest[] = {
    acts("nodeFieldSelector", "string", "which nodes; the workflow where it is empty"),
    acts("message", "string", "why"),
};
constexpr Field kWorkflowSetRequest[] = {
    acts("nodeFieldSelector", "string", "which nodes"),
    acts("message", "string", "the message that they get"),
    acts("phase", "string", "the phase that they get"),
    acts("outputParameters", "string", "their outputs: a JSON map of texts"),
};
constexpr Field kWorkflowWatchEvent[] = {
    acts("type", "string", "what happened").one_of("ADDED|MODIFIED|DELETED"),
    acts("object", "Workflow", "the workflow"),
};
constexpr Field kObjectWatchEvent[] = {
    acts("type", "string", "what happened").one_of("ADDED|MODIFIED|DELETED"),
    acts("object", "object", "the object"),
};
constexpr Field kLogEntry[] = {
    acts("content", "string", "one line"),
    acts("podName", "string", "whose it is"),
};
constexpr Field kWorkflowTemplateRequest[] = {
    acts("template", "WorkflowTemplate", "the template").must(),
    acts("createOptions", "CreateOptions", "how it is created"),
};
constexpr Field kClusterWorkflowTemplateRequest[] = {
    acts("template", "ClusterWorkflowTemplate", "the template").must(),
    acts("createOptions", "CreateOptions", "how it is created"),
};
constexpr Field kCronWorkflowRequest[] = {
    acts("cronWorkflow", "CronWorkflow", "the workflow and its schedule").must(),
    acts("createOptions", "CreateOptions", "how it is created"),
};
constexpr Field kEventSourceRequest[] = {
    acts("eventSource", "object", "kept as it is").must(),
};
constexpr Field kSensorRequest[] = {
    acts("sensor", "object", "kept as it is").must(),
    acts("createOptions", "CreateOptions", "how it is created"),
};
constexpr Field kSyncLimit[] = {
    acts("type", "string", "where it is kept").one_of("CONFIGMAP|DATABASE"),
    acts("namespace", "string", "that of the path counts"),
    acts("cmName", "string", "name of the ConfigMap"),
    acts("key", "string", "which of its keys"),
    acts("limit", "int", "how many may hold it at once"),
};
constexpr Field kSyncLimits[] = {
    acts("items", "[]SyncLimitResponse", "all of them"),
};

constexpr Field kInfoResponse[] = {
    acts("managedNamespace", "string", "the only namespace, if there is but one"),
    acts("links", "[]Link", "links for the pages"),
    acts("modals", "map[string]bool", "which windows the pages open"),
    acts("navColor", "string", "colour of the pages' edge"),
    acts("columns", "[]Column", "more columns of the pages' list"),
};
constexpr Field kLink[] = {
    acts("name", "string", "what stands there"),
    acts("scope", "string", "where it stands"),
    acts("url", "string", "where it leads"),
    acts("target", "string", "the window that it opens in"),
};
constexpr Field kColumn[] = {
    acts("name", "string", "its head"),
    acts("type", "string", "label or annotation"),
    acts("key", "string", "which one"),
};
constexpr Field kVersion[] = {
    acts("version", "string", "the version"),
    acts("buildDate", "string", "when it was built"),
    acts("gitCommit", "string", "of which commit"),
    acts("gitTag", "string", "of which tag"),
    acts("gitTreeState", "string", "clean or dirty"),
    acts("goVersion", "string", "empty"),
    acts("compiler", "string", "the compiler"),
    acts("platform", "string", "the platform"),
};
constexpr Field kUserInfo[] = {
    acts("issuer", "string", "who says so"),
    acts("subject", "string", "who asks"),
    acts("groups", "[]string", "the groups of who asks"),
    acts("name", "string", "the name of who asks"),
    acts("email", "string", "the address of who asks"),
    acts("emailVerified", "bool", "is that known?"),
    acts("serviceAccountName", "string", "the service account that acts"),
    acts("serviceAccountNamespace", "string", "its namespace"),
};
constexpr Field kCollectEventRequest[] = {
    acts("name", "string", "what happened"),
};
constexpr Field kLabels[] = {
    acts("items", "[]string", "all of them"),
};
constexpr Field kGatewayError[] = {
    acts("code", "int", "code of gRPC"),
    acts("message", "string", "a sentence for people"),
    acts("details", "[]object", "empty"),
    acts("error", "string", "the sentence again"),
};

constexpr Type kTypes[] = {
    {"NamespaceOnly", "Where.", kNamespaceOnly},
    {"ObjectName", "Which object.", kObjectName},
    {"CreateOptions", "How an object is created.", kCreateOptions},
    {"GetOptions", "How an object is read.", kGetOptions},
    {"ListOptions", "Which objects are listed.", kListOptions},
    {"PodLogOptions", "Which lines of a log.", kPodLogOptions},
    {"WorkflowCreateRequest", "A workflow to run.", kWorkflowCreateRequest, "NamespaceOnly"},
    {"WorkflowLintRequest", "A workflow to check.", kWorkflowLintRequest, "NamespaceOnly"},
    {"WorkflowSubmitRequest", "A workflow from what is stored.", kWorkflowSubmitRequest,
     "NamespaceOnly"},
    {"SubmitOpts", "What is to be different of a workflow.", kSubmitOpts},
    {"WorkflowResubmitRequest", "A workflow once more.", kResubmit, "ObjectName"},
    {"WorkflowRetryRequest", "What failed of a workflow again.", kRetry, "ObjectName"},
    {"WorkflowResumeRequest", "A workflow goes on.", kNodes, "ObjectName"},
    {"WorkflowSuspendRequest", "A workflow pauses.", {}, "ObjectName"},
    {"WorkflowTerminateRequest", "A workflow ends at once.", {}, "ObjectName"},
    {"WorkflowStopRequest", "A workflow ends after its exit handlers.", kWorkflowStopRequest,
     "ObjectName"},
    {"WorkflowSetRequest", "Values of waiting nodes.", kWorkflowSetRequest, "ObjectName"},
    {"WorkflowWatchEvent", "A change of a workflow.", kWorkflowWatchEvent},
    {"ObjectWatchEvent", "A change of an object.", kObjectWatchEvent},
    {"LogEntry", "A line of a log.", kLogEntry},
    {"ResubmitArchivedWorkflowRequest", "A workflow of the archive once more.", kUid,
     "WorkflowResubmitRequest"},
    {"RetryArchivedWorkflowRequest", "What failed of a workflow of the archive again.", kUid,
     "WorkflowRetryRequest"},
    {"WorkflowTemplateCreateRequest", "A template.", kWorkflowTemplateRequest, "NamespaceOnly"},
    {"WorkflowTemplateLintRequest", "A template to check.", kWorkflowTemplateRequest,
     "NamespaceOnly"},
    {"WorkflowTemplateUpdateRequest", "A template.", kWorkflowTemplateRequest, "ObjectName"},
    {"ClusterWorkflowTemplateCreateRequest", "A template of all namespaces.",
     kClusterWorkflowTemplateRequest},
    {"ClusterWorkflowTemplateLintRequest", "A template to check.", kClusterWorkflowTemplateRequest},
    {"ClusterWorkflowTemplateUpdateRequest", "A template of all namespaces.",
     kClusterWorkflowTemplateRequest},
    {"CreateCronWorkflowRequest", "A workflow with a schedule.", kCronWorkflowRequest,
     "NamespaceOnly"},
    {"LintCronWorkflowRequest", "A workflow with a schedule, to check.", kCronWorkflowRequest,
     "NamespaceOnly"},
    {"UpdateCronWorkflowRequest", "A workflow with a schedule.", kCronWorkflowRequest,
     "ObjectName"},
    {"CronWorkflowSuspendRequest", "A schedule pauses.", {}, "ObjectName"},
    {"CronWorkflowResumeRequest", "A schedule goes on.", {}, "ObjectName"},
    {"CreateEventSourceRequest", "A source of events.", kEventSourceRequest, "NamespaceOnly"},
    {"UpdateEventSourceRequest", "A source of events.", kEventSourceRequest, "ObjectName"},
    {"CreateSensorRequest", "A sensor.", kSensorRequest, "NamespaceOnly"},
    {"UpdateSensorRequest", "A sensor.", kSensorRequest, "ObjectName"},
    {"CreateSyncLimitRequest", "A limit of a semaphore.", kSyncLimit},
    {"UpdateSyncLimitRequest", "A limit of a semaphore.", kSyncLimit},
    {"SyncLimitResponse", "A limit of a semaphore.", kSyncLimit},
    {"SyncLimitList", "Limits of semaphores.", kSyncLimits},
    {"InfoResponse", "What the pages of the UI show.", kInfoResponse},
    {"Link", "A link of the pages.", kLink},
    {"Column", "A column of the pages.", kColumn},
    {"Version", "Which program answers.", kVersion},
    {"GetUserInfoResponse", "Who asks.", kUserInfo},
    {"CollectEventRequest", "Something that a page counts.", kCollectEventRequest},
    {"LabelKeys", "Names of labels.", kLabels},
    {"LabelValues", "Values of a label.", kLabels},
    {"GatewayError", "Why a request failed.", kGatewayError},
};

}  // namespace

std::span<const Type> request_tables() { return kTypes; }

}  // namespace model

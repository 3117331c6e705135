// workflow_tables.cc — The kinds of Argo Workflows and what stands directly in their specs.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kWorkflow[] = {
    acts("apiVersion", "string", "always argoproj.io/v1alpha1"),
    acts("kind", "string", "always Workflow"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations"),
    acts("spec", "WorkflowSpec", "what is to be done"),
    acts("status", "WorkflowStatus", "what has been done; written by the controller"),
};

constexpr Field kWorkflowTemplate[] = {
    acts("apiVersion", "string", "always argoproj.io/v1alpha1"),
    acts("kind", "string", "always WorkflowTemplate"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations").must(),
    acts("spec", "WorkflowSpec",
         "the workflow that is started, or the templates that others refer to")
        .must(),
};

constexpr Field kClusterWorkflowTemplate[] = {
    acts("apiVersion", "string", "always argoproj.io/v1alpha1"),
    acts("kind", "string", "always ClusterWorkflowTemplate"),
    acts("metadata", "ObjectMeta", "name, labels and annotations; there is no namespace").must(),
    acts("spec", "WorkflowSpec",
         "the workflow that is started, or the templates that others refer to")
        .must(),
};

constexpr Field kCronWorkflow[] = {
    acts("apiVersion", "string", "always argoproj.io/v1alpha1"),
    acts("kind", "string", "always CronWorkflow"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations").must(),
    acts("spec", "CronWorkflowSpec", "when and what to start").must(),
    acts("status", "CronWorkflowStatus", "when it last started one; written by the controller"),
};

constexpr Field kWorkflowEventBinding[] = {
    acts("apiVersion", "string", "always argoproj.io/v1alpha1"),
    acts("kind", "string", "always WorkflowEventBinding"),
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations").must(),
    acts("spec", "WorkflowEventBindingSpec", "which events, and what to submit for them").must(),
};

constexpr Field kWorkflowSpec[] = {
    acts("templates", "[]Template", "the building blocks; steps and tasks call them by name"),
    acts("entrypoint", "string", "name of the template that runs first"),
    acts("arguments", "Arguments",
         "values for the entrypoint; its parameters are workflow.parameters.* everywhere"),
    acts("onExit", "string",
         "template that runs at the end, whether the workflow succeeded or not"),
    acts("hooks", "map[string]LifecycleHook",
         "templates that run at a moment of the workflow's life; the key \"exit\" is the exit "
         "handler"),
    acts("parallelism", "int", "how many pods of this workflow may run at once"),
    acts("activeDeadlineSeconds", "int",
         "seconds from the start after which the whole workflow fails"),
    acts("suspend", "bool", "true holds the workflow: nothing new starts until it is resumed"),
    acts("shutdown", "string", "set by `argo stop` and `argo terminate`").one_of("Stop|Terminate"),
    acts("priority", "int", "workflows with a higher number start first when they have to wait"),
    acts("retryStrategy", "RetryStrategy",
         "how templates that say nothing themselves are tried again"),
    acts("templateDefaults", "Template",
         "fields that every template takes where it does not set its own"),
    acts("volumes", "[]Volume", "volumes that containers of any template may mount"),
    acts("podMetadata", "Metadata", "labels and annotations for every pod"),
    acts("securityContext", "PodSecurityContext", "user, groups and limits of every pod"),
    hint("nodeSelector", "map[string]string", "only machines with these labels run the pods"),
    hint("affinity", "Affinity", "rules for the choice of machines"),
    hint("tolerations", "[]Toleration", "taints of machines that the pods put up with"),
    hint("schedulerName", "string", "which scheduler places the pods"),
    hint("podPriorityClassName", "string", "Kubernetes priority class of the pods"),
    hint("serviceAccountName", "string", "service account of the pods"),
    hint("automountServiceAccountToken", "bool",
         "whether pods get the token of their service account"),
    hint("executor", "ExecutorConfig", "settings of the containers that the controller adds"),
    acts("imagePullSecrets", "[]LocalObjectReference", "Secrets with credentials of registries"),
    acts("hostNetwork", "bool", "run the pods in the network of the machine"),
    acts("hostAliases", "[]HostAlias", "lines for /etc/hosts of the pods"),
    acts("dnsPolicy", "string", "where the pods' name servers come from")
        .one_of("Default|ClusterFirst|ClusterFirstWithHostNet|None"),
    acts("dnsConfig", "PodDNSConfig", "name servers and search domains of the pods"),
    acts("podSpecPatch", "string", "YAML or JSON that is merged over every pod"),
    refused("podResources", "ResourceRequirements", "CPU and memory for each pod as a whole"),
    refused("resourceClaims", "[]PodResourceClaim", "devices that the pods share"),
    acts("podGC", "PodGC", "when finished pods are deleted"),
    acts("ttlStrategy", "TTLStrategy", "how long the finished workflow is kept"),
    acts("podDisruptionBudget", "PodDisruptionBudgetSpec",
         "protection from eviction while the workflow runs"),
    refused("volumeClaimTemplates", "[]PersistentVolumeClaim",
            "claims that are made for this workflow and mounted by its name"),
    hint("volumeClaimGC", "VolumeClaimGC", "when the claims made for this workflow are deleted"),
    hint("archiveLogs", "bool", "keep the log of each main container as an artifact"),
    hint("artifactRepositoryRef", "ArtifactRepositoryRef", "which artifact repository to use"),
    refused("artifactGC", "WorkflowLevelArtifactGC", "when output artifacts are deleted"),
    acts("workflowTemplateRef", "WorkflowTemplateRef", "run the spec of a stored WorkflowTemplate"),
    acts("workflowMetadata", "WorkflowMetadata",
         "labels and annotations that a workflow gets when it is made from this"),
    acts("synchronization", "Synchronization", "locks that the workflow holds while it runs"),
    acts("metrics", "Metrics", "numbers to publish for Prometheus"),
    refused("executorPlugins", "[]ExecutorPlugin", "plugins that run template type `plugin`"),
};

constexpr Field kWorkflowMetadata[] = {
    acts("labels", "map[string]string", "labels to set"),
    acts("annotations", "map[string]string", "annotations to set"),
    acts("labelsFrom", "map[string]LabelValueFrom", "labels computed by expressions"),
};

constexpr Field kLabelValueFrom[] = {
    acts("expression", "string", "expression that gives the value").must(),
};

constexpr Field kWorkflowTemplateRef[] = {
    acts("name", "string", "name of the WorkflowTemplate"),
    acts("clusterScope", "bool", "true: a ClusterWorkflowTemplate"),
};

constexpr Field kExecutorConfig[] = {
    acts("serviceAccountName", "string", "service account used by those containers alone"),
};

constexpr Field kTTLStrategy[] = {
    acts("secondsAfterCompletion", "int", "however it ended"),
    acts("secondsAfterSuccess", "int", "after it succeeded; wins over secondsAfterCompletion"),
    acts("secondsAfterFailure", "int", "after it failed; wins over secondsAfterCompletion"),
};

constexpr Field kPodGC[] = {
    acts("strategy", "string", "the moment")
        .one_of("OnPodCompletion|OnPodSuccess|OnWorkflowCompletion|OnWorkflowSuccess"),
    acts("labelSelector", "LabelSelector", "only pods that match are deleted"),
    acts("deleteDelayDuration", "string", "how long to wait before deleting, as 30s"),
};

constexpr Field kVolumeClaimGC[] = {
    acts("strategy", "string", "the moment; OnWorkflowSuccess when nothing is said")
        .one_of("OnWorkflowCompletion|OnWorkflowSuccess"),
};

constexpr Field kMetadata[] = {
    acts("labels", "map[string]string", "labels"),
    acts("annotations", "map[string]string", "annotations"),
};

constexpr Field kArtifactGC[] = {
    acts("strategy", "string", "the moment")
        .one_of("OnWorkflowCompletion|OnWorkflowDeletion|Never"),
    acts("serviceAccountName", "string", "service account of the pod that deletes"),
    acts("podMetadata", "Metadata", "labels and annotations of the pod that deletes"),
};

constexpr Field kWorkflowLevelArtifactGC[] = {
    acts("forceFinalizerRemoval", "bool",
         "let the workflow go even when deleting artifacts failed"),
    acts("podSpecPatch", "string", "patch for the pod that deletes"),
};

constexpr Field kArtifactRepositoryRef[] = {
    acts("configMap", "string", "name of the ConfigMap; artifact-repositories when empty"),
    acts("key", "string", "key in the ConfigMap"),
};

constexpr Field kExecutorPlugin[] = {
    acts("metadata", "ObjectMeta", "name of the plugin").must(),
    acts("spec", "ExecutorPluginSpec", "how it runs").must(),
};

constexpr Field kExecutorPluginSpec[] = {
    acts("sidecar", "ExecutorPluginSidecar", "the container of the plugin").must(),
};

constexpr Field kExecutorPluginSidecar[] = {
    acts("container", "Container",
         "the container; it needs one port, resources and a security context")
        .must(),
    acts("automountServiceAccountToken", "bool",
         "mount the token of the plugin's own service account"),
};

constexpr Field kSynchronization[] = {
    acts("mutexes", "[]Mutex", "locks with one holder"),
    acts("semaphores", "[]SemaphoreRef", "locks with a number of holders"),
};

constexpr Field kMutex[] = {
    acts("name", "string", "name of the lock"),
    acts("namespace", "string", "namespace of the lock; the workflow's when empty"),
    acts("database", "bool", "keep the lock in the database, shared by several controllers"),
};

constexpr Field kSemaphoreRef[] = {
    acts("configMapKeyRef", "ConfigMapKeySelector", "where the number of holders stands"),
    acts("database", "SyncDatabaseRef", "the lock is kept in the database"),
    acts("namespace", "string", "namespace of the lock; the workflow's when empty"),
};

constexpr Field kSyncDatabaseRef[] = {
    acts("key", "string", "name of the lock").must(),
};

constexpr Field kMetrics[] = {
    acts("prometheus", "[]Prometheus", "the metrics"),
};

constexpr Field kPrometheus[] = {
    acts("name", "string", "name of the metric: letters, digits and _"),
    acts("help", "string", "one line of explanation for readers of the metric"),
    acts("labels", "[]MetricLabel", "labels of the metric"),
    acts("when", "string", "publish only when this condition holds"),
    acts("gauge", "Gauge", "a number that is set"),
    acts("counter", "Counter", "a number that only grows"),
    acts("histogram", "Histogram", "counts in buckets"),
};

constexpr Field kGauge[] = {
    acts("value", "string", "the number; may hold {{tags}}"),
    acts("realtime", "bool", "publish while the step runs, not at its end"),
    acts("operation", "string", "what to do with the value").one_of("Set|Add|Sub"),
};

constexpr Field kCounter[] = {
    acts("value", "string", "how much to add; may hold {{tags}}"),
};

constexpr Field kHistogram[] = {
    acts("value", "string", "the number to count; may hold {{tags}}"),
    acts("buckets", "[]number", "upper borders of the buckets"),
};

constexpr Field kMetricLabel[] = {
    acts("key", "string", "name of the label").must(),
    acts("value", "string", "value of the label; may hold {{tags}}").must(),
};

constexpr Field kCronWorkflowSpec[] = {
    acts("schedules", "[]string",
         "times in cron's five fields, or @hourly, @every 5m and the like"),
    acts("timezone", "string", "time zone of the schedules, as Europe/Berlin"),
    acts("when", "string", "start only when this condition holds"),
    acts("concurrencyPolicy", "string", "what to do while an earlier run goes on")
        .one_of("Allow|Forbid|Replace"),
    acts("startingDeadlineSeconds", "int", "a missed start is made up for within so many seconds"),
    acts("suspend", "bool", "true starts nothing"),
    acts("stopStrategy", "StopStrategy", "when to stop starting"),
    acts("successfulJobsHistoryLimit", "int", "how many succeeded workflows are kept"),
    acts("failedJobsHistoryLimit", "int", "how many failed workflows are kept"),
    acts("workflowMetadata", "ObjectMeta",
         "labels and annotations of the workflows that are started"),
    acts("workflowSpec", "WorkflowSpec", "the workflow that is started").must(),
};

constexpr Field kStopStrategy[] = {
    acts("expression", "string",
         "stops when it becomes true; knows cronworkflow.failed and cronworkflow.succeeded")
        .must(),
};

constexpr Field kWorkflowEventBindingSpec[] = {
    acts("event", "Event", "the events").must(),
    acts("submit", "Submit", "what to start"),
};

constexpr Field kEvent[] = {
    acts("selector", "string", "expression over payload, metadata and discriminator").must(),
};

constexpr Field kSubmit[] = {
    acts("workflowTemplateRef", "WorkflowTemplateRef", "the stored template").must(),
    acts("arguments", "Arguments", "its arguments; valueFrom.event takes them out of the event"),
    acts("metadata", "ObjectMeta", "name, labels and annotations of the new workflow"),
};

constexpr Type kTypes[] = {
    {"Workflow", "One run of a graph of steps: what to do, and in `status` how far it got.",
     kWorkflow},
    {"WorkflowTemplate",
     "A workflow that is stored under a name and started again and again, or a library of "
     "templates.",
     kWorkflowTemplate},
    {"ClusterWorkflowTemplate", "A WorkflowTemplate that every namespace may use.",
     kClusterWorkflowTemplate},
    {"CronWorkflow", "Starts a workflow at set times.", kCronWorkflow},
    {"WorkflowEventBinding", "Starts a stored workflow when an event arrives at the server.",
     kWorkflowEventBinding},
    {"WorkflowSpec",
     "What a workflow does: its templates, where to begin, with which arguments and limits.",
     kWorkflowSpec},
    {"WorkflowMetadata", "Labels and annotations for the workflow that is made.",
     kWorkflowMetadata},
    {"LabelValueFrom", "Where the value of a label comes from.", kLabelValueFrom},
    {"WorkflowTemplateRef", "Names a stored template.", kWorkflowTemplateRef},
    {"ExecutorConfig", "Settings of the containers that the controller adds to a pod.",
     kExecutorConfig},
    {"TTLStrategy", "How long a finished workflow is kept, in seconds.", kTTLStrategy},
    {"PodGC", "When finished pods are deleted.", kPodGC},
    {"VolumeClaimGC", "When the workflow's own volume claims are deleted.", kVolumeClaimGC},
    {"Metadata", "Labels and annotations.", kMetadata},
    {"ArtifactGC", "When and how output artifacts are deleted.", kArtifactGC},
    {"WorkflowLevelArtifactGC", "Deletion of artifacts, for the whole workflow.",
     kWorkflowLevelArtifactGC, "ArtifactGC"},
    {"ArtifactRepositoryRef", "Where the settings of an artifact repository stand.",
     kArtifactRepositoryRef},
    {"ExecutorPlugin", "A plugin that runs beside the workflow.", kExecutorPlugin},
    {"ExecutorPluginSpec", "How a plugin runs.", kExecutorPluginSpec},
    {"ExecutorPluginSidecar", "The container of a plugin.", kExecutorPluginSidecar},
    {"Synchronization", "Locks to hold.", kSynchronization},
    {"Mutex", "A lock with one holder.", kMutex},
    {"SemaphoreRef", "A lock with a number of holders.", kSemaphoreRef},
    {"SyncDatabaseRef", "A lock in the database.", kSyncDatabaseRef},
    {"Metrics", "Numbers to publish.", kMetrics},
    {"Prometheus", "One metric.", kPrometheus},
    {"Gauge", "A number that is set, or moved.", kGauge},
    {"Counter", "A number that only grows.", kCounter},
    {"Histogram", "Counts in buckets.", kHistogram},
    {"MetricLabel", "A label of a metric.", kMetricLabel},
    {"CronWorkflowSpec", "When to start what.", kCronWorkflowSpec},
    {"StopStrategy", "When a CronWorkflow stops for good.", kStopStrategy},
    {"WorkflowEventBindingSpec", "Which events start what.", kWorkflowEventBindingSpec},
    {"Event", "A choice of events.", kEvent},
    {"Submit", "What to start for an event.", kSubmit},
};

}  // namespace

std::span<const Type> workflow_tables() { return kTypes; }

}  // namespace model

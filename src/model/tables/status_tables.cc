// status_tables.cc — What the controller writes: the status of workflows.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kWorkflowStatus[] = {
    acts("phase", "string", "where it stands").one_of("Pending|Running|Succeeded|Failed|Error"),
    acts("message", "string", "why"),
    acts("startedAt", "Time", "when it began"),
    acts("finishedAt", "Time", "when it ended"),
    acts("progress", "string", "finished pods of all known pods, as 3/5"),
    acts("estimatedDuration", "int", "seconds that earlier runs took"),
    acts("nodes", "map[string]NodeStatus", "every step that began, by id"),
    acts("compressedNodes", "string", "the nodes, packed"),
    acts("offloadNodeStatusVersion", "string", "the nodes are kept elsewhere, in this version"),
    acts("storedTemplates", "map[string]Template",
         "templates that were read from WorkflowTemplates"),
    acts("storedWorkflowTemplateSpec", "WorkflowSpec", "the spec that is run"),
    acts("outputs", "Outputs", "parameters and artifacts with a globalName"),
    acts("conditions", "[]Condition", "notes about the workflow"),
    acts("persistentVolumeClaims", "[]Volume", "claims made for the workflow"),
    acts("resourcesDuration", "map[string]int", "seconds of each resource asked for"),
    acts("synchronization", "SynchronizationStatus", "locks held and waited for"),
    acts("artifactRepositoryRef", "ArtifactRepositoryRefStatus", "the artifact repository in use"),
    acts("artifactGCStatus", "ArtGCStatus", "how far deleting of artifacts got"),
    acts("taskResultsCompletionStatus", "map[string]bool",
         "which pods have handed in their results"),
};

constexpr Field kNodeStatus[] = {
    acts("id", "string", "computed from the name"),
    acts("name", "string", "path in the workflow, as wf[0].a(1:x)"),
    acts("displayName", "string", "name for people"),
    acts("type", "string", "kind of node"),
    acts("phase", "string", "where it stands")
        .one_of("Pending|Running|Succeeded|Skipped|Failed|Error|Omitted"),
    acts("message", "string", "why"),
    acts("boundaryID", "string", "id of the steps or dag node that it is in"),
    acts("children", "[]string", "ids of the nodes that follow"),
    acts("outboundNodes", "[]string", "ids of the last nodes inside"),
    acts("templateName", "string", "template that it runs"),
    acts("templateRef", "TemplateRef", "stored template that it runs"),
    acts("templateScope", "string", "whose templates its names refer to"),
    acts("inputs", "Inputs", "what it took"),
    acts("outputs", "Outputs", "what it gave"),
    acts("startedAt", "Time", "when it began"),
    acts("finishedAt", "Time", "when it ended"),
    acts("progress", "string", "finished pods of all known pods"),
    acts("estimatedDuration", "int", "seconds that earlier runs took"),
    acts("resourcesDuration", "map[string]int", "seconds of each resource asked for"),
    acts("podIP", "string", "address of its pod"),
    acts("hostNodeName", "string", "machine of its pod"),
    acts("daemoned", "bool", "it goes on as a daemon"),
    acts("nodeFlag", "NodeFlag", "made by a hook or a retry"),
    acts("memoizationStatus", "MemoizationStatus", "whether outputs were reused"),
    acts("synchronizationStatus", "NodeSynchronizationStatus", "lock that it waits for"),
    acts("failedPodRestarts", "int", "how often its pod was made anew"),
    acts("restartingPodUID", "string", "pod that is being replaced"),
    acts("taskResultSynced", "bool", "its pod has handed in its results"),
};

constexpr Field kNodeFlag[] = {
    acts("hooked", "bool", "a hook"),
    acts("retried", "bool", "a retry"),
};

constexpr Field kCondition[] = {
    acts("type", "string", "what it is about"),
    acts("status", "string", "True, False or Unknown"),
    acts("message", "string", "in words"),
};

constexpr Field kArtGCStatus[] = {
    acts("strategiesProcessed", "map[string]bool", "moments that are done"),
    acts("podsRecouped", "map[string]bool", "pods that have reported"),
    acts("notSpecified", "bool", "there is nothing to delete"),
};

constexpr Field kArtifactRepositoryRefStatus[] = {
    acts("namespace", "string", "namespace of the ConfigMap"),
    acts("default", "bool", "it is the default"),
    acts("artifactRepository", "ArtifactRepository", "its settings"),
};

constexpr Field kSynchronizationStatus[] = {
    acts("mutex", "MutexStatus", "locks with one holder"),
    acts("semaphore", "SemaphoreStatus", "locks with several holders"),
};

constexpr Field kNodeSynchronizationStatus[] = {
    acts("waiting", "string", "name of the lock"),
};

constexpr Field kMutexStatus[] = {
    acts("holding", "[]MutexHolding", "held"),
    acts("waiting", "[]MutexHolding", "waited for"),
};

constexpr Field kMutexHolding[] = {
    acts("mutex", "string", "name of the lock"),
    acts("holder", "string", "who holds it"),
};

constexpr Field kSemaphoreStatus[] = {
    acts("holding", "[]SemaphoreHolding", "held"),
    acts("waiting", "[]SemaphoreHolding", "waited for"),
};

constexpr Field kSemaphoreHolding[] = {
    acts("semaphore", "string", "name of the lock"),
    acts("holders", "[]string", "who holds it"),
};

constexpr Field kMemoizationStatus[] = {
    acts("hit", "bool", "they were"),
    acts("key", "string", "key of the outputs"),
    acts("cacheName", "string", "where they are kept"),
};

constexpr Field kCronWorkflowStatus[] = {
    acts("active", "[]ObjectReference", "workflows that run"),
    acts("lastScheduledTime", "Time", "when it last started one"),
    acts("phase", "string", "whether it goes on").one_of("Active|Stopped"),
    acts("succeeded", "int", "how many succeeded"),
    acts("failed", "int", "how many failed"),
    acts("conditions", "[]Condition", "notes about the CronWorkflow"),
};

constexpr Type kTypes[] = {
    {"WorkflowStatus", "How far a workflow got.", kWorkflowStatus},
    {"NodeStatus", "How far one step got.", kNodeStatus},
    {"NodeFlag", "What made a node.", kNodeFlag},
    {"Condition", "A note.", kCondition},
    {"ArtGCStatus", "How far deleting of artifacts got.", kArtGCStatus},
    {"ArtifactRepositoryRefStatus", "The artifact repository in use.", kArtifactRepositoryRefStatus,
     "ArtifactRepositoryRef"},
    {"SynchronizationStatus", "Locks held and waited for.", kSynchronizationStatus},
    {"NodeSynchronizationStatus", "The lock that a node waits for.", kNodeSynchronizationStatus},
    {"MutexStatus", "Mutexes of a workflow.", kMutexStatus},
    {"MutexHolding", "A mutex and its holder.", kMutexHolding},
    {"SemaphoreStatus", "Semaphores of a workflow.", kSemaphoreStatus},
    {"SemaphoreHolding", "A semaphore and its holders.", kSemaphoreHolding},
    {"MemoizationStatus", "Whether outputs were reused.", kMemoizationStatus},
    {"CronWorkflowStatus", "What a CronWorkflow started.", kCronWorkflowStatus},
};

}  // namespace

std::span<const Type> status_tables() { return kTypes; }

}  // namespace model

// workload_tables.cc — Kubernetes' jobs and the sets of pods that are kept running.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kJob[] = {
    acts("spec", "JobSpec", "what is wanted"),
    acts("status", "JobStatus", "how it is"),
};

constexpr Field kJobSpec[] = {
    acts("activeDeadlineSeconds", "int", "seconds after which it fails"),
    acts("backoffLimit", "int", "how many pods may fail"),
    acts("backoffLimitPerIndex", "int", "how many pods of an index may fail"),
    acts("completionMode", "string", "NonIndexed or Indexed").or_else("\"NonIndexed\""),
    acts("completions", "int", "how many pods have to succeed"),
    acts("managedBy", "string", "managed by"),
    acts("manualSelector", "bool", "the selector is given by the user").or_else("false"),
    acts("maxFailedIndexes", "int", "max failed indexes"),
    acts("parallelism", "int", "how many pods run at once"),
    acts("podFailurePolicy", "PodFailurePolicy", "pod failure policy"),
    acts("podReplacementPolicy", "string", "pod replacement policy"),
    acts("selector", "LabelSelector", "which pods it means"),
    acts("successPolicy", "SuccessPolicy", "success policy"),
    acts("suspend", "bool", "start nothing for now").or_else("false"),
    acts("template", "PodTemplateSpec", "the pods to be made"),
    acts("ttlSecondsAfterFinished", "int", "seconds until it is deleted once it has ended"),
};

constexpr Field kSuccessPolicy[] = {
    acts("rules", "[]SuccessPolicyRule", "the rules"),
};

constexpr Field kSuccessPolicyRule[] = {
    acts("succeededCount", "int", "succeeded count"),
    acts("succeededIndexes", "string", "succeeded indexes"),
};

constexpr Field kJobStatus[] = {
    acts("active", "int", "active"),
    acts("completedIndexes", "string", "completed indexes"),
    acts("completionTime", "Time", "completion time"),
    acts("conditions", "[]JobCondition", "what is known of it, one entry a type").merged_by("type"),
    acts("failed", "int", "failed"),
    acts("failedIndexes", "string", "failed indexes"),
    acts("ready", "int", "ready"),
    acts("startTime", "Time", "when it was taken by an agent"),
    acts("succeeded", "int", "succeeded"),
    acts("terminating", "int", "terminating"),
    acts("uncountedTerminatedPods", "UncountedTerminatedPods", "uncounted terminated pods"),
};

constexpr Field kJobCondition[] = {
    acts("lastProbeTime", "Time", "last probe time"),
};

constexpr Field kUncountedTerminatedPods[] = {
    acts("failed", "[]string", "failed").set(),
    acts("succeeded", "[]string", "succeeded").set(),
};

constexpr Field kCronJob[] = {
    acts("spec", "CronJobSpec", "what is wanted"),
    acts("status", "CronJobStatus", "how it is"),
};

constexpr Field kCronJobSpec[] = {
    acts("concurrencyPolicy", "string",
         "what to do when the last run still runs: Allow, Forbid or Replace")
        .or_else("\"Allow\""),
    acts("failedJobsHistoryLimit", "int", "how many failed jobs are kept").or_else("1"),
    acts("jobTemplate", "JobTemplateSpec", "the jobs to be made"),
    acts("schedule", "string", "when, as a cron expression"),
    acts("startingDeadlineSeconds", "int", "seconds for which a missed start is made up"),
    acts("successfulJobsHistoryLimit", "int", "how many succeeded jobs are kept").or_else("3"),
    acts("suspend", "bool", "start nothing for now").or_else("false"),
    acts("timeZone", "string", "name of the time zone of the schedule"),
};

constexpr Field kJobTemplateSpec[] = {
    acts("metadata", "ObjectMeta", "name, namespace, labels and annotations").or_else("{}"),
    acts("spec", "JobSpec", "what is wanted"),
};

constexpr Field kCronJobStatus[] = {
    acts("active", "[]ObjectReference", "active"),
    acts("lastScheduleTime", "Time", "last schedule time"),
    acts("lastSuccessfulTime", "Time", "last successful time"),
};

constexpr Field kDeployment[] = {
    acts("spec", "DeploymentSpec", "what is wanted"),
    acts("status", "DeploymentStatus", "how it is"),
};

constexpr Field kDeploymentSpec[] = {
    acts("minReadySeconds", "int", "seconds until a ready pod counts as available"),
    acts("paused", "bool", "change nothing for now"),
    acts("progressDeadlineSeconds", "int",
         "seconds without progress after which it counts as failed")
        .or_else("600"),
    acts("replicas", "int", "how many pods").or_else("1"),
    acts("revisionHistoryLimit", "int", "how many old revisions are kept").or_else("10"),
    acts("selector", "LabelSelector", "which pods it means"),
    acts("strategy", "DeploymentStrategy", "how old pods are replaced by new ones")
        .retaining_keys()
        .or_else("{}"),
    acts("template", "PodTemplateSpec", "the pods to be made"),
};

constexpr Field kDeploymentStrategy[] = {
    acts("rollingUpdate", "RollingUpdateDeployment", "limits of a replacement step by step"),
    acts("type", "string", "which kind of it").or_else("\"RollingUpdate\""),
};

constexpr Field kRollingUpdateDeployment[] = {
    acts("maxSurge", "IntOrString", "how many more pods there may be, number or per cent")
        .or_else("\"25%\""),
    acts("maxUnavailable", "IntOrString", "how many pods may be missing, number or per cent")
        .or_else("\"25%\""),
};

constexpr Field kDeploymentStatus[] = {
    acts("availableReplicas", "int", "available replicas"),
    acts("collisionCount", "int", "collision count"),
    acts("conditions", "[]DeploymentCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("observedGeneration", "int", "generation that the status is about"),
    acts("readyReplicas", "int", "ready replicas"),
    acts("replicas", "int", "how many pods"),
    acts("terminatingReplicas", "int", "terminating replicas"),
    acts("unavailableReplicas", "int", "unavailable replicas"),
    acts("updatedReplicas", "int", "updated replicas"),
};

constexpr Field kDeploymentCondition[] = {
    acts("lastUpdateTime", "Time", "last update time"),
};

constexpr Field kReplicaSet[] = {
    acts("spec", "ReplicaSetSpec", "what is wanted"),
    acts("status", "ReplicaSetStatus", "how it is"),
};

constexpr Field kReplicaSetSpec[] = {
    acts("minReadySeconds", "int", "seconds until a ready pod counts as available"),
    acts("replicas", "int", "how many pods").or_else("1"),
    acts("selector", "LabelSelector", "which pods it means"),
    acts("template", "PodTemplateSpec", "the pods to be made"),
};

constexpr Field kReplicaSetStatus[] = {
    acts("availableReplicas", "int", "available replicas"),
    acts("conditions", "[]ReplicaSetCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("fullyLabeledReplicas", "int", "fully labeled replicas"),
    acts("observedGeneration", "int", "generation that the status is about"),
    acts("readyReplicas", "int", "ready replicas"),
    acts("replicas", "int", "how many pods"),
    acts("terminatingReplicas", "int", "terminating replicas"),
};

constexpr Field kStatefulSet[] = {
    acts("spec", "StatefulSetSpec", "what is wanted"),
    acts("status", "StatefulSetStatus", "how it is"),
};

constexpr Field kStatefulSetSpec[] = {
    acts("minReadySeconds", "int", "seconds until a ready pod counts as available"),
    acts("ordinals", "StatefulSetOrdinals", "ordinals"),
    acts("persistentVolumeClaimRetentionPolicy", "StatefulSetPersistentVolumeClaimRetentionPolicy",
         "what happens to claims of deleted pods")
        .or_else("{}"),
    acts("podManagementPolicy", "string", "OrderedReady or Parallel").or_else("\"OrderedReady\""),
    acts("replicas", "int", "how many pods").or_else("1"),
    acts("revisionHistoryLimit", "int", "how many old revisions are kept").or_else("10"),
    acts("selector", "LabelSelector", "which pods it means"),
    acts("serviceName", "string", "the service that names its pods"),
    acts("template", "PodTemplateSpec", "the pods to be made"),
    acts("updateStrategy", "StatefulSetUpdateStrategy", "how old pods are replaced by new ones")
        .or_else("{}"),
    acts("volumeClaimTemplates", "[]PersistentVolumeClaim", "claims that are made for each pod"),
};

constexpr Field kStatefulSetOrdinals[] = {
    acts("start", "int", "start"),
};

constexpr Field kStatefulSetPersistentVolumeClaimRetentionPolicy[] = {
    acts("whenDeleted", "string", "when deleted").or_else("\"Retain\""),
    acts("whenScaled", "string", "when scaled").or_else("\"Retain\""),
};

constexpr Field kStatefulSetUpdateStrategy[] = {
    acts("rollingUpdate", "RollingUpdateStatefulSetStrategy",
         "limits of a replacement step by step"),
    acts("type", "string", "which kind of it").or_else("\"RollingUpdate\""),
};

constexpr Field kRollingUpdateStatefulSetStrategy[] = {
    acts("maxUnavailable", "IntOrString", "how many pods may be missing, number or per cent"),
    acts("partition", "int", "pods below this number keep their revision").or_else("0"),
};

constexpr Field kStatefulSetStatus[] = {
    acts("availableReplicas", "int", "available replicas"),
    acts("collisionCount", "int", "collision count"),
    acts("conditions", "[]StatefulSetCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("currentReplicas", "int", "current replicas"),
    acts("currentRevision", "string", "current revision"),
    acts("observedGeneration", "int", "generation that the status is about"),
    acts("readyReplicas", "int", "ready replicas"),
    acts("replicas", "int", "how many pods"),
    acts("updateRevision", "string", "update revision"),
    acts("updatedReplicas", "int", "updated replicas"),
};

constexpr Field kDaemonSet[] = {
    acts("spec", "DaemonSetSpec", "what is wanted"),
    acts("status", "DaemonSetStatus", "how it is"),
};

constexpr Field kDaemonSetSpec[] = {
    acts("minReadySeconds", "int", "seconds until a ready pod counts as available"),
    acts("revisionHistoryLimit", "int", "how many old revisions are kept").or_else("10"),
    acts("selector", "LabelSelector", "which pods it means"),
    acts("template", "PodTemplateSpec", "the pods to be made"),
    acts("updateStrategy", "DaemonSetUpdateStrategy", "how old pods are replaced by new ones")
        .or_else("{}"),
};

constexpr Field kDaemonSetUpdateStrategy[] = {
    acts("rollingUpdate", "RollingUpdateDaemonSet", "limits of a replacement step by step"),
    acts("type", "string", "which kind of it").or_else("\"RollingUpdate\""),
};

constexpr Field kRollingUpdateDaemonSet[] = {
    acts("maxSurge", "IntOrString", "how many more pods there may be, number or per cent")
        .or_else("0"),
    acts("maxUnavailable", "IntOrString", "how many pods may be missing, number or per cent")
        .or_else("1"),
};

constexpr Field kDaemonSetStatus[] = {
    acts("collisionCount", "int", "collision count"),
    acts("conditions", "[]DaemonSetCondition", "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("currentNumberScheduled", "int", "current number scheduled"),
    acts("desiredNumberScheduled", "int", "desired number scheduled"),
    acts("numberAvailable", "int", "number available"),
    acts("numberMisscheduled", "int", "number misscheduled"),
    acts("numberReady", "int", "number ready"),
    acts("numberUnavailable", "int", "number unavailable"),
    acts("observedGeneration", "int", "generation that the status is about"),
    acts("updatedNumberScheduled", "int", "updated number scheduled"),
};

constexpr Type kTypes[] = {
    {"Job", "Pods that run until enough of them have succeeded.", kJob, "ObjectBase"},
    {"JobSpec", "Job spec.", kJobSpec},
    {"SuccessPolicy", "Success policy.", kSuccessPolicy},
    {"SuccessPolicyRule", "Success policy rule.", kSuccessPolicyRule},
    {"JobStatus", "How it is: job status.", kJobStatus},
    {"JobCondition", "Job condition.", kJobCondition, "ConditionBase"},
    {"UncountedTerminatedPods", "Uncounted terminated pods.", kUncountedTerminatedPods},
    {"CronJob", "Jobs on a schedule.", kCronJob, "ObjectBase"},
    {"CronJobSpec", "Cron job spec.", kCronJobSpec},
    {"JobTemplateSpec", "Job template spec.", kJobTemplateSpec},
    {"CronJobStatus", "How it is: cron job status.", kCronJobStatus},
    {"Deployment", "Pods of one kind, replaced step by step.", kDeployment, "ObjectBase"},
    {"DeploymentSpec", "Deployment spec.", kDeploymentSpec},
    {"DeploymentStrategy", "Deployment strategy.", kDeploymentStrategy},
    {"RollingUpdateDeployment", "Rolling update deployment.", kRollingUpdateDeployment},
    {"DeploymentStatus", "How it is: deployment status.", kDeploymentStatus},
    {"DeploymentCondition", "Deployment condition.", kDeploymentCondition, "ConditionBase"},
    {"ReplicaSet", "A number of equal pods.", kReplicaSet, "ObjectBase"},
    {"ReplicaSetSpec", "Replica set spec.", kReplicaSetSpec},
    {"ReplicaSetStatus", "How it is: replica set status.", kReplicaSetStatus},
    {"ReplicaSetCondition", "Replica set condition.", {}, "ConditionBase"},
    {"StatefulSet", "Pods with names and claims of their own.", kStatefulSet, "ObjectBase"},
    {"StatefulSetSpec", "Stateful set spec.", kStatefulSetSpec},
    {"StatefulSetOrdinals", "Stateful set ordinals.", kStatefulSetOrdinals},
    {"StatefulSetPersistentVolumeClaimRetentionPolicy",
     "Stateful set persistent volume claim retention policy.",
     kStatefulSetPersistentVolumeClaimRetentionPolicy},
    {"StatefulSetUpdateStrategy", "Stateful set update strategy.", kStatefulSetUpdateStrategy},
    {"RollingUpdateStatefulSetStrategy", "Rolling update stateful set strategy.",
     kRollingUpdateStatefulSetStrategy},
    {"StatefulSetStatus", "How it is: stateful set status.", kStatefulSetStatus},
    {"StatefulSetCondition", "Stateful set condition.", {}, "ConditionBase"},
    {"DaemonSet", "A pod on each machine.", kDaemonSet, "ObjectBase"},
    {"DaemonSetSpec", "Daemon set spec.", kDaemonSetSpec},
    {"DaemonSetUpdateStrategy", "Daemon set update strategy.", kDaemonSetUpdateStrategy},
    {"RollingUpdateDaemonSet", "Rolling update daemon set.", kRollingUpdateDaemonSet},
    {"DaemonSetStatus", "How it is: daemon set status.", kDaemonSetStatus},
    {"DaemonSetCondition", "Daemon set condition.", {}, "ConditionBase"},
};

}  // namespace

std::span<const Type> workload_tables() { return kTypes; }

}  // namespace model

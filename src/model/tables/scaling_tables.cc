// scaling_tables.cc — Kubernetes' budgets, quotas and the scaling by load.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kHorizontalPodAutoscaler[] = {
    acts("spec", "HorizontalPodAutoscalerSpec", "what is wanted"),
    acts("status", "HorizontalPodAutoscalerStatus", "how it is"),
};

constexpr Field kHorizontalPodAutoscalerSpec[] = {
    acts("behavior", "HorizontalPodAutoscalerBehavior", "how fast it may scale"),
    acts("maxReplicas", "int", "most pods"),
    acts("metrics", "[]MetricSpec", "what the number of pods is worked out from"),
    acts("minReplicas", "int", "fewest pods").or_else("1"),
    acts("scaleTargetRef", "CrossVersionObjectReference", "what is scaled"),
};

constexpr Field kHorizontalPodAutoscalerBehavior[] = {
    acts("scaleDown", "HPAScalingRules", "rules for fewer pods"),
    acts("scaleUp", "HPAScalingRules", "rules for more pods"),
};

constexpr Field kHPAScalingRules[] = {
    acts("policies", "[]HPAScalingPolicy", "policies"),
    acts("selectPolicy", "string", "select policy"),
    acts("stabilizationWindowSeconds", "int", "stabilization window seconds"),
    acts("tolerance", "Quantity", "tolerance"),
};

constexpr Field kHPAScalingPolicy[] = {
    acts("periodSeconds", "int", "period seconds"),
    acts("type", "string", "which kind of it"),
    acts("value", "int", "its value"),
};

constexpr Field kMetricSpec[] = {
    acts("containerResource", "ContainerResourceMetricSource", "container resource"),
    acts("external", "ExternalMetricSource", "external"),
    acts("object", "ObjectMetricSource", "object"),
    acts("pods", "PodsMetricSource", "pods"),
    acts("resource", "ResourceMetricSource", "resource"),
    acts("type", "string", "which kind of it"),
};

constexpr Field kMetricTarget[] = {
    acts("averageUtilization", "int", "average utilization"),
    acts("averageValue", "Quantity", "average value"),
    acts("type", "string", "which kind of it"),
    acts("value", "Quantity", "its value"),
};

constexpr Field kExternalMetricSource[] = {
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
    acts("target", "MetricTarget", "value that is aimed at"),
};

constexpr Field kMetricIdentifier[] = {
    acts("name", "string", "its name"),
    acts("selector", "LabelSelector", "which pods it means"),
};

constexpr Field kObjectMetricSource[] = {
    acts("describedObject", "CrossVersionObjectReference", "described object"),
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
    acts("target", "MetricTarget", "value that is aimed at"),
};

constexpr Field kCrossVersionObjectReference[] = {
    acts("apiVersion", "string", "version of the kind"),
    acts("kind", "string", "kind"),
    acts("name", "string", "its name"),
};

constexpr Field kResourceMetricSource[] = {
    acts("name", "string", "its name"),
    acts("target", "MetricTarget", "value that is aimed at"),
};

constexpr Field kHorizontalPodAutoscalerStatus[] = {
    acts("conditions", "[]HorizontalPodAutoscalerCondition",
         "what is known of it, one entry a type")
        .map_by("type")
        .merged_by("type"),
    acts("currentMetrics", "[]MetricStatus", "current metrics"),
    acts("currentReplicas", "int", "current replicas"),
    acts("desiredReplicas", "int", "desired replicas"),
    acts("lastScaleTime", "Time", "last scale time"),
    acts("observedGeneration", "int", "generation that the status is about"),
};

constexpr Field kMetricStatus[] = {
    acts("containerResource", "ContainerResourceMetricStatus", "container resource"),
    acts("external", "ExternalMetricStatus", "external"),
    acts("object", "ObjectMetricStatus", "object"),
    acts("pods", "PodsMetricStatus", "pods"),
    acts("resource", "ResourceMetricStatus", "resource"),
    acts("type", "string", "which kind of it"),
};

constexpr Field kMetricValueStatus[] = {
    acts("averageUtilization", "int", "average utilization"),
    acts("averageValue", "Quantity", "average value"),
    acts("value", "Quantity", "its value"),
};

constexpr Field kExternalMetricStatus[] = {
    acts("current", "MetricValueStatus", "value at present"),
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
};

constexpr Field kObjectMetricStatus[] = {
    acts("current", "MetricValueStatus", "value at present"),
    acts("describedObject", "CrossVersionObjectReference", "described object"),
    acts("metric", "MetricIdentifier", "name and selector of the metric"),
};

constexpr Field kResourceMetricStatus[] = {
    acts("current", "MetricValueStatus", "value at present"),
    acts("name", "string", "its name"),
};

constexpr Field kResourceQuota[] = {
    acts("spec", "ResourceQuotaSpec", "what is wanted"),
    acts("status", "ResourceQuotaStatus", "how it is"),
};

constexpr Field kResourceQuotaSpec[] = {
    acts("hard", "map[string]Quantity", "the limits"),
    acts("scopeSelector", "ScopeSelector", "scope selector"),
    acts("scopes", "[]string", "which objects count"),
};

constexpr Field kScopeSelector[] = {
    acts("matchExpressions", "[]ScopedResourceSelectorRequirement", "match expressions"),
};

constexpr Field kScopedResourceSelectorRequirement[] = {
    acts("operator", "string", "how they are compared"),
    acts("scopeName", "string", "scope name"),
    acts("values", "[]string", "the values"),
};

constexpr Field kResourceQuotaStatus[] = {
    acts("hard", "map[string]Quantity", "the limits"),
    acts("used", "map[string]Quantity", "what is in use"),
};

constexpr Field kLimitRange[] = {
    acts("spec", "LimitRangeSpec", "what is wanted"),
};

constexpr Field kLimitRangeSpec[] = {
    acts("limits", "[]LimitRangeItem", "limits by type"),
};

constexpr Field kLimitRangeItem[] = {
    acts("default", "map[string]Quantity", "limit of a container that gives none"),
    acts("defaultRequest", "map[string]Quantity", "request of a container that gives none"),
    acts("max", "map[string]Quantity", "at most"),
    acts("maxLimitRequestRatio", "map[string]Quantity", "how far a limit may be above the request"),
    acts("min", "map[string]Quantity", "at least"),
    acts("type", "string", "which kind of it"),
};

constexpr Field kPriorityClass[] = {
    acts("description", "string", "what it is for"),
    acts("globalDefault", "bool", "for pods that name none"),
    acts("preemptionPolicy", "string", "whether it may push others out")
        .or_else("\"PreemptLowerPriority\""),
    acts("value", "int", "its value"),
};

constexpr Type kTypes[] = {
    {"HorizontalPodAutoscaler", "The number of pods by their load.", kHorizontalPodAutoscaler,
     "ObjectBase"},
    {"HorizontalPodAutoscalerSpec", "Horizontal pod autoscaler spec.",
     kHorizontalPodAutoscalerSpec},
    {"HorizontalPodAutoscalerBehavior", "Horizontal pod autoscaler behavior.",
     kHorizontalPodAutoscalerBehavior},
    {"HPAScalingRules", "HPAScaling rules.", kHPAScalingRules},
    {"HPAScalingPolicy", "HPAScaling policy.", kHPAScalingPolicy},
    {"MetricSpec", "Metric spec.", kMetricSpec},
    {"MetricTarget", "Metric target.", kMetricTarget},
    {"ExternalMetricSource", "External metric source.", kExternalMetricSource},
    {"MetricIdentifier", "Metric identifier.", kMetricIdentifier},
    {"ObjectMetricSource", "Object metric source.", kObjectMetricSource},
    {"CrossVersionObjectReference", "Cross version object reference.",
     kCrossVersionObjectReference},
    {"ResourceMetricSource", "Resource metric source.", kResourceMetricSource},
    {"HorizontalPodAutoscalerStatus", "How it is: horizontal pod autoscaler status.",
     kHorizontalPodAutoscalerStatus},
    {"HorizontalPodAutoscalerCondition",
     "Horizontal pod autoscaler condition.",
     {},
     "ConditionBase"},
    {"MetricStatus", "How it is: metric status.", kMetricStatus},
    {"MetricValueStatus", "How it is: metric value status.", kMetricValueStatus},
    {"ExternalMetricStatus", "How it is: external metric status.", kExternalMetricStatus},
    {"ObjectMetricStatus", "How it is: object metric status.", kObjectMetricStatus},
    {"ResourceMetricStatus", "How it is: resource metric status.", kResourceMetricStatus},
    {"ResourceQuota", "What a namespace may use.", kResourceQuota, "ObjectBase"},
    {"ResourceQuotaSpec", "Resource quota spec.", kResourceQuotaSpec},
    {"ScopeSelector", "Scope selector.", kScopeSelector, {}, true},
    {"ScopedResourceSelectorRequirement", "Scoped resource selector requirement.",
     kScopedResourceSelectorRequirement},
    {"ResourceQuotaStatus", "How it is: resource quota status.", kResourceQuotaStatus},
    {"LimitRange", "Limits of single objects of a namespace.", kLimitRange, "ObjectBase"},
    {"LimitRangeSpec", "Limit range spec.", kLimitRangeSpec},
    {"LimitRangeItem", "Limit range item.", kLimitRangeItem},
    {"PriorityClass", "A priority by name.", kPriorityClass, "ObjectBase"},
};

}  // namespace

std::span<const Type> scaling_tables() { return kTypes; }

}  // namespace model

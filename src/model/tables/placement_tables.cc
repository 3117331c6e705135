// placement_tables.cc — Kubernetes' rules for where pods run; kept, and without effect on one
// machine.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kAffinity[] = {
    acts("nodeAffinity", "NodeAffinity", "by the machine's labels"),
    acts("podAffinity", "PodAffinity", "near other pods"),
    acts("podAntiAffinity", "PodAntiAffinity", "away from other pods"),
};

constexpr Field kNodeAffinity[] = {
    acts("requiredDuringSchedulingIgnoredDuringExecution", "NodeSelector", "must hold"),
    acts("preferredDuringSchedulingIgnoredDuringExecution", "[]PreferredSchedulingTerm",
         "should hold"),
};

constexpr Field kNodeSelector[] = {
    acts("nodeSelectorTerms", "[]NodeSelectorTerm", "the terms").must(),
};

constexpr Field kNodeSelectorTerm[] = {
    acts("matchExpressions", "[]NodeSelectorRequirement", "over labels"),
    acts("matchFields", "[]NodeSelectorRequirement", "over fields"),
};

constexpr Field kNodeSelectorRequirement[] = {
    acts("key", "string", "the label").must(),
    acts("operator", "string", "how it is compared")
        .must()
        .one_of("In|NotIn|Exists|DoesNotExist|Gt|Lt"),
    acts("values", "[]string", "with what"),
};

constexpr Field kPreferredSchedulingTerm[] = {
    acts("weight", "int", "1 to 100").must(),
    acts("preference", "NodeSelectorTerm", "the wish").must(),
};

constexpr Field kPodAffinity[] = {
    acts("requiredDuringSchedulingIgnoredDuringExecution", "[]PodAffinityTerm", "must hold"),
    acts("preferredDuringSchedulingIgnoredDuringExecution", "[]WeightedPodAffinityTerm",
         "should hold"),
};

constexpr Field kPodAntiAffinity[] = {
    acts("requiredDuringSchedulingIgnoredDuringExecution", "[]PodAffinityTerm", "must hold"),
    acts("preferredDuringSchedulingIgnoredDuringExecution", "[]WeightedPodAffinityTerm",
         "should hold"),
};

constexpr Field kWeightedPodAffinityTerm[] = {
    acts("weight", "int", "1 to 100").must(),
    acts("podAffinityTerm", "PodAffinityTerm", "the wish").must(),
};

constexpr Field kPodAffinityTerm[] = {
    acts("labelSelector", "LabelSelector", "by their labels"),
    acts("topologyKey", "string", "label of machines: what counts as near").must(),
    acts("namespaces", "[]string", "in these namespaces"),
    acts("namespaceSelector", "LabelSelector", "in namespaces with these labels"),
    acts("matchLabelKeys", "[]string", "labels that must be the same"),
    acts("mismatchLabelKeys", "[]string", "labels that must differ"),
};

constexpr Field kLabelSelector[] = {
    acts("matchLabels", "map[string]string", "labels and their values"),
    acts("matchExpressions", "[]LabelSelectorRequirement", "conditions over labels"),
};

constexpr Field kLabelSelectorRequirement[] = {
    acts("key", "string", "the label").must(),
    acts("operator", "string", "how it is compared").must().one_of("In|NotIn|Exists|DoesNotExist"),
    acts("values", "[]string", "with what"),
};

constexpr Field kToleration[] = {
    acts("key", "string", "the taint; all when empty"),
    acts("operator", "string", "how its value is compared").one_of("Exists|Equal|Lt|Gt"),
    acts("value", "string", "the value"),
    acts("effect", "string", "which effect").one_of("NoSchedule|PreferNoSchedule|NoExecute"),
    acts("tolerationSeconds", "int", "for how long"),
};

constexpr Field kPodDisruptionBudgetSpec[] = {
    acts("minAvailable", "IntOrString", "so many pods must stay"),
    acts("maxUnavailable", "IntOrString", "so many pods may go"),
    acts("selector", "LabelSelector", "which pods").replacing(),
    acts("unhealthyPodEvictionPolicy", "string", "what about pods that are not ready")
        .one_of("IfHealthyBudget|AlwaysAllow"),
};

constexpr Type kTypes[] = {
    {"Affinity", "Rules for the choice of machines.", kAffinity},
    {"NodeAffinity", "Rules by the machine's labels.", kNodeAffinity},
    {"NodeSelector", "Machines; one of the terms must hold.", kNodeSelector, {}, true},
    {"NodeSelectorTerm", "A term; all its parts must hold.", kNodeSelectorTerm, {}, true},
    {"NodeSelectorRequirement", "A part of a term.", kNodeSelectorRequirement},
    {"PreferredSchedulingTerm", "A wish and how strong it is.", kPreferredSchedulingTerm},
    {"PodAffinity", "Near other pods.", kPodAffinity},
    {"PodAntiAffinity", "Away from other pods.", kPodAntiAffinity},
    {"WeightedPodAffinityTerm", "A wish and how strong it is.", kWeightedPodAffinityTerm},
    {"PodAffinityTerm", "Other pods.", kPodAffinityTerm},
    {"LabelSelector", "A choice by labels.", kLabelSelector, {}, true},
    {"LabelSelectorRequirement", "A condition over a label.", kLabelSelectorRequirement},
    {"Toleration", "A taint that is put up with.", kToleration},
    {"PodDisruptionBudgetSpec", "Protection from eviction.", kPodDisruptionBudgetSpec},
};

}  // namespace

std::span<const Type> placement_tables() { return kTypes; }

}  // namespace model

// keeping.h — what a Workflow says about how long it and its pods are kept.
//
// Source: Argo docs "cost-optimisation", fields ttlStrategy, podGC. What a workflow has taken over
// from its workflowTemplateRef (status.storedWorkflowTemplateSpec) counts before its own spec.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "kube/store_api.h"
#include "text/selector.h"
#include "text/value.h"

namespace control {

struct PodGc {
  enum class Strategy : uint8_t {
    kNever,
    kOnPodCompletion,
    kOnPodSuccess,
    kOnWorkflowCompletion,
    kOnWorkflowSuccess
  };
  Strategy strategy = Strategy::kNever;
  text::Selector pods;                  // only these
  std::optional<base::Duration> delay;  // unset: as the settings say
  bool wants(const store::Labels& labels) const;
};

PodGc pod_gc_of(const text::Value& workflow);

// When a finished workflow is to be deleted; nothing: never.
std::optional<base::Time> expiry_of(const text::Value& workflow);

// The spec of the PodDisruptionBudget that is there while the workflow runs; null: none.
const text::Value* disruption_budget_of(const text::Value& workflow);

}  // namespace control

// plan.h — what a workflow's text means, worked out once.
//
// A Plan is immutable and holds no run-time state; names are ids in it, `depends` are trees, texts
// with {{tags}} are lists of pieces whose names are resolved to slots. Built by compile() from a
// decoded and validated Workflow. The engine reads it, nobody else changes it.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/ask.h"
#include "model/workflow.h"

namespace engine {

class Plan;

// Finds the spec of a stored WorkflowTemplate or ClusterWorkflowTemplate; null when absent.
using FindTemplateHolder =
    std::function<const model::WorkflowSpec*(std::string_view name, bool cluster_scope)>;
// The names of all of them, in a certain order.
using ListTemplateHolders = std::function<std::vector<std::string>(bool cluster_scope)>;

// What the controller is configured with and what changes what it decides.
struct Settings {
  text::Value artifact_repository;  // as `artifactRepository` of Argo's configuration; null: none
  // The drivers that are plugins; an artifact of another one fails its pod. Unset: not checked.
  std::optional<std::vector<std::string>> artifact_plugins;
  // Without one a lock of the database is an error of the node that asks for it.
  bool has_lock_database = true;
  // So many attempts of a retried node may be lost by the machine (PodEnded::Outcome::kLost) and
  // are made again at once, whatever its policy says and without a count against its limit.
  // Beyond them a lost attempt is an Error like any other, as in Argo.
  uint32_t lost_attempts_max = 0;
  // For a templateRef.name with tags that are known only while the workflow runs: what fits it is
  // taken into the Plan. Unset: such a name is refused.
  ListTemplateHolders list_holders = {};
  // A further sign of a passing error for OnTransientError, in RE2's syntax; empty: none. One that
  // cannot be read fits nothing.
  std::string transient_error_pattern = {};
};

// `workflow` must have metadata.name, namespace and uid. Errors are the user's, with the path of
// the field in the text. What the engine does not run yet is kUnsupported and names the field.
base::Result<std::shared_ptr<const Plan>> compile(const model::Workflow& workflow,
                                                  const FindTemplateHolder& find,
                                                  const Settings& settings = {});

// Gives the value behind spec.arguments.parameters[].valueFrom.configMapKeyRef, which is a
// constant of the whole run: before compile(), and kept with the workflow. An error as Argo's
// where there is neither value nor default.
using FindConfigMapValue = std::function<ConfigMapValue(const ConfigMapKey&)>;
base::Status resolve_arguments(model::Workflow& workflow, const FindConfigMapValue& find);

// In a pod's template, beside its own podSpecPatch: that of the workflow's spec, which comes first.
inline constexpr std::string_view kWorkflowPodSpecPatch = "workflowPodSpecPatch";

// A template that the Plan has taken over from a WorkflowTemplate, as status.storedTemplates keeps
// it: what is changed there later does not touch this workflow.
struct StoredTemplate {
  std::string key;  // "namespaced/<holder>/<template>", "cluster/…"
  text::Value template_;
};
std::vector<StoredTemplate> stored_templates(const Plan& plan);
// `metrics` of inline templates, by the number of the template that stands in rows.
std::vector<std::pair<uint32_t, text::Value>> inline_metrics(const Plan& plan);

}  // namespace engine

#include "model/again.h"

#include "model/merge.h"

namespace model {
namespace {

using text::Value;

// What belongs to the run, or to who submitted it.
constexpr std::string_view kOwnLabels[] = {"workflows.argoproj.io/phase",
                                           "workflows.argoproj.io/completed",
                                           "workflows.argoproj.io/workflow-archiving-status",
                                           "workflows.argoproj.io/creator",
                                           "workflows.argoproj.io/creator-email",
                                           "workflows.argoproj.io/creator-preferred-username"};

}  // namespace

Value workflow_of_template(bool cluster_scope, const std::string& name_space,
                           const std::string& name) {
  Value out;
  out["apiVersion"] = "argoproj.io/v1alpha1";
  out["kind"] = "Workflow";
  out["metadata"]["namespace"] = name_space;
  out["metadata"]["generateName"] = name + "-";
  out["metadata"]["labels"][cluster_scope ? "workflows.argoproj.io/cluster-workflow-template"
                                          : "workflows.argoproj.io/workflow-template"] = name;
  Value& ref = out["spec"]["workflowTemplateRef"];
  ref["name"] = name;
  if (cluster_scope) ref["clusterScope"] = true;
  return out;
}

void clear_ending(Value& spec) {
  if (!spec.is_map()) return;
  spec.as_map().erase("shutdown");
  const Value* deadline = spec.find("activeDeadlineSeconds");
  if (deadline != nullptr && deadline->to_int() == 0) spec.as_map().erase("activeDeadlineSeconds");
}

Value resubmitted(const Value& old,
                  const std::vector<std::pair<std::string, std::string>>& parameters) {
  Value out;
  for (const std::string_view key : {"apiVersion", "kind", "spec"})
    if (const Value* member = old.find(key)) out[key] = *member;
  clear_ending(out["spec"]);
  Value& metadata = out["metadata"];
  metadata["namespace"] = old.string_at("metadata", "namespace");
  const std::string_view stem = old.string_at("metadata", "generateName");
  const std::string name(old.string_at("metadata", "name"));
  metadata["generateName"] = stem.empty() ? name + "-" : std::string(stem);
  Value& labels = metadata["labels"];
  labels = text::Map();
  if (const Value* given = old.find_path("metadata", "labels"); given && given->is_map())
    labels = *given;
  for (const std::string_view own : kOwnLabels) labels.as_map().erase(own);
  labels["workflows.argoproj.io/resubmitted-from-workflow"] = name;
  for (const std::string_view key : {"annotations", "ownerReferences"})
    if (const Value* given = old.find_path("metadata", key)) metadata[key] = *given;
  for (const auto& [parameter, value] : parameters) set_argument(out["spec"], parameter, value);
  return out;
}

}  // namespace model

#include "model/cron_workflow.h"

#include <utility>

#include "model/decode.h"

namespace model {
namespace {

using text::Value;

void read(const Value& from, std::string_view field, std::string& into) {
  if (const Value* value = from.find(field); value && value->is_string()) into = value->as_string();
}

void read(const Value& from, std::string_view field, int64_t& into) {
  if (const Value* value = from.find(field)) into = value->to_int().value_or(into);
}

void read(const Value& from, std::string_view field, bool& into) {
  if (const Value* value = from.find(field); value && value->is_bool()) into = value->as_bool();
}

void read(const Value& from, std::string_view field, Value& into) {
  if (const Value* value = from.find(field)) into = *value;
}

// A limit below 0 counts as not given.
void read_limit(const Value& spec, std::string_view field, int64_t& into) {
  int64_t given = -1;
  read(spec, field, given);
  if (given >= 0) into = given;
}

CronWorkflowSpec decode_cron_spec(const Value& spec) {
  CronWorkflowSpec out;
  if (const Value* list = spec.find("schedules"); list && list->is_list())
    for (const Value& one : list->as_list()) out.schedules.push_back(any_string(one));
  read(spec, "timezone", out.timezone);
  read(spec, "when", out.when);
  if (const Value* stop = spec.find("stopStrategy"); stop && stop->is_map())
    read(*stop, "expression", out.stop_expression.emplace());
  const std::string_view policy = spec.string_at("concurrencyPolicy");
  if (policy == "Forbid") out.concurrency_policy = ConcurrencyPolicy::kForbid;
  if (policy == "Replace") out.concurrency_policy = ConcurrencyPolicy::kReplace;
  if (const Value* deadline = spec.find("startingDeadlineSeconds"))
    out.starting_deadline_seconds = deadline->to_int();
  read(spec, "suspend", out.suspend);
  read_limit(spec, "successfulJobsHistoryLimit", out.successful_jobs_history_limit);
  read_limit(spec, "failedJobsHistoryLimit", out.failed_jobs_history_limit);
  read(spec, "workflowMetadata", out.workflow_metadata);
  read(spec, "workflowSpec", out.workflow_spec);
  return out;
}

CronWorkflowStatus decode_cron_status(const Value& status) {
  CronWorkflowStatus out;
  if (const Value* list = status.find("active"); list && list->is_list())
    for (const Value& one : list->as_list())
      out.active.push_back(
          {std::string(one.string_at("name")), std::string(one.string_at("uid")), one});
  if (const auto time = base::parse_rfc3339(status.string_at("lastScheduledTime")))
    out.last_scheduled_time = *time;
  read(status, "succeeded", out.succeeded);
  read(status, "failed", out.failed);
  out.stopped = status.string_at("phase") == "Stopped";
  if (const Value* list = status.find("conditions"); list && list->is_list())
    out.conditions = list->as_list();
  return out;
}

}  // namespace

CronWorkflow decode_cron_workflow(const Value& object) {
  const Value none;
  const auto part = [&](std::string_view name) -> const Value& {
    const Value* found = object.find(name);
    return found ? *found : none;
  };
  return {std::string(object.string_at("apiVersion")), decode_metadata(part("metadata")),
          decode_cron_spec(part("spec")), decode_cron_status(part("status"))};
}

Value workflow_of(const CronWorkflow& cron, base::Time slot) {
  Value out;
  out["apiVersion"] = "argoproj.io/v1alpha1";
  out["kind"] = "Workflow";
  Value& metadata = out["metadata"];
  metadata["namespace"] = cron.metadata.namespace_;
  for (const std::string_view passed :
       {"workflows.argoproj.io/creator", "workflows.argoproj.io/creator-email",
        "workflows.argoproj.io/creator-preferred-username",
        "workflows.argoproj.io/controller-instanceid"})
    for (const auto& [key, value] : cron.metadata.labels)
      if (key == passed) metadata["labels"][key] = value;
  metadata["labels"][kCronWorkflowLabel] = cron.metadata.name;
  metadata["annotations"][kScheduledTime] = base::to_rfc3339(slot);
  for (const std::string_view member : {"labels", "annotations"})
    if (const Value* map = cron.spec.workflow_metadata.find(member); map && map->is_map())
      for (const text::Member& entry : map->as_map()) metadata[member][entry.key] = entry.value;
  if (const Value* finalizers = cron.spec.workflow_metadata.find("finalizers"))
    metadata["finalizers"] = *finalizers;
  Value owner;
  owner["apiVersion"] = "argoproj.io/v1alpha1";
  owner["kind"] = "CronWorkflow";
  owner["name"] = cron.metadata.name;
  owner["uid"] = cron.metadata.uid;
  owner["controller"] = true;
  owner["blockOwnerDeletion"] = true;
  metadata["ownerReferences"] = text::List{std::move(owner)};
  out["spec"] = cron.spec.workflow_spec.is_null() ? Value(text::Map()) : cron.spec.workflow_spec;
  return out;
}

std::string_view value_of(const StringMap& map, std::string_view key) {
  for (const auto& [name, value] : map)
    if (name == key) return value;
  return {};
}

}  // namespace model

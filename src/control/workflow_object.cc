#include "control/workflow_object.h"

#include <fmt/format.h>

#include "kube/pod_contract.h"
#include "kube/workflow_rows.h"

namespace control {
namespace {

using text::Value;

void put(Value& map, std::string_view key, Value value) {
  if (!map.is_map()) map = text::Map();
  map[key] = std::move(value);
}

void put_or_erase(Value& map, std::string_view key, Value value) {
  if (!value.is_null())
    put(map, key, std::move(value));
  else if (map.is_map())
    map.as_map().erase(key);
}

Value time_or_null(base::Time time) {
  return time.is_set() ? Value(base::to_rfc3339(time)) : Value();
}

// Beside their valueFrom: a value is what counts.
void put_arguments(Value& spec, const PinnedParts& pinned) {
  Value* arguments = spec.find("arguments");
  Value* parameters = arguments ? arguments->find("parameters") : nullptr;
  if (!parameters || !parameters->is_list()) return;
  for (Value& parameter : parameters->as_list())
    for (const auto& [name, value] : pinned.arguments)
      if (parameter.string_at("name") == name) parameter["value"] = value;
}

void put_pinned(Value& object, const PinnedParts& pinned) {
  Value& status = object["status"];
  if (!pinned.spec.is_null()) {
    put(status, "storedWorkflowTemplateSpec", pinned.spec);
    put_arguments(status["storedWorkflowTemplateSpec"], pinned);
  } else if (!pinned.arguments.empty()) {
    put_arguments(object["spec"], pinned);
  }
  if (!pinned.templates.is_null()) put(status, "storedTemplates", pinned.templates);
  for (const auto& [key, value] : pinned.labels) put(object["metadata"]["labels"], key, value);
  for (const auto& [key, value] : pinned.annotations)
    put(object["metadata"]["annotations"], key, value);
}

}  // namespace

bool is_final(engine::Phase phase) {
  return phase == engine::Phase::kSucceeded || phase == engine::Phase::kFailed ||
         phase == engine::Phase::kError;
}

bool is_final_word(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Error";
}

void put_summary(Value& object, const engine::Summary& summary, const WorkflowMarks& marks) {
  Value& status = object["status"];
  if (!status.is_map()) status = text::Map();
  put(status, "phase", engine::to_string(summary.phase));
  put(status, "startedAt", time_or_null(summary.started_at));
  put(status, "finishedAt", time_or_null(summary.finished_at));
  if (marks.estimated_seconds > 0) put(status, "estimatedDuration", marks.estimated_seconds);
  put_or_erase(status, "message", summary.message.empty() ? Value() : Value(summary.message));
  put(status, "progress", fmt::format("{}/{}", summary.progress_done, summary.progress_total));
  put_or_erase(status, "outputs", summary.outputs);
  put_or_erase(status, "conditions", summary.conditions);
  put_or_erase(status, "synchronization", summary.synchronization);
  put_or_erase(status, "resourcesDuration", summary.resources_duration);

  Value& spec = object["spec"];
  put_or_erase(spec, "suspend", marks.suspended ? Value(true) : Value());
  put_or_erase(spec, "shutdown", marks.shutdown.empty() ? Value() : Value(marks.shutdown));

  Value& metadata = object["metadata"];
  Value& labels = metadata["labels"];
  if (summary.phase != engine::Phase::kNone)
    put(labels, kube::kPhaseLabel, engine::to_string(summary.phase));
  put(labels, kube::kCompletedLabel, is_final(summary.phase) ? "true" : "false");
  if (marks.pinned) put_pinned(object, *marks.pinned);
}

engine::Summary failed_summary(engine::Phase phase, std::string message, base::Time now) {
  engine::Summary out;
  out.phase = phase;
  out.message = std::move(message);
  out.started_at = out.finished_at = now;
  Value completed;
  completed["type"] = "Completed";
  completed["status"] = "True";
  out.conditions = text::List{std::move(completed)};
  return out;
}

std::vector<std::pair<std::string, std::string>> labels_of(const Value& object) {
  std::vector<std::pair<std::string, std::string>> out;
  if (const Value* labels = object.find_path("metadata", "labels"); labels && labels->is_map())
    for (const text::Member& label : labels->as_map())
      out.emplace_back(label.key, label.value.to_any_string());
  return out;
}

std::vector<std::string> owner_uids_of(const Value& object) {
  std::vector<std::string> out;
  if (const Value* owners = object.find_path("metadata", "ownerReferences");
      owners && owners->is_list())
    for (const Value& owner : owners->as_list()) out.emplace_back(owner.string_at("uid"));
  return out;
}

}  // namespace control

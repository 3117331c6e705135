#include "kube/job_writes.h"

namespace kube {
namespace {

using text::Value;

constexpr std::string_view kUnsupported[] = {
    "podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes", "managedBy"};

bool is_set(const Value& spec, std::string_view name) {
  const Value* value = spec.find(name);
  return value && !value->is_null();
}

}  // namespace

void put_job_selector(Value& job) {
  const Value* manual = job.find_path("spec", "manualSelector");
  if (manual && manual->is_bool() && manual->as_bool()) return;
  const std::string uid(job.string_at("metadata", "uid"));
  const std::string name(job.string_at("metadata", "name"));
  Value& labels = job["spec"]["template"]["metadata"]["labels"];
  if (!labels.is_map()) labels = text::Map();
  labels[kJobUidLabel] = uid;
  labels["batch.kubernetes.io/job-name"] = name;
  labels["controller-uid"] = uid;
  labels["job-name"] = name;
  Value selector;
  selector["matchLabels"][kJobUidLabel] = uid;
  job["spec"]["selector"] = std::move(selector);
}

std::vector<Cause> job_problems(const Value& job) {
  std::vector<Cause> out;
  const Value* spec = job.find("spec");
  if (!spec || !spec->is_map()) return {{"FieldValueRequired", "Required value", "spec"}};
  for (const std::string_view name : kUnsupported)
    if (is_set(*spec, name))
      out.push_back({"FieldValueForbidden", "Forbidden: it is not supported here",
                     "spec." + std::string(name)});
  if (spec->string_at("podReplacementPolicy") == "Failed")
    out.push_back({"FieldValueNotSupported",
                   "Unsupported value: \"Failed\": supported values: \"TerminatingOrFailed\"",
                   "spec.podReplacementPolicy"});
  if (spec->string_at("completionMode") == "Indexed" && !is_set(*spec, "completions"))
    out.push_back({"FieldValueRequired", "Required value: when completion mode is Indexed",
                   "spec.completions"});
  for (const std::string_view name : {"parallelism", "completions", "backoffLimit",
                                      "activeDeadlineSeconds", "ttlSecondsAfterFinished"})
    if (const Value* value = spec->find(name);
        value && !value->is_null() && value->to_int().value_or(0) < 0)
      out.push_back(
          {"FieldValueInvalid",
           "Invalid value: " + value->to_any_string() + ": must be greater than or equal to 0",
           "spec." + std::string(name)});
  const std::string_view policy = spec->string_at("template", "spec", "restartPolicy");
  if (policy != "Never" && policy != "OnFailure")
    out.push_back({"FieldValueRequired", "Required value: valid values: \"OnFailure\", \"Never\"",
                   "spec.template.spec.restartPolicy"});
  const Value* containers = spec->find_path("template", "spec", "containers");
  if (!containers || !containers->is_list() || containers->as_list().empty())
    out.push_back({"FieldValueRequired", "Required value", "spec.template.spec.containers"});
  return out;
}

}  // namespace kube

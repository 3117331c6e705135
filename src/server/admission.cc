#include "server/admission.h"

#include "base/diagnostic.h"
#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "model/decode.h"
#include "model/validate.h"

namespace server {
namespace {

using text::Value;

base::Result<Value> admit_workflow(kube::Operation operation, const Value* old_object,
                                   Value new_object, kube::Warnings& warnings) {
  if (operation == kube::Operation::kDelete) return new_object;
  if (operation == kube::Operation::kCreate) {
    if (new_object.is_map()) new_object.as_map().erase("status");
    if (std::string problems = find_problems(new_object, warnings); !problems.empty())
      return base::fail(base::Code::kInvalid, std::move(problems));
    return new_object;
  }
  if (const Value* status = old_object->find("status"))
    new_object["status"] = *status;
  else
    new_object.as_map().erase("status");
  return new_object;
}

base::Result<Value> admit_pod(kube::Operation operation, const Value*, Value pod, kube::Warnings&) {
  if (operation == kube::Operation::kDelete) return pod;
  const std::string_view phase = pod.string_at("status", "phase");
  if (phase != "Succeeded" && phase != "Failed") return pod;
  if (Value* metadata = pod.find("metadata"))
    if (Value* labels = metadata->find("labels"))
      if (Value* completed = labels->find(kube::kCompletedLabel)) *completed = "true";
  return pod;
}

}  // namespace

std::string find_problems(const Value& workflow, kube::Warnings& warnings) {
  base::Diagnostics found;
  const model::Workflow decoded =
      model::decode_workflow(workflow, {}, model::Strictness::kStrict, found);
  if (!base::has_errors(found)) {
    model::ValidateOptions options;
    options.submit = true;
    model::validate_workflow(decoded, workflow, {}, options, found);
  }
  std::string out;
  for (const base::Diagnostic& one : found) {
    std::string line = one.path.empty() ? one.text : one.path + ": " + one.text;
    if (!one.hint.empty()) line += " (" + one.hint + ")";
    if (one.severity != base::Severity::kError) {
      warnings.push_back(std::move(line));
      continue;
    }
    if (!out.empty()) out += '\n';
    out += line;
  }
  return out;
}

void install_admission(kube::StoreApi& api) {
  api.set_admission(kube::kind_of("workflows"), admit_workflow);
  api.set_admission(kube::kind_of("pods"), admit_pod);
}

}  // namespace server

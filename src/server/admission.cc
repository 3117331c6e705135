#include "server/admission.h"

#include "base/diagnostic.h"
#include "kube/kinds.h"
#include "kube/stored_templates.h"
#include "model/decode.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

base::Status check(const Value& object, kube::Warnings& warnings) {
  std::string problems = find_problems(object, {}, warnings);
  if (problems.empty()) return {};
  return base::fail(base::Code::kInvalid, std::move(problems));
}

base::Result<Value> admit_workflow(kube::Operation operation, const Value* old_object,
                                   Value new_object, kube::Warnings& warnings) {
  if (operation == kube::Operation::kDelete) return new_object;
  if (operation == kube::Operation::kCreate) {
    if (new_object.is_map()) new_object.as_map().erase("status");
    if (auto good = check(new_object, warnings); !good) return base::fail(good.error());
    return new_object;
  }
  if (const Value* status = old_object->find("status"))
    new_object["status"] = *status;
  else
    new_object.as_map().erase("status");
  return new_object;
}

base::Result<Value> admit_template(kube::Operation operation, const Value*, Value object,
                                   kube::Warnings& warnings) {
  if (operation == kube::Operation::kDelete) return object;
  if (auto good = check(object, warnings); !good) return base::fail(good.error());
  return object;
}

base::Result<Value> admit_cron(kube::Operation operation, const Value* old_object, Value object,
                               kube::Warnings& warnings) {
  if (operation == kube::Operation::kDelete) return object;
  const bool restarts = object.string_at("status", "phase") == "Active";
  if (object.is_map()) object.as_map().erase("status");
  if (auto good = check(object, warnings); !good) return base::fail(good.error());
  const Value* status = old_object ? old_object->find("status") : nullptr;
  if (status) object["status"] = *status;
  if (restarts && status && status->string_at("phase") == "Stopped")
    object["status"]["phase"] = "Active";
  return object;
}

}  // namespace

std::string find_problems(const Value& object, const model::FindTemplateHolder& find,
                          kube::Warnings& warnings) {
  base::Diagnostics found;
  model::ValidateOptions options;
  const std::string_view kind = object.string_at("kind");
  // A template is refused for what is not supported when a workflow uses it.
  options.submit = kind != "WorkflowTemplate" && kind != "ClusterWorkflowTemplate";
  options.find = find;
  if (kind == "Workflow" || kind.empty()) {
    const model::Workflow decoded =
        model::decode_workflow(object, {}, model::Strictness::kStrict, found);
    if (!base::has_errors(found)) model::validate_workflow(decoded, object, {}, options, found);
  } else {
    model::lint_document(object, {}, true, options, found);
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

base::Status check_references(kube::Api& api, const std::string& namespace_, const Value& object) {
  if (text::to_json(object).find("emplateRef\"") == std::string::npos) return {};
  kube::Warnings unheard;
  model::StoredTemplates templates(kube::stored_templates(api, namespace_));
  std::string problems = find_problems(object, templates.finder(), unheard);
  if (!templates.trouble()) return templates.trouble();
  if (problems.empty()) return {};
  return base::fail(base::Code::kInvalid, std::move(problems));
}

void install_admission(kube::StoreApi& api) {
  api.set_admission(kube::kind_of("workflows"), admit_workflow);
  api.set_admission(kube::kind_of("workflowtemplates"), admit_template);
  api.set_admission(kube::kind_of("clusterworkflowtemplates"), admit_template);
  api.set_admission(kube::kind_of("cronworkflows"), admit_cron);
}

}  // namespace server

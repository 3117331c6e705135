#include "control/executed_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "base/hash.h"
#include "control/settings.h"
#include "engine/config_map.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "kube/stored_templates.h"
#include "model/decode.h"
#include "model/evaluate.h"
#include "model/merge.h"
#include "model/stored_templates.h"
#include "model/validate.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace control {
namespace {

using text::Value;

// The first mistake stands for all: the object's message has room for one line.
std::string all_problems(const base::Diagnostics& found) {
  std::string out;
  for (const base::Diagnostic& one : found) {
    if (one.severity != base::Severity::kError) continue;
    if (!out.empty()) out += "; ";
    if (!one.path.empty()) out += one.path + ": ";
    out += one.text;
  }
  return out;
}

struct TemplateName {
  std::string name;
  bool cluster_scope = false;
};

std::optional<TemplateName> template_of(const Value& object) {
  const Value* ref = object.find_path("spec", "workflowTemplateRef");
  if (ref == nullptr || !ref->is_map()) return {};
  const Value* cluster = ref->find("clusterScope");
  return TemplateName{std::string(ref->string_at("name")),
                      cluster != nullptr && cluster->is_bool() && cluster->as_bool()};
}

Value to_map(const std::vector<engine::StoredTemplate>& templates) {
  Value out;
  for (const engine::StoredTemplate& one : templates) out[one.key] = one.template_;
  return out;
}

class Execution {
 public:
  Execution(kube::StoreApi& api, const Value& object, base::Time now,
            const std::string& transient_pattern)
      : api_(api),
        object_(object),
        status_(object.find("status")),
        now_(now),
        transient_pattern_(transient_pattern),
        templates_(pinned("storedTemplates")
                       ? model::templates_of_status(*pinned("storedTemplates"))
                       : kube::stored_templates(
                             api, std::string(object.string_at("metadata", "namespace")))) {}

  base::Result<ExecutedSpec> run();
  // The merged spec that it would begin with; nothing when its template is not there.
  base::Result<std::optional<Value>> spec_of_template();

 private:
  const Value* pinned(std::string_view member) const {
    const Value* found = status_ ? status_->find(member) : nullptr;
    return found && found->is_map() ? found : nullptr;
  }
  bool has_begun() const { return status_ && !status_->string_at("phase").empty(); }
  // What the templates that it names have under its spec. False: refused.
  bool take_template(const TemplateName& name, PinnedParts& parts);
  // Its own spec, that of its template, or what it was started with; the server's defaults below.
  bool take_spec(PinnedParts& parts);
  base::Status read_defaults();
  // What the settings let run. False: refused.
  bool may_run();
  void pin_default_metadata(PinnedParts& parts) const;
  base::Status validate();
  // spec.workflowMetadata, put into the workflow's own metadata. False: refused.
  bool take_metadata(PinnedParts& parts);
  base::Result<std::string> label_from(std::string_view expression) const;
  // Values of ConfigMaps for the workflow's arguments, which from now on are constants.
  base::Status read_arguments(model::Workflow& workflow, PinnedParts& parts);
  base::Status compile(PinnedParts& parts);
  void refuse(engine::Phase phase, std::string message) {
    out_.refusal = failed_summary(phase, std::move(message), now_);
  }

  kube::StoreApi& api_;
  const Value& object_;
  Value defaults_;  // an object with metadata and spec; null: there are none
  TemplateReferencing referencing_ = TemplateReferencing::kAny;
  const Value* const status_;
  const base::Time now_;
  const std::string& transient_pattern_;
  model::StoredTemplates templates_;
  base::Status trouble_;  // of the store
  ExecutedSpec out_;
};

base::Status Execution::read_defaults() {
  auto stored =
      api_.store().get({"configmaps", std::string(kSettingsNamespace), std::string(kSettingsName)});
  if (!stored && stored.error().code != base::Code::kNotFound) return base::fail(stored.error());
  const auto object = stored ? text::parse_json(stored->json) : base::Result<Value>(Value());
  if (!object) return {};
  SettingsReport report = read_settings(*object);
  defaults_ = std::move(report.settings.workflow_defaults);
  referencing_ = report.settings.template_referencing;
  for (const std::string& error : report.errors)
    if (error.starts_with("workflowDefaults") || error.starts_with("workflowRestrictions"))
      refuse(engine::Phase::kError,
             fmt::format("the ConfigMap {}/{}: {}", kSettingsNamespace, kSettingsName, error));
  return {};
}

// Source, and the words: Argo docs "workflow-restrictions".
bool Execution::may_run() {
  constexpr std::string_view kAllowed[] = {"arguments",
                                           "entrypoint",
                                           "shutdown",
                                           "suspend",
                                           "activeDeadlineSeconds",
                                           "priority",
                                           "ttlStrategy",
                                           "podGC",
                                           "volumeClaimGC",
                                           "archiveLogs",
                                           "workflowMetadata",
                                           "workflowTemplateRef",
                                           "metrics",
                                           "artifactGC"};
  constexpr std::string_view kOfPods[] = {"podSpecPatch", "serviceAccountName", "podMetadata"};
  if (has_begun() || referencing_ == TemplateReferencing::kAny) return true;
  if (!template_of(object_)) {
    refuse(engine::Phase::kError,
           "workflows must use workflowTemplateRef to be executed when the controller is in "
           "reference mode");
    return false;
  }
  std::vector<std::string> forbidden;
  for (const text::Member& member : object_.find("spec")->as_map())
    if (!member.value.is_null() &&
        std::find(std::begin(kAllowed), std::end(kAllowed), member.key) == std::end(kAllowed))
      forbidden.emplace_back(member.key);
  for (const std::string_view key : kOfPods)
    if (const Value* given = object_.find_path("spec", "artifactGC", key);
        given != nullptr && !given->is_null())
      forbidden.push_back(fmt::format("artifactGC.{}", key));
  if (forbidden.empty()) return true;
  std::sort(forbidden.begin(), forbidden.end());
  refuse(engine::Phase::kError,
         fmt::format("fields [{}] are not permitted when using workflowTemplateRef with "
                     "templateReferencing restriction",
                     fmt::join(forbidden, " ")));
  return false;
}

bool Execution::take_spec(PinnedParts& parts) {
  if (const Value* spec = pinned("storedWorkflowTemplateSpec")) {
    out_.object = object_;
    (*out_.object)["spec"] = *spec;
    return true;
  }
  if (const auto name = template_of(object_)) return take_template(*name, parts);
  if (defaults_.is_null() || has_begun()) return true;
  out_.object = model::merge_run(object_, nullptr, &defaults_);
  parts.spec = *out_.object->find("spec");
  pin_default_metadata(parts);
  return true;
}

// What the defaults add to the workflow's own metadata.
void Execution::pin_default_metadata(PinnedParts& parts) const {
  for (const auto& [member, into] :
       {std::pair("labels", &parts.labels), {"annotations", &parts.annotations}})
    if (const Value* added = defaults_.find_path("metadata", member); added && added->is_map())
      for (const text::Member& entry : added->as_map())
        if (object_.find_path("metadata", member, entry.key) == nullptr)
          into->emplace_back(entry.key, entry.value.to_any_string());
}

bool Execution::take_template(const TemplateName& name, PinnedParts& parts) {
  parts.labels.emplace_back(name.cluster_scope ? "workflows.argoproj.io/cluster-workflow-template"
                                               : "workflows.argoproj.io/workflow-template",
                            name.name);
  const model::WorkflowSpec* spec = templates_.find(name.name, name.cluster_scope);
  if (spec == nullptr) {
    // As Argo's lister words it.
    refuse(engine::Phase::kError,
           fmt::format("{}.argoproj.io \"{}\" not found",
                       name.cluster_scope ? "clusterworkflowtemplate" : "workflowtemplate",
                       name.name));
    return false;
  }
  out_.object = model::merge_run(object_, &spec->rest, defaults_.is_null() ? nullptr : &defaults_);
  parts.spec = *out_.object->find("spec");
  pin_default_metadata(parts);
  return true;
}

bool Execution::take_metadata(PinnedParts& parts) {
  const Value* metadata =
      (out_.object ? *out_.object : object_).find_path("spec", "workflowMetadata");
  if (has_begun() || !metadata || !metadata->is_map()) return true;
  if (!out_.object) out_.object = object_;
  const Value given = *(*out_.object).find_path("spec", "workflowMetadata");
  Value& own = (*out_.object)["metadata"];
  Value added;
  const auto set = [&](std::string_view member, std::string_view key, std::string value) {
    own[member][key] = value;
    added[member][key] = value;
    (member == "labels" ? parts.labels : parts.annotations).emplace_back(key, std::move(value));
  };
  for (const std::string_view member : {"labels", "annotations"})
    if (const Value* map = given.find(member); map && map->is_map())
      for (const text::Member& entry : map->as_map())
        set(member, entry.key, entry.value.to_any_string());
  if (const Value* from = given.find("labelsFrom"); from && from->is_map())
    for (const text::Member& entry : from->as_map()) {
      auto value = label_from(entry.value.string_at("expression"));
      if (!value) {
        refuse(engine::Phase::kError,
               fmt::format("failed to evaluate label \"{}\" {}", entry.key, value.error().text));
        return false;
      }
      set("labels", entry.key, *std::move(value));
    }
  if (added.is_null()) return true;
  const auto good = kube::check_metadata(kube::kind_of("workflows"), added);
  if (!good) refuse(engine::Phase::kError, good.error().text);
  return good.has_value();
}

base::Result<std::string> Execution::label_from(std::string_view expression) const {
  model::EvaluateRequest request;
  request.source = expression;
  request.form = model::EvaluateRequest::Form::kExpression;
  request.workflow = &*out_.object;
  request.now = now_;
  request.seed = base::fnv1a64(object_.string_at("metadata", "uid"));
  const auto result = model::evaluate(request);
  if (!result) return base::fail(result.error());
  const std::string quoted = fmt::format("expression \"{}\"", expression);
  if (!result->good)
    return base::fail(base::Code::kInvalid,
                      fmt::format("{}: {}", quoted, all_problems(result->found)));
  if (!result->value.is_string())
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} evaluted to {} but must be a string", quoted, result->type));
  return std::string(result->value.as_string());
}

base::Status Execution::validate() {
  base::Diagnostics found;
  const model::Workflow workflow =
      model::decode_workflow(object_, {}, model::Strictness::kLenient, found);
  if (!base::has_errors(found)) {
    model::ValidateOptions options;
    options.submit = true;
    options.find = templates_.finder();
    model::validate_workflow(workflow, object_, {}, options, found);
  }
  if (base::has_errors(found)) return base::fail(base::Code::kInvalid, all_problems(found));
  return {};
}

base::Status Execution::read_arguments(model::Workflow& workflow, PinnedParts& parts) {
  std::vector<std::string> missing;
  for (const model::Parameter& one : workflow.spec.arguments.parameters)
    if (!one.value && one.value_from && one.value_from->config_map_key_ref)
      missing.push_back(one.name);
  const auto known = engine::resolve_arguments(workflow, [&](const engine::ConfigMapKey& key) {
    const auto object =
        api_.get({&kube::kind_of("configmaps"), workflow.metadata.namespace_, key.name});
    if (!object && object.error().code == base::Code::kUnavailable)
      trouble_ = base::fail(object.error());
    return engine::read_parameter(object ? &*object : nullptr, key);
  });
  if (!known) return known;
  for (const model::Parameter& one : workflow.spec.arguments.parameters)
    if (one.value && std::find(missing.begin(), missing.end(), one.name) != missing.end())
      parts.arguments.emplace_back(one.name, *one.value);
  return {};
}

base::Status Execution::compile(PinnedParts& parts) {
  // Once, before it starts.
  if (!has_begun())
    if (auto valid = validate(); !valid) return valid;
  model::Workflow workflow = model::decode_workflow(out_.object ? *out_.object : object_);
  if (auto known = read_arguments(workflow, parts); !known) return known;
  auto plan = engine::compile(workflow, templates_.finder(),
                              {.artifact_repository = {},
                               .artifact_plugins = {},
                               .lost_attempts_max = 3,
                               .list_holders = templates_.lister(),
                               .transient_error_pattern = transient_pattern_});
  if (!plan) return base::fail(plan.error());
  // What the engine decides but nothing runs yet may come from anywhere.
  base::Diagnostics found;
  if (has_begun() || out_.object)
    model::check_runs(out_.object ? *out_.object : object_, "Workflow", "", found);
  for (const engine::StoredTemplate& stored : engine::stored_templates(**plan))
    model::check_runs(stored.template_, "Template", stored.key, found);
  if (base::has_errors(found)) return base::fail(base::Code::kUnsupported, all_problems(found));
  if (!pinned("storedTemplates")) parts.templates = to_map(engine::stored_templates(**plan));
  out_.plan = std::move(*plan);
  return {};
}

base::Result<std::optional<Value>> Execution::spec_of_template() {
  PinnedParts parts;
  if (auto read = read_defaults(); !read) return base::fail(read.error());
  const bool is_there = take_template(*template_of(object_), parts);
  if (!templates_.trouble()) return base::fail(templates_.trouble().error());
  if (!is_there) return std::optional<Value>();
  return std::optional<Value>(std::move(parts.spec));
}

base::Result<ExecutedSpec> Execution::run() {
  auto parts = std::make_shared<PinnedParts>();
  if (!has_begun())
    if (auto read = read_defaults(); !read) return base::fail(read.error());
  if (!out_.refusal && may_run() && take_spec(*parts) && take_metadata(*parts)) {
    auto compiled = compile(*parts);
    if (!compiled) refuse(engine::Phase::kFailed, "invalid spec: " + compiled.error().text);
  }
  if (!templates_.trouble()) return base::fail(templates_.trouble().error());
  if (!trouble_) return base::fail(trouble_.error());
  if (!parts->empty()) out_.pinned = std::move(parts);
  return std::move(out_);
}

}  // namespace

base::Result<ExecutedSpec> execute_spec(kube::StoreApi& api, const Value& object, base::Time now,
                                        const std::string& transient_pattern) {
  return Execution(api, object, now, transient_pattern).run();
}

base::Result<bool> has_spec_changed(kube::StoreApi& api, const Value& object) {
  const Value* stored = object.find_path("status", "storedWorkflowTemplateSpec");
  if (stored == nullptr || !template_of(object)) return false;
  // As a new one: what has been kept of it is not looked at.
  Value anew = object;
  anew.as_map().erase("status");
  auto made = Execution(api, anew, base::Time(), std::string()).spec_of_template();
  if (!made) return base::fail(made.error());
  Value before = *stored;
  if (!*made) return true;  // the template is gone
  Value& now = **made;
  for (Value* spec : {&before, &now}) {
    for (const std::string_view by_hand : {"suspend", "shutdown"}) spec->as_map().erase(by_hand);
    // Values of ConfigMaps were put in when it began.
    Value* parameters =
        spec->find("arguments") ? spec->find("arguments")->find("parameters") : nullptr;
    if (parameters == nullptr || !parameters->is_list()) continue;
    for (Value& one : parameters->as_list())
      if (one.find_path("valueFrom", "configMapKeyRef") != nullptr) one.as_map().erase("value");
  }
  return before != now;
}

base::Result<ExecutedSpec> ExecutedSpecs::execute(kube::StoreApi& api, const Value& object,
                                                  std::string_view json, base::Time now) {
  const std::string_view status = text::json_member(json, "status");
  if (text::json_member(status, "phase").empty()) return execute_spec(api, object, now);
  std::string key;
  for (const std::string_view part :
       {text::json_member(json, "metadata"), text::json_member(json, "spec"),
        text::json_member(status, "storedWorkflowTemplateSpec"),
        text::json_member(status, "storedTemplates")})
    key.append(part) += '\n';
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  auto made = execute_spec(api, object, now);
  if (made && !made->refusal && !made->pinned) known_.emplace(std::move(key), *made);
  return made;
}

}  // namespace control

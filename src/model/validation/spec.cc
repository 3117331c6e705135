// What is checked about a workflow as a whole, and in which order its templates are reached.
#include <set>

#include "model/decode.h"
#include "model/validation/expressions.h"
#include "model/validation/validator.h"
#include "text/quantity.h"

namespace model {

using text::Value;

void Validator::run() {
  const Site own{&own_, mode_.spec_path, ""};
  const bool has_ref = workflow_.spec.workflow_template_ref.has_value();
  if (has_ref && !workflow_.spec.templates.empty())
    error(own, "templates", "template-choice",
          "templates and workflowTemplateRef exclude each other");
  check_names(*this, workflow_.spec.templates, own, "templates");
  const Holder* holder = holder_of_run();
  const WorkflowSpec* stored = has_ref && holder ? holder->spec : nullptr;
  check_workflow_arguments(stored);
  set_globals(stored);
  if (holder) {
    Site site{holder, mode_.spec_path, ""};
    if (stored) site = {holder, own.at("workflowTemplateRef"), holder->title + ": "};
    check_entrypoint(site, stored);
    check_exit(site, stored);
    warn_unreachable();
    visit_all(site);
  }
  check_hooks(workflow_.spec.hooks, "", HooksOf::kWorkflow, own, "");
  check_executor_plugins();
  for (const char* field : {"hooks", "metrics", "retryStrategy"})
    if (const Value* value = workflow_.spec.rest.find(field))
      check_expressions(*this, *value, globals_, own, field);
  if (mode_.cron_spec) check_cron_conditions(*this, *mode_.cron_spec, {&own_, "spec", ""});
  check_pod_gc();
  if (const Value* resources = workflow_.spec.rest.find("podResources"))
    check_pod_resources(*resources, own, "podResources");
}

const Holder* Validator::holder_of_run() {
  const Site own{&own_, mode_.spec_path, ""};
  const auto& ref = workflow_.spec.workflow_template_ref;
  if (!ref) return &own_;
  if (ref->name.empty()) {
    error(own, "workflowTemplateRef", "template-choice", "workflowTemplateRef needs a name");
    return nullptr;
  }
  if (!options_.find) return nullptr;
  const Holder* holder = stored_holder(ref->name, ref->cluster_scope);
  if (!holder)
    error(own, "workflowTemplateRef", "unknown-template",
          std::string("there is no ") + (ref->cluster_scope ? "Cluster" : "") +
              "WorkflowTemplate " + quote(ref->name));
  return holder;
}

void Validator::check_workflow_arguments(const WorkflowSpec* stored) {
  arguments_ = workflow_.spec.arguments;
  const Site own{&own_, mode_.spec_path, ""};
  if (stored) {
    // The first of a name counts, the workflow's own ones come first.
    const auto merge = [](auto& into, const auto& from) {
      auto merged = into;
      merged.clear();
      std::set<std::string_view> names;
      const auto take = [&](const auto& list) {
        for (const auto& entry : list)
          if (names.insert(entry.name).second) merged.push_back(entry);
      };
      take(into);
      take(from);
      into = std::move(merged);
    };
    merge(arguments_.parameters, stored->arguments.parameters);
    merge(arguments_.artifacts, stored->arguments.artifacts);
  }
  check_arguments(arguments_, own, "arguments", arguments_may_be_empty());
}

void Validator::set_globals(const WorkflowSpec* stored) {
  for (const char* name : {"name", "namespace", "mainEntrypoint", "serviceAccountName", "uid",
                           "status", "annotations", "annotations.json", "labels", "labels.json"})
    globals_.add(std::string("workflow.") + name);
  if (workflow_.spec.priority)
    globals_.add_value("workflow.priority", std::to_string(*workflow_.spec.priority));
  if (!arguments_.parameters.empty()) {
    globals_.add("workflow.parameters");
    globals_.add("workflow.parameters.json");
  }
  // The parameters of a template may come from the workflow that uses it.
  if (mode_.is_template) globals_.add_all("workflow.parameters");
  for (const Parameter& parameter : arguments_.parameters) {
    if (parameter.name.empty()) continue;
    const std::string name = "workflow.parameters." + parameter.name;
    if (parameter.value)
      globals_.add_value(name, *parameter.value);
    else
      globals_.add(name);
  }
  set_metadata_globals(stored);
}

void Validator::set_metadata_globals(const WorkflowSpec* stored) {
  for (const auto& [key, value] : workflow_.metadata.labels) globals_.add("workflow.labels." + key);
  for (const auto& [key, value] : workflow_.metadata.annotations)
    globals_.add("workflow.annotations." + key);
  const auto add = [&](const Value* metadata, std::string_view field, const char* beginning) {
    const Value* map = metadata ? metadata->find(field) : nullptr;
    if (!map || !map->is_map()) return;
    for (const text::Member& member : map->as_map()) globals_.add(beginning + member.key);
  };
  for (const WorkflowSpec* spec : {&workflow_.spec, stored}) {
    const Value* metadata = spec ? spec->rest.find("workflowMetadata") : nullptr;
    add(metadata, "labels", "workflow.labels.");
    add(metadata, "labelsFrom", "workflow.labels.");
    add(metadata, "annotations", "workflow.annotations.");
  }
}

// `arguments`: null when whoever uses the template gives them.
void Validator::visit_called(const Site& site, std::string_view name, std::string_view field,
                             const Arguments* arguments) {
  const Site own{&own_, mode_.spec_path, ""};
  const Template* found = site.holder->find(name);
  if (!found)
    return error(site, field, "unknown-template", "there is no template " + quote(name),
                 suggest(name, site.holder->spec->templates));
  Site inside = site;
  if (site.is_own())
    inside.path = own.at("templates[" + std::to_string(own_.index_of(*found)) + "]");
  else
    inside.prefix = "template " + found->name + " of " + site.prefix;
  visit(*found, inside, nullptr, arguments);
  if (arguments)
    check_supplied(*found, *arguments, site.is_own() ? own : site, field,
                   !arguments_may_be_empty());
}

void Validator::check_entrypoint(const Site& site, const WorkflowSpec* stored) {
  std::string_view entrypoint = workflow_.spec.entrypoint;
  if (entrypoint.empty() && stored) entrypoint = stored->entrypoint;
  if (!entrypoint.empty())
    return visit_called(site, entrypoint, "entrypoint", mode_.is_template ? nullptr : &arguments_);
  if (mode_.is_template) return;
  const Site own{&own_, mode_.spec_path, ""};
  const auto& templates = workflow_.spec.templates;
  error(own, "entrypoint", "missing-entrypoint",
        source_.find("spec") ? "the entrypoint is missing" : "the spec is missing",
        templates.empty() ? "" : "add entrypoint: " + templates[0].name);
}

void Validator::check_exit(const Site& site, const WorkflowSpec* stored) {
  std::string_view on_exit = workflow_.spec.on_exit;
  if (on_exit.empty() && stored) on_exit = stored->on_exit;
  if (on_exit.empty()) return;
  globals_.add("workflow.failures");
  // Outputs whose global name is known at run time only are there by then.
  for (const Template& tmpl : site.holder->spec->templates)
    for (const Artifact& artifact : tmpl.outputs.artifacts)
      if (holds_plain_tag(artifact.global_name)) globals_.add_all("workflow.outputs.artifacts.");
  visit_called(site, on_exit, "onExit", &workflow_.spec.arguments);
}

void Validator::warn_unreachable() {
  const Site own{&own_, mode_.spec_path, ""};
  for (const auto& [name, hook] : workflow_.spec.hooks)
    if (const Template* called = own_.find(hook.template_)) hooked_.push_back(called);
  // Visiting may add further ones.
  for (size_t i = 0; i < hooked_.size(); ++i)
    visit(*hooked_[i],
          {&own_, own.at("templates[" + std::to_string(own_.index_of(*hooked_[i])) + "]"), ""},
          nullptr);
  if (mode_.is_template || was_too_deep_ || workflow_.spec.workflow_template_ref) return;
  if (!own_.find(workflow_.spec.entrypoint)) return;  // then nothing is reached
  for (const Template& tmpl : workflow_.spec.templates)
    if (!visited_.contains(&tmpl) && own_.find(tmpl.name) == &tmpl)
      warning(own, "templates[" + std::to_string(own_.index_of(tmpl)) + "]", "unreachable-template",
              "template " + quote(tmpl.name) + " is never called");
}

void Validator::visit_all(const Site& site) {
  const WorkflowSpec& spec = *site.holder->spec;
  for (const Template& tmpl : spec.templates) {
    Site inside = site;
    if (site.is_own())
      inside.path = site.at("templates[" + std::to_string(site.holder->index_of(tmpl)) + "]");
    else
      inside.prefix = "template " + tmpl.name + " of " + site.prefix;
    visit(tmpl, inside, nullptr);
  }
}

void Validator::check_pod_resources(const Value& resources, const Site& site,
                                    const std::string& below) {
  if (const Value* claims = resources.find("claims");
      claims && claims->is_list() && !claims->as_list().empty())
    error(site, below + ".claims", "misplaced-field", "a pod as a whole has no claims");
  for (const std::string_view list : {"limits", "requests"}) {
    const Value* entries = resources.find(list);
    if (!entries || !entries->is_map()) continue;
    for (const text::Member& entry : entries->as_map())
      if (entry.key != "cpu" && entry.key != "memory" && !entry.key.starts_with("hugepages-"))
        error(site, below + '.' + std::string(list), "bad-resource",
              quote(entry.key) + " cannot be set for a pod as a whole: cpu, memory, hugepages-*");
  }
}

void Validator::check_retry(const RetryStrategy& retry, const Site& site) {
  const std::vector<std::string_view> policies = {"Always", "OnFailure", "OnError",
                                                  "OnTransientError"};
  bool is_known = retry.retry_policy.empty();
  for (const std::string_view policy : policies)
    is_known = is_known || policy == retry.retry_policy;
  if (!is_known) {
    const std::string near = base::nearest(retry.retry_policy, policies);
    error_at(retry.retry_policy, site, "retryStrategy.retryPolicy", "unknown-word",
             quote(retry.retry_policy) + " is not a retry policy",
             near.empty() ? "Always, OnFailure, OnError or OnTransientError"
                          : "did you mean " + quote(near) + "?");
  }
  const auto is_number = [](const std::string& text) {
    return holds_tag(text) || Value(text::Number{text}).to_int();
  };
  if (retry.limit && !is_number(retry.limit->text))
    flaw(site, "retryStrategy.limit", "bad-number", quote(retry.limit->text) + " is not a number");
  if (!retry.backoff) return;
  const std::pair<const char*, const std::string*> times[] = {
      {"duration", &retry.backoff->duration},
      {"maxDuration", &retry.backoff->max_duration},
      {"cap", &retry.backoff->cap}};
  for (const auto& [field, text] : times)
    if (!text->empty() && !holds_tag(*text) && !text::parse_duration_or_seconds(*text))
      flaw(site, std::string("retryStrategy.backoff.") + field, "bad-duration",
           quote(*text) + " is not a time", "write it as 10, 10s, 5m or 1h30m");
}

void Validator::check_shape(const Template& tmpl, const Site& site) {
  const Value* steps = tmpl.rest.find("steps");
  const int types = !tmpl.container.is_null() + !tmpl.container_set.is_null() +
                    (steps && steps->is_list()) + tmpl.dag.has_value() + !tmpl.script.is_null() +
                    !tmpl.resource.is_null() + !tmpl.data.is_null() + tmpl.suspend.has_value() +
                    !tmpl.http.is_null() + !tmpl.plugin.is_null();
  const std::string name = tmpl.name.empty() ? "the template" : "template " + quote(tmpl.name);
  if (types == 0)
    error(site, "", "template-type", name + " does not say what it runs",
          "add container, script, steps, dag or suspend");
  else if (types > 1)
    error(site, "", "template-type", name + " says several things that it runs",
          "keep one of container, script, steps, dag, suspend");
  const bool is_group = tmpl.type() == TemplateType::kSteps || tmpl.type() == TemplateType::kDag;
  if (is_group && tmpl.active_deadline_seconds)
    error(site, "activeDeadlineSeconds", "misplaced-field",
          "activeDeadlineSeconds is for templates that run a container",
          "put it into those templates, or into the spec");
  if (!is_leaf(tmpl) && !tmpl.timeout.empty())
    error(site, "timeout", "misplaced-field", "timeout is for templates that run something");
  if (!is_leaf(tmpl) && !tmpl.pending_timeout.empty())
    error(site, "pendingTimeout", "misplaced-field",
          "pendingTimeout is for templates that run something");
  check_init_containers(tmpl, site);
  const Value* claims = tmpl.rest.find("resourceClaims");
  if (claims && claims->is_list() && !claims->as_list().empty() && !is_pod(tmpl))
    error(site, "resourceClaims", "misplaced-field", "resourceClaims are for templates with a pod");
  if (const Value* resources = tmpl.rest.find("podResources"); resources && resources->is_map()) {
    if (tmpl.type() == TemplateType::kHttp || tmpl.type() == TemplateType::kPlugin)
      error(site, "podResources", "misplaced-field", "podResources are for templates with a pod");
    check_pod_resources(*resources, site, "podResources");
  }
  if (tmpl.retry_strategy) check_retry(*tmpl.retry_strategy, site);
}

void Validator::check_init_containers(const Template& tmpl, const Site& site) {
  const Value* containers = tmpl.rest.find("initContainers");
  if (!containers || !containers->is_list()) return;
  for (size_t i = 0; i < containers->as_list().size(); ++i)
    if (containers->as_list()[i].string_at("name").empty())
      error(site, "initContainers[" + std::to_string(i) + ']', "missing-name",
            "the name is missing");
}

}  // namespace model

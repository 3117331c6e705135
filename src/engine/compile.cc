#include "engine/compile.h"

#include <algorithm>

#include "engine/artifact.h"
#include "expr/pattern.h"
#include "text/json.h"
#include "text/yaml.h"

namespace engine {
namespace {

Body body_of(const model::Template& tmpl) {
  switch (tmpl.type()) {
    case model::TemplateType::kContainer:
      return Body::kPod;
    case model::TemplateType::kScript:
      return Body::kPod;
    case model::TemplateType::kSteps:
      return Body::kSteps;
    case model::TemplateType::kDag:
      return Body::kDag;
    case model::TemplateType::kSuspend:
      return Body::kSuspend;
    case model::TemplateType::kContainerSet:
      return Body::kContainerSet;
    case model::TemplateType::kResource:
      return Body::kResource;
    case model::TemplateType::kData:
      return Body::kData;
    case model::TemplateType::kHttp:
      return Body::kHttp;
    case model::TemplateType::kPlugin:
      return Body::kPlugin;
    default:
      return Body::kMissing;
  }
}

void append_member(std::string& out, std::string_view name, const text::Value& value) {
  if (!out.empty()) out += ',';
  text::append_json_string(out, name);
  out += ':';
  text::append_json(out, value);
}

// A patch that is no YAML fails each pod that it is put on. With tags it is known only then.
bool is_bad_patch(std::string_view patch) {
  if (patch.empty() || patch.find("{{") != std::string_view::npos) return false;
  return !text::parse_yaml(patch, "podSpecPatch");
}

bool has_name(const text::Value* list, std::string_view name) {
  return list != nullptr && list->is_list() &&
         std::any_of(list->as_list().begin(), list->as_list().end(), [&](const text::Value& one) {
           return one.string_at("name") == name || one.string_at("metadata", "name") == name;
         });
}

// Each mount needs a volume: a workflow's own was checked before, not that of a stored template.
std::string missing_volume(const model::Template& tmpl, const model::WorkflowSpec& spec) {
  for (const text::Value* container : {&tmpl.container, &tmpl.script}) {
    const text::Value* mounts = container->find("volumeMounts");
    if (mounts == nullptr || !mounts->is_list()) continue;
    for (const text::Value& mount : mounts->as_list()) {
      const std::string_view name = mount.string_at("name");
      if (name.find("{{") == std::string_view::npos && !has_name(tmpl.rest.find("volumes"), name) &&
          !has_name(spec.rest.find("volumes"), name) &&
          !has_name(spec.rest.find("volumeClaimTemplates"), name))
        return std::string(name);
    }
  }
  return {};
}

std::string pod_error_of(const model::Template& tmpl, const model::WorkflowSpec& spec) {
  if (is_bad_patch(tmpl.rest.string_at("podSpecPatch")) || is_bad_patch(spec.pod_spec_patch))
    return "Error applying PodSpecPatch";
  const std::string volume = missing_volume(tmpl, spec);
  return volume.empty() ? volume : "volume '" + volume + "' not found in workflow spec";
}

// What an input shows in status besides its name and value.
std::string extra_of(const model::Parameter& parameter) {
  std::string out;
  if (parameter.default_) append_member(out, "default", text::Value(*parameter.default_));
  if (parameter.enum_) {
    text::List words;
    for (const std::string& word : *parameter.enum_) words.emplace_back(word);
    append_member(out, "enum", text::Value(std::move(words)));
  }
  if (parameter.description) append_member(out, "description", text::Value(*parameter.description));
  return out;
}

}  // namespace

base::Result<TextId> Compiler::optional_text(const std::string& source, const PlanTemplate* tmpl) {
  if (source.empty()) return TextId{};
  return texts_.add(source, tmpl);
}

base::Status Compiler::declare(const model::Template& given, const std::string& scope,
                               TemplateId id) {
  const model::Template& tmpl = completed(given);
  PlanTemplate& out = plan_.templates[id.value];
  out.name = tmpl.name;
  out.scope = scope;
  out.body = body_of(tmpl);
  out.daemon = tmpl.daemon.value_or(false);
  out.fail_fast = tmpl.fail_fast.value_or(false);
  out.parallelism = tmpl.parallelism;
  out.pod_error = pod_error_of(tmpl, workflow_.spec);
  pending_.emplace_back(&tmpl, id);
  return declare_tasks(tmpl, id);
}

// Names first: texts of inputs and outputs may mention the tasks.
base::Status Compiler::declare_tasks(const model::Template& tmpl, TemplateId id) {
  PlanTemplate& out = plan_.templates[id.value];
  out.tasks_first = static_cast<uint32_t>(plan_.tasks.size());
  const auto add = [&](const model::Task& task, uint32_t group) {
    PlanTask entry;
    entry.name = texts_.keep(task.name);
    entry.group = group;
    plan_.tasks.push_back(entry);
  };
  if (out.body == Body::kDag)
    for (const model::Task& task : tmpl.dag->tasks) add(task, 0);
  if (out.body == Body::kSteps)
    for (const auto& group : tmpl.steps) {
      out.groups.emplace_back(static_cast<uint32_t>(plan_.tasks.size()) - out.tasks_first,
                              static_cast<uint32_t>(group.size()));
      for (const model::Task& task : group) add(task, static_cast<uint32_t>(out.groups.size() - 1));
    }
  out.tasks_count = static_cast<uint32_t>(plan_.tasks.size()) - out.tasks_first;
  out.names.start(out.tasks_count);
  const auto name_of = [&](uint32_t i) {
    return plan_.task_name(plan_.tasks[out.tasks_first + i]);
  };
  for (uint32_t i = 0; i < out.tasks_count; ++i) out.names.add(name_of(i), i, name_of);
  if (out.body != Body::kDag) return {};
  auto source = compile_dag_edges(*tmpl.dag, out, plan_);
  if (!source) return base::fail(source.error());
  dag_sources_[id.value] = std::move(*source);
  return {};
}

base::Status Compiler::compile_inputs(const model::Template& tmpl, PlanTemplate& out) {
  for (const model::Parameter& parameter : tmpl.inputs.parameters) {
    PlanInput input;
    input.name = parameter.name;
    input.extra = extra_of(parameter);
    out.inputs.push_back(std::move(input));
  }
  for (size_t i = 0; i < out.inputs.size(); ++i) {
    const model::Parameter& parameter = tmpl.inputs.parameters[i];
    if (parameter.value) {
      auto value = texts_.add(*parameter.value, &out);
      if (!value) return base::fail(value.error());
      out.inputs[i].value = *value;
    }
    if (parameter.default_) {
      auto value = texts_.add(*parameter.default_, &out);
      if (!value) return base::fail(value.error());
      out.inputs[i].default_ = *value;
    }
    if (parameter.value_from && parameter.value_from->config_map_key_ref) {
      const auto found = compile_config_map(*parameter.value_from, &out);
      if (!found) return base::fail(found.error());
      out.inputs[i].config_map = *found;
    }
  }
  return {};
}

base::Status Compiler::compile_outputs(const model::Template& tmpl, PlanTemplate& out) {
  for (const model::Parameter& parameter : tmpl.outputs.parameters) {
    PlanOutput output;
    output.name = parameter.name;
    output.global_name = parameter.global_name;
    if (parameter.description) output.description = *parameter.description;
    if (parameter.value_from) {
      const model::ValueFrom& from = *parameter.value_from;
      output.has_value_from = true;
      output.path = from.path;
      output.json_path = from.json_path;
      output.jq_filter = from.jq_filter;
      output.supplied = from.supplied;
      output.default_ = from.default_;
      // As Argo: an input of the same name with a default stands in.
      for (const model::Parameter& input : tmpl.inputs.parameters)
        if (from.supplied && !from.default_ && input.name == parameter.name)
          output.default_ = input.default_;
      output.parameter_source = from.parameter;
      output.expression_source = from.expression;
      auto text = optional_text(from.parameter, &out);
      if (!text) return base::fail(text.error());
      output.parameter = *text;
      if (output.default_) {
        auto value = texts_.add(*output.default_, &out);
        if (!value) return base::fail(value.error());
        output.default_text = *value;
      }
      if (!from.expression.empty() && from.expression.find("{{") == std::string::npos) {
        auto compiled = expr::Expression::compile(from.expression);
        if (!compiled) return base::fail(compiled.error());
        output.expression = *compiled;
        texts_.mark_results(from.expression, out);
      }
    }
    out.outputs.push_back(std::move(output));
  }
  return {};
}

base::Result<uint32_t> Compiler::compile_retry(const model::RetryStrategy& retry,
                                               const PlanTemplate* tmpl) {
  PlanRetry out;
  out.policy = retry.retry_policy;
  std::pair<TextId*, std::string> texts[] = {
      {&out.limit, retry.limit ? retry.limit->text : ""},
      {&out.expression, retry.expression},
      {&out.duration, retry.backoff ? retry.backoff->duration : ""},
      {&out.cap, retry.backoff ? retry.backoff->cap : ""},
      {&out.max_duration, retry.backoff ? retry.backoff->max_duration : ""},
      {&out.factor, retry.backoff && retry.backoff->factor ? retry.backoff->factor->text : ""},
  };
  out.has_backoff = retry.backoff.has_value();
  for (auto& [id, source] : texts) {
    auto text = optional_text(source, tmpl);
    if (!text) return base::fail(text.error());
    *id = *text;
  }
  const text::Value* avoids = retry.affinity.find("nodeAntiAffinity");
  out.avoids_hosts = avoids != nullptr && !avoids->is_null();
  plan_.retries.push_back(std::move(out));
  return static_cast<uint32_t>(plan_.retries.size() - 1);
}

base::Status Compiler::compile_limits(const model::Template& tmpl, PlanTemplate& out) {
  if (tmpl.retry_strategy) {
    auto retry = compile_retry(*tmpl.retry_strategy, &out);
    if (!retry) return base::fail(retry.error());
    out.retry = *retry;
  } else {
    out.retry = plan_.retry;
  }
  std::pair<TextId*, std::string> texts[] = {
      {&out.timeout, tmpl.timeout},
      {&out.pending_timeout, tmpl.pending_timeout},
      {&out.active_deadline,
       tmpl.active_deadline_seconds ? tmpl.active_deadline_seconds->text : ""},
      {&out.suspend_duration, tmpl.suspend ? tmpl.suspend->duration : ""},
  };
  for (auto& [id, source] : texts) {
    auto text = optional_text(source, &out);
    if (!text) return base::fail(text.error());
    *id = *text;
  }
  return {};
}

// Of steps and DAGs: what their pods take over when they say nothing of it.
base::Status Compiler::compile_placement(const model::Template& tmpl, PlanTemplate& out) {
  text::Value placement;
  for (const std::string_view field : {"nodeSelector", "affinity", "tolerations"})
    if (const text::Value* value = tmpl.rest.find(field); value != nullptr && !value->is_null())
      placement[field] = *value;
  if (placement.is_null()) return {};
  auto json = texts_.add_json(placement, &out);
  if (!json) return base::fail(json.error());
  out.json = *json;
  return {};
}

base::Status Compiler::compile_body(const model::Template& tmpl, TemplateId id) {
  const Body body = plan_.templates[id.value].body;
  if (body == Body::kSteps || body == Body::kDag) {
    if (auto done = compile_placement(tmpl, plan_.templates[id.value]); !done) return done;
    return compile_tasks(tmpl, id);
  }
  if (body == Body::kContainerSet)
    if (auto done = compile_containers(tmpl, plan_.templates[id.value]); !done) return done;
  if (!is_pod(body) && !is_task(body)) return {};
  if (is_pod(body)) plan_.templates[id.value].requests = requests_of(tmpl);
  text::Value value = executor_template(tmpl);
  if (const std::string& patch = workflow_.spec.pod_spec_patch; !patch.empty())
    value[kWorkflowPodSpecPatch] = patch;
  auto json = texts_.add_json(value, &plan_.templates[id.value]);
  if (!json) return base::fail(json.error());
  plan_.templates[id.value].json = *json;
  return {};
}

base::Status Compiler::compile_template(const model::Template& tmpl, TemplateId id) {
  // plan_.templates grows with inline templates: no reference is kept across compile_body().
  if (auto done = compile_inputs(tmpl, plan_.templates[id.value]); !done) return done;
  if (auto done = compile_outputs(tmpl, plan_.templates[id.value]); !done) return done;
  if (auto done = compile_artifacts(tmpl, plan_.templates[id.value]); !done) return done;
  if (auto done = compile_limits(tmpl, plan_.templates[id.value]); !done) return done;
  PlanTemplate& out = plan_.templates[id.value];
  const std::string path = "templates[" + tmpl.name + "]";
  if (auto done = compile_locks(tmpl.synchronization, &out, path, out.locks); !done) return done;
  if (auto done = compile_memo(tmpl.memoize, path, out); !done) return done;
  return compile_body(tmpl, id);
}

base::Status Compiler::run() {
  const model::WorkflowSpec& spec = workflow_.spec;
  if (spec.retry_strategy) {
    auto retry = compile_retry(*spec.retry_strategy, nullptr);
    if (!retry) return base::fail(retry.error());
    plan_.retry = *retry;
  }
  // Templates never move while they are compiled: inline ones are counted by reserve().
  plan_.templates.resize(spec.templates.size());
  for (uint32_t i = 0; i < spec.templates.size(); ++i) {
    plan_.template_by_name.emplace(template_key(plan_.scope, spec.templates[i].name),
                                   TemplateId{i});
    if (auto done = declare(spec.templates[i], plan_.scope, TemplateId{i}); !done) return done;
  }
  const auto entry = reference(spec.entrypoint, plan_.scope);
  if (!entry) return base::fail(entry.error());
  plan_.entry = *entry;
  plan_.entry_name = spec.entrypoint;
  if (!plan_.entry.valid())
    return base::fail(base::Code::kInvalid,
                      "spec.entrypoint: template '" + spec.entrypoint + "' undefined");
  auto given = compile_arguments(spec.arguments, nullptr, plan_.entry_arguments_first,
                                 plan_.entry_arguments_count);
  if (!given) return given;
  auto artifacts = compile_argument_artifacts(spec.arguments, nullptr);
  if (!artifacts) return base::fail(artifacts.error());
  plan_.entry_artifacts = *artifacts;
  auto hook = compile_exit(spec.on_exit, spec.hooks, nullptr);
  if (!hook) return base::fail(hook.error());
  plan_.exit_hook = *hook;
  if (auto done = compile_hooks(spec.hooks, nullptr, "", plan_.workflow_hooks); !done) return done;
  if (auto done = compile_locks(spec.synchronization, nullptr, "spec", plan_.locks); !done)
    return done;
  // More come while these are compiled: inline ones, and those of references.
  for (size_t i = 0; i < pending_.size(); ++i) {
    const auto [tmpl, id] = pending_[i];
    if (auto done = compile_template(*tmpl, id); !done) return done;
  }
  return {};
}

base::Result<std::shared_ptr<const Plan>> compile(const model::Workflow& workflow,
                                                  const FindTemplateHolder& find,
                                                  const Settings& settings) {
  auto plan = std::make_shared<Plan>();
  plan->has_lock_database = settings.has_lock_database;
  plan->workflow_name = workflow.metadata.name;
  plan->namespace_ = workflow.metadata.namespace_;
  plan->uid = workflow.metadata.uid;
  // As Argo: without the name where the templates are those of a workflowTemplateRef.
  plan->scope = "local/";
  if (!workflow.spec.workflow_template_ref) plan->scope += workflow.metadata.name;
  plan->parallelism = workflow.spec.parallelism;
  plan->active_deadline_seconds = workflow.spec.active_deadline_seconds;
  plan->starts_suspended = workflow.spec.suspend.value_or(false);
  plan->shutdown = workflow.spec.shutdown;
  plan->archive_location = location_of_repository(settings.artifact_repository);
  const text::Value* logs = settings.artifact_repository.find("archiveLogs");
  plan->archives_logs = logs != nullptr && logs->is_bool() && logs->as_bool();
  plan->artifact_plugins = settings.artifact_plugins;
  plan->lost_attempts_max = settings.lost_attempts_max;
  if (!settings.transient_error_pattern.empty())
    if (auto pattern = expr::compile_pattern(settings.transient_error_pattern))
      plan->is_transient =
          [fits = std::shared_ptr<const RE2>(std::move(*pattern))](std::string_view message) {
            return RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), *fits);
          };
  compile_globals(workflow, *plan);
  if (auto done = Compiler(workflow, find, settings.list_holders, *plan).run(); !done)
    return base::fail(done.error());
  plan->chars.shrink_to_fit();
  plan->pieces.shrink_to_fit();
  plan->edges.shrink_to_fit();
  plan->tasks.shrink_to_fit();
  plan->arguments.shrink_to_fit();
  plan->texts.shrink_to_fit();
  return plan;
}

}  // namespace engine

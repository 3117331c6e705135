// workflow.h — Argo's resources as structs: what the engine, control and lint act on.
//
// Fields that nobody here acts on stay in `rest` of their struct as Values, so that nothing is
// lost. Names are Argo's, in snake_case. Source: Argo Workflows v4.1 `fields.md`.
// An absent optional means that the field was not given; strings that are absent are empty.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/value.h"

namespace model {

// Keeps the order of the file.
using StringMap = std::vector<std::pair<std::string, std::string>>;

// A number or a string (which may hold {{tags}}).
struct IntOrString {
  std::string text;
  bool is_int = false;
  friend bool operator==(const IntOrString&, const IntOrString&) = default;
};

struct KeySelector {  // ConfigMapKeySelector and SecretKeySelector
  std::string name, key;
  bool optional = false;
};

struct ValueFrom {
  std::string path, json_path, jq_filter, event, parameter, expression;
  std::optional<KeySelector> config_map_key_ref;
  bool supplied = false;
  std::optional<std::string> default_;
};

struct Parameter {
  std::string name;
  std::optional<std::string> default_, value;
  std::optional<ValueFrom> value_from;
  std::string global_name;
  std::optional<std::vector<std::string>> enum_;
  std::optional<std::string> description;
};

struct Artifact {
  std::string name, path, from, from_expression, global_name, sub_path;
  bool optional = false;
  text::Value rest;  // the whole artifact as given (location, archive, mode, …)
};

struct Arguments {  // also Inputs
  std::vector<Parameter> parameters;
  std::vector<Artifact> artifacts;
};

struct Outputs {
  std::vector<Parameter> parameters;
  std::vector<Artifact> artifacts;
  std::optional<std::string> result, exit_code;
};

struct Backoff {
  std::string duration, max_duration, cap;
  std::optional<IntOrString> factor;
};

struct RetryStrategy {
  std::optional<IntOrString> limit;
  std::string retry_policy;  // "" | Always | OnFailure | OnError | OnTransientError
  std::optional<Backoff> backoff;
  text::Value affinity;
  std::string expression;
};

struct TemplateRef {
  std::string name, template_;
  bool cluster_scope = false;
};

struct LifecycleHook {
  std::string template_, expression;
  std::optional<TemplateRef> template_ref;
  Arguments arguments;
};

struct ContinueOn {
  bool failed = false, error = false;
};

struct Sequence {
  std::optional<IntOrString> count, start, end;
  std::string format;
};

struct Template;

// What a step and a DAG task share; `dependencies` and `depends` belong to tasks only.
struct Task {
  std::string name, template_, when;
  std::optional<TemplateRef> template_ref;
  std::vector<Template> inline_;  // none or one
  Arguments arguments;
  std::optional<std::vector<text::Value>> with_items;
  std::string with_param;
  std::optional<Sequence> with_sequence;
  std::optional<ContinueOn> continue_on;
  std::string on_exit;
  std::vector<std::pair<std::string, LifecycleHook>> hooks;
  std::vector<std::string> dependencies;
  std::string depends;
};

struct DagTemplate {
  std::string target;
  std::vector<Task> tasks;
  std::optional<bool> fail_fast;  // default true
};

struct SuspendTemplate {
  std::string duration;
};

enum class TemplateType : uint8_t {
  kUnknown,
  kContainer,
  kContainerSet,
  kSteps,
  kScript,
  kResource,
  kDag,
  kSuspend,
  kData,
  kHttp,
  kPlugin
};

struct Template {
  std::string name;
  Arguments inputs;
  Outputs outputs;
  std::optional<bool> daemon;
  std::vector<std::vector<Task>> steps;
  std::optional<DagTemplate> dag;
  std::optional<SuspendTemplate> suspend;
  // The bodies that become pods or agent tasks, as given: container, containerSet, script,
  // resource, data, http, plugin.
  text::Value container, container_set, script, resource, data, http, plugin;
  std::optional<IntOrString> active_deadline_seconds;
  std::string timeout, pending_timeout;
  std::optional<RetryStrategy> retry_strategy;
  std::optional<int64_t> parallelism;
  std::optional<bool> fail_fast;
  text::Value synchronization, memoize, metrics;
  StringMap annotations;  // of the node
  text::Value rest;  // the whole template as given: volumes, sidecars, metadata, nodeSelector, …

  TemplateType type() const;
};

struct WorkflowSpec {
  std::string entrypoint, on_exit, service_account_name, shutdown, pod_spec_patch;
  std::vector<Template> templates;
  Arguments arguments;
  std::optional<Template> template_defaults;
  std::optional<bool> suspend;
  std::optional<int64_t> parallelism, active_deadline_seconds, priority;
  std::optional<RetryStrategy> retry_strategy;
  std::optional<TemplateRef> workflow_template_ref;  // its `template_` is empty
  std::vector<std::pair<std::string, LifecycleHook>> hooks;
  text::Value synchronization, metrics, pod_gc, ttl_strategy;
  text::Value rest;  // the whole spec as given
};

struct ObjectMeta {
  std::string name, generate_name, namespace_, uid, resource_version, creation_timestamp;
  StringMap labels, annotations;
  text::Value rest;  // the whole metadata as given
};

struct Workflow {
  std::string api_version, kind;
  ObjectMeta metadata;
  WorkflowSpec spec;
  text::Value status;  // as given
};

}  // namespace model

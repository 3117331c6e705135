#include "model/decode.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "model/check.h"

namespace model {

using text::Value;

std::string any_string(const Value& value) {
  if (!value.is_number()) return value.to_any_string();
  const std::string& digits = value.as_number().text;
  if (digits.find_first_of(".eE") == std::string::npos) return digits;
  const std::optional<double> number = value.to_double();
  if (!number) return digits;
  char out[400];  // the longest double in plain digits has 309 before and 324 behind the point
  const std::to_chars_result end =
      std::to_chars(out, out + sizeof out, *number, std::chars_format::fixed);
  return end.ec == std::errc() ? std::string(out, end.ptr) : digits;
}

namespace {

// A row: the field of the table that has a member here, and how to read it.
template <class S>
struct Row {
  std::string_view field;
  void (*read)(const Value& value, S& into);
};
template <class S>
using Rows = std::span<const Row<S>>;

Rows<KeySelector> rows(const KeySelector*);
Rows<ValueFrom> rows(const ValueFrom*);
Rows<Parameter> rows(const Parameter*);
Rows<Artifact> rows(const Artifact*);
Rows<Arguments> rows(const Arguments*);
Rows<Outputs> rows(const Outputs*);
Rows<Backoff> rows(const Backoff*);
Rows<RetryStrategy> rows(const RetryStrategy*);
Rows<TemplateRef> rows(const TemplateRef*);
Rows<LifecycleHook> rows(const LifecycleHook*);
Rows<ContinueOn> rows(const ContinueOn*);
Rows<Sequence> rows(const Sequence*);
Rows<Task> rows(const Task*);
Rows<DagTemplate> rows(const DagTemplate*);
Rows<SuspendTemplate> rows(const SuspendTemplate*);
Rows<Template> rows(const Template*);
Rows<WorkflowSpec> rows(const WorkflowSpec*);
Rows<ObjectMeta> rows(const ObjectMeta*);

// Go's JSON reader takes a field in any case of its letters when none fits exactly. The check warns
// of it; a strict one refuses it.
bool same_but_case(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return small(x) == small(y); });
}

// Where a struct keeps the value that it was read from.
template <class S>
concept KeepsRest = requires(S into) {
  into.rest = Value();
};

void read(const Value& value, std::string& into) {
  if (!value.is_list() && !value.is_map()) into = any_string(value);
}
void read(const Value& value, bool& into) {
  if (value.is_bool()) into = value.as_bool();
}
void read(const Value& value, int64_t& into) { into = value.to_int().value_or(into); }
void read(const Value& value, IntOrString& into) {
  into.is_int = value.is_number();
  into.text = any_string(value);
}
void read(const Value& value, Value& into) { into = value; }
void read(const Value& value, StringMap& into) {
  if (!value.is_map()) return;
  into.reserve(value.as_map().size());
  for (const text::Member& member : value.as_map())
    into.emplace_back(member.key, any_string(member.value));
}
// Both the list `templates` and a single `inline` (none or one, because Task is inside Template).
void read(const Value& value, std::vector<Template>& into);
void read(const Value& value, std::vector<std::pair<std::string, LifecycleHook>>& into);
template <class T>
void read(const Value& value, std::vector<T>& into);
template <class T>
void read(const Value& value, std::optional<T>& into);

template <class S>
requires requires(const S* s) { rows(s); }
void read(const Value& value, S& into) {
  if constexpr (KeepsRest<S>) into.rest = value;
  if (!value.is_map()) return;
  const Rows<S> known = rows(static_cast<const S*>(nullptr));
  for (const text::Member& member : value.as_map()) {
    if (member.value.is_null()) continue;  // as in Go: null leaves a field unset
    const auto is_exact = [&](const Row<S>& row) { return row.field == member.key; };
    const auto is_near = [&](const Row<S>& row) { return same_but_case(row.field, member.key); };
    auto row = std::find_if(known.begin(), known.end(), is_exact);
    if (row == known.end()) {
      row = std::find_if(known.begin(), known.end(), is_near);
      if (row != known.end() && value.find(row->field)) continue;  // the exact one wins
    }
    if (row != known.end()) row->read(member.value, into);
  }
}

template <class T>
void read(const Value& value, std::optional<T>& into) {
  read(value, into.emplace());
}
template <class T>
void read(const Value& value, std::vector<T>& into) {
  if (!value.is_list()) return;
  into.reserve(value.as_list().size());
  for (const Value& item : value.as_list()) read(item, into.emplace_back());
}
void read(const Value& value, std::vector<std::pair<std::string, LifecycleHook>>& into) {
  if (!value.is_map()) return;
  for (const text::Member& member : value.as_map())
    read(member.value, into.emplace_back(member.key, LifecycleHook{}).second);
}
void read(const Value& value, std::vector<Template>& into) {
  if (value.is_map()) return read(value, into.emplace_back());
  if (!value.is_list()) return;
  into.reserve(value.as_list().size());
  for (const Value& item : value.as_list()) read(item, into.emplace_back());
}

template <class>
struct OwnerOf;
template <class S, class M>
struct OwnerOf<M S::*> {
  using Type = S;
};
template <auto Member>
using Owner = typename OwnerOf<decltype(Member)>::Type;

template <auto Member>
constexpr Row<Owner<Member>> row(std::string_view field) {
  return {field, [](const Value& value, Owner<Member>& into) { read(value, into.*Member); }};
}

Rows<KeySelector> rows(const KeySelector*) {
  static constexpr Row<KeySelector> kRows[] = {row<&KeySelector::name>("name"),
                                               row<&KeySelector::key>("key"),
                                               row<&KeySelector::optional>("optional")};
  return kRows;
}
Rows<ValueFrom> rows(const ValueFrom*) {
  static constexpr Row<ValueFrom> kRows[] = {
      row<&ValueFrom::path>("path"),
      row<&ValueFrom::json_path>("jsonPath"),
      row<&ValueFrom::jq_filter>("jqFilter"),
      row<&ValueFrom::event>("event"),
      row<&ValueFrom::parameter>("parameter"),
      row<&ValueFrom::expression>("expression"),
      row<&ValueFrom::config_map_key_ref>("configMapKeyRef"),
      {"supplied", [](const Value& value, ValueFrom& into) { into.supplied = value.is_map(); }},
      row<&ValueFrom::default_>("default")};
  return kRows;
}
Rows<Parameter> rows(const Parameter*) {
  static constexpr Row<Parameter> kRows[] = {row<&Parameter::name>("name"),
                                             row<&Parameter::value>("value"),
                                             row<&Parameter::default_>("default"),
                                             row<&Parameter::value_from>("valueFrom"),
                                             row<&Parameter::global_name>("globalName"),
                                             row<&Parameter::enum_>("enum"),
                                             row<&Parameter::description>("description")};
  return kRows;
}
Rows<Artifact> rows(const Artifact*) {
  static constexpr Row<Artifact> kRows[] = {row<&Artifact::name>("name"),
                                            row<&Artifact::path>("path"),
                                            row<&Artifact::from>("from"),
                                            row<&Artifact::from_expression>("fromExpression"),
                                            row<&Artifact::global_name>("globalName"),
                                            row<&Artifact::sub_path>("subPath"),
                                            row<&Artifact::optional>("optional")};
  return kRows;
}
Rows<Arguments> rows(const Arguments*) {
  static constexpr Row<Arguments> kRows[] = {row<&Arguments::parameters>("parameters"),
                                             row<&Arguments::artifacts>("artifacts")};
  return kRows;
}
Rows<Outputs> rows(const Outputs*) {
  static constexpr Row<Outputs> kRows[] = {
      row<&Outputs::parameters>("parameters"), row<&Outputs::artifacts>("artifacts"),
      row<&Outputs::result>("result"), row<&Outputs::exit_code>("exitCode")};
  return kRows;
}
Rows<Backoff> rows(const Backoff*) {
  static constexpr Row<Backoff> kRows[] = {
      row<&Backoff::duration>("duration"), row<&Backoff::factor>("factor"),
      row<&Backoff::max_duration>("maxDuration"), row<&Backoff::cap>("cap")};
  return kRows;
}
Rows<RetryStrategy> rows(const RetryStrategy*) {
  static constexpr Row<RetryStrategy> kRows[] = {
      row<&RetryStrategy::limit>("limit"), row<&RetryStrategy::retry_policy>("retryPolicy"),
      row<&RetryStrategy::backoff>("backoff"), row<&RetryStrategy::affinity>("affinity"),
      row<&RetryStrategy::expression>("expression")};
  return kRows;
}
Rows<TemplateRef> rows(const TemplateRef*) {
  static constexpr Row<TemplateRef> kRows[] = {row<&TemplateRef::name>("name"),
                                               row<&TemplateRef::template_>("template"),
                                               row<&TemplateRef::cluster_scope>("clusterScope")};
  return kRows;
}
Rows<LifecycleHook> rows(const LifecycleHook*) {
  static constexpr Row<LifecycleHook> kRows[] = {row<&LifecycleHook::template_>("template"),
                                                 row<&LifecycleHook::expression>("expression"),
                                                 row<&LifecycleHook::template_ref>("templateRef"),
                                                 row<&LifecycleHook::arguments>("arguments")};
  return kRows;
}
Rows<ContinueOn> rows(const ContinueOn*) {
  static constexpr Row<ContinueOn> kRows[] = {row<&ContinueOn::failed>("failed"),
                                              row<&ContinueOn::error>("error")};
  return kRows;
}
Rows<Sequence> rows(const Sequence*) {
  static constexpr Row<Sequence> kRows[] = {
      row<&Sequence::count>("count"), row<&Sequence::start>("start"), row<&Sequence::end>("end"),
      row<&Sequence::format>("format")};
  return kRows;
}
Rows<Task> rows(const Task*) {
  static constexpr Row<Task> kRows[] = {row<&Task::name>("name"),
                                        row<&Task::template_>("template"),
                                        row<&Task::arguments>("arguments"),
                                        row<&Task::dependencies>("dependencies"),
                                        row<&Task::depends>("depends"),
                                        row<&Task::when>("when"),
                                        row<&Task::with_items>("withItems"),
                                        row<&Task::with_param>("withParam"),
                                        row<&Task::with_sequence>("withSequence"),
                                        row<&Task::template_ref>("templateRef"),
                                        row<&Task::inline_>("inline"),
                                        row<&Task::continue_on>("continueOn"),
                                        row<&Task::on_exit>("onExit"),
                                        row<&Task::hooks>("hooks")};
  return kRows;
}
Rows<DagTemplate> rows(const DagTemplate*) {
  static constexpr Row<DagTemplate> kRows[] = {row<&DagTemplate::tasks>("tasks"),
                                               row<&DagTemplate::target>("target"),
                                               row<&DagTemplate::fail_fast>("failFast")};
  return kRows;
}
Rows<SuspendTemplate> rows(const SuspendTemplate*) {
  static constexpr Row<SuspendTemplate> kRows[] = {row<&SuspendTemplate::duration>("duration")};
  return kRows;
}
Rows<Template> rows(const Template*) {
  static constexpr Row<Template> kRows[] = {
      row<&Template::name>("name"),
      row<&Template::inputs>("inputs"),
      row<&Template::outputs>("outputs"),
      row<&Template::container>("container"),
      row<&Template::script>("script"),
      row<&Template::steps>("steps"),
      row<&Template::dag>("dag"),
      row<&Template::suspend>("suspend"),
      row<&Template::container_set>("containerSet"),
      row<&Template::resource>("resource"),
      row<&Template::data>("data"),
      row<&Template::http>("http"),
      row<&Template::plugin>("plugin"),
      row<&Template::daemon>("daemon"),
      row<&Template::active_deadline_seconds>("activeDeadlineSeconds"),
      row<&Template::timeout>("timeout"),
      row<&Template::pending_timeout>("pendingTimeout"),
      row<&Template::retry_strategy>("retryStrategy"),
      row<&Template::parallelism>("parallelism"),
      row<&Template::fail_fast>("failFast"),
      row<&Template::synchronization>("synchronization"),
      row<&Template::memoize>("memoize"),
      row<&Template::metrics>("metrics"),
      row<&Template::annotations>("annotations")};
  return kRows;
}
Rows<WorkflowSpec> rows(const WorkflowSpec*) {
  static constexpr Row<WorkflowSpec> kRows[] = {
      row<&WorkflowSpec::entrypoint>("entrypoint"),
      row<&WorkflowSpec::templates>("templates"),
      row<&WorkflowSpec::arguments>("arguments"),
      row<&WorkflowSpec::on_exit>("onExit"),
      row<&WorkflowSpec::service_account_name>("serviceAccountName"),
      row<&WorkflowSpec::shutdown>("shutdown"),
      row<&WorkflowSpec::pod_spec_patch>("podSpecPatch"),
      row<&WorkflowSpec::template_defaults>("templateDefaults"),
      row<&WorkflowSpec::suspend>("suspend"),
      row<&WorkflowSpec::parallelism>("parallelism"),
      row<&WorkflowSpec::active_deadline_seconds>("activeDeadlineSeconds"),
      row<&WorkflowSpec::priority>("priority"),
      row<&WorkflowSpec::retry_strategy>("retryStrategy"),
      row<&WorkflowSpec::workflow_template_ref>("workflowTemplateRef"),
      row<&WorkflowSpec::hooks>("hooks"),
      row<&WorkflowSpec::synchronization>("synchronization"),
      row<&WorkflowSpec::metrics>("metrics"),
      row<&WorkflowSpec::pod_gc>("podGC"),
      row<&WorkflowSpec::ttl_strategy>("ttlStrategy")};
  return kRows;
}
Rows<ObjectMeta> rows(const ObjectMeta*) {
  static constexpr Row<ObjectMeta> kRows[] = {
      row<&ObjectMeta::name>("name"),
      row<&ObjectMeta::generate_name>("generateName"),
      row<&ObjectMeta::namespace_>("namespace"),
      row<&ObjectMeta::uid>("uid"),
      row<&ObjectMeta::resource_version>("resourceVersion"),
      row<&ObjectMeta::creation_timestamp>("creationTimestamp"),
      row<&ObjectMeta::labels>("labels"),
      row<&ObjectMeta::annotations>("annotations")};
  return kRows;
}

template <class S>
void add_decoded(std::string_view type,
                 std::vector<std::pair<std::string_view, std::string_view>>& all) {
  for (const Row<S>& row : rows(static_cast<const S*>(nullptr))) all.emplace_back(type, row.field);
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> decoded_fields() {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  add_decoded<KeySelector>("ConfigMapKeySelector", all);
  add_decoded<KeySelector>("SecretKeySelector", all);
  add_decoded<ValueFrom>("ValueFrom", all);
  add_decoded<Parameter>("Parameter", all);
  add_decoded<Artifact>("Artifact", all);
  add_decoded<Arguments>("Arguments", all);
  add_decoded<Arguments>("Inputs", all);
  add_decoded<Outputs>("Outputs", all);
  add_decoded<Backoff>("Backoff", all);
  add_decoded<RetryStrategy>("RetryStrategy", all);
  add_decoded<TemplateRef>("TemplateRef", all);
  add_decoded<LifecycleHook>("LifecycleHook", all);
  add_decoded<ContinueOn>("ContinueOn", all);
  add_decoded<Sequence>("Sequence", all);
  add_decoded<Task>("DAGTask", all);
  add_decoded<DagTemplate>("DAGTemplate", all);
  add_decoded<SuspendTemplate>("SuspendTemplate", all);
  add_decoded<Template>("Template", all);
  add_decoded<WorkflowSpec>("WorkflowSpec", all);
  add_decoded<ObjectMeta>("ObjectMeta", all);
  return all;
}

Workflow decode_workflow(const Value& object) {
  Workflow workflow;
  workflow.api_version = object.string_at("apiVersion");
  workflow.kind = object.string_at("kind");
  if (const Value* metadata = object.find("metadata")) read(*metadata, workflow.metadata);
  if (const Value* spec = object.find("spec")) read(*spec, workflow.spec);
  if (const Value* status = object.find("status")) workflow.status = *status;
  return workflow;
}

WorkflowSpec decode_spec(const Value& spec) {
  WorkflowSpec out;
  read(spec, out);
  return out;
}

ObjectMeta decode_metadata(const Value& metadata) {
  ObjectMeta out;
  read(metadata, out);
  return out;
}

Template decode_template(const Value& value) {
  Template out;
  read(value, out);
  return out;
}

Workflow decode_workflow(const Value& object, std::string_view file, Strictness strictness,
                         base::Diagnostics& found) {
  check_fields(object, "Workflow", "", file, strictness, found);
  return decode_workflow(object);
}

Template decode_template(const Value& value, std::string_view file, Strictness strictness,
                         base::Diagnostics& found) {
  check_fields(value, "Template", "", file, strictness, found);
  return decode_template(value);
}

TemplateType Template::type() const {
  if (!container.is_null()) return TemplateType::kContainer;
  if (!container_set.is_null()) return TemplateType::kContainerSet;
  // "steps: []" is of type Steps too.
  const Value* given_steps = rest.find("steps");
  if (!steps.empty() || (given_steps && given_steps->is_list())) return TemplateType::kSteps;
  if (dag) return TemplateType::kDag;
  if (!script.is_null()) return TemplateType::kScript;
  if (!resource.is_null()) return TemplateType::kResource;
  if (!data.is_null()) return TemplateType::kData;
  if (suspend) return TemplateType::kSuspend;
  if (!http.is_null()) return TemplateType::kHttp;
  if (!plugin.is_null()) return TemplateType::kPlugin;
  return TemplateType::kUnknown;
}

}  // namespace model

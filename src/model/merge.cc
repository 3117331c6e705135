#include "model/merge.h"

#include <algorithm>
#include <string_view>

namespace model {
namespace {

using text::Value;

// The member by which Kubernetes tells the elements of a list apart, or "" to replace the list.
std::string_view merge_key(std::string_view list) {
  if (list == "volumeMounts") return "mountPath";
  for (const std::string_view named :
       {"env", "volumes", "sidecars", "initContainers", "parameters", "artifacts", "containers",
        "templates", "volumeClaimTemplates", "imagePullSecrets"})
    if (list == named) return "name";
  return "";
}

Value merge(const Value& defaults, const Value& given, std::string_view member);

// As a strategic merge patch: given elements first change the default of the same key.
Value merge_lists(const text::List& defaults, const text::List& given, std::string_view key) {
  text::List out = given;
  for (const Value& entry : defaults) {
    const std::string_view name = entry.string_at(key);
    const auto same = std::find_if(
        out.begin(), out.end(), [&](const Value& other) { return other.string_at(key) == name; });
    if (same == out.end())
      out.push_back(entry);
    else
      *same = merge(entry, *same, "");
  }
  return Value(std::move(out));
}

Value merge(const Value& defaults, const Value& given, std::string_view member) {
  if (given.is_null()) return defaults;
  const std::string_view key = merge_key(member);
  if (defaults.is_list() && given.is_list() && !key.empty())
    return merge_lists(defaults.as_list(), given.as_list(), key);
  if (!defaults.is_map() || !given.is_map()) return given;
  Value out = given;
  for (const text::Member& entry : defaults.as_map())
    out[entry.key] = merge(entry.value, out[entry.key], entry.key);
  return out;
}

// Hooks and expressions of labels are taken by name: those of two holders do not mix.
Value merge_by_name(const Value& defaults, Value given) {
  if (!defaults.is_map()) return given;
  if (given.is_null()) given = Value(text::Map());
  for (const text::Member& entry : defaults.as_map())
    if (given.is_map() && !given.find(entry.key)) given[entry.key] = entry.value;
  return given;
}

// Puts what `below` says under `spec`.
void merge_spec(const Value& below, Value& spec) {
  const Value own = std::move(spec);
  spec = merge(below, own, "");
  if (const Value* hooks = below.find("hooks"))
    spec["hooks"] = merge_by_name(*hooks, own.find("hooks") ? *own.find("hooks") : Value());
  const Value* from = below.find_path("workflowMetadata", "labelsFrom");
  if (!from) return;
  const Value* own_from = own.find_path("workflowMetadata", "labelsFrom");
  spec["workflowMetadata"]["labelsFrom"] = merge_by_name(*from, own_from ? *own_from : Value());
}

// The parameter of that name of spec.arguments, where it says what its value is.
const Value* parameter_with_value(const Value* spec, std::string_view name) {
  const Value* list = spec ? spec->find_path("arguments", "parameters") : nullptr;
  if (!list || !list->is_list()) return nullptr;
  for (const Value& one : list->as_list())
    if (one.string_at("name") == name &&
        (one.find("value") || one.find("valueFrom") || one.find("default")))
      return &one;
  return nullptr;
}

void take_whole_parameters(const Value* given, const Value* template_spec, Value& merged) {
  Value* list = nullptr;
  if (Value* arguments = merged.find("arguments")) list = arguments->find("parameters");
  if (!list || !list->is_list()) return;
  for (Value& one : list->as_list()) {
    const std::string name(one.string_at("name"));
    const Value* first = parameter_with_value(given, name);
    if (!first) first = parameter_with_value(template_spec, name);
    if (first) one = Value(*first);
  }
}

}  // namespace

Value merge_defaults(const Value& defaults, const Value& given) {
  return merge(defaults, given, "");
}

Value merge_template_spec(const Value& workflow, const Value& template_spec) {
  return merge_run(workflow, &template_spec, nullptr);
}

Value merge_run(const Value& workflow, const Value* template_spec, const Value* defaults) {
  Value out = workflow;
  Value& spec = out["spec"];
  const Value* default_spec = defaults ? defaults->find("spec") : nullptr;
  for (const Value* below : {template_spec, default_spec})
    if (below && below->is_map()) merge_spec(*below, spec);
  const Value* given = workflow.find("spec");
  const Value* suspend = given ? given->find("suspend") : nullptr;
  if (template_spec && spec.is_map()) {
    if (suspend)
      spec["suspend"] = *suspend;
    else
      spec.as_map().erase("suspend");
    take_whole_parameters(given, template_spec, spec);
  }
  if (!defaults) return out;
  for (const std::string_view member : {"labels", "annotations"})
    if (const Value* below = defaults->find_path("metadata", member); below && below->is_map())
      out["metadata"][member] = merge_defaults(*below, out["metadata"][member]);
  return out;
}

bool merge_template_ref(Value& workflow, const FindTemplateHolder& find) {
  const Value* ref = workflow.find_path("spec", "workflowTemplateRef");
  if (ref == nullptr) return true;
  const Value* cluster = ref->find("clusterScope");
  const WorkflowSpec* holder =
      find(ref->string_at("name"), cluster != nullptr && cluster->is_bool() && cluster->as_bool());
  if (holder == nullptr) return false;
  workflow = merge_template_spec(workflow, holder->rest);
  return true;
}

void set_argument(Value& spec, const std::string& name, const std::string& value) {
  Value& arguments = spec["arguments"];
  if (arguments.is_null()) arguments = Value(text::Map());
  if (!arguments.is_map()) return;
  Value& list = arguments["parameters"];
  if (!list.is_list()) list = Value(text::List());
  for (Value& parameter : list.as_list()) {
    if (!parameter.is_map() || parameter.string_at("name") != name) continue;
    parameter["value"] = value;
    parameter.as_map().erase("valueFrom");
    return;
  }
  Value parameter;
  parameter["name"] = name;
  parameter["value"] = value;
  list.as_list().push_back(std::move(parameter));
}

}  // namespace model

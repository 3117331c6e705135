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

}  // namespace

Value merge_defaults(const Value& defaults, const Value& given) {
  return merge(defaults, given, "");
}

Value merge_template_spec(const Value& workflow, const Value& template_spec) {
  Value out = workflow;
  out["spec"] = merge_defaults(template_spec, out["spec"]);
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

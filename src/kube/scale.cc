#include "kube/scale.h"

#include <algorithm>
#include <vector>

#include "kube/custom_kind.h"
#include "kube/fields.h"

namespace kube {
namespace {

using base::Code;
using base::fail;
using text::Value;

// Of ".spec.replicas".
std::vector<std::string_view> members_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (path.starts_with('.')) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('.'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

// Of ".spec.replicas"; "" names nothing.
const Value* at(const Value& object, std::string_view path) {
  return path.starts_with('.') ? find_at(object, path.substr(1)) : nullptr;
}

std::string_view replicas_path(const Kind& kind) {
  return kind.custom ? std::string_view(kind.custom->scale->spec_replicas) : ".spec.replicas";
}

// A LabelSelector as text: "app=web,tier in (a,b)".
std::string selector_text(const Value& selector) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ",") + text; };
  if (const Value* labels = selector.find("matchLabels"); labels && labels->is_map())
    for (const text::Member& label : labels->as_map())
      add(label.key + "=" + label.value.to_any_string());
  const Value* expressions = selector.find("matchExpressions");
  if (!expressions || !expressions->is_list()) return out;
  for (const Value& one : expressions->as_list()) {
    const std::string key(one.string_at("key"));
    const std::string_view op = one.string_at("operator");
    if (op == "Exists") add(key);
    if (op == "DoesNotExist") add("!" + key);
    if (op != "In" && op != "NotIn") continue;
    std::string values;
    if (const Value* list = one.find("values"); list && list->is_list())
      for (const Value& value : list->as_list())
        values += (values.empty() ? "" : ",") + value.to_any_string();
    add(key + (op == "In" ? " in (" : " notin (") + values + ")");
  }
  return out;
}

std::string selector_of(const Kind& kind, const Value& object) {
  if (kind.custom) {
    const Value* text = at(object, kind.custom->scale->label_selector);
    return text && text->is_string() ? text->as_string() : std::string();
  }
  const Value* selector = object.find_path("spec", "selector");
  return selector ? selector_text(*selector) : std::string();
}

}  // namespace

base::Result<Value> scale_of(const Kind& kind, const Value& object) {
  const Value* wanted = at(object, replicas_path(kind));
  if (kind.custom && !wanted)
    return fail(Code::kInvalid, "the spec replicas field \"" + std::string(replicas_path(kind)) +
                                    "\" does not exist");
  const Value* present =
      at(object,
         kind.custom ? std::string_view(kind.custom->scale->status_replicas) : ".status.replicas");
  Value out;
  out["kind"] = "Scale";
  out["apiVersion"] = "autoscaling/v1";
  for (const std::string_view name :
       {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    if (const Value* value = object.find_path("metadata", name)) out["metadata"][name] = *value;
  // Kubernetes' default of a workload, where nobody has filled it in.
  out["spec"]["replicas"] = wanted ? wanted->to_int().value_or(0) : 1;
  out["status"]["replicas"] = present ? present->to_int().value_or(0) : 0;
  if (std::string selector = selector_of(kind, object); !selector.empty())
    out["status"]["selector"] = std::move(selector);
  return out;
}

base::Result<Value> patch_of_scale(const Kind& kind, const Value& scale) {
  const Value* wanted = scale.find_path("spec", "replicas");
  const auto number = wanted ? wanted->to_int() : 0;
  if (!number || *number < 0)
    return fail(Code::kInvalid, "spec.replicas: Invalid value: must be a whole number, 0 or more");
  Value out;
  Value* place = &out;
  for (const std::string_view name : members_of(replicas_path(kind))) place = &(*place)[name];
  *place = *number;
  for (const std::string_view name : {"uid", "resourceVersion"})
    if (const std::string_view given = scale.string_at("metadata", name); !given.empty())
      out["metadata"][name] = given;
  return out;
}

}  // namespace kube

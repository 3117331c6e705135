// spec.templateDefaults and spec.podMetadata, merged into a template before it is compiled.
#include <algorithm>

#include "engine/compile.h"
#include "model/decode.h"

namespace engine {
namespace {

using text::Value;

// Parts of a template that say what it is: defaults count for templates of the same kind only.
constexpr std::string_view kBodies[] = {"container", "containerSet", "script", "resource", "dag",
                                        "suspend",   "data",         "http",   "plugin",   "steps"};

// The member by which Kubernetes tells the elements of a list apart, or "" to replace the list.
std::string_view merge_key(std::string_view list) {
  if (list == "volumeMounts") return "mountPath";
  for (const std::string_view named :
       {"env", "volumes", "sidecars", "initContainers", "parameters", "artifacts", "containers"})
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

const model::Template& Compiler::completed(const model::Template& tmpl) {
  const Value* defaults = workflow_.spec.rest.find("templateDefaults");
  const Value* metadata = workflow_.spec.rest.find("podMetadata");
  if (tmpl.rest.is_null() || (defaults == nullptr && metadata == nullptr)) return tmpl;
  Value merged = tmpl.rest;
  if (defaults != nullptr && defaults->is_map()) {
    Value fitting = *defaults;
    fitting.as_map().erase("name");
    for (const std::string_view body : kBodies)
      if (merged.find(body) == nullptr) fitting.as_map().erase(body);
    merged = merge(fitting, merged, "");
  }
  if (metadata != nullptr && metadata->is_map())
    merged["metadata"] = merge(*metadata, merged["metadata"], "metadata");
  completed_.push_back(model::decode_template(merged));
  return completed_.back();
}

}  // namespace engine

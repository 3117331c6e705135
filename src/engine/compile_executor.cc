// What of a template goes to the executor, in the form in which Argo writes it.
#include <algorithm>

#include "engine/compile.h"
#include "text/quantity.h"

namespace engine {
namespace {

// The fields of Argo's Template: anything else is not handed on.
constexpr std::string_view kTemplateFields[] = {"name",
                                                "inputs",
                                                "outputs",
                                                "nodeSelector",
                                                "affinity",
                                                "metadata",
                                                "daemon",
                                                "container",
                                                "containerSet",
                                                "resource",
                                                "data",
                                                "http",
                                                "plugin",
                                                "script",
                                                "volumes",
                                                "initContainers",
                                                "sidecars",
                                                "archiveLocation",
                                                "activeDeadlineSeconds",
                                                "retryStrategy",
                                                "parallelism",
                                                "failFast",
                                                "tolerations",
                                                "schedulerName",
                                                "priorityClassName",
                                                "priority",
                                                "serviceAccountName",
                                                "automountServiceAccountToken",
                                                "executor",
                                                "hostAliases",
                                                "securityContext",
                                                "podSpecPatch",
                                                "metrics",
                                                "memoize",
                                                "synchronization",
                                                "timeout",
                                                "pendingTimeout",
                                                "annotations",
                                                "podResources",
                                                "resourceClaims"};

// Kubernetes writes quantities back in one way.
void write_quantities(text::Value& value) {
  if (value.is_list())
    for (text::Value& element : value.as_list()) write_quantities(element);
  if (!value.is_map()) return;
  const auto rewrite = [](text::Value& quantity) {
    if (quantity.is_string() || quantity.is_number())
      quantity = text::Value(text::canonical_quantity(quantity.to_any_string()));
  };
  for (text::Member& member : value.as_map()) {
    const bool is_amounts = member.key == "requests" || member.key == "limits";
    if (is_amounts && member.value.is_map())
      for (text::Member& amount : member.value.as_map()) rewrite(amount.value);
    else if (member.key == "sizeLimit")
      rewrite(member.value);
    else
      write_quantities(member.value);
  }
}

}  // namespace

text::Value executor_template(const model::Template& tmpl) {
  text::Value out = tmpl.rest;
  if (out.is_map()) {
    text::Map known;
    for (const text::Member& member : out.as_map())
      if (std::find(std::begin(kTemplateFields), std::end(kTemplateFields), member.key) !=
          std::end(kTemplateFields))
        known.set(member.key, member.value);
    out = text::Value(std::move(known));
  }
  if (out.is_null()) {  // built by hand, not decoded
    out["name"] = text::Value(tmpl.name);
    if (!tmpl.container.is_null()) out["container"] = tmpl.container;
    for (const auto& [name, body] :
         {std::pair{"script", &tmpl.script}, std::pair{"containerSet", &tmpl.container_set},
          std::pair{"resource", &tmpl.resource}, std::pair{"data", &tmpl.data},
          std::pair{"http", &tmpl.http}, std::pair{"plugin", &tmpl.plugin}})
      if (!body->is_null()) out[name] = *body;
  }
  for (const std::string_view part : {"container", "script", "containerSet", "sidecars",
                                      "initContainers", "volumes", "podResources"})
    if (out.find(part) != nullptr) write_quantities(out[part]);
  // As Argo: the executor needs no input parameters, for their values are in the texts already.
  if (out.find("inputs") != nullptr) out["inputs"] = text::Value(text::Map());
  return out;
}

}  // namespace engine

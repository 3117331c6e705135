// spec.templateDefaults and spec.podMetadata, merged into a template before it
// is compiled.
#include <algorithm>

#include "engine/compile.h"
#include "model/decode.h"
#include "model/merge.h"

namespace engine {
namespace {

using text::Value;

// Parts of a template that say what it is: defaults count for templates of the same kind only.
constexpr std::string_view kBodies[] = {"container", "containerSet", "script", "resource", "dag",
                                        "suspend",   "data",         "http",   "plugin",   "steps"};

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
    merged = model::merge_defaults(fitting, merged);
  }
  if (metadata != nullptr && metadata->is_map())
    merged["metadata"] = model::merge_defaults(*metadata, merged["metadata"]);
  completed_.push_back(model::decode_template(merged));
  return completed_.back();
}

}  // namespace engine

#include "play/rehearsal.h"

#include <algorithm>

#include "engine/config_map.h"
#include "model/decode.h"
#include "model/merge.h"
#include "model/validate.h"
#include "play/saved.h"

namespace play {
namespace {

using text::Value;

constexpr std::string_view kCreated = "2026-01-01T00:00:00Z";

// The Workflow of a document of any kind that has one.
Value workflow_of(const Value& document) {
  const std::string_view kind = document.string_at("kind");
  Value out = document;
  if (kind == "Workflow" || kind.empty()) return out;
  out["kind"] = "Workflow";
  if (kind != "CronWorkflow") return out;
  const Value* spec = document.find_path("spec", "workflowSpec");
  out["spec"] = spec != nullptr ? *spec : Value();
  return out;
}

void name_it(Value& metadata) {
  if (metadata.string_at("name").empty()) {
    std::string name(metadata.string_at("generateName"));
    while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
    metadata["name"] = name.empty() ? std::string("workflow") : name;
  }
  if (metadata.string_at("namespace").empty()) metadata["namespace"] = "default";
  metadata["uid"] = "00000000-0000-0000-0000-000000000001";
  metadata["creationTimestamp"] = kCreated;
}

}  // namespace

Rehearsal rehearse(const Value& document, std::string_view file, const RehearsalOptions& options,
                   base::Diagnostics& found) {
  Rehearsal out;
  out.object = workflow_of(document);
  const auto refuse = [&](std::string text, std::string hint) {
    found.push_back({base::Severity::kError,
                     "no-workflow",
                     {std::string(file), document.place.line, document.place.column},
                     "",
                     std::move(text),
                     std::move(hint)});
  };
  Value* metadata = out.object.is_map() ? &out.object["metadata"] : nullptr;
  Value* spec = out.object.find("spec");
  if (metadata == nullptr || spec == nullptr || !spec->is_map() ||
      !(metadata->is_null() || metadata->is_map())) {
    refuse("this is no Workflow", "a Workflow has a kind, metadata and a spec");
    return out;
  }
  name_it(*metadata);
  if (!options.entrypoint.empty()) (*spec)["entrypoint"] = options.entrypoint;
  for (const auto& [name, value] : options.arguments) model::set_argument(*spec, name, value);
  const model::FindTemplateHolder find =
      options.find ? options.find : [](std::string_view, bool) { return nullptr; };
  // Else the check below says that there is no such template.
  if (model::merge_template_ref(out.object, find) && out.object.find("spec")->is_map())
    out.object["spec"].as_map().erase("workflowTemplateRef");
  out.workflow = model::decode_workflow(out.object, file, model::Strictness::kStrict, found);
  model::validate_workflow(out.workflow, out.object, file,
                           {.find = find, .needs_values = true, .rehearsal = true}, found);
  if (base::has_errors(found)) return out;
  const auto known = engine::resolve_arguments(out.workflow, [&](const engine::ConfigMapKey& key) {
    for (const Value& map : options.config_maps)
      if (map.string_at("metadata", "name") == key.name) return engine::read_parameter(&map, key);
    return engine::read_parameter(nullptr, key);
  });
  if (!known) {
    refuse(known.error().text, "give the ConfigMap among the files, or the parameter with -p");
    return out;
  }
  engine::Settings settings = rehearsed_settings();
  settings.list_holders = options.list;
  auto plan = engine::compile(out.workflow, find, settings);
  if (plan)
    out.plan = *std::move(plan);
  else
    refuse(plan.error().text, plan.error().hint);
  return out;
}

}  // namespace play

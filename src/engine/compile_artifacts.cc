// Artifacts of templates and arguments, container sets, and what else the executor's JSON needs.
#include <algorithm>

#include "engine/artifact.h"
#include "engine/compile.h"

namespace engine {

base::Result<PlanArtifact> Compiler::compile_artifact(const model::Artifact& artifact,
                                                      const PlanTemplate* tmpl) {
  PlanArtifact out;
  out.name = artifact.name;
  out.path = artifact.path;
  out.optional = artifact.optional;
  out.refers = !artifact.from.empty() || !artifact.from_expression.empty();
  text::Value value = artifact.rest;
  if (value.is_null()) {  // built by hand, not decoded
    value["name"] = text::Value(artifact.name);
    if (!artifact.path.empty()) value["path"] = text::Value(artifact.path);
    if (!artifact.from.empty()) value["from"] = text::Value(artifact.from);
  }
  out.has_location = has_location_or_key(value);
  auto json = texts_.add_json(value, tmpl);
  if (!json) return base::fail(json.error());
  out.json = *json;
  if (tmpl != nullptr && tmpl->tasks_count != 0)
    for (const std::string* text : {&artifact.from, &artifact.from_expression, &artifact.sub_path})
      texts_.mark_results(*text, *tmpl);
  return out;
}

base::Result<Range> Compiler::compile_argument_artifacts(const model::Arguments& arguments,
                                                         const PlanTemplate* tmpl) {
  Range out{static_cast<uint32_t>(plan_.artifacts.size()), 0};
  for (const model::Artifact& artifact : arguments.artifacts) {
    auto compiled = compile_artifact(artifact, tmpl);
    if (!compiled) return base::fail(compiled.error());
    plan_.artifacts.push_back(std::move(*compiled));
    ++out.count;
  }
  return out;
}

base::Status Compiler::compile_artifacts(const model::Template& tmpl, PlanTemplate& out) {
  for (const auto& [from, into] : {std::pair{&tmpl.inputs.artifacts, &out.input_artifacts},
                                   std::pair{&tmpl.outputs.artifacts, &out.output_artifacts}})
    for (const model::Artifact& artifact : *from) {
      auto compiled = compile_artifact(artifact, &out);
      if (!compiled) return base::fail(compiled.error());
      into->push_back(std::move(*compiled));
    }
  if (const text::Value* location = tmpl.rest.find("archiveLocation"))
    out.archive_plugin = plugin_of(*location);
  const text::Value* owns = tmpl.resource.find("setOwnerReference");
  out.owns_manifest = owns != nullptr && owns->is_bool() && owns->as_bool();
  const text::Value* logs = tmpl.rest.find_path("archiveLocation", "archiveLogs");
  const text::Value* all_logs = workflow_.spec.rest.find("archiveLogs");
  const text::Value* wanted = logs != nullptr ? logs : all_logs;
  out.archives_logs =
      plan_.archives_logs || (wanted != nullptr && wanted->is_bool() && wanted->as_bool());
  out.is_completed = out.owns_manifest || out.archives_logs || !out.input_artifacts.empty() ||
                     !out.output_artifacts.empty() || !tmpl.data.is_null();
  return {};
}

base::Status Compiler::compile_containers(const model::Template& tmpl, PlanTemplate& out) {
  const text::Value* list = tmpl.container_set.find("containers");
  if (list == nullptr || !list->is_list()) return {};
  const auto index_of = [&](std::string_view name) {
    const auto at =
        std::find_if(list->as_list().begin(), list->as_list().end(),
                     [&](const auto& other) { return other.string_at("name") == name; });
    return static_cast<uint32_t>(at - list->as_list().begin());
  };
  for (const text::Value& entry : list->as_list()) {
    PlanContainer container;
    container.name = entry.string_at("name");
    if (const text::Value* names = entry.find("dependencies"); names && names->is_list())
      for (const text::Value& name : names->as_list()) {
        const uint32_t index = index_of(name.to_any_string());
        if (index == list->as_list().size())
          return base::fail(base::Code::kInvalid, "spec.templates[" + tmpl.name +
                                                      "].containerSet.containers." +
                                                      container.name + " dependency '" +
                                                      name.to_any_string() + "' not defined");
        container.dependencies.push_back(index);
      }
    out.containers.push_back(std::move(container));
  }
  return {};
}

}  // namespace engine

// Templates by name, and by templateRef: those of WorkflowTemplates are taken into the Plan when
// they are first referred to, with the name of their holder as scope.
#include "engine/compile.h"

namespace engine {
namespace {

std::string scope_of(const model::TemplateRef& ref) {
  return (ref.cluster_scope ? "cluster/" : "namespaced/") + ref.name;
}

bool has_tag(std::string_view text) { return text.find("{{") != std::string_view::npos; }

}  // namespace

base::Result<TemplateId> Compiler::reference(const std::string& name, const std::string& scope) {
  const std::string key = template_key(scope, name);
  const auto known = plan_.template_by_name.find(key);
  if (known != plan_.template_by_name.end()) return known->second;
  const auto holder = holders_.find(scope);
  if (holder == holders_.end()) return TemplateId{};
  for (const model::Template& tmpl : holder->second->templates) {
    if (tmpl.name != name) continue;
    const TemplateId id{static_cast<uint32_t>(plan_.templates.size())};
    plan_.templates.emplace_back();
    plan_.template_by_name.emplace(key, id);
    plan_.stored_templates.push_back({key, tmpl.rest});
    if (auto done = declare(tmpl, scope, id); !done) return base::fail(done.error());
    return id;
  }
  return TemplateId{};
}

base::Result<TemplateId> Compiler::reference(const model::TemplateRef& ref) {
  const std::string scope = scope_of(ref);
  auto holder = holders_.find(scope);
  if (holder == holders_.end()) {
    const model::WorkflowSpec* spec = find_(ref.name, ref.cluster_scope);
    if (spec == nullptr)
      return base::fail(base::Code::kInvalid, (ref.cluster_scope ? "cluster workflow template \""
                                                                 : "workflow template \"") +
                                                  ref.name + "\" not found");
    holder = holders_.emplace(scope, spec).first;
  }
  const auto found = reference(ref.template_, scope);
  if (found && !found->valid())
    return base::fail(base::Code::kInvalid,
                      "template reference " + ref.name + "." + ref.template_ + " not found");
  return found;
}

base::Status Compiler::compile_template_ref(const model::TemplateRef& ref, const std::string& path,
                                            uint32_t index, PlanTask& out) {
  if (has_tag(ref.name) || has_tag(ref.template_))
    return refuse(path + ".templateRef", "a name with {{tags}}");
  const auto found = reference(ref);
  if (!found) return base::fail(found.error());
  out.template_id = *found;
  out.by_reference = true;
  plan_.odd_template_names[index] = texts_.intern(shown_reference(ref));
  return {};
}

std::vector<StoredTemplate> stored_templates(const Plan& plan) { return plan.stored_templates; }

}  // namespace engine

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

base::Result<const model::WorkflowSpec*> Compiler::holder_of(const model::TemplateRef& ref) {
  const std::string scope = scope_of(ref);
  const auto known = holders_.find(scope);
  if (known != holders_.end()) return known->second;
  const model::WorkflowSpec* spec = find_(ref.name, ref.cluster_scope);
  if (spec == nullptr)
    return base::fail(base::Code::kInvalid, (ref.cluster_scope ? "cluster workflow template \""
                                                               : "workflow template \"") +
                                                ref.name + "\" not found");
  return holders_.emplace(scope, spec).first->second;
}

base::Result<TemplateId> Compiler::reference(const model::TemplateRef& ref) {
  const auto holder = holder_of(ref);
  if (!holder) return base::fail(holder.error());
  const auto found = reference(ref.template_, scope_of(ref));
  if (found && !found->valid())
    return base::fail(base::Code::kInvalid,
                      "template reference " + ref.name + "." + ref.template_ + " not found");
  return found;
}

// A name may have tags: the holder's, where they are known before anything runs; the template's,
// where they are known when the node begins: then all templates of the holder are taken over.
base::Status Compiler::compile_template_ref(const model::TemplateRef& given,
                                            const std::string& path, TemplateId parent,
                                            uint32_t index, PlanTask& out) {
  model::TemplateRef ref = given;
  for (std::string* word : {&ref.name, &ref.template_}) {
    if (!has_tag(*word)) continue;
    const auto text = texts_.add(*word, &plan_.templates[parent.value]);
    if (!text) return base::fail(text.error());
    if (plan_.is_literal(*text)) *word = plan_.literal(*text);
  }
  if (has_tag(ref.name))
    return refuse(path + ".templateRef.name", "a tag that is known only while the workflow runs");
  out.by_reference = true;
  plan_.odd_template_names[index] = texts_.intern(shown_reference(ref));
  if (!has_tag(ref.template_)) {
    const auto found = reference(ref);
    if (!found) return base::fail(found.error());
    out.template_id = *found;
    return {};
  }
  const auto holder = holder_of(ref);
  if (!holder) return base::fail(holder.error());
  const std::string scope = scope_of(ref);
  for (const model::Template& tmpl : (*holder)->templates)
    if (auto made = reference(tmpl.name, scope); !made) return base::fail(made.error());
  const auto text = texts_.add(template_key(scope, ref.template_), &plan_.templates[parent.value]);
  if (!text) return base::fail(text.error());
  out.template_text = *text;
  return {};
}

std::vector<StoredTemplate> stored_templates(const Plan& plan) { return plan.stored_templates; }

}  // namespace engine

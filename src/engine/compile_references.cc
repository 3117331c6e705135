// Templates by name, and by templateRef: those of WorkflowTemplates are taken into the Plan when
// they are first referred to, with the name of their holder as scope.
#include "engine/compile.h"

namespace engine {
namespace {

std::string scope_of(const model::TemplateRef& ref) {
  return (ref.cluster_scope ? "cluster/" : "namespaced/") + ref.name;
}

bool has_tag(std::string_view text) { return text.find("{{") != std::string_view::npos; }

// Whether a name may be what the text comes to. Its tags may stand for anything.
bool fits(std::string_view text, std::string_view name) {
  const size_t open = text.find("{{"), close = text.rfind("}}");
  if (open == text.npos || close == text.npos || close < open) return text == name;
  const std::string_view head = text.substr(0, open), tail = text.substr(close + 2);
  return name.size() >= head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
}

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

base::Status Compiler::take_fitting(const model::TemplateRef& ref) {
  std::vector<std::string> names = {ref.name};
  if (has_tag(ref.name)) names = list_(ref.cluster_scope);
  for (std::string& name : names) {
    if (!fits(ref.name, name)) continue;
    model::TemplateRef one = ref;
    one.name = std::move(name);
    const auto holder = holder_of(one);
    if (!holder) return base::fail(holder.error());
    for (const model::Template& tmpl : (*holder)->templates)
      if (fits(ref.template_, tmpl.name))
        if (auto made = reference(tmpl.name, scope_of(one)); !made) return base::fail(made.error());
  }
  return {};
}

// A name may have tags. Where they are known before anything runs, they are put in; else all
// templates that the name fits are taken over, and the node finds its own among them.
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
  if (has_tag(ref.name) && !list_)
    return refuse(path + ".templateRef.name", "a tag that is known only while the workflow runs");
  out.by_reference = true;
  plan_.odd_template_names[index] = texts_.intern(shown_reference(ref));
  if (!has_tag(ref.name) && !has_tag(ref.template_)) {
    const auto found = reference(ref);
    if (!found) return base::fail(found.error());
    out.template_id = *found;
    return {};
  }
  if (auto taken = take_fitting(ref); !taken) return taken;
  const auto text =
      texts_.add(template_key(scope_of(ref), ref.template_), &plan_.templates[parent.value]);
  if (!text) return base::fail(text.error());
  out.template_text = *text;
  return {};
}

std::vector<StoredTemplate> stored_templates(const Plan& plan) { return plan.stored_templates; }

std::vector<std::pair<uint32_t, text::Value>> inline_metrics(const Plan& plan) {
  return plan.inline_metrics;
}

}  // namespace engine

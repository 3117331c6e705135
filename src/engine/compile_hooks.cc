// Exit handlers and lifecycle hooks, of the workflow and of steps and tasks.
#include <algorithm>

#include "engine/compile.h"

namespace engine {
namespace {

// Whether the expression's truth may change without a change of the step or task itself.
bool looks_around(const expr::Expression& expression, const std::string& task) {
  const std::vector<std::string>& names = expression.names();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    for (const std::string_view scope : {"steps", "tasks"}) {
      const std::string own = std::string(scope) + "." + task;
      if (name == scope || name == own || name.starts_with(own + ".")) return false;
    }
    return true;
  });
}

}  // namespace

base::Result<PlanHook> Compiler::compile_hook(const std::string& name,
                                              const model::LifecycleHook& hook,
                                              const PlanTemplate* tmpl) {
  PlanHook out;
  out.name = name;
  out.template_name = hook.template_;
  base::Result<TemplateId> found;
  if (hook.template_ref) {
    out.template_name = shown_reference(*hook.template_ref);
    found = reference(*hook.template_ref);
  } else {
    found = reference(hook.template_, tmpl != nullptr ? tmpl->scope : plan_.scope);
  }
  if (!found) return base::fail(found.error());
  out.template_id = *found;
  auto text = optional_text(hook.expression, tmpl);
  if (!text) return base::fail(text.error());
  out.expression_text = *text;
  if (!hook.expression.empty() && hook.expression.find("{{") == std::string::npos) {
    // One that cannot be read fails when its turn comes, as Argo's does.
    if (auto compiled = expr::Expression::compile(hook.expression))
      out.expression = std::move(*compiled);
  }
  auto done = compile_arguments(hook.arguments, tmpl, out.arguments_first, out.arguments_count);
  if (!done) return base::fail(done.error());
  const auto artifacts = compile_argument_artifacts(hook.arguments, tmpl);
  if (!artifacts) return base::fail(artifacts.error());
  out.artifacts = *artifacts;
  return out;
}

base::Result<uint32_t> Compiler::compile_exit(const std::string& on_exit, const Hooks& hooks,
                                              const PlanTemplate* tmpl) {
  model::LifecycleHook chosen;
  for (const auto& [name, hook] : hooks)
    if (name == "exit") chosen = hook;
  if (!on_exit.empty()) {
    // As Argo: `onExit` gets the arguments of the workflow.
    chosen = model::LifecycleHook();
    chosen.template_ = on_exit;
    chosen.arguments = workflow_.spec.arguments;
  }
  if (chosen.template_.empty() && !chosen.template_ref) return kNil;
  auto hook = compile_hook("exit", chosen, on_exit.empty() ? tmpl : nullptr);
  if (!hook) return base::fail(hook.error());
  if (!on_exit.empty() && tmpl != nullptr) {
    const auto found = reference(on_exit, tmpl->scope);
    if (!found) return base::fail(found.error());
    hook->template_id = *found;
  }
  plan_.hooks.push_back(std::move(*hook));
  return static_cast<uint32_t>(plan_.hooks.size() - 1);
}

base::Status Compiler::compile_hooks(const Hooks& hooks, const PlanTemplate* tmpl,
                                     const std::string& task, std::vector<uint32_t>& out) {
  for (const auto& [name, given] : hooks) {
    if (name == "exit") continue;
    auto hook = compile_hook(name, given, tmpl);
    if (!hook) return base::fail(hook.error());
    hook->looks_around = hook->expression == nullptr || looks_around(*hook->expression, task);
    out.push_back(static_cast<uint32_t>(plan_.hooks.size()));
    plan_.hooks.push_back(std::move(*hook));
  }
  return {};
}

}  // namespace engine

// Templates of type steps: groups in order, the steps of a group at once.
#include "model/validation/calls.h"

namespace model {

using text::Value;

namespace {

void check_step_name(Validator& run, const Task& step, const Siblings& before, const Site& site,
                     const std::string& below) {
  if (step.name.empty())
    run.error(site, below, "missing-name", "the name is missing");
  else if (before.find(run.rendered(step.name)))
    run.error(site, below + ".name", "duplicate-name", quote(step.name) + " is there twice");
  else if (!is_field_name(render_name(step.name, run.here())))
    run.error(site, below + ".name", "bad-name", quote(step.name) + " is not a valid name",
              "use letters, digits and -, at most 128, a letter or digit first");
}

// One step in the order of the file. `before` gets it as soon as its own outputs may be used.
void check_step(Validator& run, const Task& step, const Value& source, const Site& site,
                const std::string& below, Siblings& before, Scope& scope) {
  check_step_name(run, step, before, site, below);
  add_items(run, step, site, below, scope);
  run.check_arguments(step.arguments, site, below + ".arguments", false);
  const Validator::Resolved called = run.resolve(call_of(step), site, below);
  if (called.found)
    run.visit(*called.found, called.site, step.inline_.empty() ? nullptr : &run.here());
  run.check_hooks(step.hooks, step.on_exit, Validator::HooksOf::kStep, site, below);

  // The hooks of a step may ask for its status, an exit hook for its outputs too.
  bool has_exit = !step.on_exit.empty();
  for (const auto& [name, hook] : step.hooks) has_exit = has_exit || name == "exit";
  Sibling self{run.rendered(step.name), called.found, false, true, called.is_dynamic};
  Scope own(&scope);
  own.set_nodes([&](std::string_view variable) {
    const auto [name, attribute] = split_reference(variable);
    if (!variable.starts_with("steps.") || name != self.name) return false;
    if (attribute == "status") return true;
    return has_exit && is_node_attribute(attribute, self.tmpl, false, self.is_dynamic);
  });
  check_task_tags(run, step, source, own, site, below);
  check_items_used(run, step, source, site, below);

  self.is_aggregate = (step.with_items && !step.with_items->empty()) || !step.with_param.empty();
  before.add(self);
  if (!called.found) return;
  run.add_global_outputs(*called.found, scope);
  run.check_supplied(*called.found, step.arguments, site, below, true);
  check_surplus(run, step, *called.found, site, below);
}

}  // namespace

void validate_steps(Validator& run, const Template& tmpl, const Site& site, Scope& scope) {
  auto before = std::make_shared<Siblings>();
  before->prefix = "steps.";
  scope.set_nodes([before](std::string_view variable) { return before->knows(variable); });
  const Value* groups = tmpl.rest.find("steps");
  const Value nothing;
  for (size_t i = 0; i < tmpl.steps.size(); ++i) {
    for (size_t j = 0; j < tmpl.steps[i].size(); ++j) {
      const Value* source = &nothing;
      if (groups && groups->is_list() && i < groups->as_list().size() &&
          groups->as_list()[i].is_list() && j < groups->as_list()[i].as_list().size())
        source = &groups->as_list()[i].as_list()[j];
      check_step(run, tmpl.steps[i][j], *source, site,
                 "steps[" + std::to_string(i) + "][" + std::to_string(j) + ']', *before, scope);
    }
  }
}

}  // namespace model

#include "engine/compile.h"
#include "text/json.h"

namespace engine {
base::Status Compiler::compile_arguments(const model::Arguments& arguments,
                                         const PlanTemplate* tmpl, uint32_t& first,
                                         uint32_t& count) {
  first = static_cast<uint32_t>(plan_.arguments.size());
  for (const model::Parameter& parameter : arguments.parameters) {
    PlanArgument argument;
    argument.name = texts_.intern(parameter.name);
    if (parameter.value) {
      auto value = texts_.add(*parameter.value, tmpl);
      if (!value) return base::fail(value.error());
      argument.value = *value;
    } else if (parameter.value_from && parameter.value_from->config_map_key_ref) {
      const auto found = compile_config_map(*parameter.value_from, tmpl);
      if (!found) return base::fail(found.error());
      argument.config_map = *found;
    } else if (parameter.value_from) {
      return refuse("arguments.parameters[" + parameter.name + "].valueFrom", "valueFrom");
    }
    plan_.arguments.push_back(argument);
  }
  count = static_cast<uint32_t>(plan_.arguments.size()) - first;
  return {};
}

base::Status Compiler::compile_loop(const model::Task& task, TemplateId parent, PlanTask& out) {
  const PlanTemplate* tmpl = &plan_.templates[parent.value];
  PlanLoop loop;
  base::Result<TextId> source;
  if (task.with_items && !task.with_items->empty()) {
    loop.kind = PlanLoop::Kind::kItems;
    source = texts_.add_json(text::Value(text::List(*task.with_items)), tmpl);
  } else if (!task.with_param.empty()) {
    loop.kind = PlanLoop::Kind::kParam;
    source = texts_.add(task.with_param, tmpl);
  } else if (task.with_sequence) {
    loop.kind = PlanLoop::Kind::kSequence;
    const model::Sequence& sequence = *task.with_sequence;
    const auto given = [](const auto& number) {
      return number ? std::optional<std::string>(number->text) : std::nullopt;
    };
    const std::pair<TextId*, std::optional<std::string>> texts[] = {
        {&loop.count, given(sequence.count)},
        {&loop.start, given(sequence.start)},
        {&loop.end, given(sequence.end)},
        {&loop.format,
         sequence.format.empty() ? std::nullopt : std::optional<std::string>(sequence.format)},
    };
    for (const auto& [id, text] : texts) {
      if (!text) continue;
      auto added = texts_.add(*text, tmpl);
      if (!added) return base::fail(added.error());
      *id = *added;
    }
    source = TextId{};
  } else {
    return {};
  }
  if (!source) return base::fail(source.error());
  loop.source = *source;
  out.loop = static_cast<uint32_t>(plan_.loops.size());
  plan_.loops.push_back(loop);
  return {};
}

base::Status Compiler::compile_reference(const model::Task& task, TemplateId parent, uint32_t index,
                                         PlanTask& out) {
  const std::string path = "templates[" + plan_.templates[parent.value].name + "]." + task.name;
  if (task.template_ref) return compile_template_ref(*task.template_ref, path, parent, index, out);
  const std::string scope = plan_.templates[parent.value].scope;
  if (!task.inline_.empty()) {
    out.template_id = TemplateId{static_cast<uint32_t>(plan_.templates.size())};
    plan_.templates.emplace_back();
    if (auto done = declare(task.inline_.front(), scope, out.template_id); !done) return done;
    plan_.templates.back().is_inline = true;
    if (const text::Value& metrics = pending_.back().first->metrics; !metrics.is_null())
      plan_.inline_metrics.emplace_back(out.template_id.value, metrics);
    return {};
  }
  if (task.template_.find("{{") != std::string::npos) {
    auto text = texts_.add(task.template_, &plan_.templates[parent.value]);
    if (!text) return base::fail(text.error());
    out.template_text = *text;
    // Which one it will be is not known: all must be there.
    if (const auto holder = holders_.find(scope); holder != holders_.end())
      for (const model::Template& tmpl : holder->second->templates)
        if (auto made = reference(tmpl.name, scope); !made) return base::fail(made.error());
  } else {
    const auto found = reference(task.template_, scope);
    if (!found) return base::fail(found.error());
    out.template_id = *found;
  }
  if (!out.template_id.valid()) plan_.odd_template_names[index] = texts_.intern(task.template_);
  return {};
}

// Whether any text of the task may need what other tasks have given.
bool Compiler::reads_tasks(const PlanTask& task) const {
  std::vector<TextId> texts{task.when, task.template_text};
  for (uint32_t i = 0; i < task.arguments_count; ++i)
    texts.push_back(plan_.arguments[task.arguments_first + i].value);
  if (task.loop != kNil) {
    const PlanLoop& loop = plan_.loops[task.loop];
    texts.insert(texts.end(), {loop.source, loop.count, loop.start, loop.end, loop.format});
  }
  for (const TextId id : texts) {
    if (!id.valid()) continue;
    const Text& text = plan_.text(id);
    for (uint32_t i = 0; i < text.count; ++i) {
      const Var var = plan_.pieces[text.first + i].var;
      if (is_task_var(var) || var == Var::kExpression || var == Var::kNested) return true;
    }
  }
  return false;
}

base::Status Compiler::compile_task(const model::Task& task, TemplateId parent, uint32_t index) {
  // Inline templates add tasks: `out` is a copy, written back at the end.
  PlanTask out = plan_.tasks[index];
  if (auto done = compile_reference(task, parent, index, out); !done) return done;
  const PlanTemplate* tmpl = &plan_.templates[parent.value];
  auto when = optional_text(task.when, tmpl);
  if (!when) return base::fail(when.error());
  out.when = *when;
  if (auto done = compile_loop(task, parent, out); !done) return done;
  auto done = compile_arguments(task.arguments, tmpl, out.arguments_first, out.arguments_count);
  if (!done) return done;
  const auto artifacts = compile_argument_artifacts(task.arguments, tmpl);
  if (!artifacts) return base::fail(artifacts.error());
  if (artifacts->count != 0) plan_.task_artifacts[index] = *artifacts;
  auto hook = compile_exit(task.on_exit, task.hooks, tmpl);
  if (!hook) return base::fail(hook.error());
  out.hook = *hook;
  std::vector<uint32_t> hooks;
  done = compile_hooks(task.hooks, tmpl, task.name, hooks);
  if (!done) return done;
  out.has_hooks = !hooks.empty();
  if (out.has_hooks) {
    plan_.templates[parent.value].has_hooks = true;
    plan_.task_hooks.emplace(index, std::move(hooks));
  }
  out.reads_tasks = reads_tasks(out);
  out.continue_on_failed = task.continue_on && task.continue_on->failed;
  out.continue_on_error = task.continue_on && task.continue_on->error;
  out.wants_result = plan_.tasks[index].wants_result;  // its own texts may read it
  plan_.tasks[index] = out;
  return {};
}

base::Status Compiler::compile_tasks(const model::Template& tmpl, TemplateId id) {
  uint32_t index = plan_.templates[id.value].tasks_first;
  if (plan_.templates[id.value].body == Body::kDag) {
    const auto source = dag_sources_.extract(id.value);
    for (const uint32_t task : source.mapped())
      if (auto done = compile_task(tmpl.dag->tasks[task], id, index++); !done) return done;
    plan_.templates[id.value].dag_fail_fast = tmpl.dag->fail_fast.value_or(true);
    auto target = optional_text(tmpl.dag->target, &plan_.templates[id.value]);
    if (!target) return base::fail(target.error());
    plan_.templates[id.value].target = *target;
    return compile_dag_order(plan_.templates[id.value], plan_);
  }
  for (const auto& group : tmpl.steps)
    for (const model::Task& task : group)
      if (auto done = compile_task(task, id, index++); !done) return done;
  return {};
}

}  // namespace engine

// compile.h — the steps of compile(): globals, templates, tasks, the order of a DAG.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "base/error.h"
#include "engine/compile_text.h"
#include "engine/plan_data.h"

namespace engine {

// What workflow.* tags stand for that never change during a run.
void compile_globals(const model::Workflow& workflow, Plan& plan);

// What the executor gets of a template, with its tags.
text::Value executor_template(const model::Template& tmpl);

// Dependencies and dependants of a DAG whose tasks are declared in the order of `dag`. Moves the
// tasks: they then lie in the order in which they come to run, so that in a large DAG what is
// needed next lies side by side. Gives the index in `dag` of each task.
base::Result<std::vector<uint32_t>> compile_dag_edges(const model::DagTemplate& dag,
                                                      PlanTemplate& tmpl, Plan& plan);
// Targets and ranks of a compiled DAG template, unless its target depends on inputs.
base::Status compile_dag_order(PlanTemplate& tmpl, const Plan& plan);

// What a workflow asks for and is not there yet, by the path of its field.
inline tl::unexpected<base::Error> refuse(const std::string& path, std::string_view what) {
  return base::fail(base::Code::kUnsupported,
                    path + ": " + std::string(what) + " is not supported yet");
}

std::vector<PlanRequest> requests_of(const model::Template& tmpl);

class Compiler {
 public:
  Compiler(const model::Workflow& workflow, const FindTemplateHolder& find,
           const ListTemplateHolders& list, Plan& plan)
      : workflow_(workflow), find_(find), list_(list), plan_(plan), texts_(plan) {}
  base::Status run();

 private:
  // With spec.templateDefaults and spec.podMetadata put in; the same template where there are none.
  const model::Template& completed(const model::Template& tmpl);
  base::Status declare(const model::Template& tmpl, const std::string& scope, TemplateId id);
  base::Status declare_tasks(const model::Template& tmpl, TemplateId id);
  base::Status compile_template(const model::Template& tmpl, TemplateId id);
  base::Status compile_inputs(const model::Template& tmpl, PlanTemplate& out);
  base::Status compile_outputs(const model::Template& tmpl, PlanTemplate& out);
  base::Result<PlanArtifact> compile_artifact(const model::Artifact& artifact,
                                              const PlanTemplate* tmpl);
  base::Result<Range> compile_argument_artifacts(const model::Arguments& arguments,
                                                 const PlanTemplate* tmpl);
  base::Status compile_artifacts(const model::Template& tmpl, PlanTemplate& out);
  base::Status compile_containers(const model::Template& tmpl, PlanTemplate& out);
  base::Result<uint32_t> compile_config_map(const model::ValueFrom& from, const PlanTemplate* tmpl);
  base::Status compile_locks(const text::Value& synchronization, const PlanTemplate* tmpl,
                             const std::string& path, std::vector<PlanLock>& out);
  base::Status compile_memo(const text::Value& memoize, const std::string& path, PlanTemplate& out);
  base::Status compile_limits(const model::Template& tmpl, PlanTemplate& out);
  base::Status compile_placement(const model::Template& tmpl, PlanTemplate& out);
  base::Status compile_body(const model::Template& tmpl, TemplateId id);
  base::Status compile_tasks(const model::Template& tmpl, TemplateId id);
  base::Status compile_task(const model::Task& task, TemplateId parent, uint32_t index);
  bool reads_tasks(const PlanTask& task) const;
  base::Status compile_reference(const model::Task& task, TemplateId parent, uint32_t index,
                                 PlanTask& out);
  base::Status compile_loop(const model::Task& task, TemplateId parent, PlanTask& out);
  base::Result<uint32_t> compile_retry(const model::RetryStrategy& retry, const PlanTemplate* tmpl);
  using Hooks = std::vector<std::pair<std::string, model::LifecycleHook>>;
  // The exit handler; none: kNil.
  base::Result<uint32_t> compile_exit(const std::string& on_exit, const Hooks& hooks,
                                      const PlanTemplate* tmpl);
  // The others. `task`: whose own state their expressions read, empty for the workflow.
  base::Status compile_hooks(const Hooks& hooks, const PlanTemplate* tmpl, const std::string& task,
                             std::vector<uint32_t>& out);
  base::Result<PlanHook> compile_hook(const std::string& name, const model::LifecycleHook& hook,
                                      const PlanTemplate* tmpl);
  base::Status compile_arguments(const model::Arguments& arguments, const PlanTemplate* tmpl,
                                 uint32_t& first, uint32_t& count);
  base::Result<TextId> optional_text(const std::string& source, const PlanTemplate* tmpl);
  // The template of this name beside those of `scope`; invalid when there is none: the node that
  // refers to it fails.
  base::Result<TemplateId> reference(const std::string& name, const std::string& scope);
  // The same of a WorkflowTemplate or ClusterWorkflowTemplate. An error when that is not known.
  base::Result<TemplateId> reference(const model::TemplateRef& ref);
  base::Result<const model::WorkflowSpec*> holder_of(const model::TemplateRef& ref);
  // All that a reference with tags may lead to.
  base::Status take_fitting(const model::TemplateRef& ref);
  base::Status compile_template_ref(const model::TemplateRef& given, const std::string& path,
                                    TemplateId parent, uint32_t index, PlanTask& out);

  const model::Workflow& workflow_;
  const FindTemplateHolder& find_;
  const ListTemplateHolders& list_;
  Plan& plan_;
  std::map<std::string, const model::WorkflowSpec*> holders_;  // by scope, without the workflow
  TextCompiler texts_;
  std::vector<std::pair<const model::Template*, TemplateId>> pending_;
  std::deque<model::Template> completed_;
  // Of each DAG, by its TemplateId: the index in the template of each task of the Plan.
  std::map<uint32_t, std::vector<uint32_t>> dag_sources_;
};

}  // namespace engine

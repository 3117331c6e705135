#include "play/coverage.h"

#include <algorithm>

#include "model/decode.h"

namespace play {
namespace {

std::string template_key(std::string_view place, std::string_view name) {
  return std::string(place) + ": template " + std::string(name);
}

std::string branch(std::string_view place, std::string_view tmpl, std::string_view task,
                   std::string_view way) {
  std::string out(place);
  return out.append(": ").append(tmpl).append(".").append(task).append(": ").append(way);
}

// Of a scope of the engine: the subject, or the name of the WorkflowTemplate.
std::string_view place_of(std::string_view scope, std::string_view subject) {
  if (scope.starts_with("local/")) return subject;
  return scope.substr(scope.find('/') + 1);
}

constexpr std::string_view kRuns = "runs", kSkipped = "does not run";

}  // namespace

void Coverage::declare(const std::string& subject, const model::WorkflowSpec& spec,
                       const engine::Plan& plan) {
  for (const model::Template& tmpl : spec.templates) declare(subject, tmpl);
  for (const engine::StoredTemplate& one : engine::stored_templates(plan)) {
    const std::string scope = one.key.substr(0, one.key.rfind('/'));
    declare(std::string(place_of(scope, subject)), model::decode_template(one.template_));
  }
}

void Coverage::declare(const std::string& place, const model::Template& tmpl) {
  templates_.try_emplace(template_key(place, tmpl.name), false);
  for (const auto& group : tmpl.steps)
    for (const model::Task& task : group) declare(place, tmpl, task);
  if (tmpl.dag)
    for (const model::Task& task : tmpl.dag->tasks) declare(place, tmpl, task);
}

void Coverage::declare(const std::string& place, const model::Template& tmpl,
                       const model::Task& task) {
  branches_.try_emplace(branch(place, tmpl.name, task.name, kRuns), false);
  if (!task.when.empty())
    branches_.try_emplace(branch(place, tmpl.name, task.name, kSkipped), false);
}

void Coverage::take(std::map<std::string, bool>& of, const std::string& name) {
  if (const auto found = of.find(name); found != of.end()) found->second = true;
}

void Coverage::add(const std::string& subject, const engine::State& state) {
  for (uint32_t id = 0; id < state.node_count(); ++id) {
    const engine::NodeView view = state.view(engine::NodeId{id});
    const bool ran = view.phase != engine::Phase::kSkipped && view.phase != engine::Phase::kOmitted;
    if (ran)
      take(templates_, template_key(place_of(view.template_scope, subject), view.template_name));
    if (!view.task_name.empty())
      take(branches_, branch(place_of(view.boundary_scope, subject), view.boundary, view.task_name,
                             ran ? kRuns : kSkipped));
  }
}

Coverage::Counts Coverage::count(const std::map<std::string, bool>& of) {
  const auto covered =
      std::count_if(of.begin(), of.end(), [](const auto& one) { return one.second; });
  return {static_cast<size_t>(covered), of.size()};
}
Coverage::Counts Coverage::templates() const { return count(templates_); }
Coverage::Counts Coverage::branches() const { return count(branches_); }

std::vector<std::string> Coverage::uncovered() const {
  std::vector<std::string> out;
  for (const auto& [name, covered] : templates_)
    if (!covered) out.push_back(name);
  for (const auto& [name, covered] : branches_)
    if (!covered) out.push_back(name);
  return out;
}

}  // namespace play

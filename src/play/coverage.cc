#include "play/coverage.h"

#include <algorithm>

namespace play {
namespace {

std::string branch(std::string_view tmpl, std::string_view task, std::string_view way) {
  return std::string(tmpl) + "." + std::string(task) + ": " + std::string(way);
}

constexpr std::string_view kRuns = "runs", kSkipped = "does not run";

}  // namespace

void Coverage::declare(const model::WorkflowSpec& spec) {
  for (const model::Template& tmpl : spec.templates) {
    templates_.try_emplace(tmpl.name, false);
    for (const auto& group : tmpl.steps)
      for (const model::Task& task : group) declare(task, tmpl);
    if (tmpl.dag)
      for (const model::Task& task : tmpl.dag->tasks) declare(task, tmpl);
  }
}

void Coverage::declare(const model::Task& task, const model::Template& tmpl) {
  branches_.try_emplace(branch(tmpl.name, task.name, kRuns), false);
  if (!task.when.empty()) branches_.try_emplace(branch(tmpl.name, task.name, kSkipped), false);
}

void Coverage::take(std::map<std::string, bool>& of, const std::string& name) {
  if (const auto found = of.find(name); found != of.end()) found->second = true;
}

void Coverage::add(const engine::State& state) {
  for (uint32_t id = 0; id < state.node_count(); ++id) {
    const engine::NodeView view = state.view(engine::NodeId{id});
    const bool ran = view.phase != engine::Phase::kSkipped && view.phase != engine::Phase::kOmitted;
    if (ran) take(templates_, std::string(view.template_name));
    if (!view.task_name.empty())
      take(branches_, branch(view.boundary, view.task_name, ran ? kRuns : kSkipped));
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
    if (!covered) out.push_back("template " + name);
  for (const auto& [name, covered] : branches_)
    if (!covered) out.push_back(name);
  return out;
}

}  // namespace play

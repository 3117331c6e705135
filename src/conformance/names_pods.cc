#include "conformance/names_pods.h"

#include <set>

#include "conformance/cases.h"
#include "conformance/names_run.h"
#include "engine/node_name.h"
#include "engine/plan_data.h"
#include "engine/pod_assessment.h"
#include "engine/strftime.h"
#include "model/decode.h"

namespace conformance {
namespace {

using engine::Phase;
using text::Value;

Phase phase_of(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(Phase::kOmitted); ++i)
    if (engine::to_string(static_cast<Phase>(i)) == word) return static_cast<Phase>(i);
  return Phase::kNone;
}

engine::NodeBefore node_before(const Value& node) {
  engine::NodeBefore out;
  out.phase = phase_of(node.string_at("phase"));
  out.message = node.string_at("message");
  const Value* daemoned = node.find("daemoned");
  out.daemoned = daemoned && daemoned->is_bool() && daemoned->as_bool();
  out.has_parameters = node.find_path("outputs", "parameters") != nullptr;
  out.has_artifacts = node.find_path("outputs", "artifacts") != nullptr;
  out.has_result = node.find_path("outputs", "result") != nullptr;
  return out;
}

std::string shown(Phase phase, std::string_view message) {
  return std::string(engine::to_string(phase)) + " '" + std::string(message) + "'";
}

std::string shown(const engine::NodeAfter& node) {
  std::string out =
      shown(node.phase, node.message) + " " + node.pod_ip + (node.daemoned ? " daemoned" : "");
  if (node.exit_code) out += " exit " + std::to_string(*node.exit_code);
  for (const auto& [name, verdict] : node.containers)
    out += "; " + name + " " + shown(verdict.phase, verdict.message);
  return out;
}

std::string expected_node(const Value& expect) {
  const auto part = [](const Value& node) {
    return shown(phase_of(node.string_at("phase")), node.string_at("message"));
  };
  std::string out = part(expect) + " " + std::string(expect.string_at("podIP"));
  if (const Value* daemoned = expect.find("daemoned"); daemoned && daemoned->as_bool())
    out += " daemoned";
  if (const Value* code = expect.find("exitCode")) out += " exit " + code->to_any_string();
  constexpr std::string_view kContainer = "container wf.";
  for (const text::Member& member : expect.as_map())
    if (member.key.starts_with(kContainer))
      out += "; " + member.key.substr(kContainer.size()) + " " + part(member.value);
  return out;
}

// The names of what the steps and tasks of a template call.
std::set<std::string> called_templates(const Value& value) {
  std::set<std::string> out;
  if (value.is_map())
    if (const std::string_view name = value.string_at("template"); !name.empty()) out.emplace(name);
  if (value.is_list())
    for (const Value& item : value.as_list()) out.merge(called_templates(item));
  if (value.is_map())
    for (const text::Member& member : value.as_map()) out.merge(called_templates(member.value));
  return out;
}

}  // namespace

void run_podname(const Report& report, const Value& test) {
  const std::string workflow(test.find_path("input", "Workflow")->to_any_string());
  const std::string node(test.find_path("input", "Node")->to_any_string());
  const std::string tmpl(test.find_path("input", "Template")->to_any_string());
  const Value& expect = *test.find("expect");
  report_texts(
      report, name_of(test),
      std::string(expect.string_at("nodeID")) + " " + std::string(expect.string_at("podNameV2")),
      engine::node_id_of(workflow, node) + " " + engine::pod_name_of(workflow, node, tmpl));
}

void run_podstatus(const Report& report, const Value& test) {
  const Value& input = *test.find("input");
  const Value& expect = *test.find("expect");
  const model::Template tmpl = model::decode_template(*input.find("template"));
  engine::PodTraits traits{.name = "wf", .namespace_ = "argo", .has_wait_container = true};
  if (const Value* list = tmpl.container_set.find("containers"); list && list->is_list()) {
    traits.main_containers.clear();
    for (const Value& one : list->as_list())
      traits.main_containers.emplace_back(one.string_at("name"));
  }
  const auto after =
      engine::assess_pod(*input.find("podStatus"), tmpl, traits, node_before(*input.find("node")));
  const std::string got = after ? shown(*after) : "unchanged";
  const Value* changed = expect.find("changed");
  if (any_answer_passes(expect)) return report({name_of(test), true, {}, got});
  if (changed && !changed->as_bool()) return report_texts(report, name_of(test), "unchanged", got);
  report_texts(report, name_of(test), expected_node(expect), got);
}

void run_resultref(const Report& report, const Value& test) {
  const Value& caller = *test.find_path("input", "template");
  text::List templates{caller};
  for (const std::string& name : called_templates(caller)) {
    Value leaf;
    leaf["name"] = name;
    leaf["container"]["image"] = "i";
    templates.push_back(std::move(leaf));
  }
  const auto plan = plan_of(std::move(templates));
  std::string got = plan ? "false" : "error: " + plan.error().text;
  const std::string_view wanted = test.string_at("input", "name");
  if (plan)
    for (const engine::PlanTask& task : (*plan)->tasks)
      if ((*plan)->str(task.name) == wanted && task.wants_result) got = "true";
  report_texts(report, name_of(test), test.find("expect")->as_bool() ? "true" : "false", got);
}

void run_stepname(const Report& report, const Value& test) {
  report_texts(report, name_of(test), test.find("expect")->as_string(),
               std::string(engine::step_name_in(test.string_at("input"))));
}

void run_strftime(const Report& report, const Value& test) {
  const auto time = base::parse_rfc3339(test.string_at("input", "Time"));
  const expr::Instant instant{.seconds = time.value_or(base::Time()).unix_seconds()};
  report_texts(report, name_of(test), test.find("expect")->as_string(),
               engine::strftime(test.string_at("input", "Format"), instant));
}

}  // namespace conformance

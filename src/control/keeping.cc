#include "control/keeping.h"

#include "text/quantity.h"

namespace control {
namespace {

using text::Value;

const Value* spec_of(const Value& workflow) {
  const Value* stored = workflow.find_path("status", "storedWorkflowTemplateSpec");
  return stored != nullptr && stored->is_map() ? stored : workflow.find("spec");
}

const Value* field_of(const Value& workflow, std::string_view name) {
  const Value* spec = spec_of(workflow);
  const Value* field = spec == nullptr ? nullptr : spec->find(name);
  return field != nullptr && field->is_map() ? field : nullptr;
}

// A LabelSelector of Kubernetes: all of matchLabels and matchExpressions.
text::Selector selector_of(const Value& value) {
  std::vector<text::Requirement> out;
  if (const Value* labels = value.find("matchLabels"); labels && labels->is_map())
    for (const text::Member& label : labels->as_map())
      out.push_back(
          {label.key, text::Requirement::Operator::kEquals, {label.value.to_any_string()}});
  const Value* rules = value.find("matchExpressions");
  if (rules == nullptr || !rules->is_list()) return text::Selector(std::move(out));
  for (const Value& rule : rules->as_list()) {
    text::Requirement one;
    one.key = rule.string_at("key");
    const std::string_view word = rule.string_at("operator");
    one.op = word == "In"       ? text::Requirement::Operator::kIn
             : word == "NotIn"  ? text::Requirement::Operator::kNotIn
             : word == "Exists" ? text::Requirement::Operator::kExists
                                : text::Requirement::Operator::kDoesNotExist;
    if (const Value* values = rule.find("values"); values && values->is_list())
      for (const Value& each : values->as_list()) one.values.push_back(each.to_any_string());
    out.push_back(std::move(one));
  }
  return text::Selector(std::move(out));
}

}  // namespace

bool PodGc::wants(const store::Labels& labels) const { return store::matches(pods, labels); }

PodGc pod_gc_of(const Value& workflow) {
  using Strategy = PodGc::Strategy;
  PodGc out;
  const Value* gc = field_of(workflow, "podGC");
  if (gc == nullptr) return out;
  constexpr std::pair<std::string_view, Strategy> kWords[] = {
      {"OnPodCompletion", Strategy::kOnPodCompletion},
      {"OnPodSuccess", Strategy::kOnPodSuccess},
      {"OnWorkflowCompletion", Strategy::kOnWorkflowCompletion},
      {"OnWorkflowSuccess", Strategy::kOnWorkflowSuccess}};
  for (const auto& [word, strategy] : kWords)
    if (gc->string_at("strategy") == word) out.strategy = strategy;
  if (const Value* labels = gc->find("labelSelector")) out.pods = selector_of(*labels);
  if (const Value* delay = gc->find("deleteDelayDuration"); delay && !delay->is_null())
    if (const auto parsed = text::parse_duration_or_seconds(delay->to_any_string()))
      out.delay = *parsed;
  return out;
}

std::optional<base::Time> expiry_of(const Value& workflow) {
  const Value* ttl = field_of(workflow, "ttlStrategy");
  const auto finished = base::parse_rfc3339(workflow.string_at("status", "finishedAt"));
  if (ttl == nullptr || !finished) return std::nullopt;
  const bool good = workflow.string_at("status", "phase") == "Succeeded";
  for (const std::string_view key :
       {good ? "secondsAfterSuccess" : "secondsAfterFailure", "secondsAfterCompletion"}) {
    const Value* seconds = ttl->find(key);
    const auto number = seconds == nullptr ? std::nullopt : seconds->to_int();
    if (number) return *finished + base::Duration::seconds(*number);
  }
  return std::nullopt;
}

const Value* disruption_budget_of(const Value& workflow) {
  return field_of(workflow, "podDisruptionBudget");
}

}  // namespace control

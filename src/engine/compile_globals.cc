#include <fmt/format.h>

#include "engine/compile.h"
#include "engine/strftime.h"
#include "text/json.h"

namespace engine {
namespace {

// workflow.creationTimestamp.<letter>: Argo's strftime letters.
void add_timestamp(base::Time time, Plan& plan) {
  const std::string iso = base::to_rfc3339(time);  // 2026-01-02T03:04:05Z
  const int64_t seconds = time.unix_seconds();
  const expr::Instant instant{.seconds = seconds,
                              .nanos = static_cast<int32_t>(time.ns - seconds * 1'000'000'000)};
  const std::string base = "workflow.creationTimestamp";
  plan.globals[base] = iso;
  plan.globals[base + ".RFC3339"] = iso;
  plan.globals[base + ".s"] = std::to_string(seconds);
  for (const auto& [letter, layout] : strftime_letters())
    plan.globals[base + "." + letter] = expr::format_time(instant, layout);
}

void add_map(const std::string& base, const model::StringMap& map, Plan& plan) {
  std::map<std::string, std::string> sorted;  // as Go prints maps
  for (const auto& [key, value] : map) sorted[key] = value;
  text::Map json;
  for (const auto& [key, value] : sorted) {
    plan.globals[base + "." + key] = value;
    json.set(key, text::Value(value));
  }
  const std::string text = sorted.empty() ? "null" : text::to_json(text::Value(json));
  plan.globals[base] = text;
  plan.globals[base + ".json"] = text;
}

void add_parameters(const model::WorkflowSpec& spec, Plan& plan) {
  text::List list;
  for (const model::Parameter& parameter : spec.arguments.parameters) {
    text::Map entry;
    entry.set("name", text::Value(parameter.name));
    if (parameter.default_) entry.set("default", text::Value(*parameter.default_));
    if (parameter.value) entry.set("value", text::Value(*parameter.value));
    if (parameter.enum_) {
      text::List words;
      for (const std::string& word : *parameter.enum_) words.emplace_back(word);
      entry.set("enum", text::Value(std::move(words)));
    }
    if (parameter.description) entry.set("description", text::Value(*parameter.description));
    list.emplace_back(std::move(entry));
    // A default is used where there is no value: the API server refuses the rest.
    const auto& value = parameter.value ? parameter.value : parameter.default_;
    if (value) plan.globals["workflow.parameters." + parameter.name] = *value;
  }
  const std::string text = list.empty() ? "null" : text::to_json(text::Value(std::move(list)));
  plan.globals["workflow.parameters"] = text;
  plan.globals["workflow.parameters.json"] = text;
}

}  // namespace

void compile_globals(const model::Workflow& workflow, Plan& plan) {
  const model::ObjectMeta& meta = workflow.metadata;
  const model::WorkflowSpec& spec = workflow.spec;
  plan.globals["workflow.name"] = meta.name;
  plan.globals["workflow.namespace"] = meta.namespace_;
  plan.globals["workflow.uid"] = meta.uid;
  plan.globals["workflow.mainEntrypoint"] = spec.entrypoint;
  plan.globals["workflow.serviceAccountName"] = spec.service_account_name;
  if (spec.priority) plan.globals["workflow.priority"] = std::to_string(*spec.priority);
  for (const auto& [key, value] : meta.annotations)
    if (key == "workflows.argoproj.io/scheduled-time")
      plan.globals["workflow.scheduledTime"] = value;
  if (const auto created = base::parse_rfc3339(meta.creation_timestamp))
    add_timestamp(*created, plan);
  add_map("workflow.labels", meta.labels, plan);
  add_map("workflow.annotations", meta.annotations, plan);
  add_parameters(spec, plan);
}

}  // namespace engine

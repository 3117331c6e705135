#include "engine/environment.h"

#include <algorithm>

namespace engine {
namespace {

using text::Value;

constexpr std::string_view kLater[] = {"item",
                                       "retries",
                                       "lastRetry.exitCode",
                                       "lastRetry.status",
                                       "lastRetry.duration",
                                       "lastRetry.message",
                                       "workflow.status",
                                       "workflow.failures"};

constexpr uint32_t kTasksGathered = 64;

std::string_view word_of(std::string_view name) { return name.substr(0, name.find_first_of(".[")); }

}  // namespace

ScopeEnvironment::ScopeEnvironment(State::Machine& machine, const Scope& scope,
                                   const std::vector<std::string>& names)
    : machine_(machine), scope_(scope) {
  for (const std::string& name : names)
    if (name.starts_with("steps.") || name.starts_with("tasks.")) has_paths_ = true;
  for (const std::string& name : names) gather(name);
  for (const std::string& name : names) {
    if (known(name)) continue;
    if (name.find('.') != std::string::npos) missing_.push_back(name);
    if (std::find(std::begin(kLater), std::end(kLater), name) != std::end(kLater))
      waits_for_later_ = true;
  }
}

std::optional<Value> ScopeEnvironment::find(std::string_view name) const {
  const Value* value = root_.find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

bool ScopeEnvironment::known(std::string_view name) const {
  const Value* at = &root_;
  while (!name.empty()) {
    // Names of tasks and parameters may hold dots only in brackets: the longest member wins.
    const Value* inner = nullptr;
    size_t used = 0;
    for (size_t end = name.size(); end != std::string_view::npos && end > 0;
         end = name.rfind('.', end - 1)) {
      inner = at->find(name.substr(0, end));
      used = end;
      if (inner != nullptr) break;
    }
    if (inner == nullptr) return false;
    at = inner;
    name.remove_prefix(std::min(name.size(), used + 1));
  }
  return true;
}

void ScopeEnvironment::put(std::string_view path, Value value) {
  Value* at = &root_;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    at = &(*at)[path.substr(0, dot)];
    if (!at->is_map()) *at = Value(text::Map());  // "a" gives way to "a.b"
    path.remove_prefix(dot + 1);
  }
  at->as_map().set(std::string(path), std::move(value));
}

void ScopeEnvironment::gather_inputs() {
  if (scope_.tmpl == nullptr || scope_.inputs == nullptr) return;
  Value& inputs = root_["inputs"];
  if (!inputs.is_map()) inputs = Value(text::Map());
  text::Map parameters;
  for (size_t i = 0; i < scope_.tmpl->inputs.size(); ++i)
    if (scope_.inputs[i].data() != nullptr)
      parameters.set(scope_.tmpl->inputs[i].name, Value(scope_.inputs[i]));
  inputs.as_map().set("parameters", Value(std::move(parameters)));
  Value artifacts{text::Map()};
  for (const PlanArtifact& artifact : scope_.tmpl->input_artifacts)
    gather_artifact(artifacts, artifact.name, "inputs.artifacts." + artifact.name);
  if (!artifacts.as_map().empty()) inputs.as_map().set("artifacts", std::move(artifacts));
}

void ScopeEnvironment::gather_artifact(Value& into, const std::string& name,
                                       const std::string& path) {
  if (auto artifact = machine_.find_artifact_value(path, scope_))
    into.as_map().set(name, std::move(*artifact));
}

void ScopeEnvironment::gather_item() {
  if (scope_.item == nullptr) return;
  // Only what is in a map makes "item" one: {} is a text as other items are.
  if (scope_.item->map == nullptr || scope_.item->map->as_map().empty()) {
    root_.as_map().set("item", Value(scope_.item->text));
    return;
  }
  text::Map members;
  for (const text::Member& member : scope_.item->map->as_map())
    members.set(member.key, Value(member.value.to_any_string()));
  root_.as_map().set("item", Value(std::move(members)));
}

void ScopeEnvironment::gather_task(std::string_view scope_word, std::string_view task) {
  const std::string path = std::string(scope_word) + "." + std::string(task);
  constexpr std::string_view kFields[] = {
      "id",           "status",   "startedAt",      "finishedAt",        "ip",
      "hostNodeName", "exitCode", "outputs.result", "outputs.parameters"};
  Value entry{text::Map()};
  std::string scratch;
  std::string_view value;
  for (const std::string_view field : kFields) {
    const auto found =
        machine_.find_by_name(path + "." + std::string(field), scope_, scratch, value);
    if (found == State::Machine::Found::kMissing) continue;
    Value* at = &entry;
    if (field.starts_with("outputs.")) at = &(*at)["outputs"];
    if (!at->is_map()) *at = Value(text::Map());
    const std::string_view last = field.substr(field.find('.') == field.npos ? 0 : 8);
    at->as_map().set(std::string(last),
                     found == State::Machine::Found::kValue ? Value(value) : Value());
  }
  Value parameters{text::Map()};
  for (const std::string& name : machine_.output_names(scope_, task)) {
    const auto found =
        machine_.find_by_name(path + ".outputs.parameters." + name, scope_, scratch, value);
    if (found == State::Machine::Found::kMissing) continue;
    parameters.as_map().set(name, found == State::Machine::Found::kValue ? Value(value) : Value());
  }
  if (!parameters.as_map().empty()) {
    Value& outputs = entry["outputs"];
    if (!outputs.is_map()) outputs = Value(text::Map());
    outputs.as_map().set("parameters", std::move(parameters));
  }
  Value artifacts{text::Map()};
  for (const std::string& name : machine_.output_artifact_names(scope_, task))
    gather_artifact(artifacts, name, path + ".outputs.artifacts." + name);
  if (!artifacts.as_map().empty()) {
    Value& outputs = entry["outputs"];
    if (!outputs.is_map()) outputs = Value(text::Map());
    outputs.as_map().set("artifacts", std::move(artifacts));
  }
  if (entry.as_map().empty()) return;
  Value& all = root_[scope_word];
  if (!all.is_map()) all = Value(text::Map());
  all.as_map().set(std::string(task), std::move(entry));
}

void ScopeEnvironment::gather(const std::string& name) {
  const std::string_view word = word_of(name);
  if (word == "inputs") {
    gather_inputs();
  } else if (word == "item") {
    gather_item();
  } else if (word == "steps" || word == "tasks") {
    std::string_view rest = std::string_view(name).substr(word.size());
    if (rest.empty()) {
      // Paths like "steps.a" come with their head "steps": only a computed name needs all tasks.
      if (has_paths_ && machine_.task_count(scope_) > kTasksGathered) return;
      for (const std::string& task : machine_.task_names(scope_)) gather_task(word, task);
      return;
    }
    rest.remove_prefix(1);
    if (rest == "name") {
      std::string scratch;
      std::string_view value;
      if (machine_.find_by_name(name, scope_, scratch, value) == State::Machine::Found::kValue)
        put(name, Value(value));
      return;
    }
    gather_task(word, rest.substr(0, rest.find('.')));
  } else if (word == "workflow") {
    for (const auto& [path, value] : machine_.plan().globals)
      if (path.starts_with("workflow.") && name.size() <= path.size() + 64) put(path, Value(value));
    for (const auto& [path, value] : machine_.changing_globals()) put(path, Value(value));
    for (const std::string& known : machine_.global_artifact_names())
      if (auto artifact =
              machine_.find_artifact_value("workflow.outputs.artifacts." + known, scope_))
        put("workflow.outputs.artifacts." + known, std::move(*artifact));
  } else {
    std::string scratch;
    for (const std::string_view known :
         {"retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration",
          "lastRetry.message", "pod.name", "node.name"}) {
      std::string_view value;
      if (word_of(known) == word &&
          machine_.find_by_name(known, scope_, scratch, value) == State::Machine::Found::kValue)
        put(known, Value(value));
    }
  }
}

}  // namespace engine

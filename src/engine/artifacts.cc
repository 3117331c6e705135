// Artifacts: what a step hands on, what a node takes and gives, and what the whole workflow has
// got. Few nodes have any, so they are kept beside the nodes, as JSON in Argo's form.
#include <fmt/format.h>

#include <algorithm>

#include "engine/artifact.h"
#include "engine/environment.h"
#include "engine/machine.h"
#include "expr/expression.h"
#include "text/json.h"

namespace engine {
namespace {

using text::Value;

constexpr std::string_view kUnresolved = "Unable to resolve: ";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The inside of "{{…}}"; Argo takes a text without braces for one, too.
std::string_view tag_of(std::string_view text) {
  if (text.starts_with("{{")) text.remove_prefix(2);
  if (text.ends_with("}}")) text.remove_suffix(2);
  return trimmed(text);
}

Value parsed_list(std::string_view json) {
  if (json.data() == nullptr) return Value(text::List());
  auto list = text::parse_json(json);
  return list && list->is_list() ? std::move(*list) : Value(text::List());
}

void take_member(Value& to, const Value& from, std::string_view name) {
  if (const Value* value = from.find(name))
    to[name] = *value;
  else
    to.as_map().erase(name);
}

}  // namespace

std::string_view State::Machine::artifacts_of(uint32_t id, ArtifactSide side) const {
  const auto found = artifacts_.find(id);
  if (found == artifacts_.end()) return {};
  return side == ArtifactSide::kInputs ? found->second.inputs : found->second.outputs;
}

std::optional<Value> State::Machine::artifact_of(uint32_t id, ArtifactSide side,
                                                 std::string_view name) const {
  const std::string_view json = artifacts_of(id, side);
  if (json.data() == nullptr) return std::nullopt;
  const Value list = parsed_list(json);
  const Value* found = find_artifact(list, name);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

void State::Machine::set_artifacts(uint32_t id, ArtifactSide side, std::string_view json) {
  NodeArtifacts& mine = artifacts_[id];
  (side == ArtifactSide::kInputs ? mine.inputs : mine.outputs) = arena_.keep(json);
  if (side == ArtifactSide::kOutputs && nodes_[id].outputs == nullptr)
    nodes_[id].outputs = arena_.array<NodeOutputs>(1);
  changed(id);
}

// An attempt has its holder's inputs, the holder its last attempt's outputs.
void State::Machine::share_artifacts(uint32_t from, uint32_t to, ArtifactSide side) {
  if (artifacts_.empty()) return;
  const std::string_view json = artifacts_of(from, side);
  if (json.data() == nullptr) return;
  NodeArtifacts& mine = artifacts_[to];
  (side == ArtifactSide::kInputs ? mine.inputs : mine.outputs) = json;
}

// --- what names stand for

// Of a step or task, "<task>.outputs.artifacts.<name>".
std::optional<Value> State::Machine::find_task_artifact(std::string_view rest,
                                                        const Scope& scope) const {
  constexpr std::string_view kMiddle = ".outputs.artifacts.";
  const size_t middle = rest.find(kMiddle);
  if (middle == std::string_view::npos || scope.frame == nullptr || scope.tmpl == nullptr)
    return std::nullopt;
  const auto task = plan_->find_task(*scope.tmpl, rest.substr(0, middle));
  if (!task) return std::nullopt;
  const std::string_view name = rest.substr(middle + kMiddle.size());
  uint32_t id = visible_node(*task, scope);
  if (id == kNil) return std::nullopt;
  if (nodes_[id].type == NodeType::kRetry && nodes_[id].frame != kNil)
    id = retries_[nodes_[id].frame].last;
  if (auto found = artifact_of(id, ArtifactSide::kOutputs, name)) return found;
  // As Argo: a skipped step gives its artifacts, with nothing in them; a skipped task gives none.
  const Node& node = nodes_[id];
  const bool did_not_run = node.phase == Phase::kSkipped || node.phase == Phase::kOmitted;
  if (!did_not_run || node.outputs != nullptr || node.tmpl == kNil ||
      scope.tmpl->body != Body::kSteps)
    return std::nullopt;
  const auto& declared = template_of(node).output_artifacts;
  const bool is_declared = std::any_of(declared.begin(), declared.end(),
                                       [&](const auto& other) { return other.name == name; });
  return is_declared ? std::optional(Value(text::Map())) : std::nullopt;
}

std::optional<Value> State::Machine::find_artifact_value(std::string_view name,
                                                         const Scope& scope) const {
  constexpr std::string_view kInputs = "inputs.artifacts.", kGlobal = "workflow.outputs.artifacts.";
  if (name.starts_with(kInputs) && scope.node != kNil)
    return artifact_of(scope.node, ArtifactSide::kInputs, name.substr(kInputs.size()));
  if (name.starts_with(kGlobal)) {
    for (const auto& [known, json] : global_artifacts_)
      if (known == name.substr(kGlobal.size()))
        if (auto value = text::parse_json(json)) return *value;
    return std::nullopt;
  }
  if (name.starts_with("steps.") || name.starts_with("tasks."))
    return find_task_artifact(name.substr(6), scope);
  return std::nullopt;
}

// `from` or `fromExpression` of an artifact becomes what it refers to, under its own name.
State::Machine::Resolved State::Machine::resolve_artifact(Value& artifact, const Scope& scope,
                                                          std::string& error) {
  const std::string name(artifact.string_at("name")), sub_path(artifact.string_at("subPath"));
  const std::string source(artifact.string_at("fromExpression"));
  std::optional<Value> found;
  const std::string_view tag = tag_of(artifact.string_at("from"));
  const bool is_expression = !source.empty() || tag.starts_with('=');
  if (is_expression) {
    const std::string text(source.empty() ? tag.substr(1) : std::string_view(source));
    const auto compiled = expr::Expression::compile(text);
    if (!compiled) {
      error = compiled.error().text;
      return Resolved::kError;
    }
    const ScopeEnvironment environment(*this, scope, (*compiled)->names());
    auto value = (*compiled)->evaluate(environment, {now_, seed_});
    if (!value) {
      error = value.error().text;
      return Resolved::kError;
    }
    if (!value->is_map()) {
      error = fmt::format("Variable {{{{{}}}}} is not an artifact", text);
      return Resolved::kError;
    }
    found = std::move(*value);
  } else {
    found = find_artifact_value(tag, scope);
  }
  if (!found) {
    error = fmt::format("{}\"{}\"", kUnresolved, tag);
    return Resolved::kUnknown;
  }
  if (!sub_path.empty()) {
    const bool is_optional = found->find("optional") != nullptr;
    if (auto done = append_to_key(*found, sub_path); !done && !is_optional) {
      error = done.error().text;
      return Resolved::kError;
    }
  }
  artifact = std::move(*found);
  artifact["name"] = Value(name);
  return Resolved::kOk;
}

// An argument with all its tags put in, and what it refers to in its place.
State::Machine::Resolved State::Machine::argument_artifact(const PlanArtifact& argument,
                                                           const Scope& scope, Strict strict,
                                                           Value& out, std::string& error) {
  std::string json;
  // What a reference names is looked up below, whatever the texts around it must be.
  if (argument.refers && strict == Strict::kAll) strict = Strict::kTasks;
  switch (render(argument.json, scope, strict, json, &error, /*escape=*/true)) {
    case Rendered::kOk:
      break;
    case Rendered::kMissing:
      return Resolved::kStuck;
    default:
      return Resolved::kError;
  }
  auto parsed = text::parse_json(json);
  if (!parsed || !parsed->is_map()) {
    error = fmt::format("artifact {} cannot be read", argument.name);
    return Resolved::kError;
  }
  out = std::move(*parsed);
  return argument.refers ? resolve_artifact(out, scope, error) : Resolved::kOk;
}

// Before a task begins: what its artifacts refer to must be there. As Argo, an optional artifact
// of a step may fail in any way, that of a task only by not being there.
State::Machine::Prepared State::Machine::prepare_artifacts(const Frame& frame, uint32_t task,
                                                           std::string& error) {
  const uint32_t index = plan_->templates[frame.tmpl].tasks_first + task;
  const auto given = plan_->task_artifacts.find(index);
  if (given == plan_->task_artifacts.end()) return Prepared::kReady;
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  const bool is_steps = plan_->templates[frame.tmpl].body == Body::kSteps;
  for (uint32_t i = 0; i < given->second.count; ++i) {
    const PlanArtifact& argument = plan_->artifacts[given->second.first + i];
    Value value;
    std::string why;
    switch (argument_artifact(argument, scope, Strict::kTasks, value, why)) {
      case Resolved::kOk:
        continue;
      case Resolved::kStuck:
        return Prepared::kStuck;
      case Resolved::kUnknown:
        if (argument.optional) continue;
        break;
      case Resolved::kError:
        if (argument.optional && is_steps) continue;
        break;
    }
    error = (is_steps ? "unable to resolve references: " : "") + why;
    return Prepared::kError;
  }
  return Prepared::kReady;
}

// --- what a node takes

// The artifact that the node's template declares, with its tags put in.
Value State::Machine::declared_artifact(const PlanArtifact& declared, const Scope& scope) {
  std::string json;
  render(declared.json, scope, Strict::kLenient, json, nullptr, /*escape=*/true);
  auto parsed = text::parse_json(json);
  return parsed && parsed->is_map() ? std::move(*parsed) : Value(text::Map());
}

// Tags in what came as an argument are those of the template that takes it.
void State::Machine::put_tags_in(Value& value, const Scope& scope) {
  if (value.is_string()) {
    if (value.as_string().find("{{") == std::string::npos) return;
    std::string text;
    render_dynamic(value.as_string(), scope, Strict::kLenient, text, nullptr);
    value = Value(std::move(text));
  } else if (value.is_map()) {
    for (text::Member& member : value.as_map()) put_tags_in(member.value, scope);
  } else if (value.is_list()) {
    for (Value& element : value.as_list()) put_tags_in(element, scope);
  }
}

bool State::Machine::fill_artifacts(uint32_t id, const Birth& birth, std::string& error) {
  const PlanTemplate& tmpl = plan_->templates[birth.tmpl.value];
  const Scope scope = scope_of(id);
  text::List list;
  for (const PlanArtifact& input : tmpl.input_artifacts) {
    const PlanArtifact* end = birth.artifacts + birth.artifacts_count;
    const PlanArtifact* argument = std::find_if(
        birth.artifacts, end, [&](const PlanArtifact& other) { return other.name == input.name; });
    std::optional<Value> given;
    if (argument != end) {
      Value value;
      switch (argument_artifact(*argument, birth.argument_scope, birth.strict, value, error)) {
        case Resolved::kOk:
          given = std::move(value);
          break;
        default:
          if (!argument->optional) return false;
      }
      error.clear();
    }
    if (!input.optional && !input.has_location) {
      const char* problem = !given                         ? "was not supplied"
                            : !has_location_or_key(*given) ? "missing location information"
                                                           : nullptr;
      if (problem != nullptr) {
        error = fmt::format("inputs.artifacts.{} {}", input.name, problem);
        return false;
      }
    }
    Value artifact = declared_artifact(input, scope);
    if (given) {
      for (const std::string_view own : {"path", "mode", "recurseMode"})
        take_member(*given, artifact, own);
      artifact = std::move(*given);
      put_tags_in(artifact, scope);
    }
    list.push_back(std::move(artifact));
  }
  set_artifacts(id, ArtifactSide::kInputs, text::to_json(Value(std::move(list))));
  return true;
}

// Why no pod can be made: an artifact without a path, or a driver of its outputs that nobody has
// set up. As Argo: that of an input is missed only when it is used.
std::string State::Machine::artifact_error(uint32_t id) {
  const PlanTemplate& tmpl = template_of(nodes_[id]);
  if (!tmpl.is_completed) return {};
  const Value inputs = parsed_list(artifacts_of(id, ArtifactSide::kInputs));
  if (plan_->artifact_plugins) {
    const auto& known = *plan_->artifact_plugins;
    const Scope scope = scope_of(id);
    for (const PlanArtifact& output : tmpl.output_artifacts) {
      std::string plugin(plugin_of(declared_artifact(output, scope)));
      for (const std::string& other :
           {tmpl.archive_plugin, std::string(plugin_of(plan_->archive_location))})
        if (plugin.empty()) plugin = other;
      if (!plugin.empty() && std::find(known.begin(), known.end(), plugin) == known.end())
        return fmt::format("artifact driver {} not found", plugin);
    }
  }
  return {};
}

// The first reference of a hook's arguments that stands for nothing.
bool State::Machine::hook_artifacts_known(const Scope& scope, const PlanHook& hook,
                                          std::string& error) {
  for (uint32_t i = 0; i < hook.artifacts.count; ++i) {
    const PlanArtifact& argument = plan_->artifacts[hook.artifacts.first + i];
    Value value;
    if (argument_artifact(argument, scope, Strict::kLenient, value, error) == Resolved::kOk ||
        argument.optional)
      continue;
    error = "unable to resolve references: " + error;
    return false;
  }
  return true;
}

// --- what a node gives

bool State::Machine::template_artifacts(Frame& frame, const Scope& scope, std::string& error) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (tmpl.output_artifacts.empty()) return true;
  text::List list;
  for (const PlanArtifact& output : tmpl.output_artifacts) {
    if (!output.refers) continue;
    Value artifact = declared_artifact(output, scope);
    const Resolved resolved = resolve_artifact(artifact, scope, error);
    if (resolved == Resolved::kOk) {
      list.push_back(std::move(artifact));
      continue;
    }
    if (resolved != Resolved::kUnknown || !output.optional) {
      error = "unable to resolve outputs from scope: " + error;
      return false;
    }
    error.clear();
  }
  set_artifacts(frame.node, ArtifactSide::kOutputs, text::to_json(Value(std::move(list))));
  return true;
}

// Artifacts with a globalName become outputs of the workflow; the last one wins.
void State::Machine::export_artifacts(uint32_t id) {
  if (artifacts_.empty()) return;
  const std::string_view json = artifacts_of(id, ArtifactSide::kOutputs);
  if (json.find("globalName") == std::string_view::npos) return;
  Value list = parsed_list(json);
  for (Value& artifact : list.as_list()) {
    const std::string name(artifact.string_at("globalName"));
    if (name.empty()) continue;
    artifact["name"] = Value(name);
    artifact.as_map().erase("globalName");
    artifact.as_map().erase("path");
    std::string text = text::to_json(artifact);
    const auto known = std::find_if(global_artifacts_.begin(), global_artifacts_.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (known == global_artifacts_.end())
      global_artifacts_.emplace_back(name, std::move(text));
    else
      known->second = std::move(text);
    workflow_changed_ = true;
  }
}

}  // namespace engine

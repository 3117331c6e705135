// Outputs of steps and DAG templates, and what is exported to the whole workflow.
#include <fmt/format.h>

#include <algorithm>

#include "engine/environment.h"
#include "engine/machine.h"
#include "text/json.h"

namespace engine {

bool State::Machine::output_value(const PlanOutput& output, const Scope& scope,
                                  std::string_view& value, std::string& error) {
  std::string text;
  if (!output.has_value_from) {
    error = "output parameters must have a valueFrom specified";
    return false;
  }
  bool found = true, absent = false;
  if (output.expression != nullptr) {
    const Rendered rendered = append_expression(*output.expression, output.expression_source, scope,
                                                Strict::kAll, text, &error, false);
    found = rendered == Rendered::kOk;
  } else if (output.parameter.valid()) {
    const Rendered rendered = render(output.parameter, scope, Strict::kAll, text, &error);
    absent = rendered == Rendered::kAbsent;
    found = rendered == Rendered::kOk;
    if (!found && !absent) {
      std::string_view tag = output.parameter_source;
      if (tag.starts_with("{{") && tag.ends_with("}}")) tag = tag.substr(2, tag.size() - 4);
      error = fmt::format("Unable to resolve: \"{}\"", tag);
    }
  }
  if (!found && output.default_) {
    return render_to(output.default_text, scope, Strict::kLenient, value, error) == Rendered::kOk;
  }
  if (absent)
    error = fmt::format(
        "output parameter \"{}\": \"{}\" is an absent optional (skipped/omitted node output with "
        "no "
        "default)",
        output.name, output.parameter_source);
  if (!found) return false;
  value = arena_.keep(text);
  return true;
}

bool State::Machine::template_outputs(Frame& frame, std::string& error) {
  const PlanTemplate& tmpl = plan_->templates[frame.tmpl];
  if (tmpl.outputs.empty() && tmpl.output_artifacts.empty()) return true;
  auto* outputs = arena_.array<NodeOutputs>(1);
  outputs->values = arena_.array<std::string_view>(tmpl.outputs.size());
  // All groups have ended: every step is seen.
  Scope scope = scope_of(frame.node);
  scope.frame = &frame;
  for (size_t i = 0; i < tmpl.outputs.size(); ++i)
    if (!output_value(tmpl.outputs[i], scope, outputs->values[i], error)) return false;
  nodes_[frame.node].outputs = outputs;
  changed(frame.node);
  return template_artifacts(frame, scope, error);
}

// Parameters with a globalName become outputs of the workflow; the last one to end wins.
void State::Machine::export_outputs(uint32_t id) {
  export_artifacts(id);
  const Node& node = nodes_[id];
  if (node.tmpl == kNil || node.outputs == nullptr || node.outputs->values == nullptr) return;
  const auto& outputs = template_of(node).outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].global_name.empty() || node.outputs->values[i].data() == nullptr) continue;
    std::string name, error;
    name = outputs[i].global_name;
    if (name.find("{{") != std::string::npos) {
      name.clear();
      render_dynamic(outputs[i].global_name, scope_of(id), Strict::kLenient, name, &error);
    }
    const auto known = std::find_if(global_outputs_.begin(), global_outputs_.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (known == global_outputs_.end())
      global_outputs_.emplace_back(name, node.outputs->values[i]);
    else
      known->second = node.outputs->values[i];
    workflow_changed_ = true;
  }
}

}  // namespace engine

#include "model/evaluate_variables.h"

#include "base/diagnostic.h"
#include "text/json.h"

namespace model {

using text::Value;

namespace {

constexpr size_t kSiblingsMost = 1000;  // steps or tasks that are told by name

void add_text(Variables& variables, const std::string& name, const Value* value) {
  if (value && !value->is_null()) variables[name] = Value(value->to_any_string());
}

const Value* list_at(const Value* value, std::string_view key) {
  const Value* list = value ? value->find(key) : nullptr;
  return list && list->is_list() ? list : nullptr;
}

// `parameters` and `artifacts` of inputs or outputs, at "inputs." and so on.
void add_values(const Value* values, const std::string& beginning, Variables& variables) {
  if (const Value* parameters = list_at(values, "parameters"))
    for (const Value& parameter : parameters->as_list()) {
      const Value* value = parameter.find("value");
      if (!value) value = parameter.find("default");
      add_text(variables, beginning + "parameters." + std::string(parameter.string_at("name")),
               value);
    }
  if (const Value* artifacts = list_at(values, "artifacts"))
    for (const Value& artifact : artifacts->as_list())
      add_text(variables,
               beginning + "artifacts." + std::string(artifact.string_at("name")) + ".path",
               artifact.find("path"));
}

void add_outputs(const Value& node, const std::string& beginning, Variables& variables) {
  const Value* outputs = node.find("outputs");
  add_values(outputs, beginning + "outputs.", variables);
  if (!outputs) return;
  add_text(variables, beginning + "outputs.result", outputs->find("result"));
  add_text(variables, beginning + "exitCode", outputs->find("exitCode"));
}

void add_sibling(const Value& node, const std::string& prefix, Variables& variables) {
  const std::string beginning = prefix + std::string(node.string_at("displayName")) + '.';
  constexpr std::pair<const char*, const char*> kFields[] = {{"id", "id"},
                                                             {"status", "phase"},
                                                             {"startedAt", "startedAt"},
                                                             {"finishedAt", "finishedAt"},
                                                             {"hostNodeName", "hostNodeName"},
                                                             {"ip", "podIP"}};
  for (const auto& [variable, field] : kFields)
    add_text(variables, beginning + variable, node.find(field));
  add_outputs(node, beginning, variables);
}

// The steps or tasks inside the node of that id.
void add_siblings(const Value& nodes, std::string_view boundary, Variables& variables) {
  const Value* around = nodes.find(boundary);
  const std::string_view type = around ? around->string_at("type") : std::string_view();
  if (type != "Steps" && type != "DAG") return;
  const std::string prefix = type == "Steps" ? "steps." : "tasks.";
  size_t count = 0;
  for (const text::Member& member : nodes.as_map()) {
    const Value& node = member.value;
    if (node.string_at("boundaryID") != boundary || node.string_at("type") == "StepGroup") continue;
    if (++count > kSiblingsMost) return;
    add_sibling(node, prefix, variables);
  }
}

const Value* find_node(const Value& nodes, std::string_view wanted) {
  if (const Value* by_id = nodes.find(wanted)) return by_id;
  const Value* by_display = nullptr;
  for (const text::Member& member : nodes.as_map()) {
    if (member.value.string_at("name") == wanted) return &member.value;
    if (!by_display && member.value.string_at("displayName") == wanted) by_display = &member.value;
  }
  return by_display;
}

void add_last_retry(const Value& nodes, const Value& node, Variables& variables) {
  const Value* children = list_at(&node, "children");
  if (node.string_at("type") != "Retry" || !children || children->as_list().empty()) return;
  const Value& last = children->as_list().back();
  const Value* child = last.is_string() ? nodes.find(last.as_string()) : nullptr;
  if (!child) return;
  variables["retries"] = Value(std::to_string(children->as_list().size()));
  add_text(variables, "lastRetry.status", child->find("phase"));
  add_text(variables, "lastRetry.message", child->find("message"));
  add_text(variables, "lastRetry.exitCode", child->find_path("outputs", "exitCode"));
}

void add_map(const Value* map, const std::string& beginning, Variables& variables) {
  if (!map || !map->is_map()) return;
  for (const text::Member& member : map->as_map())
    add_text(variables, beginning + member.key, &member.value);
}

}  // namespace

void add_variable(Variables& variables, const std::string& name, const Value& value) {
  if (value.is_map() && !value.as_map().empty())
    for (const text::Member& member : value.as_map())
      add_variable(variables, name.empty() ? member.key : name + '.' + member.key, member.value);
  else if (!name.empty())
    variables[name] = value;
}

void add_workflow_variables(const Value& workflow, Variables& variables) {
  const Value* metadata = workflow.find("metadata");
  const Value* spec = workflow.find("spec");
  const Value* status = workflow.find("status");
  if (metadata) {
    for (const std::string field : {"name", "namespace", "uid", "creationTimestamp"})
      add_text(variables, "workflow." + field, metadata->find(field));
    add_map(metadata->find("labels"), "workflow.labels.", variables);
    add_map(metadata->find("annotations"), "workflow.annotations.", variables);
  }
  // What it runs with, where it takes its spec from a template.
  const Value* stored = status ? status->find("storedWorkflowTemplateSpec") : nullptr;
  for (const Value* from : {stored, spec}) {
    if (!from) continue;
    add_values(from->find("arguments"), "workflow.", variables);
    add_text(variables, "workflow.mainEntrypoint", from->find("entrypoint"));
    add_text(variables, "workflow.priority", from->find("priority"));
    add_text(variables, "workflow.serviceAccountName", from->find("serviceAccountName"));
  }
  if (!status) return;
  add_text(variables, "workflow.status", status->find("phase"));
  add_values(status->find("outputs"), "workflow.outputs.", variables);
  const Value* nodes = status->find("nodes");
  if (nodes && nodes->is_map())
    if (const Value* root = find_node(*nodes, workflow.string_at("metadata", "name")))
      add_siblings(*nodes, root->string_at("id"), variables);
}

base::Status add_node_variables(const Value& workflow, std::string_view wanted,
                                Variables& variables) {
  const Value* nodes = workflow.find_path("status", "nodes");
  const Value* node = nodes && nodes->is_map() ? find_node(*nodes, wanted) : nullptr;
  if (node) {
    std::erase_if(variables, [](const auto& one) {
      return one.first.starts_with("steps.") || one.first.starts_with("tasks.");
    });
    add_values(node->find("inputs"), "inputs.", variables);
    add_outputs(*node, "", variables);
    add_text(variables, "node.name", node->find("name"));
    add_text(variables, "status", node->find("phase"));
    add_last_retry(*nodes, *node, variables);
    const std::string_view type = node->string_at("type");
    const bool is_boundary = type == "Steps" || type == "DAG";
    add_siblings(*nodes, node->string_at(is_boundary ? "id" : "boundaryID"), variables);
    return {};
  }
  std::vector<std::string_view> names;
  if (const Value* templates = list_at(workflow.find("spec"), "templates")) {
    for (const Value& one : templates->as_list()) {
      names.push_back(one.string_at("name"));
      if (names.back() != wanted) continue;
      add_values(one.find("inputs"), "inputs.", variables);
      return {};
    }
  }
  if (nodes && nodes->is_map() && nodes->as_map().size() <= kSiblingsMost)
    for (const text::Member& member : nodes->as_map())
      names.push_back(member.value.string_at("displayName"));
  const std::string near = base::nearest(wanted, names);
  return base::fail(base::Code::kNotFound,
                    "the workflow has no node or template \"" + std::string(wanted) + '"', {},
                    near.empty() ? "" : "did you mean \"" + near + "\"?");
}

}  // namespace model

#include "model/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostic.h"
#include "model/schema.h"

namespace model {

namespace {

struct Resource {
  std::string_view word;  // lower case, as kubectl knows it
  std::string_view kind;
};
constexpr Resource kResources[] = {
    {"workflow", "Workflow"},
    {"workflows", "Workflow"},
    {"wf", "Workflow"},
    {"workflowtemplate", "WorkflowTemplate"},
    {"workflowtemplates", "WorkflowTemplate"},
    {"wftmpl", "WorkflowTemplate"},
    {"clusterworkflowtemplate", "ClusterWorkflowTemplate"},
    {"clusterworkflowtemplates", "ClusterWorkflowTemplate"},
    {"clusterwftmpl", "ClusterWorkflowTemplate"},
    {"cwft", "ClusterWorkflowTemplate"},
    {"cronworkflow", "CronWorkflow"},
    {"cronworkflows", "CronWorkflow"},
    {"cronwf", "CronWorkflow"},
    {"cwf", "CronWorkflow"},
    {"workfloweventbinding", "WorkflowEventBinding"},
    {"workfloweventbindings", "WorkflowEventBinding"},
    {"wfeb", "WorkflowEventBinding"},
    {"configmap", "ConfigMap"},
    {"configmaps", "ConfigMap"},
    {"cm", "ConfigMap"},
    {"secret", "Secret"},
    {"secrets", "Secret"},
    {"pod", "Pod"},
    {"pods", "Pod"},
    {"po", "Pod"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const SchemaType* find_root(std::string_view word) {
  const std::string wanted = lower(word);
  for (const Resource& resource : kResources)
    if (resource.word == wanted) return Schema::get().find(resource.kind);
  for (const auto& type : Schema::get().types())
    if (lower(type->row->name) == wanted) return type.get();
  return nullptr;
}

// The struct behind lists and maps, or null when there is a scalar.
const SchemaType* struct_of(const Shape& shape) {
  const Shape* at = &shape;
  while (at->element) at = at->element;
  return at->type;
}

std::string spaced(std::string_view words) {
  std::string out;
  for (const char c : words) out += c == '|' ? std::string(", ") : std::string(1, c);
  return out;
}

void add_field(std::string& out, const Field& row) {
  out += fmt::format("  {}\t<{}>{}\n", row.name, row.type, row.required ? " -required-" : "");
  if (!row.words.empty()) out += fmt::format("  enum: {}\n", spaced(row.words));
  out += fmt::format("    {}\n", row.help);
  if (const std::string_view note = treatment_note(row.treatment); !note.empty())
    out += fmt::format("    ({})\n", note);
  out += '\n';
}

// Types contain themselves (a task's inline template): each is opened once on the way down.
void add_tree(std::string& out, const SchemaType& type, size_t depth,
              std::vector<const SchemaType*>& around) {
  around.push_back(&type);
  for (const SchemaField& field : type.fields) {
    out += fmt::format("{:{}}{}\t<{}>\n", "", depth * 2, field.row->name, field.row->type);
    const SchemaType* inner = struct_of(*field.shape);
    if (inner && std::find(around.begin(), around.end(), inner) == around.end())
      add_tree(out, *inner, depth + 1, around);
  }
  around.pop_back();
}

base::Error no_such_field(std::string_view word, const SchemaType& type) {
  std::vector<std::string_view> names;
  for (const SchemaField& field : type.fields) names.push_back(field.row->name);
  const std::string near = base::nearest(word, names);
  return {base::Code::kNotFound,
          fmt::format("{} has no field \"{}\"", type.row->name, word),
          {},
          near.empty() ? "" : fmt::format("did you mean \"{}\"?", near)};
}

base::Error no_such_root(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Resource& resource : kResources) names.push_back(resource.word);
  const std::string near = base::nearest(lower(word), names);
  return {base::Code::kNotFound,
          fmt::format("there is no kind \"{}\"", word),
          {},
          near.empty() ? "try workflow, cronworkflow, workflowtemplate, pod"
                       : fmt::format("did you mean \"{}\"?", near)};
}

void add_head(std::string& out, const SchemaType& root) {
  const auto& kinds = Schema::kinds();
  if (std::find(kinds.begin(), kinds.end(), root.row->name) == kinds.end()) return;
  const SchemaField* version = root.find("apiVersion");
  const bool is_core = version && version->row->help.find("v1alpha1") == std::string_view::npos;
  if (!is_core) out += "GROUP:      argoproj.io\n";
  out += fmt::format("KIND:       {}\nVERSION:    {}\n\n", root.row->name,
                     is_core ? "v1" : "v1alpha1");
}

}  // namespace

std::string_view treatment_note(Treatment treatment) {
  switch (treatment) {
    case Treatment::kActs:
      return {};
    case Treatment::kDecided:
      return "simulated and tested, not run yet";
    case Treatment::kHint:
      return "kept, without effect here";
    case Treatment::kRefused:
      return "not supported yet";
  }
  return {};
}

base::Result<std::string> explain(std::string_view path, bool recursive) {
  const size_t first_end = std::min(path.find('.'), path.size());
  const SchemaType* type = find_root(path.substr(0, first_end));
  if (!type) return base::fail(no_such_root(path.substr(0, first_end)));
  std::string out;
  add_head(out, *type);
  const Field* last = nullptr;
  for (std::string_view rest = path.substr(first_end); !rest.empty();) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find('.'), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (word.empty()) break;  // a dot at the end
    if (!type)
      return base::fail(base::Code::kNotFound,
                        fmt::format("{} is a {} and has no fields", last->name, last->type));
    const SchemaField* field = type->find(word);
    if (!field) return base::fail(no_such_field(word, *type));
    last = field->row;
    type = struct_of(*field->shape);
    rest.remove_prefix(end);
  }
  if (last) out += fmt::format("FIELD: {} <{}>\n", last->name, last->type);
  if (last && !last->words.empty()) out += fmt::format("ENUM: {}\n", spaced(last->words));
  if (last) out += '\n';
  out += "DESCRIPTION:\n";
  if (last) out += fmt::format("    {}\n", last->help);
  if (last && last->treatment != Treatment::kActs)
    out += fmt::format("    ({})\n", treatment_note(last->treatment));
  if (type) out += fmt::format("    {}\n", type->row->help);
  if (!type || type->fields.empty()) return out;
  out += "\nFIELDS:\n";
  std::vector<const SchemaType*> around;
  if (recursive) {
    add_tree(out, *type, 1, around);
  } else {
    for (const SchemaField& field : type->fields) add_field(out, *field.row);
  }
  return out;
}

}  // namespace model

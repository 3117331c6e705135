#include "cli/workflow_view.h"

#include <fmt/format.h>

#include "cli/humanize.h"
#include "cli/table.h"

namespace cli {
namespace {

using text::Value;

bool is_final(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Error" || phase == "Skipped" ||
         phase == "Omitted";
}

// The spec that acts: of the template that the workflow refers to, once it has been fetched.
const Value* spec_of(const Value& workflow) {
  const Value* stored = workflow.find_path("status", "storedWorkflowTemplateSpec");
  return stored && stored->is_map() ? stored : workflow.find("spec");
}

bool is_suspended(const Value& workflow) {
  const Value* suspend = workflow.find_path("spec", "suspend");
  if (suspend && suspend->is_bool() && suspend->as_bool()) return true;
  const Value* nodes = workflow.find_path("status", "nodes");
  if (!nodes || !nodes->is_map()) return false;
  for (const text::Member& member : nodes->as_map())
    if (is_active_suspend(member.value)) return true;
  return false;
}

// Where a driver keeps the artifact, in a few words.
std::string artifact_place(const Value& artifact) {
  static constexpr std::pair<std::string_view, std::string_view> kDrivers[] = {
      {"s3", "key"},   {"gcs", "key"},         {"azure", "blob"}, {"oss", "key"}, {"git", "repo"},
      {"http", "url"}, {"artifactory", "url"}, {"hdfs", "path"},  {"raw", "data"}};
  for (const auto& [driver, key] : kDrivers)
    if (const Value* place = artifact.find(driver)) return std::string(place->string_at(key));
  return {};
}

class Lines {
 public:
  void add(std::string_view key, std::string_view value) {
    // A value of many lines is shown whole, so that it can be copied.
    std::string line = fmt::format("{:<20} {}", key, value);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  std::string text;
};

void add_times(Lines& lines, const Value& workflow, const ViewOptions& options) {
  const Value& none = workflow;
  const Value* status = workflow.find("status");
  const Value& of = status ? *status : none;
  const auto shown = [&](base::Time time) {
    return timestamp(time, options.tree.now, options.zone(time));
  };
  const base::Time created = time_at(*workflow.find("metadata"), "creationTimestamp");
  const base::Time started = time_at(of, "startedAt"), finished = time_at(of, "finishedAt");
  if (created.is_set()) lines.add("Created:", shown(created));
  if (started.is_set()) lines.add("Started:", shown(started));
  if (finished.is_set()) lines.add("Finished:", shown(finished));
  if (started.is_set())
    lines.add("Duration:", long_duration(elapsed(started, finished, options.tree.now)));
  const Value* estimate = of.find("estimatedDuration");
  if (of.string_at("phase") == "Running" && estimate && estimate->to_int().value_or(0) > 0)
    lines.add("EstimatedDuration:", long_duration(base::Duration::seconds(*estimate->to_int())));
}

void add_named_values(Lines& lines, std::string_view title, const Value* list) {
  if (!list || !list->is_list() || list->as_list().empty()) return;
  lines.add(title, "");
  for (const Value& one : list->as_list()) {
    const Value* value = one.find("value");
    if (value) lines.add(fmt::format("  {}:", one.string_at("name")), value->to_any_string());
  }
}

void add_outputs(Lines& lines, const Value& workflow) {
  add_named_values(lines,
                   "Output Parameters:", workflow.find_path("status", "outputs", "parameters"));
  const Value* artifacts = workflow.find_path("status", "outputs", "artifacts");
  if (!artifacts || !artifacts->is_list() || artifacts->as_list().empty()) return;
  lines.add("Output Artifacts:", "");
  for (const Value& artifact : artifacts->as_list())
    lines.add(fmt::format("  {}:", artifact.string_at("name")), artifact_place(artifact));
}

void add_conditions(Lines& lines, const Value& workflow, const Paint& paint) {
  const Value* conditions = workflow.find_path("status", "conditions");
  if (!conditions || !conditions->is_list() || conditions->as_list().empty()) return;
  lines.add("Conditions:", "");
  for (const Value& condition : conditions->as_list()) {
    const std::string_view type = condition.string_at("type");
    std::string_view text = condition.string_at("message");
    if (text.empty()) text = condition.string_at("status");
    lines.add(fmt::format("{} {}", paint.condition(type), type), text);
  }
}

std::string service_account(const Value& workflow) {
  const Value* spec = spec_of(workflow);
  const std::string_view name = spec ? spec->string_at("serviceAccountName") : "";
  if (!name.empty()) return std::string(name);
  return workflow.find_path("spec", "workflowTemplateRef")
             ? "unset"
             : "unset (will run with the default ServiceAccount)";
}

// Argo's: fifty characters of each value, the middle left out.
std::string parameters_text(const Value& workflow) {
  const Value* parameters = workflow.find_path("spec", "arguments", "parameters");
  std::string out;
  if (!parameters || !parameters->is_list()) return out;
  for (const Value& parameter : parameters->as_list()) {
    const Value* value = parameter.find("value");
    if (!value) continue;
    std::string text = one_line(value->to_any_string());
    if (text.size() > 50) text = text.substr(0, 32) + "..." + text.substr(text.size() - 15);
    if (!out.empty()) out += ',';
    out += fmt::format("{}={}", parameter.string_at("name"), text);
  }
  return out;
}

std::string pod_counts(const Value& workflow) {
  size_t pending = 0, running = 0, completed = 0;
  const Value* nodes = workflow.find_path("status", "nodes");
  if (nodes && nodes->is_map()) {
    for (const text::Member& member : nodes->as_map()) {
      if (member.value.string_at("type") != "Pod") continue;
      const std::string_view phase = member.value.string_at("phase");
      ++(is_final(phase) ? completed : phase == "Running" ? running : pending);
    }
  }
  return fmt::format("{}/{}/{}", pending, running, completed);
}

}  // namespace

std::string workflow_status(const Value& workflow) {
  const std::string_view phase = workflow.string_at("status", "phase");
  if (phase == "Running" && is_suspended(workflow)) return "Running (Suspended)";
  if (phase == "Failed" && !workflow.string_at("spec", "shutdown").empty())
    return "Failed (Terminated)";
  if (phase.empty() || phase == "Pending") {
    const bool created = !workflow.string_at("metadata", "creationTimestamp").empty();
    return created ? "Pending" : "Unknown";
  }
  return std::string(phase);
}

std::string workflow_view(const Value& workflow, const ViewOptions& options) {
  std::string tree = node_tree(workflow, options.tree);
  if (options.tree.output == "short") return tree;
  Lines lines;
  lines.add("Name:", workflow.string_at("metadata", "name"));
  lines.add("Namespace:", workflow.string_at("metadata", "namespace"));
  lines.add("ServiceAccount:", service_account(workflow));
  lines.add("Status:", workflow_status(workflow));
  const std::string_view message = workflow.string_at("status", "message");
  if (!message.empty()) lines.add("Message:", message);
  add_conditions(lines, workflow, options.tree.paint);
  if (workflow.find("metadata")) add_times(lines, workflow, options);
  lines.add("Progress:", workflow.string_at("status", "progress"));
  if (const Value* status = workflow.find("status"))
    if (const std::string used = resources_duration(*status); !used.empty())
      lines.add("ResourcesDuration:", used);
  if (const Value* spec = spec_of(workflow))
    add_named_values(lines, "Parameters:", spec->find_path("arguments", "parameters"));
  add_outputs(lines, workflow);
  if (!tree.empty()) lines.text += "\n" + tree;
  // Lists and watches leave the nodes of large workflows out.
  if (tree.empty() && !workflow.string_at("status", "offloadNodeStatusVersion").empty())
    lines.text +=
        fmt::format("\n`argo get {}` shows the steps\n", workflow.string_at("metadata", "name"));
  return std::move(lines.text);
}

std::string workflow_table(const std::vector<const Value*>& workflows, const ListOptions& options) {
  Table table(3);
  const auto add = [&](std::string_view first, std::vector<std::string> row) {
    if (options.namespaces) row.insert(row.begin(), std::string(first));
    table.add(std::move(row));
  };
  if (options.headings) {
    std::vector<std::string> row = {"NAME", "STATUS", "AGE", "DURATION", "PRIORITY", "MESSAGE"};
    if (options.wide) row.insert(row.end(), {"P/R/C", "PARAMETERS"});
    if (options.uids) row.emplace_back("UID");
    add("NAMESPACE", std::move(row));
  }
  for (const Value* workflow : workflows) {
    const Value* metadata = workflow->find("metadata");
    const Value* status = workflow->find("status");
    const base::Time created = metadata ? time_at(*metadata, "creationTimestamp") : base::Time{};
    const base::Time started = status ? time_at(*status, "startedAt") : base::Time{};
    const base::Time finished = status ? time_at(*status, "finishedAt") : base::Time{};
    const Value* priority = workflow->find_path("spec", "priority");
    std::vector<std::string> row = {std::string(workflow->string_at("metadata", "name")),
                                    workflow_status(*workflow),
                                    short_duration(elapsed(created, {}, options.now)),
                                    short_duration(elapsed(started, finished, options.now)),
                                    priority ? priority->to_any_string() : "0",
                                    one_line(workflow->string_at("status", "message"))};
    if (options.wide) row.insert(row.end(), {pod_counts(*workflow), parameters_text(*workflow)});
    if (options.uids) row.emplace_back(workflow->string_at("metadata", "uid"));
    add(workflow->string_at("metadata", "namespace"), std::move(row));
  }
  return table.text();
}

}  // namespace cli

// argo list
#include "cli/follow.h"
#include "cli/queue_place.h"
#include "cli/selection.h"
#include "cli/verb.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"all-namespaces", 'A', "", "of all namespaces"},
    {"chunk-size", 0, "NUMBER", "ask for this many at a time"},
    {"completed", 0, "", "only completed ones"},
    {"field-selector", 0, "SELECTOR", "only with these fields, as metadata.name=x"},
    {"no-headers", 0, "", "without the headings"},
    {"older", 0, "DURATION", "only those that finished longer ago than 10m, 3h or 1d"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"prefix", 0, "TEXT", "only with names that begin so"},
    {"resubmitted", 0, "", "only resubmitted ones"},
    {"running", 0, "", "only those that are not completed"},
    {"selector", 'l', "SELECTOR", "only with these labels, as a=b,c!=d"},
    {"since", 0, "DURATION", "only those created in the last 10m, 3h or 1d"},
    {"status", 0, "PHASES", "only in these phases, as Running,Failed"},
};

constexpr std::string_view kTableFields =
    "metadata,items.metadata,items.spec,items.status.phase,items.status.message,"
    "items.status.finishedAt,items.status.startedAt,items.status.estimatedDuration,"
    "items.status.progress";
constexpr std::string_view kNameFields =
    "metadata,items.metadata.name,items.metadata.creationTimestamp,items.status.finishedAt";

void print_hint(Session& session, const std::vector<text::Value>& workflows) {
  size_t completed = 0;
  for (const text::Value& workflow : workflows) completed += is_finished(workflow) ? 1 : 0;
  const size_t incomplete = workflows.size() - completed;
  if (completed <= 100 && incomplete <= 100) return;
  std::string counts;
  if (incomplete > 100) counts = fmt::format("{} incomplete", incomplete);
  if (completed > 100)
    counts += fmt::format("{}{} completed", counts.empty() ? "" : " and ", completed);
  session.print("\nYou have at least {} workflows. `argo delete --older 7d` removes old ones.\n",
                counts);
}

}  // namespace

std::span<const Flag> list_flags() { return kFlags; }

base::Result<int> run_list(Session& session) {
  const std::string output = session.flags.get("output");
  auto found = select_workflows(session, output == "name" ? kNameFields
                                         : output.empty() ? kTableFields
                                                          : "");
  if (!found) return base::fail(found.error());
  if (output == "json" || output == "yaml") {
    const text::Value all{text::List(*found)};
    session.around.out(output == "json" ? text::to_json_pretty(all, 2) + "\n" : text::to_yaml(all));
    return 0;
  }
  if (found->empty()) {
    if (output != "name") session.print("No workflows found\n");
    return 0;
  }
  if (output == "name") {
    for (const text::Value& workflow : *found)
      session.print("{}\n", workflow.string_at("metadata", "name"));
    return 0;
  }
  std::vector<text::Value*> shown;
  for (text::Value& workflow : *found) shown.push_back(&workflow);
  add_queue_places(session, shown);
  const std::vector<const text::Value*> rows(shown.begin(), shown.end());
  session.around.out(
      workflow_table(rows, {!session.flags.on("no-headers"), session.flags.on("all-namespaces"),
                            output == "wide", session.now()}));
  print_hint(session, *found);
  return 0;
}

}  // namespace cli

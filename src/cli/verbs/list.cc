// argo list
#include "cli/queue_place.h"
#include "cli/selection.h"
#include "cli/verb.h"

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

}  // namespace

std::span<const Flag> list_flags() { return kFlags; }

base::Result<int> run_list(Session& session) {
  const std::string output = session.flags.get("output");
  auto found = select_workflows(session, output == "name" ? kNameFields
                                         : output.empty() ? kTableFields
                                                          : "");
  if (!found) return base::fail(found.error());
  if (print_for_programs(session, *found)) return 0;
  if (found->empty()) {
    session.print("No workflows found\n");
    return 0;
  }
  std::vector<text::Value*> shown;
  for (text::Value& workflow : *found) shown.push_back(&workflow);
  add_queue_places(session, shown);
  const std::vector<const text::Value*> rows(shown.begin(), shown.end());
  session.around.out(
      workflow_table(rows, {!session.flags.on("no-headers"), session.flags.on("all-namespaces"),
                            output == "wide", session.now(), false}));
  print_cost_hint(session, *found);
  return 0;
}

}  // namespace cli

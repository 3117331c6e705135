// argo delete
#include "cli/objects.h"
#include "cli/selection.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"all", 0, "", "all workflows of the namespace"},
    {"all-namespaces", 'A', "", "of all namespaces"},
    {"completed", 0, "", "completed ones"},
    {"dry-run", 0, "", "only print what would be deleted"},
    {"field-selector", 0, "SELECTOR", "with these fields, as metadata.name=x"},
    {"filename", 'f', "FILE", "delete the ConfigMaps and Secrets of a file instead"},
    {"force", 0, "", "remove finalizers, so that nothing can hold them back"},
    {"older", 0, "DURATION", "those that finished longer ago than 10m, 3h or 1d"},
    {"prefix", 0, "TEXT", "with names that begin so"},
    {"query-chunk-size", 0, "NUMBER", "ask for this many at a time"},
    {"resubmitted", 0, "", "resubmitted ones"},
    {"selector", 'l', "SELECTOR", "with these labels, as a=b,c!=d"},
    {"status", 0, "PHASES", "in these phases, as Succeeded,Failed"},
};

bool has_filter(const Flags& flags) {
  for (const std::string_view name : {"all", "all-namespaces", "completed", "field-selector",
                                      "older", "prefix", "resubmitted", "selector", "status"})
    if (flags.has(name)) return true;
  return false;
}

base::Result<std::vector<NamedWorkflow>> chosen(Session& session) {
  std::vector<NamedWorkflow> out;
  for (const std::string& name : session.flags.arguments) out.push_back({name, session.name_space});
  if (!has_filter(session.flags)) {
    if (out.empty())
      return base::fail(base::Code::kInvalid, "which workflows?", {},
                        "name them, or give --all, --completed, --older, --selector, …");
    return out;
  }
  const auto found = select_workflows(
      session, "metadata,items.metadata,items.status.finishedAt,items.status.phase");
  if (!found) return base::fail(found.error());
  for (const text::Value& workflow : *found)
    out.push_back({std::string(workflow.string_at("metadata", "name")),
                   std::string(workflow.string_at("metadata", "namespace"))});
  return out;
}

}  // namespace

std::span<const Flag> delete_flags() { return kFlags; }

base::Result<int> run_delete(Session& session) {
  if (session.flags.has("filename") || names_objects(session.flags.arguments))
    return delete_objects(session);
  const auto workflows = chosen(session);
  if (!workflows) return base::fail(workflows.error());
  if (workflows->empty()) session.print("No resources found\n");
  for (const auto& [name, name_space] : *workflows) {
    if (session.flags.on("dry-run")) {
      session.print("Workflow '{}' deleted (dry-run)\n", name);
      continue;
    }
    Query query;
    if (session.flags.on("force")) query.add("force", "true");
    const auto gone = session.api.remove(api_path({"workflows", name_space, name}) + query.text());
    if (!gone && gone.error().code != base::Code::kNotFound) return base::fail(gone.error());
    session.print("Workflow '{}' {}\n", name, gone ? "deleted" : "not found");
  }
  return 0;
}

}  // namespace cli

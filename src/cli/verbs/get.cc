// argo get
#include "cli/objects.h"
#include "cli/queue_place.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"filename", 'f', "FILE", "show the ConfigMaps and Secrets of a file instead"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"node-field-selector", 0, "SELECTOR", "show these nodes, as phase=Failed"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|short|wide"},
    {"status", 0, "PHASE", "show nodes of this phase"},
};

}  // namespace

std::span<const Flag> get_flags() { return kFlags; }

base::Result<int> run_get(Session& session) {
  if (session.flags.has("filename") || names_objects(session.flags.arguments))
    return get_objects(session);
  if (session.flags.arguments.empty())
    return base::fail(base::Code::kInvalid, "which workflow?", {}, "argo get WORKFLOW, or @latest");
  const auto nodes = node_selector(session.flags);
  if (!nodes) return base::fail(nodes.error());
  for (const std::string& name : session.flags.arguments) {
    auto workflow = get_workflow(session, name);
    if (!workflow) return base::fail(workflow.error());
    add_queue_places(session, {&*workflow});
    print_workflow(session, *workflow, *nodes);
  }
  return 0;
}

}  // namespace cli

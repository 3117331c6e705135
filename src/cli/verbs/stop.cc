// argo stop
#include "cli/selection.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"dry-run", 0, "", "only print what would be stopped"},
    {"field-selector", 0, "SELECTOR", "workflows with these fields"},
    {"message", 0, "TEXT", "message for the nodes that run"},
    {"node-field-selector", 0, "SELECTOR", "stop these nodes, as displayName=approve"},
    {"selector", 'l', "SELECTOR", "workflows with these labels"},
};

}  // namespace

std::span<const Flag> stop_flags() { return kFlags; }

base::Result<int> run_stop(Session& session) {
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  const auto workflows = chosen_workflows(session);
  if (!workflows) return base::fail(workflows.error());
  for (const auto& [name, name_space] : *workflows) {
    if (session.flags.on("dry-run")) {
      session.print("workflow {} stopped (dry-run)\n", name);
      continue;
    }
    text::Value body{text::Map()};
    if (!nodes->empty()) body["nodeFieldSelector"] = *nodes;
    if (session.flags.has("message")) body["message"] = session.flags.get("message");
    if (auto done = put_operation(session, name, name_space, "stop", std::move(body)); !done)
      return base::fail(done.error());
    session.print("workflow {} stopped\n", name);
  }
  return 0;
}

}  // namespace cli

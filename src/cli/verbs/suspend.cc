// argo suspend
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {{"node-field-selector", 0, "SELECTOR",
                            "only nodes that have not begun, as displayName=deploy"}};

}  // namespace

std::span<const Flag> suspend_flags() { return kFlags; }

base::Result<int> run_suspend(Session& session) {
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  for (const std::string& name : session.flags.arguments) {
    text::Value body{text::Map()};
    if (!nodes->empty()) body["nodeFieldSelector"] = *nodes;
    if (auto done = put_operation(session, name, session.name_space, "suspend", std::move(body));
        !done)
      return base::fail(done.error());
    session.print("workflow {} suspended\n", name);
  }
  return 0;
}

}  // namespace cli

// argo watch
#include "cli/follow.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"node-field-selector", 0, "SELECTOR", "show these nodes, as phase=Failed"},
    {"status", 0, "PHASE", "show nodes of this phase"},
};

}  // namespace

std::span<const Flag> watch_flags() { return kFlags; }

base::Result<int> run_watch(Session& session) {
  const auto nodes = node_selector(session.flags);
  if (!nodes) return base::fail(nodes.error());
  const auto last = watch_workflow(session, session.flags.arguments[0], *nodes);
  if (!last) return base::fail(last.error());
  return 0;
}

}  // namespace cli

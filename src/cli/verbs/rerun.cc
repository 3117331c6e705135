// argo rerun
#include "cli/again.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"dry-run", 0, "", "only tell what would run again"},
    {"from", 0, "NODE", "the node to begin with: its id, its name, or the name that is shown"},
    {"log", 0, "", "show the logs until the workflow ends"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "another value for a parameter of the workflow"},
    {"wait", 'w', "", "wait for the workflow to complete"},
    {"watch", 0, "", "watch the workflow until it completes; fails when it fails"},
};

}  // namespace

std::span<const Flag> rerun_flags() { return kFlags; }

base::Result<int> run_rerun(Session& session) {
  if (!session.flags.has("from"))
    return base::fail(base::Code::kInvalid, "from which node?", {},
                      "argo rerun WORKFLOW --from NODE; argo retry runs what has failed");
  text::Value body{text::Map()};
  body["from"] = session.flags.get("from");
  if (!session.flags.on("dry-run")) return run_again(session, "rerun", std::move(body));
  body["dryRun"] = true;
  const std::string& name = session.flags.arguments[0];
  const auto plan =
      session.api.put(api_path({"workflows", session.name_space, name, "rerun"}), body);
  if (!plan) return base::fail(plan.error());
  const std::pair<std::string_view, std::string_view> lists[] = {{"removed", "runs again:"},
                                                                 {"reset", "runs on:"}};
  for (const auto& [key, title] : lists) {
    const text::Value* nodes = plan->find(key);
    if (!nodes || !nodes->is_list() || nodes->as_list().empty()) continue;
    session.print("{}\n", title);
    for (const text::Value& node : nodes->as_list()) session.print("  {}\n", node.to_any_string());
  }
  session.print("{} nodes are kept as they are\n", plan->find("kept")->to_any_string());
  return 0;
}

}  // namespace cli

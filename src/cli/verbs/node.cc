// argo node set
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"message", 'm', "TEXT", "set the message"},
    {"node-field-selector", 0, "SELECTOR", "which nodes, as displayName=approve"},
    {"output-parameter", 'p', "NAME=VALUE", "set a supplied output parameter"},
    {"phase", 0, "PHASE", "set the phase"},
};

}  // namespace

std::span<const Flag> node_flags() { return kFlags; }

base::Result<int> run_node(Session& session) {
  const std::string& action = session.flags.arguments[0];
  const std::string& name = session.flags.arguments[1];
  if (action != "set")
    return base::fail(base::Code::kInvalid, fmt::format("unknown action \"{}\"", action), {},
                      "argo node set WORKFLOW");
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  const auto outputs = output_parameters_text(session.flags);
  if (!outputs) return base::fail(outputs.error());
  text::Value body{text::Map()};
  const std::pair<std::string_view, std::string> rows[] = {
      {"nodeFieldSelector", *nodes},
      {"message", session.flags.get("message")},
      {"phase", session.flags.get("phase")},
      {"outputParameters", *outputs}};
  for (const auto& [key, value] : rows)
    if (!value.empty()) body[key] = value;
  if (auto done = put_operation(session, name, session.name_space, "set", std::move(body)); !done)
    return base::fail(done.error());
  session.print("workflow values set\n");
  return 0;
}

}  // namespace cli

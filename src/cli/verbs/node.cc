// argo node set
#include "cli/verb.h"
#include "text/json.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"message", 'm', "TEXT", "set the message"},
    {"node-field-selector", 0, "SELECTOR", "which nodes, as displayName=approve"},
    {"output-parameter", 'p', "NAME=VALUE", "set a supplied output parameter"},
    {"phase", 0, "PHASE", "set the phase"},
};

// {"name": "value"} as text; a value in double quotes is read as a JSON string.
base::Result<std::string> output_parameters(const Flags& flags) {
  text::Value out{text::Map()};
  for (const std::string& text : flags.all("output-parameter")) {
    const auto assigned = split_assignment(text, "parameter");
    if (!assigned) return base::fail(assigned.error());
    const auto& [name, value] = *assigned;
    const auto quoted = text::parse_json(value);
    out[name] = quoted && quoted->is_string() ? quoted->as_string() : value;
  }
  return out.as_map().empty() ? std::string() : text::to_json(out);
}

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
  const auto outputs = output_parameters(session.flags);
  if (!outputs) return base::fail(outputs.error());
  text::Value body{text::Map()};
  body["name"] = name;
  body["namespace"] = session.name_space;
  const std::pair<std::string_view, std::string> rows[] = {
      {"nodeFieldSelector", *nodes},
      {"message", session.flags.get("message")},
      {"phase", session.flags.get("phase")},
      {"outputParameters", *outputs}};
  for (const auto& [key, value] : rows)
    if (!value.empty()) body[key] = value;
  const auto answer =
      session.api.put(api_path({"workflows", session.name_space, name, "set"}), body);
  if (!answer) return base::fail(answer.error());
  session.print("workflow values set\n");
  return 0;
}

}  // namespace cli

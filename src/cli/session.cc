#include "cli/session.h"

#include "cli/connect.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

bool wants_color(const Surroundings& around, const Flags& flags) {
  if (!around.out_is_terminal || flags.on("no-color")) return false;
  return variable(around, "NO_COLOR").empty() && variable(around, "TERM") != "dumb";
}

}  // namespace

Session::Session(Surroundings& surroundings, Flags parsed, Settings chosen)
    : around(surroundings),
      flags(std::move(parsed)),
      settings(std::move(chosen)),
      name_space(settings.name_space),
      paint{wants_color(around, flags), !flags.on("no-utf8")},
      api([this] { return connect(around, settings); }) {}

void Session::warn(std::string_view text) {
  if (settings.shows_warnings) around.err(log_line(settings, now(), "warn", text));
}

void Session::report(const base::Diagnostics& found, std::string_view source) {
  for (const base::Diagnostic& one : found) around.err(base::render(one, source, paint.color));
}

ViewOptions Session::view_options() const {
  return {{flags.get("output"), {}, paint, now()}, around.zone};
}

tl::unexpected<base::Error> already_said() { return base::fail(base::Code::kInvalid, ""); }
bool is_already_said(const base::Error& error) { return error.text.empty(); }

base::Result<text::Selector> node_selector(const Flags& flags) {
  if (!flags.has("status")) return text::Selector::parse_fields(flags.get("node-field-selector"));
  if (flags.has("node-field-selector"))
    return base::fail(base::Code::kInvalid,
                      "--status and --node-field-selector exclude each other");
  return text::Selector::parse_fields("phase=" + flags.get("status"));
}

base::Result<std::string> node_selector_text(const Flags& flags) {
  std::string text = flags.get("node-field-selector");
  const auto checked = text::Selector::parse_fields(text);
  if (!checked) return base::fail(checked.error());
  return text;
}

base::Result<std::string> output_parameters_text(const Flags& flags) {
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

base::Result<text::Value> put_operation(Session& session, std::string_view name,
                                        std::string_view name_space, std::string_view operation,
                                        text::Value body) {
  text::Value whole{text::Map()};
  whole["name"] = name;
  whole["namespace"] = name_space;
  for (text::Member& member : body.as_map()) whole[member.key] = std::move(member.value);
  auto answer = session.api.put(api_path({"workflows", name_space, name, operation}), whole);
  if (answer) return answer;
  base::Error error = answer.error();
  error.text = fmt::format("failed to {} {}: {}", operation, name, error.text);
  return base::fail(std::move(error));
}

void print_workflow(Session& session, const text::Value& workflow, const text::Selector& nodes) {
  const std::string output = session.flags.get("output");
  if (output == "name") {
    session.print("{}\n", workflow.string_at("metadata", "name"));
  } else if (output == "json") {
    session.around.out(text::to_json_pretty(workflow, 4) + "\n");
  } else if (output == "yaml") {
    session.around.out(text::to_yaml(workflow));
  } else {
    ViewOptions options = session.view_options();
    options.tree.nodes = nodes;
    session.around.out(workflow_view(workflow, options));
  }
}

base::Result<text::Value> get_workflow(Session& session, std::string_view name) {
  return session.api.get(api_path({"workflows", session.name_space, name}));
}

}  // namespace cli

#include "cli/again.h"

#include "cli/follow.h"
#include "cli/verb.h"

namespace cli {

using text::Value;

base::Result<int> stay(Session& session, const std::vector<NamedWorkflow>& names,
                       const text::Selector& nodes) {
  const Flags& flags = session.flags;
  if (flags.on("log")) {
    for (const auto& [name, name_space] : names) {
      session.name_space = name_space;
      LogRequest request;
      request.workflow = name;
      request.follow = true;
      if (base::Status done = print_logs(session, request); !done) return base::fail(done.error());
    }
  }
  int code = 0;
  for (const auto& [name, name_space] : names) {
    if (!flags.on("watch") && !flags.on("wait")) continue;
    session.name_space = name_space;
    const auto last =
        flags.on("watch") ? watch_workflow(session, name, nodes) : follow(session, name);
    if (!last) return base::fail(last.error());
    const std::string output = flags.get("output");
    if (flags.on("wait") && (output.empty() || output == "wide")) print_end(session, name, *last);
    if (has_failed(*last)) code = 1;
  }
  return code;
}

NamedWorkflow show(Session& session, const Value& created) {
  // The live view begins with the same.
  const bool is_drawn_anyway = session.around.out_is_terminal && session.flags.on("watch") &&
                               !session.flags.on("log") && !session.flags.has("output");
  if (!is_drawn_anyway) print_workflow(session, created, {});
  session.around.flush();
  return {std::string(created.string_at("metadata", "name")),
          std::string(created.string_at("metadata", "namespace"))};
}

base::Result<text::List> parameter_list(const Flags& flags) {
  text::List out;
  for (const std::string& text : flags.all("parameter")) {
    if (auto pair = model::split_assignment(text, "parameter"); !pair)
      return base::fail(pair.error());
    out.emplace_back(text);
  }
  return out;
}

base::Result<Value> retry_body(Session& session) {
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  Value body{text::Map()};
  if (session.flags.on("restart-successful")) body["restartSuccessful"] = true;
  if (!nodes->empty()) body["nodeFieldSelector"] = *nodes;
  return body;
}

base::Result<Value> resubmit_body(Session& session) {
  Value body{text::Map()};
  if (session.flags.on("memoized")) body["memoized"] = true;
  if (session.flags.has("priority")) {
    const auto priority = session.flags.whole("priority", 0);
    if (!priority) return base::fail(priority.error());
    body["priority"] = *priority;
  }
  return body;
}

base::Result<int> run_again(Session& session, std::string_view action, Value body) {
  const Flags& flags = session.flags;
  auto parameters = parameter_list(flags);
  if (!parameters) return base::fail(parameters.error());
  if (!parameters->empty()) body["parameters"] = *std::move(parameters);
  const auto chosen = chosen_workflows(session);
  if (!chosen) return base::fail(chosen.error());
  if (flags.on("watch") && chosen->size() > 1)
    return base::fail(base::Code::kInvalid, "cannot watch more than one workflow", {},
                      "--wait waits for them all");
  std::vector<NamedWorkflow> names;
  for (const auto& [name, name_space] : *chosen) {
    body["name"] = name;
    body["namespace"] = name_space;
    const auto answer = session.api.put(api_path({"workflows", name_space, name, action}), body);
    if (!answer) return base::fail(answer.error());
    names.push_back(show(session, *answer));
  }
  return stay(session, names, {});
}

}  // namespace cli

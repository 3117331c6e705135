// argo resume
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"node-field-selector", 0, "SELECTOR", "resume these nodes, as inputs.parameters.x.value=abc"},
    {"output-parameter", 'p', "NAME=VALUE", "an output parameter that they wait for"},
};

}  // namespace

std::span<const Flag> resume_flags() { return kFlags; }

base::Result<int> run_resume(Session& session) {
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  const auto outputs = output_parameters_text(session.flags);
  if (!outputs) return base::fail(outputs.error());
  for (const std::string& name : session.flags.arguments) {
    text::Value body{text::Map()};
    if (!nodes->empty()) body["nodeFieldSelector"] = *nodes;
    if (!outputs->empty()) body["outputParameters"] = *outputs;
    if (auto done = put_operation(session, name, session.name_space, "resume", std::move(body));
        !done)
      return base::fail(done.error());
    session.print("workflow {} resumed\n", name);
  }
  return 0;
}

}  // namespace cli

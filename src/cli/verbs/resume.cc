// argo resume
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"node-field-selector", 0, "SELECTOR", "resume these nodes, as inputs.parameters.x.value=abc"}};

}  // namespace

std::span<const Flag> resume_flags() { return kFlags; }

base::Result<int> run_resume(Session& session) {
  const auto nodes = node_selector_text(session.flags);
  if (!nodes) return base::fail(nodes.error());
  for (const std::string& name : session.flags.arguments) {
    text::Value body{text::Map()};
    body["name"] = name;
    body["namespace"] = session.name_space;
    if (!nodes->empty()) body["nodeFieldSelector"] = *nodes;
    const auto answer =
        session.api.put(api_path({"workflows", session.name_space, name, "resume"}), body);
    if (!answer) return base::fail(answer.error());
    session.print("workflow {} resumed\n", name);
  }
  return 0;
}

}  // namespace cli

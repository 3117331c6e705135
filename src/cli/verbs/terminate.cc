// argo terminate
#include "cli/selection.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"dry-run", 0, "", "only print what would be terminated"},
    {"field-selector", 0, "SELECTOR", "workflows with these fields"},
    {"selector", 'l', "SELECTOR", "workflows with these labels"},
};

}  // namespace

std::span<const Flag> terminate_flags() { return kFlags; }

base::Result<int> run_terminate(Session& session) {
  const auto workflows = chosen_workflows(session);
  if (!workflows) return base::fail(workflows.error());
  for (const auto& [name, name_space] : *workflows) {
    if (session.flags.on("dry-run")) {
      session.print("workflow {} terminated (dry-run)\n", name);
      continue;
    }
    const auto answer =
        put_operation(session, name, name_space, "terminate", text::Value(text::Map()));
    if (!answer) return base::fail(answer.error());
    const std::string_view real_name = answer->string_at("metadata", "name");
    session.print("workflow {} terminated\n", real_name.empty() ? name : real_name);
  }
  return 0;
}

}  // namespace cli

// argo suspend
#include "cli/verb.h"

namespace cli {

std::span<const Flag> suspend_flags() { return {}; }

base::Result<int> run_suspend(Session& session) {
  for (const std::string& name : session.flags.arguments) {
    text::Value body{text::Map()};
    body["name"] = name;
    body["namespace"] = session.name_space;
    const auto answer =
        session.api.put(api_path({"workflows", session.name_space, name, "suspend"}), body);
    if (!answer) return base::fail(answer.error());
    session.print("workflow {} suspended\n", name);
  }
  return 0;
}

}  // namespace cli

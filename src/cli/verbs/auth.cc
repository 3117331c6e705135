// argo auth token
#include "cli/verb.h"

namespace cli {

std::span<const Flag> auth_flags() { return {}; }

base::Result<int> run_auth(Session& session) {
  const std::string& action = session.flags.arguments[0];
  if (action != "token")
    return base::fail(base::Code::kInvalid, fmt::format("unknown action \"{}\"", action), {},
                      "argo auth token");
  if (session.settings.endpoint)
    for (const auto& [name, value] : session.settings.endpoint->headers)
      if (name == "Authorization") {
        session.print("{}\n", value);
        return 0;
      }
  std::string token = session.settings.endpoint ? session.settings.endpoint->bearer_token : "";
  if (token.empty() && session.around.read_token) {
    auto own = session.around.read_token();
    if (!own) return base::fail(own.error());
    token = *std::move(own);
  }
  if (token.empty())
    return base::fail(base::Code::kNotFound, "there is no token", {},
                      "start a server, or set ARGO_TOKEN");
  session.print("Bearer {}\n", token);
  return 0;
}

}  // namespace cli

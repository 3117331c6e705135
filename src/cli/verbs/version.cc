// argo version
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {{"short", 0, "", "print just the version number"}};

void print_version(Session& session, std::string_view who, const Version& version) {
  session.print("{}: {}\n", who, version.version);
  if (session.flags.on("short")) return;
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"BuildDate", version.build_date},
      {"GitCommit", version.git_commit},
      {"GitTreeState", version.git_tree_state},
      {"Compiler", version.compiler},
      {"Platform", version.platform}};
  for (const auto& [name, value] : rows)
    if (!value.empty()) session.print("  {}: {}\n", name, value);
}

}  // namespace

std::span<const Flag> version_flags() { return kFlags; }

base::Result<int> run_version(Session& session) {
  print_version(session, "argo", session.around.version);
  // Only a server that was named is asked: the version costs no start of the embedded one.
  if (!session.settings.endpoint || session.settings.is_kubernetes) return 0;
  const auto answer = session.api.get("/api/v1/version");
  if (!answer) return base::fail(answer.error());
  const auto text = [&](std::string_view key) { return std::string(answer->string_at(key)); };
  print_version(session, "argo-server",
                {text("version"), text("buildDate"), text("gitCommit"), text("gitTreeState"),
                 text("compiler"), text("platform")});
  return 0;
}

}  // namespace cli

// argo wait
#include "cli/follow.h"
#include "cli/humanize.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"ignore-not-found", 0, "", "a workflow that does not exist is no error"}};

}  // namespace

std::span<const Flag> wait_flags() { return kFlags; }

base::Result<int> run_wait(Session& session) {
  int code = 0;
  for (const std::string& name : session.flags.arguments) {
    const auto last = follow(session, name);
    if (!last) {
      const bool absent = last.error().code == base::Code::kNotFound;
      if (absent && session.flags.on("ignore-not-found")) continue;
      return base::fail(last.error());
    }
    print_end(session, name, *last);
    if (has_failed(*last)) code = 1;
  }
  return code;
}

}  // namespace cli

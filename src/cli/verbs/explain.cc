// argo explain
#include "model/explain.h"

#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {{"recursive", 0, "", "list the names of all fields below"}};

}  // namespace

std::span<const Flag> explain_flags() { return kFlags; }

base::Result<int> run_explain(Session& session) {
  const auto text = model::explain(session.flags.arguments[0], session.flags.on("recursive"));
  if (!text) return base::fail(text.error());
  session.around.out(*text);
  return 0;
}

}  // namespace cli

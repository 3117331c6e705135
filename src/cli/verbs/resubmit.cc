// argo resubmit
#include "cli/again.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"field-selector", 0, "SELECTOR", "workflows with these fields"},
    {"log", 0, "", "show the logs until the workflow ends"},
    {"memoized", 0, "", "keep what has succeeded, with its outputs"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "another value for a parameter of the workflow"},
    {"priority", 0, "NUMBER", "priority of the new workflow"},
    {"selector", 'l', "SELECTOR", "workflows with these labels"},
    {"wait", 'w', "", "wait for the workflow to complete"},
    {"watch", 0, "", "watch the workflow until it completes; fails when it fails"},
};

}  // namespace

std::span<const Flag> resubmit_flags() { return kFlags; }

base::Result<int> run_resubmit(Session& session) {
  auto body = resubmit_body(session);
  if (!body) return base::fail(body.error());
  return run_again(session, "resubmit", *std::move(body));
}

}  // namespace cli

// argo retry
#include "cli/again.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"field-selector", 0, "SELECTOR", "workflows with these fields"},
    {"log", 0, "", "show the logs until the workflow ends"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"node-field-selector", 0, "SELECTOR", "with --restart-successful, which nodes run again"},
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "another value for a parameter of the workflow"},
    {"restart-successful", 0, "", "run nodes again that have succeeded"},
    {"selector", 'l', "SELECTOR", "workflows with these labels"},
    {"wait", 'w', "", "wait for the workflow to complete"},
    {"watch", 0, "", "watch the workflow until it completes; fails when it fails"},
};

}  // namespace

std::span<const Flag> retry_flags() { return kFlags; }

base::Result<int> run_retry(Session& session) {
  auto body = retry_body(session);
  if (!body) return base::fail(body.error());
  return run_again(session, "retry", *std::move(body));
}

}  // namespace cli

// argo logs
#include "cli/follow.h"
#include "cli/verb.h"
#include "text/quantity.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {
    {"container", 'c', "NAME", "the logs of this container (main)"},
    {"follow", 'f', "", "go on until the workflow ends"},
    {"grep", 0, "REGEXP", "only lines that match"},
    {"previous", 'p', "", "of the container that ran before"},
    {"selector", 'l', "SELECTOR", "only pods with these labels"},
    {"since", 0, "DURATION", "only lines newer than 5s, 2m or 3h"},
    {"since-time", 0, "TIME", "only lines after this time (RFC 3339)"},
    {"tail", 0, "LINES", "this many lines from the end"},
    {"timestamps", 0, "", "each line with its time"},
};

}  // namespace

std::span<const Flag> logs_flags() { return kFlags; }

base::Result<int> run_logs(Session& session) {
  const Flags& flags = session.flags;
  LogRequest request;
  request.workflow = flags.arguments[0];
  if (flags.arguments.size() > 1) request.pod = flags.arguments[1];
  request.container = flags.get("container", "main");
  request.grep = flags.get("grep");
  request.selector = flags.get("selector");
  request.follow = flags.on("follow");
  request.previous = flags.on("previous");
  request.timestamps = flags.on("timestamps");
  if (flags.has("since") && flags.has("since-time"))
    return base::fail(base::Code::kInvalid, "--since and --since-time exclude each other");
  if (flags.has("since")) {
    const auto since = text::parse_duration(flags.get("since"));
    if (!since) return base::fail(since.error());
    request.since_seconds = std::max<int64_t>(since->ns / 1'000'000'000, 1);
  }
  request.since_time = flags.get("since-time");
  if (!request.since_time.empty() && !base::parse_rfc3339(request.since_time))
    return base::fail(base::Code::kInvalid,
                      fmt::format("--since-time: \"{}\" is no time", request.since_time), {},
                      "write it as 2026-01-02T03:04:05Z");
  const auto tail = flags.whole("tail", -1);
  if (!tail) return base::fail(tail.error());
  request.tail = *tail;
  if (base::Status done = print_logs(session, request); !done) return base::fail(done.error());
  return 0;
}

}  // namespace cli

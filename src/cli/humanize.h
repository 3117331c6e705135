// humanize.h — times and durations in the words that Argo's commands use.
#pragma once
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "cli/cli.h"
#include "text/value.h"

namespace cli {

// "Sat Nov 21 07:00:00 +0000 (5 seconds ago)"
std::string timestamp(base::Time time, base::Time now, const Zone& zone);
// "5 seconds ago", "1 hour from now", "now"
std::string relative_time(base::Time time, base::Time now);
// Up to two units: "5 seconds", "1 minute 30 seconds", "2 hours 5 minutes", "3 days 4 hours"
std::string long_duration(base::Duration duration);
// One unit: "0s", "30s", "1m", "5h", "12d"
std::string short_duration(base::Duration duration);
// "2026-11-21 07:00:00 +0000 UTC", as Go prints a time
std::string go_time(base::Time time, const Zone& zone);
// What has gone by: to `finish`, or to now while it is not set; nothing before the start.
base::Duration elapsed(base::Time start, base::Time finish, base::Time now);

// `status.resourcesDuration` of a workflow or `resourcesDuration` of a node:
// "3s*(1 cpu),2s*(100Mi memory)"; empty when there is none.
std::string resources_duration(const text::Value& owner);
// A message on one line, without control characters.
std::string one_line(std::string_view text);

// How far back "10m", "3h", "1d", "1d12h" reaches.
base::Result<base::Duration> parse_since(std::string_view text);

}  // namespace cli

#include "cli/backfill.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "cli/follow.h"
#include "expr/cron.h"
#include "expr/zoned_time.h"
#include "model/cron_workflow.h"
#include "model/merge.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kRfc1123 = "Mon, 02 Jan 2006 15:04:05 MST";

constexpr Flag kFlags[] = {
    {"argname", 0, "NAME", "parameter that gets the scheduled time (cronScheduleTime)"},
    {"end", 0, "TIME", "end of the period (now)"},
    {"format", 0, "LAYOUT", "how times are written, as Go does (Mon, 02 Jan 2006 15:04:05 MST)"},
    {"maxworkflowcount", 0, "NUMBER", "refuse to start more workflows than this (1000)"},
    {"name", 0, "NAME", "name of the backfill"},
    {"parallel", 0, "", "start all of them at once"},
    {"start", 0, "TIME", "start of the period"},
};

struct Period {
  std::string start, end;  // as written
  base::Time from, to;
  std::string layout;
};

base::Result<base::Time> read_time(const std::string& text, const std::string& layout) {
  const auto time = expr::parse_time_in(layout, text, expr::TimeZone());
  if (!time)
    return base::fail(base::Code::kInvalid,
                      fmt::format("\"{}\" is no time of the form \"{}\"", text, layout), {},
                      "--format says how --start and --end are written");
  return base::Time::from_unix_seconds(time->seconds);
}

base::Result<Period> read_period(const Session& session) {
  Period out;
  out.layout = session.flags.get("format", kRfc1123);
  out.start = session.flags.get("start");
  out.end = session.flags.get("end");
  if (out.start.empty())
    return base::fail(base::Code::kInvalid, "start date should not be empty", {}, "give --start");
  auto from = read_time(out.start, out.layout);
  if (!from) return base::fail(from.error());
  out.from = *from;
  out.to = session.now();
  if (!out.end.empty()) {
    auto to = read_time(out.end, out.layout);
    if (!to) return base::fail(to.error());
    out.to = *to;
  } else {
    out.end = base::to_rfc3339(out.to);
  }
  return out;
}

// The times of all schedules, each once.
base::Result<std::vector<base::Time>> times_of(const model::CronWorkflowSpec& spec,
                                               const Period& period, size_t most) {
  std::vector<base::Time> out;
  for (const std::string& text : spec.schedules) {
    const auto schedule = expr::Schedule::parse(expr::schedule_with_zone(text, spec.timezone),
                                                expr::TimeZone::local());
    if (!schedule) return base::fail(schedule.error());
    for (auto next = schedule->next(period.from); next && *next <= period.to;
         next = schedule->next(*next)) {
      out.push_back(*next);
      if (out.size() > most)
        return base::fail(base::Code::kInvalid,
                          fmt::format("the period has more than {} scheduled times", most), {},
                          "choose a shorter one, or raise --maxworkflowcount");
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Value make_workflow(const model::CronWorkflow& cron, const std::string& name,
                    const std::string& argument, base::Time time) {
  Value out = model::workflow_of(cron, time);
  out["metadata"]["name"] = fmt::format("{}-{}-{}", cron.metadata.name, name, time.unix_seconds());
  out["metadata"]["labels"]["workflows.argoproj.io/backfill"] = cron.metadata.name;
  model::set_argument(out["spec"], argument, base::to_rfc3339(time));
  return out;
}

void print_summary(Session& session, const std::string& name, const model::CronWorkflow& cron,
                   const Period& period, const std::vector<std::string>& names) {
  const std::string line(50, '=');
  session.print("Created {} Backfill task for Cronworkflow {}\n{}\nBackfill Period :\n", name,
                cron.metadata.name, line);
  session.print("Start Time : {}\n  End Time : {}\nTotal Backfill Schedule: {}\n{}\n", period.start,
                period.end, names.size(), line);
  session.print("Backfill Workflows:\n   NAMESPACE\t WORKFLOW:\n");
  for (size_t i = 0; i < names.size(); ++i)
    session.print("{}. {} \t {}\n", i + 1, session.name_space, names[i]);
}

}  // namespace

std::span<const Flag> backfill_flags() { return kFlags; }

base::Result<int> backfill_cron(Session& session, const Value& object) {
  const model::CronWorkflow cron = model::decode_cron_workflow(object);
  const auto period = read_period(session);
  if (!period) return base::fail(period.error());
  const auto most = session.flags.whole("maxworkflowcount", 1000);
  if (!most) return base::fail(most.error());
  const auto times = times_of(cron.spec, *period, static_cast<size_t>(std::max<int64_t>(0, *most)));
  if (!times) return base::fail(times.error());
  if (times->empty()) {
    session.print("There is no suitable scheduling time.\n");
    return 0;
  }
  const std::string name = session.flags.get("name", "backfill");
  const std::string argument = session.flags.get("argname", "cronScheduleTime");
  std::vector<std::string> names;
  int code = 0;
  for (const base::Time time : *times) {
    Value workflow = make_workflow(cron, name, argument, time);
    names.emplace_back(workflow.string_at("metadata", "name"));
    Value body;
    body["namespace"] = session.name_space;
    body["workflow"] = std::move(workflow);
    const auto created = session.api.post(api_path({"workflows", session.name_space}), body);
    if (!created && created.error().code != base::Code::kAlreadyExists)
      return base::fail(created.error());
    if (session.flags.on("parallel")) continue;
    const auto last = follow(session, names.back());
    if (!last) return base::fail(last.error());
    if (has_failed(*last)) code = 1;
  }
  print_summary(session, name, cron, *period, names);
  return code;
}

}  // namespace cli

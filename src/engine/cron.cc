#include "engine/cron.h"

#include <algorithm>

#include "engine/cron_conditions.h"
#include "expr/cron.h"
#include "text/value.h"

namespace engine {
namespace {

// Workflows that ended leave the list of active ones and are counted; those that run enter it.
void reconcile(const std::vector<CronChild>& children, CronDecision& out) {
  const auto child_of = [&](const model::ActiveWorkflow& active) {
    return std::find_if(children.begin(), children.end(),
                        [&](const CronChild& child) { return child.uid == active.uid; });
  };
  std::erase_if(out.status.active, [&](const model::ActiveWorkflow& active) {
    const auto child = child_of(active);
    if (child != children.end() && !child->is_done()) return false;
    out.status_changed = true;
    if (child != children.end())
      ++(child->phase == "Succeeded" ? out.status.succeeded : out.status.failed);
    return true;
  });
  for (const CronChild& child : children) {
    const auto& active = out.status.active;
    const bool listed =
        std::any_of(active.begin(), active.end(),
                    [&](const model::ActiveWorkflow& one) { return one.uid == child.uid; });
    if (child.is_done() || listed) continue;
    out.status_changed = true;
    out.status.active.push_back({child.name, child.uid, {}});
  }
}

void enforce_history(const model::CronWorkflowSpec& spec, const std::vector<CronChild>& children,
                     CronDecision& out) {
  for (const bool succeeded : {true, false}) {
    std::vector<const CronChild*> ended;
    for (const CronChild& child : children)
      if (child.is_done() && (child.phase == "Succeeded") == succeeded) ended.push_back(&child);
    std::stable_sort(ended.begin(), ended.end(), [](const CronChild* a, const CronChild* b) {
      return a->finished_at > b->finished_at;
    });
    const auto kept = static_cast<size_t>(succeeded ? spec.successful_jobs_history_limit
                                                    : spec.failed_jobs_history_limit);
    for (size_t i = kept; i < ended.size(); ++i) out.forget.push_back(ended[i]->name);
  }
}

enum class CatchUp : uint8_t { kNewest, kAll, kNone };

base::Result<CatchUp> catch_up_of(const model::CronWorkflow& cron) {
  const std::string_view word = model::value_of(cron.metadata.annotations, kCatchUp);
  if (word.empty() || word == "newest") return CatchUp::kNewest;
  if (word == "all") return CatchUp::kAll;
  if (word == "none") return CatchUp::kNone;
  return base::fail(base::Code::kInvalid, "the annotation " + std::string(kCatchUp) +
                                              " is newest, all or none, not \"" +
                                              std::string(word) + '"');
}

// From where on the slots of a CronWorkflow that catches up with all of them count.
base::Time oldest_to_catch_up(const model::CronWorkflow& cron, const CronMoment& moment,
                              base::Time from) {
  const int64_t seconds = cron.spec.starting_deadline_seconds.value_or(0);
  const base::Time in_time = moment.now - base::Duration::seconds(seconds);
  return std::max(from, base::Time{std::min(in_time, moment.watched_since).ns - 1});
}

struct Slots {
  std::optional<base::Time> due;   // the newest that was not decided on yet
  std::optional<base::Time> next;  // the first after now
};

base::Result<Slots> slots_of(const model::CronWorkflow& cron, const CronMoment& moment,
                             CatchUp catch_up) {
  Slots out;
  const base::Time from =
      std::max(cron.status.last_scheduled_time.is_set() ? cron.status.last_scheduled_time
                                                        : moment.watched_since,
               moment.handled);
  const base::Time just_after{moment.now.ns + 1};
  for (const std::string& text : cron.spec.schedules) {
    const auto schedule =
        expr::Schedule::parse(expr::schedule_with_zone(text, cron.spec.timezone), moment.local);
    if (!schedule) return tl::unexpected(schedule.error());
    if (catch_up == CatchUp::kAll) {
      const auto due =
          schedule->next(schedule->is_every() ? from : oldest_to_catch_up(cron, moment, from));
      if (due && *due <= moment.now) out.due = std::min(out.due.value_or(*due), *due);
    } else if (const auto due = schedule->newest_between(from, just_after); due && *due > from) {
      out.due = std::max(out.due.value_or(*due), *due);
    }
    // The slots of @every follow the last one, not the moment that somebody asks.
    const auto next = schedule->next(schedule->is_every() && out.due ? *out.due
                                     : schedule->is_every()          ? from
                                                                     : moment.now);
    if (next) out.next = std::min(out.next.value_or(*next), *next);
  }
  return out;
}

// Why a slot that is due starts nothing; empty: it starts. Fills what is to be terminated.
base::Result<std::string> obstacle(const model::CronWorkflow& cron, base::Time slot,
                                   const CronMoment& moment, CatchUp catch_up, CronDecision& out) {
  const model::CronWorkflowSpec& spec = cron.spec;
  if (spec.suspend) return "the CronWorkflow is suspended";
  if (out.status.stopped) return "the CronWorkflow has met its stopStrategy";
  if (slot < moment.watched_since) {
    const bool is_new =
        model::value_of(cron.metadata.annotations, kLastUsedSchedule) != schedules_text(spec);
    const int64_t seconds = spec.starting_deadline_seconds.value_or(0);
    const bool in_time = moment.now < slot + base::Duration::seconds(seconds);
    if (is_new || !in_time || catch_up == CatchUp::kNone)
      return "the slot was missed, and its starting deadline is over";
  }
  const auto when =
      evaluate_cron_when(cron, {.now = moment.now, .random_seed = moment.random_seed});
  if (!when) return tl::unexpected(when.error());
  if (!*when) return "the condition `when` does not hold";
  if (out.status.active.empty() || spec.concurrency_policy == model::ConcurrencyPolicy::kAllow)
    return "";
  if (spec.concurrency_policy == model::ConcurrencyPolicy::kForbid) {
    if (catch_up == CatchUp::kAll) out.handled = {};  // its turn comes when that one has ended
    out.is_forbidden = true;
    return "concurrencyPolicy is Forbid, and a workflow is active";
  }
  for (const model::ActiveWorkflow& active : out.status.active)
    out.terminate.push_back(active.name);
  return "";
}

}  // namespace

std::string cron_child_name(std::string_view cron_name, base::Time slot) {
  return std::string(cron_name) + "-" + std::to_string(slot.unix_seconds());
}

std::string schedules_text(const model::CronWorkflowSpec& spec) {
  std::string out;
  for (const std::string& schedule : spec.schedules)
    out += (out.empty() ? "" : ",") + expr::schedule_with_zone(schedule, spec.timezone);
  return out;
}

base::Result<CronDecision> decide_cron(const model::CronWorkflow& cron,
                                       const std::vector<CronChild>& children,
                                       const CronMoment& moment) {
  CronDecision out;
  out.status = cron.status;
  reconcile(children, out);
  enforce_history(cron.spec, children, out);
  if (!out.status.stopped) {
    model::CronWorkflow counted = cron;
    counted.status = out.status;
    const auto stops =
        evaluate_cron_stop(counted, {.now = moment.now, .random_seed = moment.random_seed});
    if (!stops) return tl::unexpected(stops.error());
    out.status.stopped = *stops;
    out.status_changed = out.status_changed || *stops;
  }
  const auto catch_up = catch_up_of(cron);
  if (!catch_up) return tl::unexpected(catch_up.error());
  const auto slots = slots_of(cron, moment, *catch_up);
  if (!slots) return tl::unexpected(slots.error());
  out.wake_at = slots->next;
  if (!slots->due) return out;
  out.handled = slots->due;
  auto why_not = obstacle(cron, *slots->due, moment, *catch_up, out);
  if (!why_not) return tl::unexpected(why_not.error());
  out.skipped = std::move(*why_not);
  // Further slots may be due already.
  if (*catch_up == CatchUp::kAll && out.handled) out.wake_at = moment.now;
  if (!out.skipped.empty()) return out;
  out.start = slots->due;
  out.status.last_scheduled_time = *slots->due;
  out.status_changed = true;
  return out;
}

}  // namespace engine

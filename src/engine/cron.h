// cron.h — what a CronWorkflow starts, ends and forgets at a moment: decided without a clock.
//
// The caller watches the CronWorkflow and its workflows, calls decide_cron() at each change and at
// `wake_at`, and does what it says: first `terminate`, then the start, then the deletions and the
// status. A name that is already taken means that the slot had its run. Source: Argo docs
// "cron-workflows"; of missed slots the newest is made up for, once, within the starting deadline.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "expr/expression.h"
#include "expr/zone.h"
#include "model/cron_workflow.h"

namespace engine {

// The name of the workflow that is started for a slot: "NAME-UNIXSECONDS", the same for each try.
std::string cron_child_name(std::string_view cron_name, base::Time slot);

// Holds the schedules that were used last, with the zone, joined by commas.
inline constexpr std::string_view kLastUsedSchedule =
    "cronworkflows.argoproj.io/last-used-schedule";
std::string schedules_text(const model::CronWorkflowSpec& spec);

// Ours, beyond Argo: an annotation of the CronWorkflow that says what becomes of slots that were
// missed. "newest" (as without it): the newest, within the starting deadline. "all": each within
// the starting deadline, the oldest first; where concurrencyPolicy is Forbid, one after the other.
// "none": nothing, whatever the starting deadline is.
inline constexpr std::string_view kCatchUp = "cronworkflows.argoproj.io/catch-up";

// A workflow that the CronWorkflow owns.
struct CronChild {
  std::string name, uid;
  std::string phase;  // as in its status; empty: it has not begun
  base::Time finished_at;
  bool is_done() const { return phase == "Succeeded" || phase == "Failed" || phase == "Error"; }
};

struct CronMoment {
  base::Time now;
  base::Time watched_since;  // slots from here on are not missed: somebody was there
  base::Time handled;        // the last slot that was decided on, though it started nothing
  expr::TimeZone local;      // for schedules without a zone
  uint64_t random_seed = 0;
};

struct CronDecision {
  std::optional<base::Time> start;     // the slot to start a workflow for
  std::optional<base::Time> handled;   // the slot that was decided on, started or not
  std::string skipped;                 // why the slot starts nothing
  bool is_forbidden = false;           // it was concurrencyPolicy: Forbid
  std::vector<std::string> terminate;  // workflows that the new one replaces
  std::vector<std::string> forget;     // ended workflows beyond the history limits
  model::CronWorkflowStatus status;    // without the new workflow: its UID is not known yet
  bool status_changed = false;
  std::optional<base::Time> wake_at;  // the next slot; none: there is none
};

// Errors: kInvalid for a schedule, a condition or a zone that cannot be read: then nothing is done.
base::Result<CronDecision> decide_cron(const model::CronWorkflow& cron,
                                       const std::vector<CronChild>& children,
                                       const CronMoment& moment);

}  // namespace engine

// cron_workflow.h — the CronWorkflow as a struct: what starts workflows at set times.
//
// Names are Argo's, in snake_case. What is started is kept as given and handed on unchanged.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

enum class ConcurrencyPolicy : uint8_t { kAllow, kForbid, kReplace };

struct CronWorkflowSpec {
  std::vector<std::string> schedules;
  std::string timezone;  // empty: the machine's
  std::string when;
  std::optional<std::string> stop_expression;
  ConcurrencyPolicy concurrency_policy = ConcurrencyPolicy::kAllow;
  std::optional<int64_t> starting_deadline_seconds;
  bool suspend = false;
  int64_t successful_jobs_history_limit = 3;
  int64_t failed_jobs_history_limit = 1;
  text::Value workflow_metadata, workflow_spec;  // as given
};

struct ActiveWorkflow {
  std::string name, uid;
  text::Value rest;  // the whole reference as given
};

struct CronWorkflowStatus {
  std::vector<ActiveWorkflow> active;
  base::Time last_scheduled_time;  // not set: it has started nothing yet
  int64_t succeeded = 0, failed = 0;
  bool stopped = false;   // phase Stopped
  text::List conditions;  // as given
};

struct CronWorkflow {
  std::string api_version;
  ObjectMeta metadata;
  CronWorkflowSpec spec;
  CronWorkflowStatus status;
};

// Reads one without checks, as it comes back from the store: what has a wrong type is left out, an
// unknown concurrency policy is Allow.
CronWorkflow decode_cron_workflow(const text::Value& object);

// The Workflow that it starts, for that slot: without a name, owned by it. As Argo it takes over
// the labels that say who created the CronWorkflow, and what workflowMetadata says.
text::Value workflow_of(const CronWorkflow& cron, base::Time slot);

inline constexpr std::string_view kScheduledTime = "workflows.argoproj.io/scheduled-time";
inline constexpr std::string_view kCronWorkflowLabel = "workflows.argoproj.io/cron-workflow";

// The value of a label or an annotation, or "".
std::string_view value_of(const StringMap& map, std::string_view key);

}  // namespace model

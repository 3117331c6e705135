// job_plan.h — what is to be done for a Job now: a pure function of the Job, its pods and the time.
//
// Kubernetes' batch/v1 Job: parallelism, completions, Indexed completion, backoffLimit,
// activeDeadlineSeconds, ttlSecondsAfterFinished, suspend. A pod that has ended is counted once, in
// the status; until then it holds the finalizer of kJobTracking.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "text/value.h"

namespace control {

inline constexpr std::string_view kJobTracking = "batch.kubernetes.io/job-tracking";
inline constexpr std::string_view kJobIndex = "batch.kubernetes.io/job-completion-index";

// A pod of the Job, as far as the plan asks.
struct JobPod {
  std::string name;
  enum class State : uint8_t { kActive, kSucceeded, kFailed } state = State::kActive;
  bool is_counted = false;  // in the Job's status
  bool is_ready = false;
  std::optional<int64_t> index = {};
  base::Time ended_at = {};
};
// Of a stored pod. One that is being deleted counts as failed unless it has succeeded.
JobPod read_job_pod(const text::Value& pod);

struct JobPlan {
  text::Value status;           // as it is to be; equal to the stored one where nothing changes
  std::vector<size_t> counted;  // pods that the status counts now, by their place in the list
  std::vector<std::string> deleted;  // pods to be ended
  // Pods to be made: an index each for Indexed Jobs, else nothing.
  std::vector<std::optional<int64_t>> created;
  bool is_over = false;      // finished, and its time to live is up: the Job goes
  bool is_finished = false;  // Complete or Failed
  base::Time wake;           // unset: only when something changes
};
JobPlan plan_job(const text::Value& job, const std::vector<JobPod>& pods, base::Time now);

// A pod of the Job's template.
text::Value job_pod(const text::Value& job, std::optional<int64_t> index);

}  // namespace control

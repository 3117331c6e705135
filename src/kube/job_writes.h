// job_writes.h — what Kubernetes demands of a Job, and gives it, when it is created.
#pragma once
#include <vector>

#include "kube/fixed_fields.h"
#include "text/value.h"

namespace kube {

// On each pod of a Job.
inline constexpr std::string_view kJobUidLabel = "batch.kubernetes.io/controller-uid";

// The labels of its pods, and the selector that goes by them; nothing where manualSelector is on.
void put_job_selector(text::Value& job);

// Empty: none. What is not supported is named, too.
std::vector<Cause> job_problems(const text::Value& job);

}  // namespace kube

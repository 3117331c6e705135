// legacy_fields.h — fields of Argo before version 4, rewritten as those of today.
//
//   schedule → schedules         mutex → mutexes         semaphore → semaphores
//   podPriority goes: only podPriorityClassName says the same, and no number tells its name
#pragma once
#include <string>
#include <vector>

#include "text/value.h"

namespace cli {

// Of Workflows, templates and CronWorkflows; all else stays as it is. Gives a sentence for each
// field that went without a successor.
std::vector<std::string> convert_legacy_fields(text::Value& document);

}  // namespace cli

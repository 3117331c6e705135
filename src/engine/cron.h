// cron.h — what a CronWorkflow starts, and when: decided without a clock.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"

namespace engine {

// The name of the workflow that is started for a slot: "NAME-UNIXSECONDS", the same for each try.
std::string cron_child_name(std::string_view cron_name, base::Time slot);

}  // namespace engine

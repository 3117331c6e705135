// cron_suite.h — schedules and their slots, and the conditions of CronWorkflows.
#pragma once
#include <string>

#include "conformance/suite.h"

namespace conformance {

base::Status run_cron(const std::string& folder, const Report& report);

}  // namespace conformance

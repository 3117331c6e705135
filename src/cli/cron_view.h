// cron_view.h — a CronWorkflow as `argo cron get` and `argo cron list` show it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/session.h"
#include "model/cron_workflow.h"

namespace cli {

std::string cron_view(Session& session, const text::Value& object);
std::string cron_table(Session& session, const std::vector<text::Value>& objects);

}  // namespace cli

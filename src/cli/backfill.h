// backfill.h — `argo cron backfill`: workflows for the times of a period that has gone by.
#pragma once
#include <span>

#include "cli/flags.h"
#include "cli/session.h"

namespace cli {

std::span<const Flag> backfill_flags();

// Starts one workflow for each time of the CronWorkflow after --start, up to --end. Their names
// come from --name and the time: the same command given twice starts nothing twice. Without
// --parallel each waits for the one before, so the command lasts as long as they do.
base::Result<int> backfill_cron(Session& session, const text::Value& object);

}  // namespace cli

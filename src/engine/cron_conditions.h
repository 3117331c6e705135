// cron_conditions.h — the conditions of a CronWorkflow: spec.when and spec.stopStrategy.expression.
//
// Both see cronworkflow.name, .namespace, .labels, .annotations, .failed, .succeeded and
// .lastScheduledTime (nil before the first run). Source: Argo docs "cron-workflows".
#pragma once
#include "base/error.h"
#include "base/time.h"
#include "expr/expression.h"
#include "model/cron_workflow.h"

namespace engine {

// Whether a run may be started: true without a condition. Errors: kInvalid with the text.
base::Result<bool> evaluate_cron_when(const model::CronWorkflow& cron,
                                      const expr::EvalContext& context);

// Whether no run may be started any more: false without a stopStrategy.
base::Result<bool> evaluate_cron_stop(const model::CronWorkflow& cron,
                                      const expr::EvalContext& context);

}  // namespace engine

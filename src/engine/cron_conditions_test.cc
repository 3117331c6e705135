#include "engine/cron_conditions.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

constexpr base::Time kLast{1'767'225'600'000'000'000};  // 2026-01-01T00:00:00Z
const expr::EvalContext kContext{.now = kLast + base::Duration::seconds(60), .random_seed = 1};

model::CronWorkflow cron() {
  model::CronWorkflow out;
  out.metadata.name = "nightly";
  out.metadata.namespace_ = "argo";
  out.metadata.labels = {{"team", "blue"}};
  out.metadata.annotations = {{"note", "n"}};
  out.status.failed = 2;
  out.status.succeeded = 3;
  out.status.last_scheduled_time = kLast;
  return out;
}

std::string shown(const base::Result<bool>& result) {
  if (!result) return "error";
  return *result ? "true" : "false";
}

TEST(CronWhen, DecidesWhetherARunStarts) {
  const struct {
    const char *title, *when, *result;
  } cases[] = {
      {"no condition starts", "", "true"},
      {"a plain condition", "1 == 1", "true"},
      {"a tag in quotes is a text", "'{{cronworkflow.name}}' == 'nightly'", "true"},
      {"a bare word is a parameter, and there are none", "{{cronworkflow.name}} == nightly",
       "error"},
      {"a number is known to expressions alone", "{{cronworkflow.failed}} > 1", "error"},
      {"an unknown name", "{{cronworkflow.nope}} == 1", "error"},
      {"an expression with a number", "{{= cronworkflow.failed == 2 }}", "true"},
      {"an expression with the time of the last run",
       "{{= (now() - cronworkflow.lastScheduledTime).Seconds() > 59 }}", "true"},
      {"not yet long enough ago", "{{= (now() - cronworkflow.lastScheduledTime).Seconds() > 60 }}",
       "false"},
      {"labels are hidden by labels.json", "{{= cronworkflow.labels.team == 'blue' }}", "error"},
      {"double quotes must be escaped as in JSON", "{{= \"a\" == \"a\" }}", "error"},
      {"escaped double quotes", "{{= \\\"a\\\" == \\\"a\\\" }}", "true"},
      {"a text is no condition", "'x'", "error"},
  };
  for (const auto& c : cases) {
    model::CronWorkflow one = cron();
    one.spec.when = c.when;
    EXPECT_EQ(shown(evaluate_cron_when(one, kContext)), c.result) << c.title;
  }
}

TEST(CronWhen, BeforeTheFirstRunTheTimeIsNil) {
  model::CronWorkflow one = cron();
  one.status.last_scheduled_time = {};
  one.spec.when = "{{= cronworkflow.lastScheduledTime == nil }}";
  EXPECT_EQ(shown(evaluate_cron_when(one, kContext)), "true");
}

TEST(CronStop, DecidesWhetherRunsEnd) {
  const struct {
    const char *title, *expression, *result;
  } cases[] = {
      {"the language has no additions of Argo here", "asInt('2') == 2", "error"},
      {"at the limit", "cronworkflow.failed >= 2", "true"},
      {"below the limit", "cronworkflow.failed >= 3", "false"},
      {"a label", "cronworkflow.labels['team'] == 'blue'", "true"},
      {"a label that is not there is empty", "cronworkflow.labels['x'] == ''", "true"},
      {"annotations are the labels, as in Argo", "cronworkflow.annotations['team'] == 'blue'",
       "true"},
      {"a number is no condition", "cronworkflow.failed", "error"},
      {"an unknown member is nil, which has no order", "cronworkflow.nope > 1", "error"},
      {"what does not parse", "cronworkflow.", "error"},
  };
  for (const auto& c : cases) {
    model::CronWorkflow one = cron();
    one.spec.stop_expression = c.expression;
    EXPECT_EQ(shown(evaluate_cron_stop(one, kContext)), c.result) << c.title;
  }
  EXPECT_EQ(shown(evaluate_cron_stop(cron(), kContext)), "false") << "without a stopStrategy";
}

}  // namespace
}  // namespace engine

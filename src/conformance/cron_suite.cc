#include "conformance/cron_suite.h"

#include "conformance/cases.h"
#include "engine/cron.h"
#include "engine/cron_conditions.h"
#include "expr/cron.h"

namespace conformance {
namespace {

using text::Value;

// After every recorded run.
constexpr base::Time kNow{1'800'000'000'000'000'000};

// The slots, or "error: …".
std::string slots_of(const Value& test) {
  const std::string source =
      expr::schedule_with_zone(test.string_at("schedule"), test.string_at("timezone"));
  const auto schedule = expr::Schedule::parse(source);
  if (!schedule) return "error: " + schedule.error().to_string();
  const auto after = base::parse_rfc3339(test.string_at("after"));
  const Value* count = test.find("count");
  std::string out = source + ":";
  if (!after || !count) return "error: the case has no instant or count";
  for (const base::Time slot : schedule->next(*after, count->to_int().value_or(0)))
    out += " " + base::to_rfc3339(slot);
  return out;
}

void run_schedule(const Report& report, const Value& test) {
  const Value& expect = *test.find("expect");
  const std::string got = slots_of(test);
  if (report_error(report, name_of(test), expect, got.starts_with("error"), got)) return;
  std::string expected = std::string(expect.string_at("effectiveSchedule")) + ":";
  if (const Value* next = expect.find("next"); next && next->is_list())
    for (const Value& slot : next->as_list()) expected += " " + slot.as_string();
  report_texts(report, name_of(test), std::move(expected), got);
}

using Evaluate = base::Result<bool> (*)(const model::CronWorkflow& cron,
                                        const expr::EvalContext& context);

void run_condition(const Report& report, const Value& test, Evaluate evaluate) {
  const Value& expect = *test.find("expect");
  const auto result =
      evaluate(model::decode_cron_workflow(*test.find("input")), {.now = kNow, .random_seed = 1});
  const std::string got = !result ? "error: " + result.error().text : *result ? "true" : "false";
  if (report_error(report, name_of(test), expect, !result, got)) return;
  const Value* wanted = expect.find("result");
  report_texts(report, name_of(test), wanted ? wanted->to_any_string() : "no answer", got);
}

void run_when(const Report& report, const Value& test) {
  run_condition(report, test, engine::evaluate_cron_when);
}

void run_stop(const Report& report, const Value& test) {
  run_condition(report, test, engine::evaluate_cron_stop);
}

void run_child_name(const Report& report, const Value& test) {
  const Value& input = *test.find("input");
  const auto slot = base::parse_rfc3339(input.string_at("time"));
  report_texts(report, name_of(test), test.find("expect")->as_string(),
               slot ? engine::cron_child_name(input.string_at("name"), *slot) : "no instant");
}

constexpr CaseFile kFiles[] = {{"cron.json", run_schedule},
                               {"cron-hang.json", run_schedule},
                               {"cron-when.json", run_when},
                               {"cron-stop.json", run_stop},
                               {"cron-childname.json", run_child_name}};

}  // namespace

base::Status run_cron(const std::string& folder, const Report& report) {
  return run_files(folder, kFiles, report);
}

}  // namespace conformance

#include "cli/cron_view.h"

#include "cli/humanize.h"
#include "cli/stored_objects.h"
#include "cli/table.h"
#include "expr/cron.h"

namespace cli {
namespace {

using text::Value;

constexpr size_t kWidth = 30;

// Without a zone of its own a schedule is read in the server's, which is taken to be this
// machine's.
std::optional<base::Time> next_run(const model::CronWorkflowSpec& spec, base::Time now) {
  std::optional<base::Time> out;
  for (const std::string& text : spec.schedules) {
    const auto schedule = expr::Schedule::parse(expr::schedule_with_zone(text, spec.timezone),
                                                expr::TimeZone::local());
    if (!schedule) return {};
    if (const auto next = schedule->next(now)) out = std::min(out.value_or(*next), *next);
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : std::string(between)) + text;
  return out;
}

std::string_view yes_no(bool value) { return value ? "true" : "false"; }

void add_conditions(const model::CronWorkflowStatus& status, std::string& out) {
  if (status.conditions.empty()) return;
  out += field_line(kWidth, "Conditions:", "");
  for (const Value& condition : status.conditions) {
    const std::string_view type = condition.string_at("type");
    std::string_view text = condition.string_at("message");
    if (text.empty()) text = condition.string_at("status");
    const std::string icon = type == "SubmissionError" ? "✖ " : " ";
    out += field_line(kWidth, icon + std::string(type), text);
  }
}

void add_parameters(const Value& workflow_spec, std::string& out) {
  const Value* list = workflow_spec.find_path("arguments", "parameters");
  if (!list || !list->is_list() || list->as_list().empty()) return;
  out += field_line(kWidth, "Workflow Parameters:", "");
  for (const Value& one : list->as_list()) {
    const Value* value = one.find("value") ? one.find("value") : one.find("default");
    if (value)
      out +=
          field_line(kWidth, fmt::format("  {}:", one.string_at("name")), value->to_any_string());
  }
}

}  // namespace

std::string cron_view(Session& session, const Value& object) {
  const model::CronWorkflow cron = model::decode_cron_workflow(object);
  const auto shown_time = [&](base::Time time) {
    return timestamp(time, session.now(), session.around.zone(time));
  };
  const auto& spec = cron.spec;
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += field_line(kWidth, name, value);
  };
  add("Name:", cron.metadata.name);
  add("Namespace:", cron.metadata.namespace_);
  add("Created:", created_text(session, object));
  add("Schedules:", joined(spec.schedules, ","));
  add("Suspended:", yes_no(spec.suspend));
  if (!spec.timezone.empty()) add("Timezone:", spec.timezone);
  if (spec.starting_deadline_seconds)
    add("StartingDeadlineSeconds:", std::to_string(*spec.starting_deadline_seconds));
  if (const std::string_view policy = object.string_at("spec", "concurrencyPolicy");
      !policy.empty())
    add("ConcurrencyPolicy:", policy);
  if (cron.status.last_scheduled_time.is_set())
    add("LastScheduledTime:", shown_time(cron.status.last_scheduled_time));
  if (const auto next = next_run(spec, session.now()))
    add("NextScheduledTime:", shown_time(*next) + " (assumes workflow-controller is in UTC)");
  std::vector<std::string> active;
  for (const model::ActiveWorkflow& one : cron.status.active) active.push_back(one.name);
  if (!active.empty()) add("Active Workflows:", joined(active, ", "));
  add_conditions(cron.status, out);
  add_parameters(spec.workflow_spec, out);
  return out;
}

std::string cron_table(Session& session, const std::vector<Value>& objects) {
  Table table(3);
  const bool with_namespace = session.flags.on("all-namespaces");
  const auto add = [&](std::vector<std::string> row) {
    if (!with_namespace) row.erase(row.begin());
    table.add(std::move(row));
  };
  add({"NAMESPACE", "NAME", "AGE", "LAST RUN", "NEXT RUN", "SCHEDULES", "TIMEZONE", "SUSPENDED"});
  const base::Time now = session.now();
  for (const Value& object : objects) {
    const model::CronWorkflow cron = model::decode_cron_workflow(object);
    const auto created = base::parse_rfc3339(cron.metadata.creation_timestamp);
    const base::Time last = cron.status.last_scheduled_time;
    const auto next = next_run(cron.spec, now);
    add({cron.metadata.namespace_, cron.metadata.name,
         created ? short_duration(now - *created) : "N/A",
         last.is_set() ? short_duration(now - last) : "N/A",
         next ? short_duration(*next - now) : "N/A", joined(cron.spec.schedules, ","),
         cron.spec.timezone, std::string(yes_no(cron.spec.suspend))});
  }
  return table.text();
}

}  // namespace cli

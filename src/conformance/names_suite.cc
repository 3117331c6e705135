#include "conformance/names_suite.h"

#include "conformance/cases.h"
#include "conformance/names_pods.h"
#include "conformance/names_run.h"
#include "expr/condition.h"
#include "model/decode.h"
#include "text/json.h"
#include "text/quantity.h"

namespace conformance {
namespace {

using text::List;
using text::Map;
using text::Value;

constexpr base::Time kStart{1767323045'000'000'000};

base::Time later(double seconds) {
  return kStart + base::Duration{static_cast<int64_t>(seconds * 1e9)};
}

Value object(std::initializer_list<std::pair<const char*, Value>> members) {
  Map out;
  for (const auto& [key, value] : members) out.set(key, value);
  return out;
}
Value parameter(const char* name, const char* value = nullptr) {
  Value out = object({{"name", name}});
  if (value) out["value"] = value;
  return out;
}
Value parameters(Value one) { return object({{"parameters", List{std::move(one)}}}); }

// A container whose input parameters are `names`.
Value leaf(const char* name, const std::vector<std::string>& names) {
  List inputs, args;
  for (const std::string& each : names) {
    inputs.push_back(parameter(each.c_str()));
    args.emplace_back("{{inputs.parameters." + each + "}}");
  }
  return object({{"name", name},
                 {"inputs", object({{"parameters", std::move(inputs)}})},
                 {"container", object({{"image", "i"}, {"args", std::move(args)}})}});
}

// What a task "t" with this loop makes: the display names and what {{item}} became.
struct Expanded {
  std::string error;
  std::vector<std::pair<std::string, std::string>> items;
};

Expanded expand(Value task, const std::vector<std::string>& inputs) {
  task["name"] = "t";
  task["template"] = "leaf";
  auto plan = plan_of(
      {object({{"name", "main"}, {"dag", object({{"tasks", List{task}}})}}), leaf("leaf", inputs)});
  if (!plan) return {plan.error().text, {}};
  NamesRun run(std::move(*plan));
  run.apply(kStart, engine::Started{});
  Expanded out;
  for (const engine::NodeId pod : run.pods()) {
    const std::string name = run.state().node_name(pod).substr(3);  // "wf."
    out.items.emplace_back(name, inputs.empty() ? "" : run.first_argument(pod));
  }
  const std::string_view phase = engine::to_string(run.state().summary().phase);
  if (out.items.empty() && phase != "Succeeded")
    out.error =
        phase.empty() || phase == "Running" ? "the task waits" : run.state().summary().message;
  if (out.error.empty() && out.items.empty() && phase != "Succeeded") out.error = phase;
  return out;
}

void run_duration(const Report& report, const Value& test) {
  const auto got = text::parse_duration_or_seconds(test.string_at("input"));
  const Value& expect = *test.find("expect");
  const bool fails = expect.find("error") != nullptr;
  const std::string shown =
      got ? text::to_go_string(*got) + " " + std::to_string(got->ns) : "error: " + got.error().text;
  if (fails || !got)
    report({name_of(test), fails && !got, fails ? "an error" : "no error", shown});
  else
    report_texts(report, name_of(test),
                 std::string(expect.string_at("goString")) + " " +
                     expect.find("nanoseconds")->to_any_string(),
                 shown);
}

void run_anystring(const Report& report, const Value& test) {
  const Value& input = *test.find("input");
  if (input.is_map() || input.is_list()) {
    // The original drops such a value without a word; we report it where the file is read.
    report({name_of(test), true, {}, {}, "a map or list as a parameter's value is an error"});
    return;
  }
  report_texts(report, name_of(test), std::string(test.find("expect")->string_at("string")),
               model::any_string(input));
}

void run_item(const Report& report, const Value& test) {
  Value task = object({{"arguments", parameters(parameter("p", "{{item}}"))}});
  task["withItems"] = List{*test.find("input")};
  const Expanded got = expand(std::move(task), {"p"});
  std::string expected(test.find("expect")->string_at("string"));
  std::string shown = got.items.empty() ? "error: " + got.error : got.items.front().second;
  // The recorded text is that of Argo's Item, which prints <, > and & as they are; {{item}} is what
  // json.Marshal makes of a list or a map, which does not. A map's keys are sorted in a run.
  const auto wanted_json = text::parse_json(expected), got_json = text::parse_json(shown);
  const bool is_compound = test.find("input")->is_map() || test.find("input")->is_list();
  if (is_compound && wanted_json && got_json && same_json(*wanted_json, *got_json))
    expected = shown;
  if (test.find("input")->is_string()) {
    std::string quoted;
    text::append_json_string(quoted, shown);
    shown = quoted.substr(1, quoted.size() - 2);
  }
  report_texts(report, name_of(test), std::move(expected), std::move(shown));
}

void run_sequence(const Report& report, const Value& test) {
  Value task = object({{"arguments", parameters(parameter("p", "{{item}}"))}});
  task["withSequence"] = *test.find("input");
  const Expanded got = expand(std::move(task), {"p"});
  std::string expected, shown;
  for (const auto& [name, value] : got.items) shown += value + " ";
  if (!got.error.empty()) shown = "error";
  const Value& expect = *test.find("expect");
  if (const Value* items = expect.find("items"); items && items->is_list())
    for (const Value& item : items->as_list()) expected += item.as_string() + " ";
  if (expect.find("error")) expected = "error";
  report_texts(report, name_of(test), std::move(expected), std::move(shown));
}

std::vector<std::string> input_names(const Value& task) {
  std::vector<std::string> names;
  if (const Value* list = task.find_path("arguments", "parameters"); list && list->is_list())
    for (const Value& each : list->as_list()) names.emplace_back(each.string_at("name"));
  return names;
}

void run_expand(const Report& report, const Value& test) {
  const Value& task = *test.find_path("input", "task");
  const Value& expect = *test.find("expect");
  const Value* tasks = expect.find("tasks");
  const Expanded got = expand(task, input_names(task));
  std::string expected, shown;
  for (const auto& [name, value] : got.items) shown += name + "=" + value + " ";
  if (!got.error.empty()) shown = "error";
  if (tasks && tasks->is_list())
    for (const Value& each : tasks->as_list()) {
      // An item whose condition does not hold has no pod that could be seen.
      if (const auto runs = expr::evaluate_when(each.string_at("when")); !runs || !*runs) continue;
      const Value* list = each.find_path("arguments", "parameters");
      expected += std::string(each.string_at("name")) + "=" +
                  (list ? std::string(list->as_list().front().string_at("value")) : "") + " ";
    }
  if (expect.find("error")) expected = "error";
  report_texts(report, name_of(test), std::move(expected), std::move(shown));
}

engine::PodEnded attempt_end(const Value& attempt, engine::NodeId pod, double began) {
  engine::PodEnded out;
  out.node = pod;
  const std::string_view phase = attempt.string_at("phase");
  if (phase == "Failed") out.outcome = engine::PodEnded::Outcome::kFailed;
  if (phase == "Error") out.outcome = engine::PodEnded::Outcome::kError;
  out.message = attempt.string_at("message");
  const std::string code(attempt.string_at("exitCode"));
  if (!code.empty()) out.exit_code = std::stoi(code);
  const Value* seconds = attempt.find("durationSeconds");
  out.started_at = later(began);
  out.finished_at = later(began + (seconds ? seconds->to_double().value_or(0) : 0));
  return out;
}

std::string retry_state(NamesRun& run, size_t pods_before) {
  const Value node = run.node("wf");
  std::string out(node.string_at("phase"));
  const std::string message(node.string_at("message"));
  if (out == "Running") out += run.pods().size() > pods_before ? ", goes on" : ", waits";
  return message.empty() || out == "Running, goes on" ? out : out + ": " + message;
}

std::string retry_expected(const Value& expect) {
  if (expect.find("error")) return "error";
  std::string out(expect.string_at("phase"));
  const bool goes_on = expect.find("continue")->as_bool();
  if (out == "Running") out += goes_on ? ", goes on" : ", waits";
  const std::string message(expect.string_at("message"));
  return message.empty() ? out : out + ": " + message;
}

// The attempts of a record follow one another without a wait, so the first one that has to wait,
// or that ends the node, is the last that can be asked for.
void run_retry(const Report& report, const Value& test) {
  Value tmpl = leaf("main", {});
  tmpl["retryStrategy"] = *test.find_path("input", "retryStrategy");
  const List& attempts = test.find_path("input", "attempts")->as_list();
  const List& expects = test.find("expect")->as_list();
  const double since = test.find_path("input", "secondsSinceLastFinished")->to_double().value_or(0);
  auto plan = plan_of({std::move(tmpl)});
  if (!plan) {
    const bool fails = expects.front().find("error") != nullptr;
    return report({name_of(test), fails, "no error", plan.error().text});
  }
  NamesRun run(std::move(*plan));
  run.apply(kStart, engine::Started{});
  std::string expected, shown;
  double clock = 0;
  for (size_t i = 0; i < attempts.size() && i < expects.size(); ++i) {
    const size_t before = run.pods().size();
    if (before == 0) break;
    const engine::PodEnded end = attempt_end(attempts[i], run.pods().back(), clock);
    clock = (end.finished_at - kStart).in_seconds();
    run.apply(end.finished_at, end);
    if (since > 0) run.apply(later(clock + since), engine::Ticked{});
    const std::string wanted = retry_expected(expects[i]);
    std::string got = retry_state(run, before);
    if (wanted == "error" && got.starts_with("Error")) got = wanted;
    expected += wanted + "; ";
    shown += got + "; ";
    if (since > 0 || !wanted.ends_with("goes on")) break;
  }
  report_texts(report, name_of(test), std::move(expected), std::move(shown));
}

constexpr CaseFile kFiles[] = {
    {"anystring.json", run_anystring}, {"duration.json", run_duration},
    {"item.json", run_item},           {"sequence.json", run_sequence},
    {"expandtask.json", run_expand},   {"retry.json", run_retry},
    {"podname.json", run_podname},     {"podstatus.json", run_podstatus},
    {"resultref.json", run_resultref}, {"stepname.json", run_stepname},
    {"strftime.json", run_strftime},
};

}  // namespace

base::Status run_names(const std::string& folder, const Report& report) {
  return run_files(folder, kFiles, report);
}

}  // namespace conformance

#include "control/custom_metrics.h"

#include <fmt/format.h>

#include <cstdlib>

#include "engine/row.h"
#include "expr/condition.h"
#include "expr/template_text.h"
#include "model/evaluate_variables.h"
#include "text/json.h"

namespace control {
namespace {

using text::Value;
using Variables = std::map<std::string, std::string, std::less<>>;

const Value* list_of(const Value* metrics) {
  const Value* list = metrics == nullptr ? nullptr : metrics->find("prometheus");
  return list != nullptr && list->is_list() && !list->as_list().empty() ? list : nullptr;
}

constexpr uint32_t kNoTemplate = 0xffffffffu;

std::string key_of(const engine::Row& row) {
  std::string_view name = row.template_name;
  if (name.starts_with("@@")) return "cluster/" + std::string(name.substr(2));
  if (name.starts_with("@")) return "namespaced/" + std::string(name.substr(1));
  if (name.empty() && row.tmpl != kNoTemplate) return fmt::format("#{}", row.tmpl);
  if (row.template_scope.empty()) return std::string(name);
  return fmt::format("{}/{}", row.template_scope, name);
}

Variables variables_of(const engine::Row& row) {
  Variables out;
  out["status"] = to_string(row.phase);
  for (const engine::RowParameter& input : row.inputs)
    out[fmt::format("inputs.parameters.{}", input.name)] = input.value;
  for (const engine::RowParameter& output : row.outputs)
    out[fmt::format("outputs.parameters.{}", output.name)] = output.value;
  if (row.has_result) out["outputs.result"] = row.result;
  if (row.has_exit_code) out["exitCode"] = std::to_string(row.exit_code);
  return out;
}

base::Result<double> to_number(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end != copy.c_str() + copy.size())
    return base::fail(base::Code::kInvalid, fmt::format("\"{}\" is not a number", text));
  return value;
}

// The tags of one metric's texts; what is not known stays as written, as in Argo.
class Texts {
 public:
  Texts(const Variables& variables, base::Time now) : variables_(variables) {
    for (const auto& [name, value] : variables) environment_.set(name, Value(value));
    options_.allow_unresolved = true;
    options_.environment = &environment_;
    options_.context.now = now;
  }
  base::Result<std::string> render(std::string_view source) const {
    auto parsed = expr::TemplateText::parse(source);
    if (!parsed) return base::fail(parsed.error());
    return parsed->render(
        [this](std::string_view name) -> expr::TagValue {
          const auto found = variables_.find(name);
          if (found == variables_.end()) return std::nullopt;
          return std::string_view(found->second);
        },
        options_);
  }

 private:
  const Variables& variables_;
  expr::FlatEnvironment environment_;
  expr::RenderOptions options_;
};

std::string_view trimmed_tag(std::string_view text) {
  if (!text.starts_with("{{") || !text.ends_with("}}") || text.size() < 4) return {};
  text = text.substr(2, text.size() - 4);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

base::Status fill_type(const Value& metric, Measurement& out, const Value*& body) {
  constexpr std::pair<std::string_view, MetricType> kTypes[] = {
      {"gauge", MetricType::kGauge},
      {"counter", MetricType::kCounter},
      {"histogram", MetricType::kHistogram}};
  for (const auto& [word, type] : kTypes)
    if (const Value* found = metric.find(word); found && found->is_map()) {
      body = found;
      out.type = type;
    }
  if (body == nullptr) return base::fail(base::Code::kInvalid, "it has no type");
  const std::string_view operation = body->string_at("operation");
  if (operation == "Add") out.operation = Measurement::Operation::kAdd;
  if (operation == "Sub") out.operation = Measurement::Operation::kSub;
  if (const Value* buckets = body->find("buckets"); buckets && buckets->is_list())
    for (const Value& border : buckets->as_list()) {
      const auto number = to_number(border.to_any_string());
      if (!number) return base::fail(number.error());
      out.buckets.push_back(*number);
    }
  return {};
}

}  // namespace

std::unique_ptr<CustomMetrics> CustomMetrics::make(
    const Value& workflow, const std::vector<engine::StoredTemplate>& stored,
    const InlineMetrics& inline_metrics) {
  auto out = std::make_unique<CustomMetrics>();
  if (const Value* own = workflow.find_path("spec", "metrics"); list_of(own)) out->workflow_ = *own;
  const Value* defaults = workflow.find_path("spec", "templateDefaults", "metrics");
  const auto add = [&](const std::string& key, const Value& tmpl) {
    const Value* metrics = list_of(tmpl.find("metrics")) ? tmpl.find("metrics") : defaults;
    if (!list_of(metrics)) return;
    out->templates_[key] = *metrics;
    if (text::to_json(*metrics).find("outputs.result") != std::string::npos)
      out->want_result_.insert(key.substr(key.rfind('/') + 1));
  };
  if (const Value* templates = workflow.find_path("spec", "templates");
      templates && templates->is_list())
    for (const Value& tmpl : templates->as_list()) add(std::string(tmpl.string_at("name")), tmpl);
  for (const engine::StoredTemplate& one : stored) add(one.key, one.template_);
  for (const auto& [number, metrics] : inline_metrics) {
    if (!list_of(&metrics)) continue;
    out->templates_[fmt::format("#{}", number)] = metrics;
    // Pods are asked by the name of their template: all inline ones are.
    if (text::to_json(metrics).find("outputs.result") != std::string::npos)
      out->want_result_.insert("");
  }
  if (out->workflow_.is_null() && out->templates_.empty()) return nullptr;
  model::Variables globals;
  model::add_workflow_variables(workflow, globals);
  for (const auto& [name, value] : globals)
    if (name.starts_with("workflow.")) out->globals_[name] = value.to_any_string();
  return out;
}

void CustomMetrics::publish(const Value& metrics, const Variables& variables, const Moment& moment,
                            Metrics& out) {
  for (const Value& metric : list_of(&metrics)->as_list()) {
    const auto done = publish_one(metric, variables, moment, out);
    if (!done)
      problem_ = fmt::format("metric '{}': {}", metric.string_at("name"), done.error().text);
  }
}

base::Status CustomMetrics::publish_one(const Value& metric, const Variables& variables,
                                        const Moment& moment, Metrics& out) const {
  Measurement what;
  const Value* body = nullptr;
  if (auto filled = fill_type(metric, what, body); !filled) return filled;
  const Value* word = body->find("realtime");
  const bool is_realtime = word != nullptr && word->is_bool() && word->as_bool();
  if (!moment.has_ended && !is_realtime) return {};
  const Texts texts(variables, moment.now);
  const auto render = [&](std::string_view source, std::string& into) -> base::Status {
    auto text = texts.render(source);
    if (!text) return base::fail(text.error());
    into = std::move(*text);
    return {};
  };
  std::string when, value;
  if (auto done = render(metric.string_at("name"), what.name); !done) return done;
  if (auto done = render(metric.string_at("help"), what.help); !done) return done;
  if (auto done = render(metric.string_at("when"), when); !done) return done;
  if (what.help.empty())
    return base::fail(base::Code::kInvalid, "it must contain a help string under 'help: ' field");
  if (const Value* labels = metric.find("labels"); labels && labels->is_list())
    for (const Value& label : labels->as_list()) {
      what.labels.emplace_back(label.string_at("key"), "");
      const Value* text = label.find("value");
      auto done = render(text ? text->to_any_string() : "", what.labels.back().second);
      if (!done) return done;
    }
  const auto holds = expr::evaluate_when(when);
  if (!holds) return base::fail(base::Code::kInvalid, "its 'when': " + holds.error().text);
  if (!*holds) return {};
  const Value* given = body->find("value");
  const std::string source = given ? given->to_any_string() : "";
  if (is_realtime) {
    const std::string_view tag = trimmed_tag(source);
    if (tag != "duration" && tag != "workflow.duration")
      return base::fail(base::Code::kInvalid,
                        fmt::format("'{}' is not available as a real time metric", source));
    what.value = moment.seconds;
    if (!moment.has_ended) what.since = moment.began;
    return out.take(what);
  }
  if (auto done = render(source, value); !done) return done;
  const auto number = to_number(value);
  if (!number) return base::fail(number.error());
  what.value = *number;
  return out.take(what);
}

void CustomMetrics::take_node(const engine::Row& row, bool holder_ended, base::Time now,
                              Metrics& out) {
  if (row.type == engine::NodeType::kSkipped) return;
  if (row.shape == engine::Shape::kAttempt && !told_.contains(row.id)) ++attempts_[row.owner];
  Told& told = told_[row.id];
  const bool has_ended = engine::is_final(row.phase);
  const auto metrics = templates_.find(key_of(row));
  if (row.id != 0 && metrics == templates_.end()) {
    told_.erase(row.id);
    if (row.shape == engine::Shape::kAttempt) told_[row.id] = Told::kEnd;
    return;
  }
  if (told == Told::kEnd || (told == Told::kBegin && !has_ended)) return;
  told = has_ended ? Told::kEnd : Told::kBegin;
  Variables variables = variables_of(row);
  const base::Time end = has_ended ? row.finished : now;
  Moment moment{has_ended, now, row.started, static_cast<double>((end - row.started).ns) / 1e9};
  variables["duration"] = fmt::format("{:f}", moment.seconds);
  variables["resourcesDuration.cpu"] = variables["resourcesDuration.memory"] = "0";
  for (const auto& [name, seconds] : row.spent)
    variables[fmt::format("resourcesDuration.{}", name)] = std::to_string(seconds);
  if (row.type == engine::NodeType::kRetry)
    variables["retries"] = std::to_string(std::max<uint32_t>(attempts_[row.id], 1) - 1);
  if (row.id == 0 && has_ended) entry_ = variables;
  if (metrics == templates_.end()) return;
  if (row.shape == engine::Shape::kAttempt && holder_ended) return;
  variables.insert(globals_.begin(), globals_.end());
  variables["workflow.status"] = "Running";
  publish(metrics->second, variables, moment, out);
}

void CustomMetrics::take_workflow(const engine::Summary& summary, base::Time now, Metrics& out) {
  const bool has_ended = summary.finished_at.is_set();
  const bool has_begun = summary.started_at.is_set();
  if (workflow_.is_null() || !has_begun || workflow_told_ == Told::kEnd) return;
  if (workflow_told_ == Told::kBegin && !has_ended) return;
  workflow_told_ = has_ended ? Told::kEnd : Told::kBegin;
  const base::Time end = has_ended ? summary.finished_at : now;
  Moment moment{has_ended, now, summary.started_at,
                static_cast<double>((end - summary.started_at).ns) / 1e9};
  Variables variables = entry_;
  variables.insert(globals_.begin(), globals_.end());
  variables["workflow.status"] = to_string(summary.phase);
  variables["workflow.duration"] = fmt::format("{:f}", moment.seconds);
  variables.try_emplace("status", to_string(summary.phase));
  variables.try_emplace("duration", variables["workflow.duration"]);
  variables["resourcesDuration.cpu"] = variables["resourcesDuration.memory"] = "0";
  if (summary.resources_duration.is_map())
    for (const text::Member& one : summary.resources_duration.as_map())
      variables[fmt::format("resourcesDuration.{}", one.key)] = one.value.to_any_string();
  const Value* outputs = summary.outputs.find("parameters");
  if (outputs != nullptr && outputs->is_list())
    for (const Value& one : outputs->as_list())
      variables[fmt::format("workflow.outputs.parameters.{}", one.string_at("name"))] =
          one.string_at("value");
  publish(workflow_, variables, moment, out);
}

void CustomMetrics::restore_node(std::string_view bytes, base::Time now, Metrics& out) {
  const auto row = engine::read_row(bytes);
  if (!row) return;
  if (!engine::is_final(row->phase)) return take_node(*row, false, now, out);
  if (row->shape == engine::Shape::kAttempt) ++attempts_[row->owner];
  told_[row->id] = Told::kEnd;
}

}  // namespace control

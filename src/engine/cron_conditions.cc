#include "engine/cron_conditions.h"

#include <map>
#include <utility>

#include "expr/condition.h"
#include "expr/template_text.h"
#include "expr/value.h"
#include "text/json.h"

namespace engine {
namespace {

using expr::Entries;
using expr::Value;

// Go's JSON of a []byte is not its text: to an expression it is a list of numbers.
Value bytes_of(const model::StringMap& map) {
  text::Map json;
  for (const auto& [key, value] : map) json.set(key, value);
  std::vector<Value> bytes;
  for (const char c : text::to_json(text::Value(std::move(json))))
    bytes.emplace_back(static_cast<int64_t>(static_cast<unsigned char>(c)));
  return Value::list(std::move(bytes), expr::ListType::kInt);
}

Value map_of(const model::StringMap& map) {
  Entries entries;
  for (const auto& [key, value] : map) entries.insert_or_assign(Value(key), Value(value));
  return expr::make_map(std::move(entries), expr::MapType::kStringString);
}

Value one_entry(std::string_view key, Value value) {
  Entries entries;
  entries.emplace(Value(key), std::move(value));
  return expr::make_map(std::move(entries));
}

// `cronworkflow` as a value. In a `when`, a dotted name makes room for what is below it: labels is
// the map that holds labels.json alone.
enum class Names { kFlat, kNested };

class CronEnvironment : public expr::Environment {
 public:
  CronEnvironment(const model::CronWorkflow& cron, Names names) : names_(names) {
    Entries all;
    const auto set = [&](std::string_view name, Value value) {
      all.insert_or_assign(Value(name), std::move(value));
    };
    const model::ObjectMeta& meta = cron.metadata;
    set("name", Value(meta.name));
    set("namespace", Value(meta.namespace_));
    set("failed", expr::Int{cron.status.failed, expr::IntType::kInt64});
    set("succeeded", expr::Int{cron.status.succeeded, expr::IntType::kInt64});
    set("lastScheduledTime", Value());
    if (const base::Time last = cron.status.last_scheduled_time; last.is_set())
      set("lastScheduledTime", expr::Instant{.seconds = last.unix_seconds()});
    if (names == Names::kNested) {
      set("labels", one_entry("json", bytes_of(meta.labels)));
      set("annotations", one_entry("json", bytes_of(meta.annotations)));
    } else {
      set("labels", map_of(meta.labels));
      set("labels.json", bytes_of(meta.labels));
      // Argo gives the labels here; who needs an annotation finds it in annotations.json.
      set("annotations", map_of(meta.labels));
      set("annotations.json", bytes_of(meta.annotations));
    }
    value_ = expr::make_map(std::move(all));
  }

  std::optional<text::Value> find(std::string_view name) const override {
    if (name != kName) return std::nullopt;
    return expr::to_text(value_).value_or(text::Value());
  }
  bool find_typed(std::string_view name, Value& out) const override {
    if (name == kName) out = value_;
    return name == kName;
  }
  std::vector<std::string> names() const override { return {std::string(kName)}; }
  // A stopStrategy's expression has nothing but the CronWorkflow.
  bool has_argo_functions() const override { return names_ == Names::kNested; }

 private:
  static constexpr std::string_view kName = "cronworkflow";
  Names names_;
  Value value_;
};

// Only texts can stand for a simple tag; the others are known to expressions alone.
expr::TagValue find_tag(const model::CronWorkflow& cron, std::string_view name) {
  constexpr std::string_view kOthers[] = {
      "cronworkflow.labels",           "cronworkflow.labels.json", "cronworkflow.annotations",
      "cronworkflow.annotations.json", "cronworkflow.failed",      "cronworkflow.succeeded",
      "cronworkflow.lastScheduledTime"};
  if (name == "cronworkflow.name") return std::string_view(cron.metadata.name);
  if (name == "cronworkflow.namespace") return std::string_view(cron.metadata.namespace_);
  for (const std::string_view other : kOthers)
    if (other == name) return expr::TagValue::absent();
  return std::nullopt;
}

// Argo takes an expression here for the inside of a JSON string, and removes its escapes.
base::Result<std::string> without_escapes(std::string_view when) {
  std::string out;
  for (;;) {
    const size_t open = when.find("{{=");
    const size_t close = open == std::string_view::npos ? open : when.find("}}", open);
    if (close == std::string_view::npos) return out += when;
    const std::string_view code = when.substr(open + 3, close - open - 3);
    const auto json = text::parse_json('"' + std::string(code) + '"');
    if (!json || !json->is_string())
      return base::fail(
          base::Code::kInvalid,
          "the expression {{=" + std::string(code) + "}} is not the inside of a JSON string", {},
          "write texts in it with single quotes, and on one line");
    out.append(when.substr(0, open + 3)) += json->as_string();
    when.remove_prefix(close);
  }
}

base::Error in_when(base::Error error, const std::string& when) {
  error.code = base::Code::kInvalid;
  error.text = "invalid 'when' of the CronWorkflow '" + when + "': " + error.text;
  return error;
}

}  // namespace

base::Result<bool> evaluate_cron_when(const model::CronWorkflow& cron,
                                      const expr::EvalContext& context) {
  const std::string& when = cron.spec.when;
  if (when.empty()) return true;
  const auto source = without_escapes(when);
  if (!source) return tl::unexpected(in_when(source.error(), when));
  const auto parsed = expr::TemplateText::parse(*source);
  if (!parsed) return tl::unexpected(in_when(parsed.error(), when));
  const CronEnvironment environment(cron, Names::kNested);
  const auto text = parsed->render([&](std::string_view name) { return find_tag(cron, name); },
                                   {.environment = &environment, .context = context});
  if (!text) return tl::unexpected(in_when(text.error(), when));
  return expr::evaluate_when(*text, expr::BareWords::kRefused);
}

base::Result<bool> evaluate_cron_stop(const model::CronWorkflow& cron,
                                      const expr::EvalContext& context) {
  if (!cron.spec.stop_expression) return false;
  const auto failed = [&](base::Error error) {
    error.text =
        "invalid stopStrategy.expression '" + *cron.spec.stop_expression + "': " + error.text;
    return tl::unexpected(std::move(error));
  };
  const auto expression = expr::Expression::compile(*cron.spec.stop_expression);
  if (!expression) return failed(expression.error());
  const CronEnvironment environment(cron, Names::kFlat);
  const auto value = (*expression)->run(environment, context, nullptr);
  if (!value) return failed(value.error());
  if (!value->is(Value::Kind::kBool))
    return failed({base::Code::kInvalid, "expected true or false, got " + expr::go_text(*value)});
  return value->as_bool();
}

}  // namespace engine

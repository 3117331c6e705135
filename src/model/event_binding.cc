#include "model/event_binding.h"

#include <fmt/format.h>

#include "expr/value.h"
#include "text/json.h"

namespace model {
namespace {

using text::Value;

class EventEnvironment final : public expr::Environment {
 public:
  EventEnvironment(const IncomingEvent& event, bool has_functions)
      : event_(event), has_functions_(has_functions) {}

  std::optional<Value> find(std::string_view name) const override {
    if (name == "namespace") return Value(event_.namespace_);
    if (name == "discriminator") return Value(event_.discriminator);
    if (name == "metadata") return event_.metadata;
    if (name == "payload") return event_.payload;
    return {};
  }
  std::vector<std::string> names() const override {
    return {"discriminator", "metadata", "namespace", "payload"};
  }
  bool has_argo_functions() const override { return has_functions_; }

 private:
  const IncomingEvent& event_;
  const bool has_functions_;
};

struct Outcome {
  base::Result<expr::Value> value;
  expr::Stage stage = expr::Stage::kCompile;

  std::string error() const {
    const base::Error& it = value.error();
    if (it.where.line == 0) return it.text;
    return fmt::format("{} ({}:{})", it.text, it.where.line, it.where.column);
  }
};

// As Argo: metadata may use its functions, a selector and arguments may not.
Outcome evaluate(const std::string& source, const IncomingEvent& event, bool has_functions,
                 const expr::EvalContext& context) {
  Outcome out{base::fail(base::Code::kInvalid, ""), expr::Stage::kCompile};
  const auto compiled = expr::Expression::compile(source);
  if (!compiled)
    out.value = base::fail(compiled.error());
  else
    out.value = (*compiled)->run(EventEnvironment(event, has_functions), context, &out.stage);
  return out;
}

base::Status put_text(const std::string& source, const std::string& what,
                      const IncomingEvent& event, const expr::EvalContext& context, Value& out) {
  const Outcome outcome = evaluate(source, event, true, context);
  if (!outcome.value)
    return base::fail(
        base::Code::kInvalid,
        fmt::format("failed to evaluate workflow {} expression: {}", what, outcome.error()));
  if (!outcome.value->is_string())
    return base::fail(base::Code::kInvalid,
                      fmt::format("workflow {} expression must evaluate to a string, not a {}",
                                  what, expr::go_type_name(*outcome.value)));
  out = outcome.value->as_string();
  return {};
}

base::Status put_metadata(const Value& wanted, const IncomingEvent& event,
                          const expr::EvalContext& context, Value& metadata) {
  for (const char* key : {"name", "generateName"})
    if (const auto source = wanted.string_at(key); !source.empty())
      if (auto put = put_text(std::string(source), key, event, context, metadata[key]); !put)
        return put;
  for (const auto& [key, word] : {std::pair{"labels", "label"}, {"annotations", "annotation"}}) {
    const Value* given = wanted.find(key);
    if (given == nullptr || !given->is_map()) continue;
    for (const text::Member& one : given->as_map()) {
      const std::string what = fmt::format("{} \"{}\"", word, one.key);
      if (auto put =
              put_text(one.value.to_any_string(), what, event, context, metadata[key][one.key]);
          !put)
        return put;
    }
  }
  return {};
}

// JSON, but of a string what stands between its quotes: as Argo's Item prints itself.
std::string item_text(const std::string& json) {
  return json.starts_with('"') ? json.substr(1, json.size() - 2) : json;
}

base::Result<std::string> argument(const Value& parameter, const IncomingEvent& event,
                                   const expr::EvalContext& context) {
  const std::string name(parameter.string_at("name"));
  const auto fail = [](std::string text) { return base::fail(base::Code::kInvalid, text); };
  const Value* from = parameter.find("valueFrom");
  if (from == nullptr || !from->is_map())
    return fail(
        fmt::format("malformed workflow template parameter \"{}\": valueFrom is nil", name));
  const Outcome outcome = evaluate(std::string(from->string_at("event")), event, false, context);
  if (!outcome.value && outcome.stage == expr::Stage::kCompile)
    return fail(fmt::format("failed to compile workflow template parameter {} expression: {}", name,
                            outcome.error()));
  if (!outcome.value)
    return fail(fmt::format("failed to evaluate workflow template parameter \"{}\" expression: {}",
                            name, outcome.error()));
  const auto json = expr::to_json(*outcome.value, {.escape_html = false});
  if (!json)
    return fail(fmt::format("failed to convert result to JSON \"{}\" expression: {}", name,
                            json.error().text));
  return item_text(*json);
}

}  // namespace

base::Result<bool> selects(const Value& binding, const IncomingEvent& event,
                           const expr::EvalContext& context) {
  constexpr std::string_view kFailed = "failed to evaluate workflow template expression: {}";
  const std::string selector(binding.string_at("spec", "event", "selector"));
  const Outcome outcome = evaluate(selector, event, false, context);
  std::string text;
  if (outcome.value && outcome.value->is(expr::Value::Kind::kBool)) return outcome.value->as_bool();
  if (outcome.value) {
    const auto shown = expr::to_text(*outcome.value);
    text = fmt::format("unable to cast expression result '{}' to bool",
                       shown ? shown->to_any_string() : expr::go_type_name(*outcome.value));
  } else if (outcome.stage == expr::Stage::kRun) {
    text = fmt::format("unable to evaluate expression '{}': {}", selector, outcome.error());
  } else {
    text = outcome.error();
  }
  return base::fail(base::Code::kInvalid, fmt::format(fmt::runtime(kFailed), text));
}

base::Status submit_event(const Value& binding, const IncomingEvent& event,
                          const expr::EvalContext& context, Value& workflow) {
  const Value* submit = binding.find_path("spec", "submit");
  if (submit == nullptr || !submit->is_map()) return {};
  if (const Value* wanted = submit->find("metadata"); wanted && wanted->is_map())
    if (auto put = put_metadata(*wanted, event, context, workflow["metadata"]); !put) return put;
  const Value* list = submit->find_path("arguments", "parameters");
  if (list == nullptr || !list->is_list()) return {};
  text::List arguments;
  for (const Value& parameter : list->as_list()) {
    auto value = argument(parameter, event, context);
    if (!value) return base::fail(value.error());
    Value one;
    one["name"] = std::string(parameter.string_at("name"));
    one["value"] = *std::move(value);
    arguments.push_back(std::move(one));
  }
  if (!arguments.empty()) workflow["spec"]["arguments"]["parameters"] = std::move(arguments);
  return {};
}

}  // namespace model

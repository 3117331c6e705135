#include "model/validation/expressions.h"

#include "expr/analyse.h"

namespace model {

using text::Value;

namespace {

// What a scope has, and what is there when the workflow runs.
class ScopeNames : public expr::Names {
 public:
  ScopeNames(Validator& run, const Scope& scope) : run_(run), scope_(scope) {}

  bool knows(std::string_view name) const override {
    return is_of_the_run(name) || scope_.knows(name);
  }
  bool has_below(std::string_view name) const override {
    return name == "lastRetry" || name == "node" || scope_.has_below(name);
  }
  expr::VariableType type_of(std::string_view name) const override {
    // Lists and maps of values are expanded, items are what they are.
    for (const std::string_view text : {"inputs.parameters.", "workflow.parameters.",
                                        "workflow.labels.", "workflow.annotations.", "lastRetry."})
      if (name.starts_with(text)) return expr::VariableType::kString;
    if (name.starts_with("steps.") || name.starts_with("tasks."))
      return name.ends_with(".outputs.parameters") ? expr::VariableType::kAny
                                                   : expr::VariableType::kString;
    return expr::VariableType::kAny;
  }
  std::string nearest(std::string_view name) const override {
    return run_.nearest_of(scope_, name);
  }

 private:
  static bool is_of_the_run(std::string_view name) {
    for (const std::string_view text : {"lastRetry.exitCode", "lastRetry.status",
                                        "lastRetry.duration", "lastRetry.message", "node.name"})
      if (name == text) return true;
    // Whatever is below: items are what they are, times have their parts.
    for (const std::string_view beginning :
         {"item", "retries", "outputs", "workflow.creationTimestamp", "workflow.scheduledTime",
          "workflow.duration", "workflow.status", "workflow.failures", "steps.name", "tasks.name",
          "pod", "status", "duration", "exitCode", "resourcesDuration", "cronworkflow", "data"})
      if (name.starts_with(beginning) &&
          (name.size() == beginning.size() || name[beginning.size()] == '.'))
        return true;
    return false;
  }

  Validator& run_;
  const Scope& scope_;
};

class AnyNames : public expr::Names {
 public:
  bool knows(std::string_view) const override { return true; }
  bool has_below(std::string_view) const override { return true; }
};

// What a stopStrategy counts has its types.
class CronNames : public AnyNames {
 public:
  // "cronworkflow" alone is what holds the others.
  bool knows(std::string_view name) const override { return name != "cronworkflow"; }
  expr::VariableType type_of(std::string_view name) const override {
    const bool is_count = name == "cronworkflow.failed" || name == "cronworkflow.succeeded";
    return is_count ? expr::VariableType::kInt : expr::VariableType::kAny;
  }
};

std::string_view rule_of(std::string_view finding) {
  if (finding == "unknown-variable" || finding == "unknown-function") return finding;
  return finding == "type" ? "expression-type" : "bad-expression";
}

// One string that is looked at: an expression or a `when` at `begin` of it.
class Look {
 public:
  Look(Validator& run, const Value& value, const Path& path)
      : run_(run), value_(value), path_(path) {}

  void report(const expr::Analysis& analysis, size_t begin, size_t end) const {
    for (const expr::Finding& finding : analysis.findings)
      tell(finding.span.begin, begin, end, rule_of(finding.rule), finding.text, finding.hint);
  }
  // What it gives must be true or false.
  void expect_bool(const expr::Analysis& analysis, size_t begin, size_t end) const {
    if (!analysis.findings.empty() || analysis.type == "bool" || analysis.type == "unknown") return;
    tell(0, begin, end, "expression-type",
         "the expression gives " + analysis.type + ", not true or false", "compare it: … == …");
  }

 private:
  void tell(size_t offset, size_t begin, size_t end, std::string_view rule, std::string text,
            std::string hint) const {
    const std::string_view word = std::string_view(value_.as_string()).substr(begin, end - begin);
    run_.warning_in(path_, value_, word, offset, std::string(rule), std::move(text),
                    std::move(hint));
  }

  Validator& run_;
  const Value& value_;
  const Path& path_;
};

void check_tags_in(const Look& look, std::string_view text, const expr::Names& names) {
  for (size_t open = text.find("{{="); open != std::string_view::npos;
       open = text.find("{{=", open)) {
    const size_t begin = open + 3, end = text.find("}}", begin);
    if (end == std::string_view::npos) return;
    look.report(expr::analyse_expression(text.substr(begin, end - begin), names), begin, end);
    open = end;
  }
}

void check_string(Validator& run, const Value& value, const Scope& scope, const Path& path) {
  const std::string_view text = value.as_string(), key = path.key();
  const bool is_when = key == "when",
             is_expression = key == "expression" || key == "fromExpression";
  const bool has_tag = text.find("{{=") != std::string_view::npos;
  if (!is_when && !is_expression && !has_tag) return;
  const ScopeNames names(run, scope);
  const Look look(run, value, path);
  if (has_tag) check_tags_in(look, text, names);
  if (text.empty()) return;
  if (text.find("{{") != std::string_view::npos) {
    // What its tags name is checked elsewhere.
    if (is_when && !has_tag) look.report(expr::analyse_when(text, AnyNames()), 0, text.size());
    return;
  }
  if (is_when) look.report(expr::analyse_when(text, names), 0, text.size());
  if (!is_expression) return;
  const expr::Analysis analysis = expr::analyse_expression(text, names);
  look.report(analysis, 0, text.size());
  const std::string place = path.to_string();
  const bool is_condition =
      key == "expression" && (place.find("retryStrategy.") != std::string::npos ||
                              place.find("hooks.") != std::string::npos);
  if (is_condition) look.expect_bool(analysis, 0, text.size());
}

void walk(Validator& run, const Value& value, const Scope& scope, const Path& path) {
  if (value.is_string()) {
    check_string(run, value, scope, path);
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i)
      walk(run, value.as_list()[i], scope, Path(path, i));
  } else if (value.is_map()) {
    for (const text::Member& member : value.as_map())
      if (member.key != "inline") walk(run, member.value, scope, Path(path, member.key));
  }
}

}  // namespace

void check_expressions(Validator& run, const Value& value, const Scope& scope, const Site& site,
                       const std::string& below) {
  if (!site.is_own()) return;  // told where it stands
  const std::string start = site.at(below);
  const size_t dot = start.rfind('.');
  if (dot == std::string::npos) return walk(run, value, scope, Path(start));
  const Path around(std::string_view(start).substr(0, dot));
  walk(run, value, scope, Path(around, std::string_view(start).substr(dot + 1)));
}

void check_cron_conditions(Validator& run, const Value& spec, const Site& site) {
  const AnyNames names;
  const Path root(site.path);
  if (const Value* when = spec.find("when"); when && when->is_string()) {
    const Path path(root, "when");
    const std::string& text = when->as_string();
    const Look look(run, *when, path);
    check_tags_in(look, text, names);
    if (text.find("{{=") == std::string::npos)
      look.report(expr::analyse_when(text, names), 0, text.size());
  }
  const Value* stop = spec.find("stopStrategy");
  const Value* expression = stop ? stop->find("expression") : nullptr;
  if (!expression || !expression->is_string()) return;
  const Path around(root, "stopStrategy"), path(around, "expression");
  const size_t size = expression->as_string().size();
  const CronNames counted;
  const expr::Analysis analysis = expr::analyse_expression(expression->as_string(), counted);
  const Look look(run, *expression, path);
  look.report(analysis, 0, size);
  look.expect_bool(analysis, 0, size);
}

}  // namespace model

#include "model/evaluate.h"

#include <algorithm>

#include "expr/analyse.h"
#include "expr/condition.h"
#include "expr/expression.h"
#include "expr/template_text.h"
#include "expr/value.h"
#include "model/evaluate_variables.h"
#include "text/json.h"

namespace model {

using base::Severity;
using text::Value;

namespace {

using Form = EvaluateRequest::Form;

constexpr size_t kSourceMost = 1 << 20;

expr::VariableType type_of(const Value& value) {
  if (value.is_string()) return expr::VariableType::kString;
  if (value.is_bool()) return expr::VariableType::kBool;
  return expr::VariableType::kAny;  // numbers of an environment are floats or ints as they stand
}

// Lines and columns (in characters) from a byte of the text.
text::Place place_of(std::string_view text, size_t at) {
  text::Place place{1, 1};
  for (size_t i = 0; i < std::min(at, text.size()); ++i) {
    if (text[i] == '\n')
      place = {place.line + 1, 1};
    else if ((static_cast<uint8_t>(text[i]) & 0xC0) != 0x80)
      ++place.column;
  }
  return place;
}

size_t shared_beginning(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

class Run {
 public:
  Run(const EvaluateRequest& request, const Variables& variables)
      : request_(request), variables_(variables) {
    for (const auto& [name, value] : variables_) {
      environment_.set(name, value);
      names_.add(name, type_of(value));
      texts_.emplace(name, value.to_any_string());
    }
  }

  Evaluated evaluate() {
    const std::string& source = request_.source;
    const Form form = request_.form != Form::kDetect           ? request_.form
                      : source.find("{{") != std::string::npos ? Form::kText
                                                               : Form::kExpression;
    const expr::Analysis analysis = form == Form::kText ? expr::analyse_text(source, names_)
                                    : form == Form::kWhen
                                        ? expr::analyse_when(source, names_)
                                        : expr::analyse_expression(source, names_);
    const base::Status done = form == Form::kText   ? render()
                              : form == Form::kWhen ? decide()
                                                    : express();
    // A variable that is not there gives nil: Argo takes it for not known yet.
    const bool knows_all = std::none_of(
        analysis.findings.begin(), analysis.findings.end(),
        [](const expr::Finding& finding) { return finding.rule == "unknown-variable"; });
    out_.good = done.has_value() && knows_all;
    tell(analysis);
    if (!done && !base::has_errors(out_.found)) tell(done.error());
    add_names(analysis);
    return std::move(out_);
  }

 private:
  base::Status express() {
    const auto compiled = expr::Expression::compile(request_.source);
    if (!compiled) return base::fail(compiled.error());
    expr::Stage stage{};
    const auto value = (*compiled)->run(environment_, context(), &stage);
    if (!value) return base::fail(value.error());
    out_.type = expr::go_type_name(*value);
    const auto json = expr::to_json(*value, {.escape_html = false});
    if (!json) return base::fail(json.error());
    auto parsed = text::parse_json(*json);
    if (!parsed) return base::fail(parsed.error());
    out_.value = *std::move(parsed);
    return {};
  }

  base::Status render() {
    const auto parsed = expr::TemplateText::parse(request_.source);
    if (!parsed) return base::fail(parsed.error());
    auto text = parsed->render(lookup(), options());
    if (!text) return base::fail(text.error());
    out_.value = Value(*std::move(text));
    out_.type = "string";
    return {};
  }

  base::Status decide() {
    const auto parsed = expr::Condition::parse(request_.source);
    if (!parsed) return base::fail(parsed.error());
    const auto value = parsed->evaluate(lookup(), options());
    if (!value) return base::fail(value.error());
    out_.value = Value(*value);
    out_.type = "bool";
    return {};
  }

  expr::EvalContext context() const { return {request_.now, request_.seed}; }
  expr::RenderOptions options() const {
    expr::RenderOptions options;
    options.allow_unresolved = true;
    options.strict_prefixes = kStrict;
    options.environment = &environment_;
    options.context = context();
    return options;
  }
  expr::TemplateText::Lookup lookup() const {
    return [this](std::string_view name) -> expr::TagValue {
      const auto found = texts_.find(name);
      if (found == texts_.end()) return std::nullopt;
      if (variables_.find(name)->second.is_null()) return expr::TagValue::absent();
      return std::string_view(found->second);
    };
  }

  void tell(const expr::Analysis& analysis) {
    for (const expr::Finding& finding : analysis.findings) {
      const text::Place place = place_of(request_.source, finding.span.begin);
      out_.found.push_back({out_.good ? Severity::kWarning : Severity::kError,
                            std::string(finding.rule),
                            {"", place.line, place.column},
                            "",
                            finding.text,
                            finding.hint});
    }
  }
  void tell(const base::Error& error) {
    // Of a condition with tags it is a place in what they became.
    const bool is_place =
        request_.form != Form::kWhen || request_.source.find("{{") == std::string::npos;
    out_.found.push_back({Severity::kError,
                          "evaluation",
                          {"", is_place ? error.where.line : 0, is_place ? error.where.column : 0},
                          "",
                          error.text,
                          error.hint});
  }

  // Those that share most with a name that is not known, in the order of their names.
  void add_names(const expr::Analysis& analysis) {
    std::vector<std::string_view> unknown;
    for (const expr::Use& use : analysis.uses)
      if (!use.known && use.kind != expr::Use::Kind::kFunction) unknown.push_back(use.name);
    std::vector<std::pair<size_t, std::string_view>> ranked;
    for (const auto& [name, value] : variables_) {
      size_t shared = 0;
      for (const std::string_view one : unknown)
        shared = std::max(shared, shared_beginning(name, one));
      ranked.emplace_back(shared, name);
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [shared, name] : ranked) {
      if (out_.names.size() == Evaluated::kNamesMost) break;
      out_.names.emplace_back(name);
    }
  }

  static constexpr std::string_view kStrict[] = {"inputs", "workflow", "steps", "tasks",
                                                 "item",   "outputs",  "node",  "pod"};
  const EvaluateRequest& request_;
  const Variables& variables_;
  expr::FlatEnvironment environment_;
  expr::NameTable names_;
  std::map<std::string, std::string, std::less<>> texts_;
  Evaluated out_;
};

}  // namespace

base::Result<Evaluated> evaluate(const EvaluateRequest& request) {
  if (request.source.size() > kSourceMost)
    return base::fail(base::Code::kTooLarge, "the expression has more than 1 MB");
  Variables variables;
  if (request.workflow) add_workflow_variables(*request.workflow, variables);
  if (!request.node.empty()) {
    if (!request.workflow)
      return base::fail(base::Code::kInvalid, "a node without its workflow says nothing");
    const base::Status found = add_node_variables(*request.workflow, request.node, variables);
    if (!found) return base::fail(found.error());
  }
  for (const auto& [name, value] : request.variables) add_variable(variables, name, value);
  return Run(request, variables).evaluate();
}

Value to_value(const Evaluated& result) {
  Value out;
  out["good"] = result.good;
  if (result.good) {
    out["value"] = result.value;
    out["type"] = result.type;
  }
  Value findings{text::List()}, names{text::List()};
  for (const base::Diagnostic& one : result.found) {
    Value finding;
    finding["severity"] = one.severity == Severity::kError ? "error" : "warning";
    finding["rule"] = one.rule;
    finding["line"] = static_cast<int64_t>(one.where.line);
    finding["column"] = static_cast<int64_t>(one.where.column);
    finding["message"] = one.text;
    finding["hint"] = one.hint;
    findings.as_list().push_back(std::move(finding));
  }
  for (const std::string& name : result.names) names.as_list().emplace_back(name);
  out["findings"] = std::move(findings);
  out["names"] = std::move(names);
  return out;
}

base::Result<Form> parse_form(std::string_view word) {
  constexpr std::pair<std::string_view, Form> kForms[] = {{"", Form::kDetect},
                                                          {"expression", Form::kExpression},
                                                          {"text", Form::kText},
                                                          {"when", Form::kWhen}};
  for (const auto& [name, form] : kForms)
    if (name == word) return form;
  return base::fail(base::Code::kInvalid, "there is no form \"" + std::string(word) + '"', {},
                    "expression, text or when");
}

}  // namespace model

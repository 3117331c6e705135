#include "conformance/expr_suite.h"

#include "conformance/cases.h"
#include "expr/template_text.h"
#include "expr/value.h"
#include "text/json.h"

namespace conformance {
namespace {

// 2026-01-02T03:04:05Z; no recorded answer depends on it.
constexpr expr::EvalContext kContext = {.now = {1767323045000000000}, .random_seed = 1};

struct Answer {
  base::Result<expr::Value> value;
  std::string_view stage;
};

Answer answer(const std::string& source, const expr::Environment& environment) {
  auto compiled = expr::Expression::compile(source);
  if (!compiled) return {tl::unexpected(compiled.error()), "compile"};
  expr::Stage stage = expr::Stage::kRun;
  auto value = (*compiled)->run(environment, kContext, &stage);
  return {std::move(value), stage == expr::Stage::kCompile ? "compile" : "run"};
}

void compare_result(const Report& report, const std::string& id, const text::Value& expect,
                    const Answer& got) {
  const std::string type = std::string(expect.string_at("goType"));
  if (!got.value) {
    report({id, false, "a " + type, std::string(got.stage) + " error: " + got.value.error().text});
    return;
  }
  const std::string got_type = expr::go_type_name(*got.value);
  auto json = expr::to_json(*got.value);
  if (expect.find("marshalError")) {
    report({id, !json && got_type == type, "no JSON form, " + type,
            json ? *json + " " + got_type : got_type});
    return;
  }
  const text::Value* result = expect.find("result");
  auto parsed = json ? text::parse_json(*json) : tl::unexpected(json.error());
  const bool ok = parsed && result && same_json(*result, *parsed) && type == got_type;
  report({id, ok, (result ? text::to_json(*result) : "") + " " + type,
          (json ? *json : json.error().text) + " " + got_type});
}

void run_case(const Report& report, const text::Value& test) {
  const std::string id(test.string_at("name")), source(test.string_at("expression"));
  const text::Value* expect = test.find("expect");
  if (!expect || any_answer_passes(*expect)) return report({id, true, {}, {}});
  expr::FlatEnvironment environment;
  if (const text::Value* env = test.find("env"); env && env->is_map())
    for (const text::Member& member : env->as_map()) environment.set(member.key, member.value);
  const Answer got = answer(source, environment);
  if (expect->find("error")) {
    const std::string wanted(expect->string_at("stage"));
    const std::string shown = got.value ? expr::go_text(*got.value) : got.value.error().text;
    report({id, !got.value && got.stage == wanted,
            wanted + " error: " + std::string(expect->string_at("error")),
            (got.value ? "" : std::string(got.stage) + " error: ") + shown});
  } else {
    compare_result(report, id, *expect, got);
  }
  if (const text::Value* truth = expect->find("asBool"); truth && truth->is_bool()) {
    const bool boolean = got.value && got.value->is(expr::Value::Kind::kBool);
    report({id + "#bool", boolean && got.value->as_bool() == truth->as_bool(),
            truth->as_bool() ? "true" : "false",
            boolean ? expr::go_text(*got.value) : "no boolean"});
  }
  const text::Value* as_template = expect->find("asTemplate");
  if (!as_template || as_template->is_null() || any_answer_passes(*as_template)) return;
  base::Result<std::string> rendered;
  auto text = expr::TemplateText::parse("{{=" + source + "}}");
  if (text)
    rendered = text->render([](std::string_view) { return std::nullopt; },
                            {.environment = &environment, .context = kContext});
  else
    rendered = tl::unexpected(text.error());
  if (as_template->find("error"))
    report({id + "#template", !rendered, "error: " + std::string(as_template->string_at("error")),
            rendered.value_or("error")});
  else
    report_texts(report, id + "#template", std::string(as_template->string_at("text")),
                 rendered ? *rendered : "error: " + rendered.error().text);
}

}  // namespace

base::Status run_expr(const std::string& folder, const Report& report) {
  return run_all_files(folder, "", run_case, report);
}

}  // namespace conformance

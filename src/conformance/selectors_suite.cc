#include "conformance/selectors_suite.h"

#include "conformance/cases.h"
#include "expr/data_transformation.h"
#include "expr/jq.h"
#include "expr/resource_condition.h"
#include "expr/resource_jsonpath.h"
#include "text/json.h"

namespace conformance {
namespace {

using text::Value;

// A case whose answer is a text or an error.
void report_text(const Report& report, const Value& test, const base::Result<std::string>& got) {
  const Value& expect = *test.find("expect");
  const std::string shown = got ? *got : "error: " + got.error().text;
  if (report_error(report, name_of(test), expect, !got, shown)) return;
  report_texts(report, name_of(test), std::string(expect.string_at("result")), shown);
}

// The recorded answers were made from objects whose numbers are all floats.
void run_jsonpath(const Report& report, const Value& test) {
  const auto path = expr::ResourceJsonPath::parse(test.string_at("jsonPath"));
  if (!path) return report_text(report, test, tl::unexpected(path.error()));
  report_text(report, test, path->fill(*test.find("object"), expr::JsonNumbers::kFloats));
}

void run_jq(const Report& report, const Value& test) {
  const auto filter = expr::JqFilter::parse(test.string_at("filter"));
  if (!filter) return report_text(report, test, tl::unexpected(filter.error()));
  report_text(report, test, filter->run(*test.find("input"), {1767323045000000000}));
}

std::string_view word_of(expr::ResourceConditions::Verdict verdict) {
  constexpr std::string_view kWords[] = {"success", "failure", "keepWaiting"};
  return kWords[static_cast<size_t>(verdict)];
}

void run_condition(const Report& report, const Value& test) {
  const Value& expect = *test.find("expect");
  const auto conditions = expr::ResourceConditions::parse(test.string_at("successCondition"),
                                                          test.string_at("failureCondition"));
  const std::string got(conditions ? word_of(conditions->judge(*test.find("object")).verdict)
                                   : "parseError");
  if (any_answer_passes(expect)) return report({name_of(test), true, {}, got});
  report_texts(report, name_of(test), std::string(expect.string_at("verdict")), got);
}

void run_data(const Report& report, const Value& test) {
  const Value& expect = *test.find("expect");
  std::vector<std::string> expressions;
  for (const Value& step : test.find("transformation")->as_list())
    expressions.emplace_back(step.string_at("expression"));
  const auto got = expr::transform_data(expr::from_text(*test.find("data")), expressions,
                                        {.now = {1767323045000000000}, .random_seed = 1});
  const std::string shown =
      got ? expr::go_type_name(*got) + " " + expr::go_text(*got) : "error: " + got.error().text;
  if (report_error(report, name_of(test), expect, !got, shown)) return;
  const Value* result = expect.find("result");
  const auto json = got ? expr::to_text(*got) : tl::unexpected(got.error());
  const std::string type(expect.string_at("goType"));
  const bool ok = json && result && same_json(*result, *json) && type == expr::go_type_name(*got);
  report({name_of(test), ok, type + " " + (result ? text::to_json(*result) : ""), shown});
}

constexpr CaseFile kFiles[] = {{"jsonpath.json", run_jsonpath},
                               {"condition.json", run_condition},
                               {"data.json", run_data},
                               {"jq.json", run_jq}};

}  // namespace

base::Status run_selectors(const std::string& folder, const Report& report) {
  return run_files(folder, kFiles, report);
}

}  // namespace conformance

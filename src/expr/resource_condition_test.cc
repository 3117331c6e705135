#include "expr/resource_condition.h"

#include <gtest/gtest.h>

#include "expr/data_transformation.h"
#include "text/json.h"

namespace expr {
namespace {

using Verdict = ResourceConditions::Verdict;

constexpr std::string_view kJob = R"({"status": {"phase": "Running", "succeeded": 3, "failed": 1,
  "ratio": 0.5, "million": 1e6, "none": null, "conditions": [{"type": "Ready"}]}})";

std::string judge(std::string_view success, std::string_view failure) {
  const auto conditions = ResourceConditions::parse(success, failure);
  if (!conditions) return "parse error";
  constexpr const char* kWords[] = {"success", "failure", "wait"};
  const auto answer = conditions->judge(text::parse_json(kJob).value());
  return kWords[static_cast<size_t>(answer.verdict)];
}

TEST(ResourceConditions, JudgeAnObject) {
  const struct {
    const char *title, *success, *failure, *verdict;
  } cases[] = {
      {"without conditions every object is a success", "", "", "success"},
      {"more than", "status.succeeded > 2", "", "success"},
      {"not more than", "status.succeeded > 3", "", "wait"},
      {"less than", "status.succeeded < 4", "", "success"},
      {"all of the success condition must hold", "status.succeeded > 2, status.phase == Done", "",
       "wait"},
      {"one of the failure condition is enough", "", "status.phase == Done, status.failed > 0",
       "failure"},
      {"failure is looked at first", "status.succeeded > 2", "status.failed > 0", "failure"},
      {"a word in a set", "status.phase in (Done, Running)", "", "success"},
      {"not in a set", "status.phase notin (Done)", "", "success"},
      {"what is not there is in no set", "status.nope notin (Done)", "", "success"},
      {"what is there", "status.phase", "", "success"},
      {"null is there", "status.none", "", "success"},
      {"what is not there", "!status.nope", "", "success"},
      {"an item of a list", "status.conditions.0.type = Ready", "", "success"},
      {"an item beyond the list", "status.conditions.1.type", "", "wait"},
      {"a fraction is not compared", "status.ratio > 0", "", "wait"},
      {"a whole number however it is written", "status.million > 999999", "", "success"},
      {"a line end is a space", "status.phase == Running\n", "", "success"},
      {"no >=", "status.succeeded >= 3", "", "parse error"},
      {"no fractions", "status.succeeded > 2.5", "", "parse error"},
      {"no queries", "status.conditions.#(type==Ready)", "", "parse error"},
      {"in the failure condition too", "", "== x", "parse error"},
  };
  for (const auto& c : cases) EXPECT_EQ(judge(c.success, c.failure), c.verdict) << c.title;
}

TEST(ResourceConditions, TheMessageNamesTheRequirement) {
  const auto conditions = ResourceConditions::parse("", "status.failed > 0");
  ASSERT_TRUE(conditions);
  EXPECT_EQ(conditions->judge(text::parse_json(kJob).value()).message,
            "failure condition '{status.failed gt [0]}' evaluated true");
}

std::string transform(std::vector<std::string> steps) {
  const auto data = from_text(text::parse_json(R"(["a.py", "b.pdf"])").value());
  const auto result = transform_data(data, steps, {});
  return result ? go_text(*result) : "error: " + result.error().text.substr(0, 28);
}

TEST(DataTransformation, EachStepMakesDataAnew) {
  EXPECT_EQ(transform({}), "[a.py b.pdf]");
  EXPECT_EQ(transform({"filter(data, # endsWith '.py')", "", "len(data)"}), "1");
  EXPECT_EQ(transform({"data", "data[5]"}), "error: error processing data step 1");
  EXPECT_EQ(transform({"nope"}), "error: error processing data step 0");
  // Argo's additions to the language are not there.
  EXPECT_EQ(transform({"sprig.upper('x')"}), "error: error processing data step 0");
  EXPECT_EQ(transform({"asInt('1')"}), "error: error processing data step 0");
  EXPECT_EQ(transform({"groupBy(data, len(#))"}), "error: the data has no JSON form: j");
}

}  // namespace
}  // namespace expr

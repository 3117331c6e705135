#include "model/decode.h"

#include <gtest/gtest.h>

namespace model {
namespace {

using text::List;
using text::Map;
using text::Number;
using text::Value;

Value map(std::initializer_list<std::pair<const char*, Value>> members) {
  Map out;
  for (const auto& [key, value] : members) out.set(key, value);
  return Value(std::move(out));
}

struct AnyStringCase {
  const char* title;
  Value value;
  const char* expected;
};
class AnyString : public testing::TestWithParam<AnyStringCase> {};
TEST_P(AnyString, ReadsAsArgoDoes) { EXPECT_EQ(any_string(GetParam().value), GetParam().expected); }
INSTANTIATE_TEST_SUITE_P(
    Scalars, AnyString,
    testing::Values(AnyStringCase{"a string stays", "x", "x"},
                    AnyStringCase{"a whole number keeps its digits", Number{"12345678901234567890"},
                                  "12345678901234567890"},
                    AnyStringCase{"a trailing zero goes", Number{"1.50"}, "1.5"},
                    AnyStringCase{"an exponent is written out", Number{"1e3"}, "1000"},
                    AnyStringCase{"a boolean is its word", true, "true"},
                    AnyStringCase{"null is empty", Value(), ""}));

TEST(Decode, FillsWhatTheEngineReads) {
  const Value step =
      map({{"name", "a"},
           {"template", "t"},
           {"withItems", List{Value(1), Value("x")}},
           {"arguments", map({{"parameters", List{map({{"name", "p"}, {"value", true}})}}})}});
  const Value object = map(
      {{"kind", "Workflow"},
       {"metadata", map({{"generateName", "g-"}, {"labels", map({{"k", "v"}})}})},
       {"spec",
        map({{"entrypoint", "main"},
             {"templates",
              List{map({{"name", "main"}, {"steps", List{List{step}}}, {"parallelism", 2}})}}})}});
  const Workflow workflow = decode_workflow(object);
  EXPECT_EQ(workflow.metadata.generate_name, "g-");
  EXPECT_EQ(workflow.metadata.labels, (StringMap{{"k", "v"}}));
  ASSERT_EQ(workflow.spec.templates.size(), 1u);
  const Template& main = workflow.spec.templates[0];
  EXPECT_EQ(main.type(), TemplateType::kSteps);
  EXPECT_EQ(main.parallelism, 2);
  ASSERT_EQ(main.steps.size(), 1u);
  const Task& task = main.steps[0][0];
  EXPECT_EQ(task.arguments.parameters[0].value, "true");
  EXPECT_EQ(task.with_items->size(), 2u);
  EXPECT_EQ(workflow.spec.rest, *object.find("spec")) << "nothing is lost";
}

TEST(Decode, EmptyStepsAreStillSteps) {
  EXPECT_EQ(decode_template(map({{"steps", List{}}})).type(), TemplateType::kSteps);
  EXPECT_EQ(decode_template(map({{"suspend", Map{}}})).type(), TemplateType::kSuspend);
  EXPECT_EQ(decode_template(map({{"suspend", Value()}})).type(), TemplateType::kUnknown);
}

TEST(Decode, AnInlineTemplateIsOne) {
  const Template dag = decode_template(
      map({{"dag",
            map({{"tasks", List{map({{"name", "a"},
                                     {"inline", map({{"script", map({{"image", "i"}})}})}})}}})}}));
  ASSERT_EQ(dag.dag->tasks[0].inline_.size(), 1u);
  EXPECT_EQ(dag.dag->tasks[0].inline_[0].type(), TemplateType::kScript);
}

TEST(Decode, OfAWrongTypeNothingIsTaken) {
  const Template odd =
      decode_template(map({{"name", List{}}, {"steps", Map{}}, {"daemon", "yes"}}));
  EXPECT_EQ(odd.name, "");
  EXPECT_TRUE(odd.steps.empty());
}

}  // namespace
}  // namespace model

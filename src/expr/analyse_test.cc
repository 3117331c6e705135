#include "expr/analyse.h"

#include <gtest/gtest.h>

namespace expr {
namespace {

NameTable names() {
  NameTable table;
  table.add("inputs.parameters.message");
  table.add("inputs.parameters.count", VariableType::kInt);
  table.add("steps.a.outputs.result");
  table.add("item", VariableType::kAny);
  table.add("workflow.labels", VariableType::kMap);
  return table;
}

// "rule@begin-end: text (hint)", one a line.
std::string shown(const Analysis& analysis) {
  std::string out;
  for (const Finding& f : analysis.findings) {
    if (!out.empty()) out += '\n';
    out += std::string(f.rule) + "@" + std::to_string(f.span.begin) + "-" +
           std::to_string(f.span.end) + ": " + f.text;
    if (!f.hint.empty()) out += " (" + f.hint + ")";
  }
  return out;
}
std::string used(const Analysis& analysis, std::string_view text) {
  std::string out;
  for (const Use& use : analysis.uses) {
    if (!out.empty()) out += ' ';
    out += use.name + (use.known ? "" : "!") + (use.guarded ? "?" : "") + "[" +
           std::string(text.substr(use.span.begin, use.span.end - use.span.begin)) + "]";
  }
  return out;
}

struct FindingCase {
  const char *title, *source, *type, *findings;
};

void PrintTo(const FindingCase& test, std::ostream* out) { *out << test.title; }

class AnalyseExpression : public testing::TestWithParam<FindingCase> {};

TEST_P(AnalyseExpression, Finds) {
  const Analysis analysis = analyse_expression(GetParam().source, names());
  EXPECT_EQ(analysis.type, GetParam().type);
  EXPECT_EQ(shown(analysis), GetParam().findings);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AnalyseExpression,
    testing::Values(
        FindingCase{"a comparison is a bool", "inputs.parameters.message == 'a'", "bool", ""},
        FindingCase{"a parameter is a text", "inputs.parameters.message", "string", ""},
        FindingCase{"a converted one a number", "int(inputs.parameters.message) + 1", "int", ""},
        FindingCase{"what is below a map is unknown", "workflow.labels.x", "unknown", ""},
        FindingCase{"an item may be anything", "item.a.b + 1", "unknown", ""},
        FindingCase{"a text is no number", "inputs.parameters.message > 5", "unknown",
                    "type@26-27: invalid operation: > (mismatched types string and int)"},
        FindingCase{"a slip in a name", "inputs.parameters.mesage == ''", "bool",
                    "unknown-variable@0-24: there is no variable inputs.parameters.mesage "
                    "(did you mean inputs.parameters.message?)"},
        FindingCase{"a guarded name may be absent", "steps.b.outputs.result ?? 'x'", "unknown", ""},
        FindingCase{"a name made by let is no variable", "let x = 1; x + 1", "int", ""},
        FindingCase{"a slip in sprig's names", "sprig.trimm(' a ')", "unknown",
                    "unknown-function@0-11: there is no function sprig.trimm "
                    "(did you mean sprig.trim?)"},
        FindingCase{"a slip in a function's name", "uper('a')", "unknown",
                    "unknown-function@0-4: there is no function uper (did you mean upper?)"},
        FindingCase{"a text that is no expression", "1 +", "unknown",
                    "syntax@3-3: unexpected end of the expression"},
        FindingCase{"a pattern that is none", "'a' matches '('", "unknown",
                    "regexp@4-5: error parsing regexp: missing ): ("}));

TEST(Analyse, TellsNamesAndPlaces) {
  const std::string_view text =
      "ä {{ inputs.parameters.message }} {{=upper(steps.a.outputs.result) + item.x}} {{user.name}}";
  const Analysis analysis = analyse_text(text, names());
  EXPECT_EQ(used(analysis, text),
            "inputs.parameters.message[{{ inputs.parameters.message }}] upper[upper] "
            "steps.a.outputs.result[steps.a.outputs.result] item.x[item.x] "
            "user.name![{{user.name}}]");
  EXPECT_EQ(shown(analysis), "");
}

TEST(Analyse, FindsEveryWrongTagOfAText) {
  const Analysis analysis =
      analyse_text("{{inputs.parameters.mesage}} {{=1 +}} {{a.{{item.x}}}} {{open", names());
  EXPECT_EQ(shown(analysis),
            "unknown-variable@0-28: there is no variable inputs.parameters.mesage "
            "(did you mean {{inputs.parameters.message}}?)\n"
            "syntax@35-35: unexpected end of the expression\n"
            "unclosed-tag@55-61: the tag has no end (close it with }})");
}

TEST(Analyse, ChecksTheShapeOfAWhen) {
  EXPECT_EQ(shown(analyse_when("a == b && 1 < 2", names())), "");
  EXPECT_EQ(analyse_when("a ==", names()).findings.size(), 1u);
  // With tags: whether it can be a condition at all.
  EXPECT_EQ(shown(analyse_when("{{item.x}} > 1 && '{{item.y}}' =~ '^a'", names())), "");
  EXPECT_EQ(shown(analyse_when("{{item.x}}", names())), "");
  EXPECT_EQ(shown(analyse_when("{{item.x}} {{item.operator}} 1", names())), "");
  EXPECT_EQ(shown(analyse_when("{{item.x}} ==", names())),
            "syntax@0-13: invalid 'when' expression: unexpected end of expression");
  EXPECT_EQ(shown(analyse_when("{{=1 + 1}}", names())),
            "type@0-10: a condition must be true or false, this expression gives int");
}

TEST(Analyse, ChecksADependsAgainstItsTasks) {
  const std::vector<std::string> tasks = {"build", "test-all"};
  const std::string_view text = "build.Succeeded && (tset-all || !build)";
  const Analysis analysis = analyse_depends(text, tasks);
  EXPECT_EQ(used(analysis, text), "build[build] tset-all![tset-all] build[build]");
  EXPECT_EQ(shown(analysis),
            "unknown-task@20-28: there is no task tset-all (did you mean test-all?)");
  EXPECT_EQ(analyse_depends("build.Suceeded", tasks).findings.at(0).rule, "task-result");
  EXPECT_EQ(analyse_depends("build &&", tasks).findings.at(0).rule, "syntax");
}

}  // namespace
}  // namespace expr

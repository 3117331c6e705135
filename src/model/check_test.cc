#include "model/check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/schema.h"
#include "model/validate.h"
#include "text/yaml.h"

namespace model {
namespace {

base::Diagnostics check(const char* yaml, Strictness strictness = Strictness::kStrict) {
  base::Diagnostics found;
  const auto documents = text::parse_yaml(yaml, "wf.yaml");
  if (!documents) {
    const base::Error& error = documents.error();
    found.push_back({base::Severity::kError, "yaml", error.where, "", error.text, error.hint});
    return found;
  }
  for (const text::Value& document : *documents)
    check_fields(document, "Workflow", "", "wf.yaml", strictness, found);
  return found;
}

struct Slip {
  const char* title;
  const char* yaml;
  uint32_t line, column;
  const char* text;
  const char* hint;
};
void PrintTo(const Slip& slip, std::ostream* out) { *out << slip.title; }

class Slips : public testing::TestWithParam<Slip> {};
TEST_P(Slips, HaveAPlaceAndAHint) {
  const base::Diagnostics found = check(GetParam().yaml);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, base::Severity::kError);
  EXPECT_EQ(found[0].where.file, "wf.yaml");
  EXPECT_EQ(found[0].where.line, GetParam().line) << found[0].text;
  EXPECT_EQ(found[0].where.column, GetParam().column);
  EXPECT_EQ(found[0].text, GetParam().text);
  EXPECT_EQ(found[0].hint, GetParam().hint);
}
INSTANTIATE_TEST_SUITE_P(
    Users, Slips,
    testing::Values(
        Slip{"a slip at the top", "kind: Workflow\nsepc: {}\n", 2, 1, "unknown field \"sepc\"",
             "did you mean \"spec\"?"},
        Slip{"a slip in a container",
             "spec:\n  templates:\n  - name: a\n    container:\n      commad: [x]\n", 5, 7,
             "unknown field \"commad\" in spec.templates[0].container",
             "did you mean \"command\"?"},
        Slip{"a slip in the metadata", "metadata:\n  generatedName: a-\n", 2, 3,
             "unknown field \"generatedName\" in metadata", "did you mean \"generateName\"?"},
        Slip{"another case of letters", "spec:\n  entryPoint: a\n", 2, 3,
             "unknown field \"entryPoint\" in spec", "did you mean \"entrypoint\"?"},
        Slip{"a list where a map belongs", "spec:\n- entrypoint: a\n", 2, 1,
             "\"spec\": expected a map, got a list", "remove the \"- \""},
        Slip{"a map where a list belongs", "spec:\n  templates:\n    name: a\n", 3, 5,
             "\"templates\": expected a list, got a map", "begin each entry with \"- \""},
        Slip{"outputs under a task of a DAG",
             "spec:\n  templates:\n  - dag:\n      tasks:\n      - name: a\n        outputs: {}\n",
             6, 9, "unknown field \"outputs\" in spec.templates[0].dag.tasks[0]",
             "\"outputs\" is a field of spec.templates[0]: check the indentation"},
        Slip{"a field one level too high", "spec:\n  templates:\n  - name: a\n    image: b\n", 4, 5,
             "unknown field \"image\" in spec.templates[0]",
             "\"image\" is a field of \"container\""},
        Slip{"a spec's field at the top of a template",
             "spec:\n  templates:\n  - name: a\n    entrypoint: b\n", 4, 5,
             "unknown field \"entrypoint\" in spec.templates[0]",
             "\"entrypoint\" is a field of spec: check the indentation"},
        Slip{"a number where text belongs", "spec:\n  entrypoint: 12\n", 2, 15,
             "\"entrypoint\": expected a string, got a number", "put it in quotes: \"12\""},
        Slip{"text where a number belongs", "spec:\n  parallelism: \"2\"\n", 2, 16,
             "\"parallelism\": expected a whole number, got a string", "remove the quotes"},
        Slip{"a fraction where a whole number belongs", "spec:\n  parallelism: 1.5\n", 2, 16,
             "\"parallelism\": expected a whole number, got a number", ""},
        Slip{"text where a list belongs", "spec:\n  templates:\n  - container:\n      args: -v\n",
             4, 13, "\"args\": expected a list, got a string", "write [-v]"},
        Slip{"an environment variable that is a number",
             "spec:\n  templates:\n  - container:\n      env:\n      - name: A\n        value: 1\n",
             6, 16, "\"value\": expected a string, got a number", "put it in quotes: \"1\""},
        Slip{"no quantity",
             "spec:\n  templates:\n  - container:\n      resources: {limits: {memory: lots}}\n", 4,
             36, "\"lots\" is not a quantity", "write it as 500m, 2 or 1Gi"},
        Slip{"no time", "metadata:\n  creationTimestamp: today\n", 2, 22, "\"today\" is not a time",
             "write it as 2026-01-31T23:59:59Z"}));

TEST(Slips, OfYamlHaveAPlaceToo) {
  const base::Diagnostics tab = check("spec:\n\tentrypoint: a\n");
  ASSERT_EQ(tab.size(), 1u);
  EXPECT_EQ(tab[0].where.line, 2u);
  EXPECT_EQ(tab[0].where.column, 1u);
  const base::Diagnostics twice = check("spec:\n  entrypoint: a\n  entrypoint: b\n");
  ASSERT_EQ(twice.size(), 1u);
  EXPECT_EQ(twice[0].where.line, 3u);
  EXPECT_EQ(twice[0].where.column, 3u);
}

TEST(Check, FindsAllAtOnceInTheOrderOfTheFile) {
  const base::Diagnostics found =
      check("metadata:\n  nam: a\nspec:\n  entrypoint: 1\n  templates:\n  - nme: b\n  - 7\n");
  ASSERT_EQ(found.size(), 4u);
  for (size_t i = 1; i < found.size(); ++i) EXPECT_LT(found[i - 1].where.line, found[i].where.line);
  EXPECT_EQ(found[3].path, "spec.templates[1]");
}

TEST(Check, LenientlyAnUnknownFieldIsAWarningAndAWrongTypeAnError) {
  const base::Diagnostics found = check("spec:\n  x: 1\n  entrypoint: 1\n", Strictness::kLenient);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].severity, base::Severity::kWarning);
  EXPECT_EQ(found[1].severity, base::Severity::kError);
}

struct Fine {
  const char *title, *yaml;
};
class OrdinaryYaml : public testing::TestWithParam<Fine> {};
TEST_P(OrdinaryYaml, IsNotTurnedAway) {
  for (const base::Diagnostic& d : check(GetParam().yaml))
    ADD_FAILURE() << d.path << ": " << d.text;
}
INSTANTIATE_TEST_SUITE_P(
    Scalars, OrdinaryYaml,
    testing::Values(
        Fine{"null leaves a field unset",
             "metadata:\n  creationTimestamp: null\nspec:\n  entrypoint: ~\n  templates:\n"},
        Fine{"any scalar may be the value of a parameter",
             "spec:\n  arguments:\n    parameters:\n    - {name: a, value: 1}\n    - {name: b, "
             "value: "
             "true}\n    - {name: c, value: 1.5, enum: [1.5, 2]}\n"},
        Fine{"a limit is a number or text",
             "spec:\n  templates:\n  - retryStrategy: {limit: 2}\n  - retryStrategy: {limit: "
             "\"2\"}\n"},
        Fine{"1.0 is a whole number", "spec:\n  parallelism: 1.0\n"},
        Fine{
            "quantities are numbers or text",
            "spec:\n  templates:\n  - container: {resources: {limits: {cpu: 1, memory: 1.5Gi}}}\n"},
        Fine{"items are of any kind",
             "spec:\n  templates:\n  - steps: [[{name: a, withItems: [1, a, {b: c}, [d]]}]]\n"}));

TEST(Treatment, ARefusedFieldIsAnErrorAtSubmitOnly) {
  const auto documents = text::parse_yaml(
      "spec:\n  templates:\n  - name: a\n    resourceClaims: [{name: x}]\n", "wf.yaml");
  for (const Purpose purpose : {Purpose::kLint, Purpose::kSubmit, Purpose::kRehearsal}) {
    base::Diagnostics found;
    check_treatments((*documents)[0], "Workflow", "", "wf.yaml", purpose, found);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].rule, "refused-field");
    EXPECT_EQ(found[0].path, "spec.templates[0].resourceClaims");
    EXPECT_EQ(found[0].where.line, 4u);
    EXPECT_EQ(base::has_errors(found), purpose == Purpose::kSubmit);
  }
}

TEST(Treatment, WhatTheEngineDecidesIsRefusedOnlyWhereItShallRun) {
  const auto documents = text::parse_yaml(
      "spec:\n  templates:\n  - name: a\n    http: {url: x}\n  - name: b\n    inputs: "
      "{artifacts: [{name: in, path: /in, raw: {}}]}\n",
      "wf.yaml");
  for (const Purpose purpose : {Purpose::kLint, Purpose::kSubmit, Purpose::kRehearsal}) {
    base::Diagnostics found;
    check_treatments((*documents)[0], "Workflow", "", "wf.yaml", purpose, found);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(base::has_errors(found), purpose == Purpose::kSubmit);
    if (purpose == Purpose::kRehearsal) {  // and what is in it is looked at
      ASSERT_EQ(found.size(), 1u);
      EXPECT_EQ(found[0].path, "spec.templates[1].inputs.artifacts[0].raw");
      EXPECT_EQ(found[0].rule, "required-field");
      continue;
    }
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].path, "spec.templates[0].http");
    EXPECT_EQ(found[0].text, "spec.templates[0].http is not supported yet");
    EXPECT_EQ(found[1].path, "spec.templates[1].inputs.artifacts");
  }
}

TEST(Treatment, ATemplateThatNothingRunsIsNamed) {
  const auto documents = text::parse_yaml("name: a\nhttp: {url: x}\nnodeSelector: {a: b}\n", "");
  base::Diagnostics found;
  check_runs((*documents)[0], "Template", "namespaced/holder/a", found);
  ASSERT_EQ(found.size(), 1u) << "a hint is none";
  EXPECT_EQ(found[0].path, "namespaced/holder/a.http");
}

TEST(Treatment, AHintIsOneWarningAndWhatIsInItIsNotLookedAt) {
  const auto documents = text::parse_yaml(
      "spec:\n  affinity:\n    nodeAffinity: {}\n  tolerations: []\n  archiveLogs: false\n", "");
  base::Diagnostics found;
  check_treatments((*documents)[0], "Workflow", "", "wf.yaml", Purpose::kSubmit, found);
  ASSERT_EQ(found.size(), 1u) << "an empty list or false asks for nothing";
  EXPECT_EQ(found[0].text, "spec.affinity is kept, but has no effect here");
  EXPECT_FALSE(base::has_errors(found));
}

TEST(Tables, EveryRowHasOneLineOfHelpAndAKnownType) {
  size_t rows = 0;
  for (const auto& type : Schema::get().types()) {
    EXPECT_TRUE(type->row->help.ends_with(".")) << type->row->name;
    for (const SchemaField& field : type->fields) {
      ++rows;
      EXPECT_FALSE(field.row->help.empty()) << type->row->name << '.' << field.row->name;
      EXPECT_EQ(field.row->help.find('\n'), std::string_view::npos);
      EXPECT_EQ(type->find(field.row->name)->row, field.row)
          << type->row->name << '.' << field.row->name << " is there twice";
    }
  }
  EXPECT_GT(rows, 1078u);
}

TEST(Tables, EveryDecodedFieldIsARow) {
  for (const auto& [type, field] : decoded_fields()) {
    const SchemaType* known = Schema::get().find(type);
    ASSERT_TRUE(known) << type;
    EXPECT_TRUE(known->find(field)) << type << '.' << field;
  }
}

TEST(Tables, EveryKindIsThere) {
  for (const std::string_view kind : Schema::kinds()) EXPECT_TRUE(Schema::get().find(kind)) << kind;
}

}  // namespace
}  // namespace model

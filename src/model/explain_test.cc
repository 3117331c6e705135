#include "model/explain.h"

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(Explain, AStructIsShownWithItsFields) {
  const auto text = explain("workflow.spec.templates.retryStrategy");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->substr(0, text->find("FIELDS:")),
            "GROUP:      argoproj.io\n"
            "KIND:       Workflow\n"
            "VERSION:    v1alpha1\n"
            "\n"
            "FIELD: retryStrategy <RetryStrategy>\n"
            "\n"
            "DESCRIPTION:\n"
            "    how it is tried again after a failure\n"
            "    How a failed step is tried again.\n"
            "\n");
  EXPECT_NE(text->find("  limit\t<IntOrString>\n"), std::string::npos);
  EXPECT_NE(text->find("enum: Always, OnFailure, OnError, OnTransientError"), std::string::npos);
}

TEST(Explain, ListsAndMapsArePassedThrough) {
  EXPECT_TRUE(explain("wf.spec.hooks.template"));
  EXPECT_TRUE(explain("cronworkflow.spec.workflowSpec.templates.dag.tasks.inline.container.env"));
  EXPECT_TRUE(explain("RetryStrategy.backoff"));
}

TEST(Explain, WhatIsNotSupportedSaysSo) {
  EXPECT_NE(explain("workflow.spec.templates.resourceClaims")->find("not supported yet"),
            std::string::npos);
  EXPECT_NE(explain("workflow.spec.tolerations")->find("without effect here"), std::string::npos);
}

TEST(Explain, RecursiveListsNamesOnce) {
  const auto text = explain("workflow", true);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("\n    templates\t<[]Template>\n      name\t<string>\n"), std::string::npos);
  EXPECT_LT(text->size(), 2'000'000u) << "a type inside itself is opened once";
}

struct Mistake {
  const char *path, *text, *hint;
};
class ExplainMistakes : public testing::TestWithParam<Mistake> {};
TEST_P(ExplainMistakes, GetAHint) {
  const auto text = explain(GetParam().path);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, base::Code::kNotFound);
  EXPECT_EQ(text.error().text, GetParam().text);
  EXPECT_EQ(text.error().hint, GetParam().hint);
}
INSTANTIATE_TEST_SUITE_P(Paths, ExplainMistakes,
                         testing::Values(Mistake{"workflow.sepc", "Workflow has no field \"sepc\"",
                                                 "did you mean \"spec\"?"},
                                         Mistake{"worklfow.spec", "there is no kind \"worklfow\"",
                                                 "did you mean \"workflow\"?"},
                                         Mistake{"workflow.spec.entrypoint.x",
                                                 "entrypoint is a string and has no fields", ""}));

}  // namespace
}  // namespace model

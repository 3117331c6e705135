#include "model/merge.h"

#include <gtest/gtest.h>

#include "text/json.h"
#include "text/yaml.h"

namespace model {
namespace {

using text::Value;

Value yaml(const std::string& source) {
  auto read = text::parse_yaml(source, "test.yaml");
  return read && !read->empty() ? read->front() : Value();
}

TEST(Merge, AnArgumentOfAWorkflowGetsAnotherValue) {
  const struct {
    std::string spec, expected;
  } cases[] = {
      {"{}", R"({"arguments":{"parameters":[{"name":"x","value":"1"}]}})"},
      {"{arguments: null}", R"({"arguments":{"parameters":[{"name":"x","value":"1"}]}})"},
      {"{arguments: {parameters: [{name: b, value: a}]}}",
       R"({"arguments":{"parameters":[{"name":"b","value":"a"},{"name":"x","value":"1"}]}})"},
      {"{arguments: {parameters: [{name: x, enum: ['1'], valueFrom: {default: z}}]}}",
       R"({"arguments":{"parameters":[{"name":"x","enum":["1"],"value":"1"}]}})"},
      // What is no list of parameters is not lost: the check of the workflow reports it.
      {"{arguments: text}", R"({"arguments":"text"})"},
      {"{arguments: {parameters: [text]}}",
       R"({"arguments":{"parameters":["text",{"name":"x","value":"1"}]}})"},
  };
  for (const auto& one : cases) {
    Value spec = yaml(one.spec);
    set_argument(spec, "x", "1");
    EXPECT_EQ(text::to_json(spec), one.expected) << one.spec;
  }
}

TEST(Merge, WhoRefersToATemplateRunsWhatStandsThere) {
  WorkflowSpec holder;
  holder.rest = yaml("{entrypoint: main, arguments: {parameters: [{name: x, value: stored}]}}");
  std::string asked;
  const FindTemplateHolder find = [&](std::string_view name, bool cluster_scope) {
    asked += std::string(name) + (cluster_scope ? " of the cluster;" : ";");
    return name == "known" ? &holder : nullptr;
  };
  Value workflow = yaml("{spec: {workflowTemplateRef: {name: known, clusterScope: true}}}");
  EXPECT_TRUE(merge_template_ref(workflow, find));
  EXPECT_EQ(workflow.find("spec")->string_at("entrypoint"), "main");
  Value none = yaml("{spec: {workflowTemplateRef: {name: unknown}}}");
  const Value before = none;
  EXPECT_FALSE(merge_template_ref(none, find));
  EXPECT_EQ(text::to_json(none), text::to_json(before));
  Value plain = yaml("{spec: {entrypoint: other}}");
  EXPECT_TRUE(merge_template_ref(plain, find));
  EXPECT_EQ(plain.find("spec")->string_at("entrypoint"), "other");
  EXPECT_EQ(asked, "known of the cluster;unknown;");
}

}  // namespace
}  // namespace model

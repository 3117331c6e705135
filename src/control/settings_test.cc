#include "control/settings.h"

#include <gtest/gtest.h>

#include "text/yaml.h"

namespace control {
namespace {

SettingsReport read(std::string_view data) {
  auto documents = text::parse_yaml("data:\n" + std::string(data), "test");
  EXPECT_TRUE(documents) << documents.error().to_string();
  return read_settings(documents->front());
}

TEST(Settings, EachKeyOrAllBelowConfig) {
  for (const std::string_view data :
       {"  parallelism: \"10\"\n  namespaceParallelism: \"4\"\n  podGCDeleteDelayDuration: 30s\n"
        "  retentionPolicy: |\n    completed: 10\n    failed: 3\n"
        "  workflowDefaults: |\n    spec:\n      parallelism: 2\n  nodeEvents: |\n    enabled: "
        "false\n",
        "  config: |\n    parallelism: 10\n    namespaceParallelism: 4\n"
        "    podGCDeleteDelayDuration: 30s\n    retentionPolicy: {completed: 10, failed: 3}\n"
        "    workflowDefaults: {spec: {parallelism: 2}}\n    nodeEvents: {enabled: false}\n"}) {
    const SettingsReport report = read(data);
    EXPECT_TRUE(report.errors.empty()) << report.errors[0];
    EXPECT_TRUE(report.warnings.empty()) << report.warnings[0];
    EXPECT_EQ(report.settings.parallelism, 10u);
    EXPECT_EQ(report.settings.namespace_parallelism, 4u);
    EXPECT_EQ(report.settings.pod_gc_delay.ns, base::Duration::seconds(30).ns);
    EXPECT_EQ(report.settings.keep_succeeded, 10u);
    EXPECT_EQ(report.settings.keep_failed, 3u);
    EXPECT_EQ(report.settings.keep_errored, std::nullopt);
    EXPECT_EQ(report.settings.workflow_defaults.find_path("spec", "parallelism")->to_int(), 2);
    EXPECT_FALSE(report.settings.node_events);
    EXPECT_TRUE(report.settings.workflow_events);
  }
}

struct Wrong {
  std::string_view data, said;
};

TEST(Settings, AValueThatCannotBeUsedIsAnError) {
  for (const Wrong& one : {
           Wrong{"  parallelism: many\n",
                 "parallelism: expected a whole number that is not negative, got \"many\""},
           {"  namespaceParallelism: \"-1\"\n",
            "namespaceParallelism: expected a whole number that is not negative, got \"-1\""},
           {"  retentionPolicy: 3\n", "retentionPolicy: expected completed, failed and errored"},
           {"  retentionPolicy: |\n    succeeded: 1\n",
            "retentionPolicy.succeeded: unknown, expected completed, failed or errored"},
           {"  podGCDeleteDelayDuration: soon\n",
            "podGCDeleteDelayDuration: expected a duration as 5s, got \"soon\""},
           {"  workflowDefaults: |\n    entrypoint: main\n",
            "workflowDefaults.entrypoint: expected metadata or spec"},
           {"  config: hello\n", "config: expected a map"},
           {"  workflowRestrictions: |\n    templateReferencing: Loose\n",
            "workflowRestrictions.templateReferencing: expected Strict or Secure, got \"Loose\""},
       }) {
    const SettingsReport report = read(one.data);
    ASSERT_EQ(report.errors.size(), 1u) << one.data;
    EXPECT_EQ(report.errors[0], one.said);
    EXPECT_EQ(report.settings.parallelism, 0u);
    std::vector<std::string> warnings;
    auto documents = text::parse_yaml("data:\n" + std::string(one.data), "test");
    const auto status = check_settings(documents->front(), warnings);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().text, one.said);
  }
}

TEST(Settings, AKeyThatDoesNothingIsAWarning) {
  EXPECT_EQ(read("  navColor: red\n").warnings[0], "navColor: has no effect here");
  EXPECT_EQ(read("  paralelism: \"1\"\n").warnings[0], "paralelism: is not a setting");
  EXPECT_EQ(read("  nodeEvents: |\n    sendAsPod: true\n").warnings[0],
            "nodeEvents.sendAsPod: has no effect here");
}

}  // namespace
}  // namespace control

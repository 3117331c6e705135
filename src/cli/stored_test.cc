// argo template, cluster-template and cron: what is sent and what is shown.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTemplate =
    "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: lib}\n"
    "spec: {templates: [{name: main, container: {image: busybox}}]}\n";
constexpr const char* kCron =
    "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: c}\n"
    "spec:\n  schedules: ['0 * * * *']\n  workflowSpec:\n    entrypoint: main\n"
    "    templates: [{name: main, container: {image: busybox}}]\n";

std::string stored(std::string_view name, std::string_view name_space = "default",
                   std::string_view more = "") {
  return fmt::format(
      R"({{"metadata":{{"name":"{}"{},"resourceVersion":"7",)"
      R"("creationTimestamp":"2026-01-02T03:04:50Z"}}{}}})",
      name, name_space.empty() ? "" : fmt::format(R"(,"namespace":"{}")", name_space), more);
}
std::string cron(std::string_view more_spec = "", std::string_view status = "") {
  return stored("c", "default",
                fmt::format(R"(,"spec":{{"schedules":["0 4 * * *","30 * * * *"]{}}},)"
                            R"("status":{{{}}})",
                            more_spec, status));
}

struct StoredStage : Stage {
  explicit StoredStage(std::vector<Scene> scenes) : Stage(std::move(scenes)) {
    (void)files.write_durably("t.yaml", kTemplate, 0644);
    (void)files.write_durably("c.yaml", kCron, 0644);
  }
};

struct Story {
  const char* title;
  std::vector<std::string> args;
  std::vector<Scene> script;
  std::string out;
};

constexpr const char* kShown =
    "Name:                lib\nNamespace:           default\n"
    "Created:             Fri Jan 02 03:04:50 +0000 (10 seconds ago)\n";

TEST(Stored, Commands) {
  const std::string list = R"({"items":[)" + stored("lib") + "," + stored("b", "other") + "]}";
  const Story stories[] = {
      {"create",
       {"template", "create", "t.yaml"},
       {{"POST /api/v1/workflow-templates/default", stored("lib")}},
       kShown},
      {"create in another namespace",
       {"template", "create", "t.yaml", "-n", "team", "-o", "name"},
       {{"POST /api/v1/workflow-templates/team", stored("lib", "team")}},
       "lib\n"},
      {"update reads the version first",
       {"template", "update", "t.yaml", "-o", "name"},
       {{"GET /api/v1/workflow-templates/default/lib", stored("lib")},
        {"PUT /api/v1/workflow-templates/default/lib", stored("lib")}},
       "lib\n"},
      {"get",
       {"template", "get", "lib"},
       {{"GET /api/v1/workflow-templates/default/lib", stored("lib")}},
       kShown},
      {"list",
       {"template", "list"},
       {{"GET /api/v1/workflow-templates/default", list}},
       "NAME\nlib\nb\n"},
      {"list everywhere",
       {"template", "list", "-A", "-l", "a=b"},
       {{"GET /api/v1/workflow-templates/?listOptions.labelSelector=a%3Db", list}},
       "NAMESPACE   NAME\ndefault     lib\nother       b\n"},
      {"none",
       {"template", "list"},
       {{"GET /api/v1/workflow-templates/default", R"({"items":null})"}},
       "NAME\n"},
      {"delete all",
       {"template", "delete", "--all"},
       {{"GET /api/v1/workflow-templates/default", list},
        {"DELETE /api/v1/workflow-templates/default/lib", "{}"},
        {"DELETE /api/v1/workflow-templates/default/b", "{}"}},
       "WorkflowTemplate 'lib' deleted\nWorkflowTemplate 'b' deleted\n"},
      {"a cluster's has no namespace",
       {"cluster-template", "get", "lib"},
       {{"GET /api/v1/cluster-workflow-templates/lib", stored("lib", "")}},
       "Name:                lib\n"
       "Created:             Fri Jan 02 03:04:50 +0000 (10 seconds ago)\n"},
      {"a cluster's end",
       {"cluster-template", "delete", "lib"},
       {{"DELETE /api/v1/cluster-workflow-templates/lib", "{}"}},
       "ClusterWorkflowTemplate 'lib' deleted\n"},
      {"suspend",
       {"cron", "suspend", "c"},
       {{"PUT /api/v1/cron-workflows/default/c/suspend", cron()}},
       "CronWorkflow 'c' suspended\n"},
      {"resume",
       {"cron", "resume", "c"},
       {{"PUT /api/v1/cron-workflows/default/c/resume", cron()}},
       "CronWorkflow 'c' resumed\n"},
      {"lint asks the server",
       {"cron", "lint", "c.yaml"},
       {{"POST /api/v1/cron-workflows/default/lint", cron()}},
       "✔ no linting errors found!\n"},
  };
  for (const Story& story : stories) {
    StoredStage stage(story.script);
    EXPECT_EQ(stage.run(story.args), 0) << story.title << ": " << stage.err;
    EXPECT_EQ(stage.out, story.out) << story.title;
    EXPECT_THAT(stage.unplayed, IsEmpty()) << story.title;
  }
}

TEST(Stored, CronsAreShownAsArgoShowsThem) {
  const std::string more =
      R"(,"suspend":true,"timezone":"UTC","startingDeadlineSeconds":60,)"
      R"("concurrencyPolicy":"Forbid",)"
      R"("workflowSpec":{"arguments":{"parameters":[{"name":"who","value":"x"},{"name":"none"}]}})";
  const std::string status =
      R"("lastScheduledTime":"2026-01-02T03:00:00Z","active":[{"name":"c-1"},{"name":"c-2"}],)"
      R"("conditions":[{"type":"SubmissionError","status":"True","message":"no room"}])";
  StoredStage stage({{"GET /api/v1/cron-workflows/default/c", cron(more, status)}});
  EXPECT_EQ(stage.run({"cron", "get", "c"}), 0) << stage.err;
  EXPECT_EQ(stage.out,
            "Name:                          c\n"
            "Namespace:                     default\n"
            "Created:                       Fri Jan 02 03:04:50 +0000 (10 seconds ago)\n"
            "Schedules:                     0 4 * * *,30 * * * *\n"
            "Suspended:                     true\n"
            "Timezone:                      UTC\n"
            "StartingDeadlineSeconds:       60\n"
            "ConcurrencyPolicy:             Forbid\n"
            "LastScheduledTime:             Fri Jan 02 03:00:00 +0000 (5 minutes ago)\n"
            "NextScheduledTime:             Fri Jan 02 03:30:00 +0000 (25 minutes from now) "
            "(assumes workflow-controller is in UTC)\n"
            "Active Workflows:              c-1, c-2\n"
            "Conditions:                    \n"
            "✖ SubmissionError              no room\n"
            "Workflow Parameters:           \n"
            "  who:                         x\n");
  StoredStage table({{"GET /api/v1/cron-workflows/default",
                      R"({"items":[)" + cron(R"(,"timezone":"UTC")") + "]}"}});
  EXPECT_EQ(table.run({"cron", "list"}), 0) << table.err;
  EXPECT_EQ(table.out,
            "NAME   AGE   LAST RUN   NEXT RUN   SCHEDULES              TIMEZONE   SUSPENDED\n"
            "c      10s   N/A        25m        0 4 * * *,30 * * * *   UTC        false\n");
}

TEST(Stored, FlagsOfCronCreateChangeWhatIsSent) {
  StoredStage stage({{"POST /api/v1/cron-workflows/default", cron()}});
  EXPECT_EQ(stage.run({"cron", "create", "c.yaml", "--schedule", "@daily", "--name", "d", "-p",
                       "who=x", "--entrypoint", "main", "-l", "a=b", "-o", "name"}),
            0)
      << stage.err;
  ASSERT_EQ(stage.bodies.size(), 1u);
  EXPECT_THAT(stage.bodies.front(), HasSubstr(R"("name":"d")"));
  EXPECT_THAT(stage.bodies.front(), HasSubstr(R"("labels":{"a":"b"})"));
  EXPECT_THAT(stage.bodies.front(), HasSubstr(R"("schedules":["@daily"])"));
  EXPECT_THAT(stage.bodies.front(), HasSubstr(R"("entrypoint":"main")"));
  EXPECT_THAT(stage.bodies.front(), HasSubstr(R"([{"name":"who","value":"x"}])"));
}

TEST(Stored, BackfillStartsEachSlotOnce) {
  const std::string made = stored("c-fill-1767236400");
  StoredStage stage(
      {{"GET /api/v1/cron-workflows/default/c",
        stored("c", "default",
               R"(,"spec":{"schedules":["0 */3 * * *"],"timezone":"UTC","workflowSpec":{}})")},
       {"POST /api/v1/workflows/default", made},
       {"POST /api/v1/workflows/default", R"({"code":6,"message":"already there"})", 409}});
  EXPECT_EQ(
      stage.run({"cron", "backfill", "c", "--name", "fill", "--parallel", "--format",
                 "2006-01-02 15:04", "--start", "2026-01-01 00:00", "--end", "2026-01-01 06:00"}),
      0)
      << stage.err;
  EXPECT_EQ(stage.out,
            "Created fill Backfill task for Cronworkflow c\n"
            "==================================================\n"
            "Backfill Period :\n"
            "Start Time : 2026-01-01 00:00\n"
            "  End Time : 2026-01-01 06:00\n"
            "Total Backfill Schedule: 2\n"
            "==================================================\n"
            "Backfill Workflows:\n"
            "   NAMESPACE\t WORKFLOW:\n"
            "1. default \t c-fill-1767236400\n"
            "2. default \t c-fill-1767247200\n");
  ASSERT_EQ(stage.bodies.size(), 3u);
  EXPECT_THAT(stage.bodies[1], HasSubstr(R"("workflows.argoproj.io/backfill":"c")"));
  EXPECT_THAT(stage.bodies[1],
              HasSubstr(R"({"name":"cronScheduleTime","value":"2026-01-01T03:00:00Z"})"));
}

TEST(Stored, RefusesWhatMakesNoSense) {
  struct Case {
    std::vector<std::string> args;
    int code;
    const char* text;
  };
  const Case cases[] = {
      {{"template", "create", "c.yaml"}, 1, "no workflow template found in given files"},
      {{"template", "create"}, 2, "`argo template create` needs more arguments"},
      {{"template", "delete"}, 1, "which workflow template?"},
      {{"template", "get", "lib", "--all"}, 2, "unknown flag: --all"},
      {{"cron", "create", "t.yaml"}, 1, "no cron workflow found in given files"},
      {{"cron", "get"}, 2, "needs more arguments"},
  };
  for (const Case& c : cases) {
    StoredStage stage({});
    EXPECT_EQ(stage.run(c.args), c.code) << c.text;
    EXPECT_THAT(stage.err, HasSubstr(c.text));
    EXPECT_THAT(stage.unplayed, IsEmpty());
  }
}

}  // namespace
}  // namespace cli

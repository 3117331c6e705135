// argo retry, resubmit and rerun: what is sent, what is shown, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::ElementsAre;

struct Story {
  const char* title;
  std::vector<std::string> args;
  std::vector<Scene> script;
  int code;
  const char *out, *err;
};

std::string running(const std::string& name) {
  return R"({"metadata":{"name":")" + name +
         R"(","namespace":"default","creationTimestamp":"2026-01-02T03:04:50Z"},)"
         R"("spec":{},"status":{"phase":"Running"}})";
}

const std::string kRetry = "PUT /api/v1/workflows/default/a/retry";
const std::string kRerun = "PUT /api/v1/workflows/default/a/rerun";

std::vector<Story> retry_stories() {
  return {
      {"the names of what runs again",
       {"retry", "a", "b", "a", "-o", "name"},
       {{kRetry, running("a")}, {"PUT /api/v1/workflows/default/b/retry", running("b")}},
       0,
       "a\nb\n",
       ""},
      {"what a selector finds, and a name",
       {"retry", "-l", "x=y", "a", "-o", "name"},
       {{"GET /api/v1/workflows/default?listOptions.labelSelector=x%3Dy"
         "&fields=metadata%2Citems.metadata",
         R"({"items":[{"metadata":{"name":"a","namespace":"default"}}]})"},
        {kRetry, running("a")}},
       0,
       "a\n",
       ""},
      {"the latest",
       {"retry", "@latest", "-o", "name"},
       {{"PUT /api/v1/workflows/default/%40latest/retry", running("z")}},
       0,
       "z\n",
       ""},
      {"the server's refusal",
       {"retry", "a"},
       {{kRetry, R"({"code":3,"message":"Cannot retry a workflow in phase Running"})", 400}},
       1,
       "",
       "argo: Cannot retry a workflow in phase Running\n"},
      {"nothing asked for",
       {"retry"},
       {},
       1,
       "",
       "argo: which workflows?\n      name them, or give --selector or --field-selector\n"},
      {"one live view at a time",
       {"retry", "a", "b", "--watch"},
       {},
       1,
       "",
       "argo: cannot watch more than one workflow\n      --wait waits for them all\n"},
      {"a parameter without a value",
       {"retry", "a", "-p", "x"},
       {},
       1,
       "",
       "argo: expected a parameter as NAME=VALUE, not \"x\"\n"},
  };
}

std::vector<Story> resubmit_and_rerun_stories() {
  return {
      {"a new workflow",
       {"resubmit", "a", "-o", "name"},
       {{"PUT /api/v1/workflows/default/a/resubmit", running("a-x7k2p")}},
       0,
       "a-x7k2p\n",
       ""},
      {"what would run again",
       {"rerun", "a", "--from", "c", "--dry-run"},
       {{kRerun, R"({"kept":2,"removed":["a.c","a.d"],"reset":["a"]})"}},
       0,
       "runs again:\n  a.c\n  a.d\nruns on:\n  a\n2 nodes are kept as they are\n",
       ""},
      {"from where?",
       {"rerun", "a"},
       {},
       1,
       "",
       "argo: from which node?\n"
       "      argo rerun WORKFLOW --from NODE; argo retry runs what has failed\n"},
  };
}

TEST(Again, IsToldAsWritten) {
  std::vector<Story> stories = retry_stories();
  for (Story& story : resubmit_and_rerun_stories()) stories.push_back(std::move(story));
  for (const Story& story : stories) {
    Stage stage(story.script);
    EXPECT_EQ(stage.run(story.args), story.code) << story.title << "\n" << stage.err;
    EXPECT_EQ(stage.out, story.out) << story.title;
    EXPECT_EQ(stage.err, story.err) << story.title;
    EXPECT_THAT(stage.unplayed, testing::IsEmpty()) << story.title;
    EXPECT_TRUE(stage.script.empty()) << story.title;
  }
}

TEST(Again, SendsWhatTheServerReads) {
  Stage stage({{kRetry, running("a")},
               {"PUT /api/v1/workflows/default/a/resubmit", running("a-1")},
               {kRerun, running("a")}});
  stage.run({"retry", "a", "--restart-successful", "--node-field-selector", "displayName=x", "-p",
             "k=1", "-p", "l=2"});
  stage.run({"resubmit", "a", "--memoized", "--priority", "7"});
  stage.run({"rerun", "a", "--from", "b", "-p", "k=3"});
  EXPECT_THAT(stage.bodies,
              ElementsAre(R"({"restartSuccessful":true,"nodeFieldSelector":"displayName=x",)"
                          R"("parameters":["k=1","l=2"],"name":"a","namespace":"default"})",
                          R"({"memoized":true,"priority":7,"name":"a","namespace":"default"})",
                          R"({"from":"b","parameters":["k=3"],"name":"a","namespace":"default"})"));
}

// As Argo: what runs again is shown as `argo get` shows it.
TEST(Again, ShowsTheWorkflow) {
  Stage stage({{kRetry, running("a")}});
  EXPECT_EQ(stage.run({"retry", "a"}), 0);
  EXPECT_THAT(stage.out, testing::StartsWith("Name:                a\n"));
  EXPECT_THAT(stage.out, testing::HasSubstr("\nStatus:              Running\n"));
}

}  // namespace
}  // namespace cli

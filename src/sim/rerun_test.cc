// What is done with a workflow that has ended, over REST: retry, resubmit, rerun, set.
#include "sim/server_fixture.h"

namespace sim {
namespace {

using Rerun = ServerTest;

constexpr const char* kChain =
    R"({"name":"main","steps":[[{"name":"first","template":"plain"}],)"
    R"([{"name":"second","template":"shaky","arguments":{"parameters":[)"
    R"({"name":"x","value":"{{workflow.parameters.x}}"}]}}],)"
    R"([{"name":"third","template":"plain"}]]},)"
    R"({"name":"plain","container":{"image":"busybox"}},)"
    R"({"name":"shaky","inputs":{"parameters":[{"name":"x"}]},"container":{"image":"busybox"}})";
constexpr const char* kArguments = R"(,"arguments":{"parameters":[{"name":"x","value":"1"}]})";

// By display name.
Value node(const Value& workflow, std::string_view name) {
  const Value* nodes = workflow.find_path("status", "nodes");
  if (nodes != nullptr && nodes->is_map())
    for (const text::Member& member : nodes->as_map())
      if (member.value.string_at("displayName") == name) return member.value;
  return {};
}

std::string input(const Value& workflow, std::string_view name) {
  const Value found = node(workflow, name);
  const Value* list = found.find_path("inputs", "parameters");
  if (list == nullptr || !list->is_list() || list->as_list().empty()) return "";
  return list->as_list().front().find("value")->to_any_string();
}

TEST_F(Rerun, RetryRunsWhatHasFailedAndKeepsTheRest) {
  create("chain", kChain, kArguments);
  const Value failed = wait_phase("chain", "Failed");
  const std::string path = "/api/v1/workflows/argo/chain";
  const std::string first_pod(node(failed, "first").string_at("id"));
  EXPECT_TRUE(node(failed, "third").is_null());
  shaky_fails_ = false;
  const Value again = json("PUT", path + "/retry", R"({"parameters":["x=2"]})");
  // It goes on meanwhile, perhaps to its end.
  EXPECT_NE(again.string_at("status", "phase"), "Failed") << text::to_json(again);
  const Value done = wait_phase("chain", "Succeeded");
  EXPECT_EQ(node(done, "first").string_at("finishedAt"),
            node(failed, "first").string_at("finishedAt"));
  EXPECT_EQ(node(done, "first").string_at("id"), first_pod);
  EXPECT_EQ(node(done, "third").string_at("phase"), "Succeeded");
  EXPECT_EQ(input(done, "second"), "2");
  EXPECT_EQ(done.string_at("metadata", "uid"), failed.string_at("metadata", "uid"));
}

TEST_F(Rerun, RetryOfWhatHasSucceededNeedsToBeTold) {
  shaky_fails_ = false;
  create("chain", kChain, kArguments);
  wait_phase("chain", "Succeeded");
  const std::string path = "/api/v1/workflows/argo/chain";
  const auto refused = send("PUT", path + "/retry", "{}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("To retry a succeeded workflow, set the options restartSuccessful"),
            std::string::npos)
      << refused.body;
  shaky_fails_ = true;
  json("PUT", path + "/retry",
       R"({"restartSuccessful":true,"nodeFieldSelector":"displayName=second"})");
  const Value failed = wait_phase("chain", "Failed");
  EXPECT_EQ(node(failed, "second").string_at("phase"), "Failed");
  EXPECT_TRUE(node(failed, "third").is_null()) << "it came after";
}

// What is kept over several runs has pods of the first of them.
TEST_F(Rerun, AgainAndAgain) {
  create("chain", kChain, kArguments);
  wait_phase("chain", "Failed");
  const std::string path = "/api/v1/workflows/argo/chain";
  json("PUT", path + "/retry", "{}");
  wait_phase("chain", "Failed");
  json("PUT", path + "/rerun", R"({"from":"first"})");
  wait_phase("chain", "Failed");
  shaky_fails_ = false;
  json("PUT", path + "/retry", "{}");
  wait_phase("chain", "Succeeded");
  json("PUT", path + "/retry",
       R"({"restartSuccessful":true,"nodeFieldSelector":"displayName=first"})");
  wait_phase("chain", "Succeeded");
  EXPECT_EQ(json("GET", "/api/v1/namespaces/argo/pods").find("items")->as_list().size(), 3u);
}

TEST_F(Rerun, FromANodeOn) {
  shaky_fails_ = false;
  create("chain", kChain, kArguments);
  const Value before = wait_phase("chain", "Succeeded");
  const std::string path = "/api/v1/workflows/argo/chain";
  const Value plan = json("PUT", path + "/rerun", R"({"from":"third","dryRun":true})");
  EXPECT_EQ(text::to_json(plan),
            R"({"kept":4,"removed":["chain[2].third"],"reset":["chain","chain[2]"]})");
  EXPECT_EQ(send("PUT", path + "/rerun", R"({"from":"fourth"})").status, 400);
  EXPECT_EQ(json("PUT", path + "/rerun", R"({"from":"third"})").string_at("status", "phase"),
            "Running");
  const Value after = wait_phase("chain", "Succeeded");
  EXPECT_EQ(node(after, "second").string_at("startedAt"),
            node(before, "second").string_at("startedAt"));
  EXPECT_EQ(node(after, "third").string_at("phase"), "Succeeded");
  EXPECT_EQ(json("GET", "/api/v1/namespaces/argo/pods").find("items")->as_list().size(), 3u);
}

TEST_F(Rerun, AFailedNodeCountsAsSucceeded) {
  create("chain", kChain, kArguments);
  wait_phase("chain", "Failed");
  const std::string path = "/api/v1/workflows/argo/chain";
  EXPECT_EQ(send("PUT", path + "/set", R"({"nodeFieldSelector":"displayName=second"})").status,
            400);
  json("PUT", path + "/set",
       R"({"nodeFieldSelector":"displayName=second","phase":"Succeeded","message":"by hand"})");
  const Value done = wait_phase("chain", "Succeeded");
  EXPECT_EQ(node(done, "second").string_at("message"), "by hand");
  EXPECT_EQ(node(done, "third").string_at("phase"), "Succeeded");
}

// An answer that does nothing would be a lie: as Argo, what nobody has supplied is told.
TEST_F(Rerun, AResumeThatLacksAValueIsRefused) {
  create("ask", kSuspend);
  wait("ask", has_running_suspend);
  const std::string path = "/api/v1/workflows/argo/ask";
  for (const char* body : {"{}", R"({"nodeFieldSelector":"displayName=ask"})"}) {
    const auto refused = send("PUT", path + "/resume", body);
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("raw output parameter 'answer' has not been set and does not have "
                                "a default value"),
              std::string::npos)
        << refused.body;
  }
  json("PUT", path + "/set",
       R"({"nodeFieldSelector":"displayName=ask","outputParameters":"{\"answer\":\"42\"}"})");
  json("PUT", path + "/resume", "{}");
  wait_phase("ask", "Succeeded");
}

TEST_F(Rerun, ResubmitMakesANewWorkflow) {
  create("chain", kChain, kArguments);
  wait_phase("chain", "Failed");
  const std::string path = "/api/v1/workflows/argo/chain";
  const Value plain = json("PUT", path + "/resubmit", R"({"parameters":["x=9"]})");
  const std::string name(plain.string_at("metadata", "name"));
  EXPECT_TRUE(name.starts_with("chain-")) << text::to_json(plain);
  EXPECT_EQ(
      plain.string_at("metadata", "labels", "workflows.argoproj.io/resubmitted-from-workflow"),
      "chain");
  EXPECT_EQ(plain.string_at("metadata", "labels", "workflows.argoproj.io/phase"), "");
  EXPECT_EQ(input(wait_phase(name, "Failed"), "second"), "9");

  shaky_fails_ = false;
  const Value kept = json("PUT", path + "/resubmit", R"({"memoized":true})");
  const std::string other(kept.string_at("metadata", "name"));
  ASSERT_TRUE(other.starts_with("chain-")) << text::to_json(kept);
  const Value done = wait_phase(other, "Succeeded");
  const Value first = node(done, "first");
  EXPECT_EQ(first.string_at("phase"), "Skipped");
  EXPECT_EQ(first.string_at("type"), "Skipped");
  EXPECT_TRUE(first.string_at("message").starts_with("original pod: chain-"));
  EXPECT_EQ(first.string_at("name"), other + "[0].first");
  EXPECT_EQ(node(done, "third").string_at("phase"), "Succeeded");
  EXPECT_EQ(
      send("PUT", "/api/v1/workflows/argo/" + other + "/resubmit", R"({"memoized":true})").status,
      400)
      << "it has succeeded";
}

}  // namespace
}  // namespace sim

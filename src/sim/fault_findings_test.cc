// What the simulation of faults has found, each in as few steps as show it.
#include "model/operation.h"
#include "server/ended_workflow.h"
#include "sim/control_fixture.h"

namespace sim {
namespace {

using FaultFindings = Control;

constexpr std::string_view kOne =
    "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n"
    "  entrypoint: main\n  templates:\n  - {name: main, container: {image: i}}\n";

model::Operation stop() {
  model::Operation out;
  out.kind = model::Operation::Kind::kTerminate;
  return out;
}

// Its second life ends before it has a node; the pods of the third are no pods of the first.
TEST_F(FaultFindings, ARetryAfterALifeWithoutNodesKeepsCountingPods) {
  bool fails = true;
  script_ = [&](std::string_view, std::string_view) {
    SimulatedEnd end;
    end.exit_code = fails ? 1 : 0;
    return end;
  };
  restart();
  const std::string uid = submit(kOne);
  settle();
  ASSERT_EQ(phase("w"), "Failed");
  const auto retry = [&] {
    const auto ended = server::read_ended(api_, "default", "w", "retry");
    ASSERT_TRUE(ended) << ended.error().text;
    engine::RerunRequest request;
    request.now = clock_.now();
    const auto plan = server::plan_again(*ended, request);
    ASSERT_TRUE(plan) << plan.error().text;
    ASSERT_TRUE(server::take_up_again(api_, *ended, *plan, {}, clock_.now()));
  };
  std::string first_pod;
  for (const Value& pod : pods()) first_pod = pod.string_at("metadata", "uid");
  retry();
  operate("w", uid, stop());
  settle();
  ASSERT_EQ(phase("w"), "Failed");
  fails = false;
  retry();
  restart();
  settle();
  EXPECT_EQ(phase("w"), "Succeeded");
  ASSERT_EQ(pods().size(), 1u);
  EXPECT_NE(pods().front().string_at("metadata", "uid"), first_pod);
}

TEST_F(FaultFindings, OneThatIsStoppedBeforeItBeginsSaysSoInItsSpec) {
  script_ = [](std::string_view, std::string_view) { return SimulatedEnd{}; };
  const std::string uid = submit(kOne);
  operate("w", uid, stop());
  restart();
  settle();
  EXPECT_EQ(phase("w"), "Failed");
  EXPECT_EQ(get("w").string_at("spec", "shutdown"), "Terminate");
}

}  // namespace
}  // namespace sim

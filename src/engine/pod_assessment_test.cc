#include "engine/pod_assessment.h"

#include <gtest/gtest.h>

#include "model/decode.h"
#include "text/json.h"

namespace engine {
namespace {

// A status of that phase with these containers: "main=1:Error", "wait=running", "main=waiting".
text::Value status(std::string_view phase, const std::vector<std::string>& containers,
                   const std::vector<std::string>& inits = {}) {
  const auto list = [](const std::vector<std::string>& from) {
    text::List out;
    for (const std::string& each : from) {
      const size_t equals = each.find('='), colon = each.find(':');
      text::Value one;
      one["name"] = each.substr(0, equals);
      const std::string state = each.substr(equals + 1, colon - equals - 1);
      if (state == "running" || state == "waiting") {
        one["state"][state] = text::Map();
        if (state == "waiting") one["state"][state]["reason"] = each.substr(colon + 1);
        one["ready"] = state == "running";
      } else {
        one["state"]["terminated"]["exitCode"] = static_cast<int64_t>(std::stoi(state));
        one["state"]["terminated"]["reason"] = each.substr(colon + 1);
      }
      out.push_back(std::move(one));
    }
    return out;
  };
  text::Value out;
  out["phase"] = phase;
  out["containerStatuses"] = list(containers);
  out["initContainerStatuses"] = list(inits);
  return out;
}

PodTraits traits(bool has_wait) {
  return {.name = "p", .namespace_ = "n", .has_wait_container = has_wait};
}

struct FailedCase {
  const char* title;
  std::vector<std::string> inits, containers;
  bool has_wait;
  Phase phase;
  const char* message;
};

const FailedCase kFailedCases[] = {
    {"no container at all",
     {},
     {},
     true,
     Phase::kFailed,
     "can't find failed message for pod p namespace n"},
    {"the user's exit code",
     {},
     {"main=1:Error", "wait=0:Completed"},
     true,
     Phase::kFailed,
     "main: Error (exit code 1)"},
    {"main before wait",
     {},
     {"wait=1:Error", "main=2:OOMKilled"},
     true,
     Phase::kFailed,
     "main: OOMKilled (exit code 2)"},
    {"outputs that could not be saved",
     {},
     {"main=0:Completed", "wait=1:Error"},
     true,
     Phase::kError,
     "wait: Error (exit code 1)"},
    {"the supervisor before main's placeholder",
     {},
     {"main=65:Error", "supervisor=1:Error"},
     true,
     Phase::kError,
     "supervisor: Error (exit code 1)"},
    {"the supervisor behind main's own failure",
     {},
     {"supervisor=1:Error", "main=66:Error"},
     true,
     Phase::kFailed,
     "main: Error (exit code 66)"},
    {"Argo's init container is machinery",
     {"init=1:Error"},
     {"main=waiting:PodInitializing"},
     true,
     Phase::kError,
     "init: Error (exit code 1)"},
    {"the user's is not",
     {"mine=1:Error"},
     {"main=waiting:PodInitializing"},
     true,
     Phase::kFailed,
     "mine: Error (exit code 1)"},
    {"what never began",
     {},
     {"main=waiting:Bad"},
     true,
     Phase::kError,
     "Pod failed before main container starts due to Bad: "},
    {"a killed sidecar does not count",
     {},
     {"main=0:Completed", "wait=0:Completed", "side=137:Error"},
     true,
     Phase::kSucceeded,
     ""},
    {"another failure of a sidecar does",
     {},
     {"main=0:Completed", "wait=0:Completed", "side=1:Error"},
     true,
     Phase::kFailed,
     "side: Error (exit code 1)"},
    {"main did not end",
     {},
     {"main=running", "wait=0:Completed"},
     true,
     Phase::kFailed,
     "pod failed: main container did not complete successfully"},
    {"wait did not end",
     {},
     {"main=0:Completed", "wait=running"},
     true,
     Phase::kFailed,
     "pod failed: wait container did not complete successfully"},
    {"neither",
     {},
     {"main=running", "wait=running"},
     true,
     Phase::kFailed,
     "pod failed: neither main nor wait container completed successfully"},
    {"a pod without a wait container needs none",
     {},
     {"main=0:Completed", "side=143:Error"},
     false,
     Phase::kSucceeded,
     ""},
};

TEST(FailedReason, FollowsArgosOrderOfPreference) {
  for (const FailedCase& c : kFailedCases) {
    const PodVerdict got =
        failed_reason(status("Failed", c.containers, c.inits), traits(c.has_wait));
    EXPECT_EQ(got.phase, c.phase) << c.title;
    EXPECT_EQ(got.message, c.message) << c.title;
  }
}

TEST(PendingReason, TellsWhatIsWaitedFor) {
  EXPECT_EQ(pending_reason(status("Pending", {})), "");
  EXPECT_EQ(pending_reason(status("Pending", {"main=waiting:ImagePullBackOff"})),
            "ImagePullBackOff");
  EXPECT_EQ(pending_reason(
                status("Pending", {"main=waiting:PodInitializing"}, {"i=waiting:ErrImagePull"})),
            "ErrImagePull");
}

std::string assessed(const text::Value& pod, std::string_view tmpl, NodeBefore before = {}) {
  const auto decoded = model::decode_template(text::parse_json(tmpl).value());
  PodTraits some = traits(true);
  if (!decoded.container_set.is_null()) some.main_containers = {"a", "b"};
  const auto after = assess_pod(pod, decoded, some, before);
  if (!after) return "unchanged";
  std::string out(to_string(after->phase));
  if (after->daemoned) out += " daemoned";
  if (after->exit_code) out += " exit " + std::to_string(*after->exit_code);
  for (const auto& [name, verdict] : after->containers)
    out += " " + name + ":" + std::string(to_string(verdict.phase));
  return out;
}

TEST(AssessPod, GivesTheNodeItsPhase) {
  constexpr std::string_view kPlain = R"({"container":{}})";
  constexpr std::string_view kDaemon = R"({"daemon":true,"container":{}})";
  constexpr std::string_view kSet = R"({"containerSet":{}})";
  constexpr std::string_view kOutputs =
      R"({"container":{},"outputs":{"parameters":[{"name":"p","valueFrom":{"path":"/p"}}]}})";
  NodeBefore running;
  running.phase = Phase::kRunning;
  NodeBefore has_outputs = running;
  has_outputs.has_parameters = true;
  const auto done = status("Succeeded", {"main=0:Completed", "wait=0:Completed"});
  EXPECT_EQ(assessed(done, kPlain, running), "Succeeded exit 0");
  EXPECT_EQ(assessed(done, kOutputs, running), "Running exit 0") << "the outputs are on their way";
  EXPECT_EQ(assessed(done, kOutputs, has_outputs), "Succeeded exit 0");
  EXPECT_EQ(assessed(status("Succeeded", {"main=0:Completed", "wait=running"}), kPlain, running),
            "Running exit 0")
      << "the outputs are being saved";
  EXPECT_EQ(assessed(done, kDaemon, running), "Failed exit 0") << "a daemon should run on";
  EXPECT_EQ(assessed(status("Running", {"main=running"}), kDaemon), "Running daemoned");
  EXPECT_EQ(assessed(status("Running", {"main=waiting:x"}), kDaemon), "unchanged");
  EXPECT_EQ(assessed(status("Running", {"a=0:Completed", "b=running"}), kSet, running),
            "Running a:Succeeded b:Running");
  EXPECT_EQ(assessed(status("Failed", {"a=64:Error", "b=waiting:x"}), kSet, running),
            "Failed a:Error b:Failed");
  EXPECT_EQ(assessed(status("Odd", {}), kPlain), "Error");
}

}  // namespace
}  // namespace engine

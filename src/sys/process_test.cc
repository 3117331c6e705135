#include "sys/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/monitor_spec.h"

namespace sys {
namespace {

TEST(RunProgram, GivesOutputAndExit) {
  const auto out = run_program({"sh", "-c", "cat; echo err >&2; exit 3"}, "in\n", 10'000);
  ASSERT_TRUE(out) << out.error().text;
  EXPECT_EQ(out->exit_code, 3);
  EXPECT_EQ(out->output, "in\nerr\n");
}

TEST(RunProgram, IsKilledWhenItsTimeIsOver) {
  const auto out = run_program({"sleep", "100"}, "", 50);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->timed_out);
}

TEST(RunProgram, ThatIsNotThereIsNotFound) {
  const auto out = run_program({"no-such-program-at-all"}, "", 1000);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, base::Code::kNotFound);
}

TEST(OpenProcess, KnowsThePidFromItsStartTime) {
  SpawnRequest request;
  request.argv = {"sleep", "100"};
  request.env = {{"A=b"}};
  const auto pid = spawn(request);
  ASSERT_TRUE(pid);
  const auto id = identify(*pid);
  ASSERT_TRUE(id);
  const auto other = open_process({*pid, id->start_ticks + 1});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::Code::kNotFound);
  const auto fd = open_process(*id);
  ASSERT_TRUE(fd);
  EXPECT_FALSE(wait_process(*fd, 0));
  ASSERT_TRUE(signal_process(*fd, SIGKILL));
  EXPECT_TRUE(wait_process(*fd, 10'000));
  EXPECT_FALSE(identify(*pid)) << "a zombie is gone";
  ::waitpid(*pid, nullptr, 0);
}

TEST(MonitorSpecTest, ComesBackAsItWas) {
  MonitorSpec spec;
  spec.attempt = "uid/main";
  spec.is_process = true;
  spec.argv = {"sh", "-c", "a\tb\nc\\d", ""};
  spec.env = {"A=1\n2"};
  spec.layers = {"/a:b", "/c"};
  spec.outputs = {{"n", "/p", true}, {"m", "/q", false}};
  spec.volumes = {{"/host", "/in"}};
  spec.deadline_ns = 5;
  const auto back = decode_monitor_spec(encode(spec));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->argv, spec.argv);
  EXPECT_EQ(back->env, spec.env);
  EXPECT_EQ(back->layers, spec.layers);
  EXPECT_TRUE(back->outputs.at(0).optional);
  EXPECT_FALSE(back->outputs.at(1).optional);
  EXPECT_EQ(back->volumes.at(0).path, "/in");
  EXPECT_EQ(back->deadline_ns, 5);
  EXPECT_EQ(encode(*back), encode(spec));
}

TEST(MonitorSpecTest, OfAnotherBuildIsRefused) {
  EXPECT_FALSE(decode_monitor_spec("attempt a\nnew-key 1\n"));
  EXPECT_FALSE(decode_monitor_spec("attempt cut off"));
}

}  // namespace
}  // namespace sys

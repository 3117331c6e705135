#include "runtime/host_commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "runtime/image_command.h"

namespace runtime {
namespace {

TEST(HostCommands, RunProgramsAsThisProcessWould) {
  const auto host = HostCommands::start();
  ASSERT_TRUE(host) << host.error().text;
  const HostCommands* const beside = host->get();
  for (const HostCommands* const where : {static_cast<const HostCommands*>(nullptr), beside}) {
    std::string lines;
    const auto said = run_command(
        {"sh", "-c", "echo one; echo; echo two words >&2; exit 7"},
        [&](std::string_view line) { lines += line, lines += '|'; }, where);
    ASSERT_TRUE(said) << said.error().text;
    EXPECT_EQ(said->out, "one\n\n");
    EXPECT_EQ(said->err, "two words\n");
    EXPECT_EQ(said->exit_code, 7);
    EXPECT_EQ(lines, "one||");
    EXPECT_EQ(run_command({"sh", "-c", "kill -9 $$"}, {}, where)->exit_code, 128 + 9);
    EXPECT_EQ(run_command({"printf", "%s", "", "a b"}, {}, where)->out, "a b");
    const auto none = run_command({"no-such-program"}, {}, where);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, base::Code::kNotFound);
  }
}

TEST(HostCommands, ManyAtOnceAndNothingIsLeft) {
  auto host = HostCommands::start();
  ASSERT_TRUE(host) << host.error().text;
  std::vector<std::thread> threads;
  std::vector<std::string> said(8);
  for (size_t i = 0; i < said.size(); ++i)
    threads.emplace_back([&, i] {
      said[i] =
          run_command({"sh", "-c", "sleep 0.1; echo $0", std::to_string(i)}, {}, host->get())->out;
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < said.size(); ++i) EXPECT_EQ(said[i], std::to_string(i) + "\n");
  const std::string parent = run_command({"sh", "-c", "echo $PPID"}, {}, host->get())->out;
  EXPECT_NE(parent, std::to_string(::getpid()) + "\n");
  host->reset();
  // It has told how its command ended, and ends itself just behind that.
  const std::string pid = parent.substr(0, parent.size() - 1);
  const auto is_there = [&] { return run_command({"kill", "-0", pid})->exit_code == 0; };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (is_there() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(is_there());
}

TEST(HostCommands, ARequestThatIsTooLongIsRefused) {
  const auto host = HostCommands::start();
  ASSERT_TRUE(host) << host.error().text;
  const auto said = run_command({"echo", std::string(1 << 20, 'x')}, {}, host->get());
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace runtime

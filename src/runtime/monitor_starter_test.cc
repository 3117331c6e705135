#include "runtime/monitor_starter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "runtime/container_dir.h"
#include "runtime/scratch_test.h"

namespace runtime {
namespace {

int wait_for(pid_t pid) {
  int status = -1;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Starters : public testing::Test {
 protected:
  // A program in argoexec's place: as a template it does `serve`; for a folder it notes that it
  // came, keeps its stdin, and ends with 7.
  std::string program(const std::string& serve) {
    const std::string path = folder() + "/program";
    std::ofstream(path) << "#!/bin/sh\nif [ \"$1\" = serve ]; then " << serve
                        << "; fi\necho came >> \"$1/ran\"\n/bin/cat > \"$1/spec\"\nexit 7\n";
    ::chmod(path.c_str(), 0700);
    return path;
  }
  sys::Fd spec(const std::string& text) {
    EXPECT_TRUE(write_file(folder() + "/input", text));
    return sys::Fd(::open((folder() + "/input").c_str(), O_RDONLY | O_CLOEXEC));
  }
  std::string folder() const { return scratch_.path().string(); }

 private:
  Scratch scratch_;
};

TEST_F(Starters, WhereTheTemplateEndsOrAnswersNonsenseTheProgramIsStarted) {
  for (const char* serve :
       {"exit 1", "exec /bin/true", "echo nonsense >&0; exit 0", "kill -9 $$"}) {
    MonitorStarter starter(program(serve));
    for (int round = 1; round <= 2; ++round) {
      const auto pid = starter.start(folder(), spec("given"));
      ASSERT_TRUE(pid) << serve << ": " << pid.error().text;
      EXPECT_EQ(wait_for(*pid), 7) << serve;
      EXPECT_EQ(read_file(folder() + "/spec"), "given") << serve;
      std::string expected;
      for (int i = 0; i < round; ++i) expected += "came\n";
      EXPECT_EQ(read_file(folder() + "/ran"), expected) << serve;
    }
    std::filesystem::remove(folder() + "/ran");
  }
}

TEST_F(Starters, WithoutTheProgramThereIsAnError) {
  MonitorStarter starter(folder() + "/none");
  EXPECT_FALSE(starter.start(folder(), {}));
}

// Our child that is a template; 0 when there is none.
pid_t template_of_ours() {
  std::istringstream children(read_file("/proc/thread-self/children"));
  for (pid_t pid = 0; children >> pid;) {
    // Its own name stands before the word.
    const std::string line = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    if (line.find(std::string("\0serve\0", 7)) != std::string::npos) return pid;
  }
  return 0;
}

TEST_F(Starters, AKilledTemplateIsReplacedAndNobodyIsLeftOut) {
  MonitorStarter starter(ARGON_BINARY_DIR "/argoexec");
  pid_t before = 0;
  for (int round = 0; round < 3; ++round) {
    // There is nothing in the folder to be run, which argoexec says by its exit code.
    for (int i = 0; i < 2; ++i) {
      const auto pid = starter.start(folder(), {});
      ASSERT_TRUE(pid) << pid.error().text;
      EXPECT_NE(wait_for(*pid), 0);
    }
    const pid_t now = template_of_ours();
    ASSERT_GT(now, 1);
    EXPECT_NE(now, before);
    before = now;
    ASSERT_EQ(::kill(now, SIGKILL), 0);
  }
}

}  // namespace
}  // namespace runtime

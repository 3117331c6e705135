#include "runtime/user_namespace.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace runtime {
namespace {

namespace fs = std::filesystem;

// Runs `body` as an ordinary user in a child and gives its exit code. 0 means all was as wanted.
template <class Body>
int as_user(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    // The user "nobody" has no range in /etc/subuid; a test's user has.
    if (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 ||
        setresuid(65534, 65534, 65534) != 0)
      _exit(100);
    _exit(body());
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

class UserNamespaceTest : public testing::Test {
 protected:
  UserNamespaceTest() {
    folder_ = fs::path(testing::TempDir()) / ("userns" + std::to_string(getpid()));
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::all);
  }
  ~UserNamespaceTest() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(UserNamespaceTest, RootStaysWhereItIs) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto entered = enter_user_namespace(folder_);
  ASSERT_TRUE(entered) << entered.error().to_string();
  EXPECT_FALSE(entered->entered);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(UserNamespaceTest, WithoutARangeTheUserIsToldHowToGetOne) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become a user without a range";
  const int code = as_user([&] {
    const auto entered = enter_user_namespace(folder_);
    if (entered) return 1;
    return entered.error().hint.find("usermod --add-subuids") == std::string::npos ? 2 : 0;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace runtime

#include "runtime/work_folders.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "runtime/scratch_test.h"

namespace runtime {
namespace {

class WorkFoldersTest : public testing::Test {
 protected:
  std::string root() const { return (scratch_.path() / "work").string(); }
  const Scratch scratch_;
};

TEST_F(WorkFoldersTest, AnUntouchedFolderServesAgain) {
  WorkFolders folders(root());
  const std::string first = folders.take().value(), second = folders.take().value();
  EXPECT_NE(first, second);
  EXPECT_TRUE(folders.give_back(first));
  EXPECT_EQ(folders.take().value(), first);
}

TEST_F(WorkFoldersTest, WhatAPodHasChangedServesNobodyElse) {
  WorkFolders folders(root());
  const auto changed = [&](auto change) {
    const std::string path = folders.take().value();
    change(path);
    return !folders.give_back(path) && folders.take().value() != path;
  };
  EXPECT_TRUE(changed([](const std::string& path) { std::ofstream(path + "/file") << "x"; }));
  EXPECT_TRUE(changed([](const std::string& path) { std::ofstream(path + "/.hidden") << "x"; }));
  EXPECT_TRUE(changed([](const std::string& path) { ::mkdir((path + "/d").c_str(), 0700); }));
  EXPECT_TRUE(changed([](const std::string& path) { ::chmod(path.c_str(), 0777); }));
  EXPECT_TRUE(changed([](const std::string& path) { std::filesystem::remove(path); }));
  EXPECT_TRUE(changed([this](const std::string& path) {
    std::filesystem::remove(path);
    std::filesystem::create_directory_symlink(scratch_.path(), path);
  }));
}

TEST_F(WorkFoldersTest, WhatIsInUseAfterARestartIsLeftAloneAndNotGivenOut) {
  std::string used, unused;
  {
    WorkFolders folders(root());
    used = folders.take().value();
    unused = folders.take().value();
  }
  WorkFolders folders(root());
  EXPECT_EQ(folders.open({used}), std::vector<std::string>{unused});
  const std::string fresh = folders.take().value();
  EXPECT_NE(fresh, used);
  EXPECT_NE(fresh, unused);
}

}  // namespace
}  // namespace runtime

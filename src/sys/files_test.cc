#include "sys/files.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

namespace sys {
namespace {

using base::Code;

// One suite over all bodies.
class FilesContract : public testing::TestWithParam<const char*> {
 protected:
  FilesContract() {
    char name[] = "/tmp/argon-files-XXXXXX";
    root_ = ::mkdtemp(name);
    if (GetParam() == std::string("memory"))
      files_ = std::make_unique<MemoryFiles>();
    else
      files_ = std::make_unique<RealFiles>();
    if (GetParam() == std::string("failing")) {
      inner_ = std::move(files_);
      files_ = std::make_unique<FailingFiles>(*inner_);
    }
  }
  ~FilesContract() override { std::filesystem::remove_all(root_); }
  std::string path(const std::string& name) const { return root_ + "/" + name; }

  std::string root_;
  std::unique_ptr<Files> inner_, files_;
};

TEST_P(FilesContract, WhatIsWrittenIsReadAndReplacedAsAWhole) {
  ASSERT_TRUE(files_->write_durably(path("a"), "first, and longer", 0600));
  ASSERT_TRUE(files_->write_durably(path("a"), "second", 0600));
  EXPECT_EQ(files_->read(path("a"), 1 << 20).value(), "second");
  EXPECT_EQ(files_->list(root_).value(), std::vector<std::string>{"a"});
}

TEST_P(FilesContract, ReadRefusesAtTheLimitOnly) {
  ASSERT_TRUE(files_->write_durably(path("a"), "12345", 0600));
  EXPECT_TRUE(files_->read(path("a"), 5));
  EXPECT_EQ(files_->read(path("a"), 4).error().code, Code::kTooLarge);
  EXPECT_EQ(files_->read(path("b"), 4).error().code, Code::kNotFound);
}

TEST_P(FilesContract, RemovingWhatIsNotThereIsNoError) {
  ASSERT_TRUE(files_->write_durably(path("a"), "x", 0600));
  EXPECT_TRUE(files_->remove(path("a")));
  EXPECT_TRUE(files_->remove(path("a")));
  EXPECT_EQ(files_->read(path("a"), 1).error().code, Code::kNotFound);
}

TEST_P(FilesContract, ALockIsHeldUntilItIsDropped) {
  auto first = files_->lock(path("lock"));
  ASSERT_TRUE(first);
  auto second = files_->lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().text, testing::HasSubstr("already"));
  first->reset();
  EXPECT_TRUE(files_->lock(path("lock")));
}

INSTANTIATE_TEST_SUITE_P(Bodies, FilesContract, testing::Values("real", "memory", "failing"),
                         [](const auto& body) { return std::string(body.param); });

TEST(RealFiles, MakesDirectoriesWithTheirParents) {
  char name[] = "/tmp/argon-files-XXXXXX";
  const std::string root = ::mkdtemp(name);
  RealFiles files;
  EXPECT_TRUE(files.make_directory(root + "/a/b/c", 0700));
  EXPECT_TRUE(files.make_directory(root + "/a/b/c", 0700));
  ASSERT_TRUE(files.write_durably(root + "/f", "x", 0600));
  EXPECT_FALSE(files.make_directory(root + "/f/d", 0700));
  std::filesystem::remove_all(root);
}

TEST(RealFiles, TheMessageOfATakenLockNamesTheProcess) {
  char name[] = "/tmp/argon-files-XXXXXX";
  const std::string root = ::mkdtemp(name);
  RealFiles files;
  auto held = files.lock(root + "/lock");
  ASSERT_TRUE(held);
  EXPECT_THAT(files.lock(root + "/lock").error().text,
              testing::HasSubstr(std::to_string(::getpid())));
  std::filesystem::remove_all(root);
}

TEST(FailingFiles, AFullDiskLeavesTheOldBytesALostAnswerTheNew) {
  MemoryFiles inner;
  FailingFiles files(inner);
  ASSERT_TRUE(files.write_durably("/a", "old", 0600));
  files.fail_writes(FailingFiles::Fault::kDiskFull, 1);
  EXPECT_TRUE(files.write_durably("/b", "passes", 0600));
  EXPECT_EQ(files.write_durably("/a", "new", 0600).error().code, Code::kUnavailable);
  EXPECT_EQ(files.read("/a", 9).value(), "old");
  files.fail_writes(FailingFiles::Fault::kAfterWrite);
  EXPECT_FALSE(files.write_durably("/a", "new", 0600));
  EXPECT_EQ(files.read("/a", 9).value(), "new");
  files.fail_writes(FailingFiles::Fault::kNone);
  EXPECT_TRUE(files.write_durably("/a", "newer", 0600));
}

}  // namespace
}  // namespace sys

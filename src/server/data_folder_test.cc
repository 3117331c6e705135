#include "server/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace server {
namespace {

using Environment = std::map<std::string, std::string>;

struct WhereCase {
  const char* title;
  Environment environment;
  bool is_root;
  const char* folder;
};
class Where : public testing::TestWithParam<WhereCase> {};
TEST_P(Where, IsTheDataFolder) {
  EXPECT_EQ(find_data_folder(GetParam().environment, GetParam().is_root).root, GetParam().folder);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Where,
    testing::Values(
        WhereCase{
            "ARGON_HOME counts first", {{"ARGON_HOME", "/a/b"}, {"HOME", "/h"}}, true, "/a/b"},
        WhereCase{"a slash at its end does not matter", {{"ARGON_HOME", "/a/b/"}}, false, "/a/b"},
        WhereCase{"root keeps it with the system's", {{"HOME", "/root"}}, true, "/var/lib/argon"},
        WhereCase{"a user's", {{"HOME", "/h"}}, false, "/h/.local/share/argon"},
        WhereCase{"as XDG says", {{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}}, false, "/x/argon"}));

class Folder : public testing::Test {
 protected:
  Folder() {
    char name[] = "/tmp/argon-folder-XXXXXX";
    folder_.root = std::string(mkdtemp(name)) + "/deep/data";
  }
  ~Folder() override {
    std::filesystem::remove_all(std::filesystem::path(folder_.root).parent_path().parent_path());
  }
  mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 0777;
  }
  DataFolder folder_;
};

TEST_F(Folder, IsMadeForItsUserAlone) {
  ASSERT_TRUE(make_data_folder(folder_));
  ASSERT_TRUE(make_data_folder(folder_)) << "again";
  EXPECT_EQ(mode(folder_.root), 0700u);
}

TEST_F(Folder, AFileInItsPlaceIsRefused) {
  std::filesystem::create_directories(std::filesystem::path(folder_.root).parent_path());
  std::ofstream(folder_.root) << "x";
  EXPECT_FALSE(make_data_folder(folder_));
}

TEST_F(Folder, TheTokenIsMadeOnceAndForItsUserAlone) {
  ASSERT_TRUE(make_data_folder(folder_));
  const auto token = ensure_token(folder_);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->size(), 64u);
  EXPECT_EQ(mode(folder_.token_file()), 0600u);
  EXPECT_EQ(ensure_token(folder_).value_or(""), *token);
  std::ofstream(folder_.token_file()) << "short";
  const auto made_again = ensure_token(folder_);
  ASSERT_TRUE(made_again);
  EXPECT_EQ(made_again->size(), 64u);
}

}  // namespace
}  // namespace server

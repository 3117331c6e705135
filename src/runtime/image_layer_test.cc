#include "runtime/image_layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/image_digest.h"
#include "runtime/scratch_test.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;

struct Node {
  const char* path;
  mode_t mode = S_IFREG | 0644;
  const char* text = "";  // or the target of a link
  bool hard_link = false;
  int uid = 0;
};

// One of libarchive's: by its function, for archive_write_add_filter() needs the libraries of all.
using Filter = int (*)(archive*);

// Writes a layer.
std::string write_layer(const fs::path& file, const std::vector<Node>& nodes, Filter filter) {
  const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = ::uselocale(utf8);
  archive* a = archive_write_new();
  archive_write_set_format_pax(a);
  filter(a);
  archive_write_open_filename(a, file.c_str());
  for (const Node& node : nodes) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, node.path);
    archive_entry_set_mode(entry, node.mode);
    archive_entry_set_uid(entry, node.uid);
    archive_entry_set_mtime(entry, 1'600'000'000, 0);
    const std::string_view text = node.text;
    if (node.hard_link)
      archive_entry_set_hardlink(entry, node.text);
    else if (S_ISLNK(node.mode))
      archive_entry_set_symlink(entry, node.text);
    else if (S_ISREG(node.mode))
      archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_write_header(a, entry);
    if (!node.hard_link && S_ISREG(node.mode)) archive_write_data(a, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_close(a);
  archive_write_free(a);
  ::uselocale(before);
  ::freelocale(utf8);
  return file.string();
}

class LayerTest : public testing::Test {
 protected:
  base::Result<UnpackedLayer> unpack(const std::vector<Node>& nodes,
                                     Filter filter = archive_write_add_filter_gzip) {
    fs::create_directories(root_);
    return unpack_layer(write_layer(scratch_.path() / "layer.tar", nodes, filter), root_.string());
  }
  struct stat status_of(const char* path) const {
    struct stat status = {};
    EXPECT_EQ(::lstat((root_ / path).c_str(), &status), 0) << path;
    return status;
  }

  Scratch scratch_;
  const fs::path root_ = scratch_.path() / "root";
};

TEST_F(LayerTest, KeepsContentsModesTimesAndLinks) {
  const auto layer = unpack({{"etc", S_IFDIR | 0750},
                             {"./etc/motd", S_IFREG | 0640, "hello"},
                             {"etc/same", S_IFREG | 0640, "etc/motd", true},
                             {"/bin/sh", S_IFREG | 04755, "#!"},
                             {"usr/lib/näme", S_IFREG | 0644, "deep"},
                             {"sh", S_IFLNK | 0777, "/bin/sh"},
                             {"empty"}});
  ASSERT_TRUE(layer) << layer.error().to_string();
  EXPECT_EQ(layer->bytes, 5u + 2u + 4u);
  EXPECT_EQ(read_text(root_ / "etc/same"), "hello");
  EXPECT_EQ(status_of("etc/same").st_ino, status_of("etc/motd").st_ino);
  EXPECT_EQ(status_of("etc").st_mode & 07777, 0750u);
  EXPECT_EQ(status_of("etc").st_mtime, 1'600'000'000) << "though files were made in it later";
  EXPECT_EQ(status_of("etc/motd").st_mtime, 1'600'000'000);
  EXPECT_EQ(status_of("bin/sh").st_mode & 07777, 04755u);
  EXPECT_EQ(read_text(root_ / "usr/lib/näme"), "deep") << "missing parents are made";
  EXPECT_EQ(fs::read_symlink(root_ / "sh"), "/bin/sh");
  EXPECT_EQ(fs::file_size(root_ / "empty"), 0u);
}

TEST_F(LayerTest, KeepsOwnersAsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_TRUE(unpack({{"a", S_IFREG | 0644, "", false, 1234}}));
  EXPECT_EQ(status_of("a").st_uid, 1234u);
}

TEST_F(LayerTest, TheDiffIdIsTheDigestOfThePlainTarWhateverTheCompression) {
  const std::vector<Node> nodes = {{"a", S_IFREG | 0644, "text"}};
  const auto plain = unpack(nodes, archive_write_add_filter_none);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->diff_id, *sha256_of_file((scratch_.path() / "layer.tar").string()));
  for (const Filter filter : {archive_write_add_filter_gzip, archive_write_add_filter_zstd,
                              archive_write_add_filter_xz}) {
    fs::remove_all(root_);
    const auto packed = unpack(nodes, filter);
    ASSERT_TRUE(packed) << packed.error().to_string();
    EXPECT_EQ(packed->diff_id, plain->diff_id);
    EXPECT_EQ(read_text(root_ / "a"), "text");
  }
}

TEST_F(LayerTest, WhiteoutsBecomeOverlayfsOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to read trusted attributes";
  ASSERT_TRUE(unpack({{"etc/.wh.motd"}, {"var/.wh..wh..opq"}, {"var/new"}, {".wh..wh.aufs"}}));
  const struct stat hidden = status_of("etc/motd");
  EXPECT_TRUE(S_ISCHR(hidden.st_mode));
  EXPECT_EQ(hidden.st_rdev, ::makedev(0, 0));
  // The second is what counts in a user namespace.
  char value[2] = {};
  if (::getxattr((root_ / "var").c_str(), "trusted.overlay.opaque", value, 2) < 0) {
    EXPECT_EQ(::getxattr((root_ / "var").c_str(), "user.overlay.opaque", value, 2), 1);
  }
  EXPECT_EQ(value[0], 'y');
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / ".wh..wh.aufs")));
}

TEST_F(LayerTest, ALaterEntryReplacesAnEarlierOne) {
  ASSERT_TRUE(unpack({{"a", S_IFREG | 0644, "old"},
                      {"a", S_IFREG | 0600, "new"},
                      {"b", S_IFDIR | 0755},
                      {"b/c", S_IFREG | 0644, "x"},
                      {"b", S_IFLNK | 0777, "a"},
                      {"d", S_IFLNK | 0777, "a"},
                      {"d", S_IFDIR | 0755},
                      {"d/e", S_IFREG | 0644, "y"}}));
  EXPECT_EQ(read_text(root_ / "a"), "new");
  EXPECT_TRUE(fs::is_symlink(root_ / "b"));
  EXPECT_EQ(read_text(root_ / "d/e"), "y");
}

TEST_F(LayerTest, ALinkIsFollowedInsideOfTheLayer) {
  ASSERT_TRUE(unpack({{"usr/lib", S_IFDIR | 0755},
                      {"lib", S_IFLNK | 0777, "/usr/lib"},
                      {"lib/libc.so", S_IFREG | 0644, "elf"}}));
  EXPECT_EQ(read_text(root_ / "usr/lib/libc.so"), "elf");
}

struct Escape {
  const char* title;
  std::vector<Node> nodes;
};
class Escapes : public LayerTest, public testing::WithParamInterface<Escape> {};

TEST_P(Escapes, AreRefusedOrStayInside) {
  const fs::path outside = scratch_.path() / "outside";
  fs::create_directories(outside);
  std::ofstream(outside / "victim") << "untouched";
  (void)unpack(GetParam().nodes);
  EXPECT_EQ(read_text(outside / "victim"), "untouched");
  EXPECT_EQ(std::distance(fs::directory_iterator(outside), {}), 1);
  EXPECT_FALSE(fs::exists(scratch_.path() / "stray"));
}

INSTANTIATE_TEST_SUITE_P(
    Spec, Escapes,
    testing::Values(
        Escape{"dots", {{"../stray"}, {"../outside/victim", S_IFREG | 0644, "bad"}}},
        Escape{"dots in the middle", {{"a/../../stray"}}},
        Escape{"a link upwards",
               {{"up", S_IFLNK | 0777, "../outside"}, {"up/victim", S_IFREG | 0644, "bad"}}},
        Escape{
            "the leaf is a link",
            {{"victim", S_IFLNK | 0777, "../outside/victim"}, {"victim", S_IFREG | 0644, "bad"}}},
        Escape{"a hard link upwards",
               {{"h", S_IFREG | 0644, "../outside/victim", true}, {"h", S_IFREG | 0644, "bad"}}},
        Escape{"a hard link through a link",
               {{"up", S_IFLNK | 0777, "../outside"},
                {"h", S_IFREG | 0644, "up/victim", true},
                {"h", S_IFREG | 0644, "bad"}}},
        Escape{"a whiteout upwards", {{"up", S_IFLNK | 0777, "../outside"}, {"up/.wh.victim"}}}));

TEST_F(LayerTest, WhatIsNoLayerIsCorrupt) {
  fs::create_directories(root_);
  const std::string file = (scratch_.path() / "junk").string();
  std::ofstream(file) << "this is not a tar archive at all, only a line of text"
                      << std::string(4096, 'x');
  const auto junk = unpack_layer(file, root_.string());
  ASSERT_FALSE(junk);
  EXPECT_EQ(junk.error().code, base::Code::kCorrupt);
  std::string whole =
      write_layer(scratch_.path() / "cut", {{"a", S_IFREG | 0644, std::string(9000, 'y').c_str()}},
                  archive_write_add_filter_gzip);
  fs::resize_file(whole, fs::file_size(whole) / 2);
  const auto cut = unpack_layer(whole, root_.string());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, base::Code::kCorrupt);
}

TEST_F(LayerTest, AnEmptyLayerIsALayer) {
  const auto layer = unpack({}, archive_write_add_filter_gzip);
  ASSERT_TRUE(layer) << layer.error().to_string();
  EXPECT_EQ(layer->bytes, 0u);
}

}  // namespace
}  // namespace runtime

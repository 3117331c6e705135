#include "exec/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "exec/process_tree.h"
#include "exec/record.h"
#include "sys/monitor_spec.h"

namespace exec {
namespace {

constexpr int64_t kNow = 1'767'323'045'000'000'007;  // 2026-01-02T03:04:05.000000007Z
const std::string kOut = "2026-01-02T03:04:05.000000007Z stdout ";
const std::string kErr = "2026-01-02T03:04:05.000000007Z stderr ";

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() : fd_(::mkstemp(name_)), log_(AT_FDCWD, name_) {}
  ~LogFileTest() override { ::unlink(name_); }
  std::string text() const { return read_file(AT_FDCWD, name_, 1 << 24); }

  char name_[32] = "/tmp/argon-log-XXXXXX";
  sys::Fd fd_;
  LogFile log_;
};

TEST_F(LogFileTest, EachLineHasItsTimeAndStream) {
  log_.append(LogFile::kStdout, "one\ntwo\n", kNow);
  log_.append(LogFile::kStderr, "three\n", kNow);
  EXPECT_EQ(text(), kOut + "F one\n" + kOut + "F two\n" + kErr + "F three\n");
}

TEST_F(LogFileTest, ALogThatReachesItsBoundLosesItsMiddleOnly) {
  constexpr int64_t kMax = 1 << 20;
  log_.set_max(kMax);
  const std::string line(1000, 'x');
  for (int i = 0; i < 8000; ++i)
    log_.append(LogFile::kStdout, std::to_string(i) + line + "\n", kNow);
  struct stat info {};
  ASSERT_EQ(::stat(name_, &info), 0);
  EXPECT_LE(info.st_blocks * 512, kMax + (64 << 10));
  EXPECT_GE(info.st_blocks * 512, kMax / 2);
  EXPECT_EQ(log_.error(), "");
  const std::string all = text();
  EXPECT_TRUE(all.starts_with(kOut + "F 0x"));
  EXPECT_TRUE(all.ends_with("F 7999" + line + "\n"));
  EXPECT_NE(all.find("F 200x"), std::string::npos) << "of the first quarter nothing is lost";
  EXPECT_NE(all.find("F 7600x"), std::string::npos) << "nor of the last half";
  EXPECT_EQ(all.find("F 4000x"), std::string::npos);
}

TEST_F(LogFileTest, ALogWithinItsBoundIsWhole) {
  log_.set_max(1 << 20);
  for (int i = 0; i < 900; ++i) log_.append(LogFile::kStdout, std::string(1000, 'y') + "\n", kNow);
  EXPECT_EQ(text().find('\0'), std::string::npos);
}

TEST_F(LogFileTest, ALineThatComesInPiecesIsOneLine) {
  log_.append(LogFile::kStdout, "on", kNow);
  log_.append(LogFile::kStderr, "x\n", kNow);
  log_.append(LogFile::kStdout, "e\n\n", kNow);
  EXPECT_EQ(text(), kErr + "F x\n" + kOut + "F one\n" + kOut + "F \n");
}

TEST_F(LogFileTest, TheLastLineNeedsNoNewline) {
  log_.append(LogFile::kStdout, "end", kNow);
  EXPECT_EQ(text(), "");
  log_.finish(LogFile::kStdout, kNow);
  EXPECT_EQ(text(), kOut + "F end\n");
}

TEST_F(LogFileTest, ALongLineIsCutIntoParts) {
  const std::string just(sys::kLogLineMax, 'a');
  log_.append(LogFile::kStdout, just + "\n", kNow);
  log_.append(LogFile::kStdout, just + "b\n", kNow);
  EXPECT_EQ(text(), kOut + "F " + just + "\n" + kOut + "P " + just + "\n" + kOut + "F b\n");
}

TEST(TailTest, KeepsTheLastBytes) {
  Tail tail;
  for (int i = 0; i < 100; ++i) tail.append(std::string(10'000, static_cast<char>('a' + i % 26)));
  tail.append("end");
  const std::string text = tail.take();
  EXPECT_EQ(text.size(), sys::kOutputMax);
  EXPECT_TRUE(text.ends_with("vend"));
}

struct JsonCase {
  const char* title;
  std::string text, json;
};
class JsonString : public testing::TestWithParam<JsonCase> {};
TEST_P(JsonString, IsValid) {
  std::string out;
  append_json_string(out, GetParam().text);
  EXPECT_EQ(out, GetParam().json) << GetParam().title;
}
INSTANTIATE_TEST_SUITE_P(
    Rules, JsonString,
    testing::Values(JsonCase{"plain", "a", R"("a")"}, JsonCase{"quotes", "\"\\", R"("\"\\")"},
                    JsonCase{"controls", std::string("\n\t\0", 3), R"("\n\u0009\u0000")"},
                    JsonCase{"valid UTF-8", "é€😀", "\"é€😀\""},
                    JsonCase{"a byte that begins nothing", "\xFF", "\"\xEF\xBF\xBD\""},
                    JsonCase{"a cut sequence", "\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    JsonCase{"an overlong sequence", "\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    JsonCase{"a surrogate", "\xED\xA0\x80",
                             "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}));

TEST(CreateOnce, OnlyTheFirstMayBegin) {
  char name[] = "/tmp/argon-once-XXXXXX";
  ASSERT_NE(::mkdtemp(name), nullptr);
  const sys::Fd folder(::open(name, O_RDONLY | O_DIRECTORY));
  sys::Fd file, second;
  EXPECT_EQ(create_once(folder.get(), "state", "1\n", file), "");
  EXPECT_NE(create_once(folder.get(), "state", "2\n", second), "");
  EXPECT_EQ(read_file(folder.get(), "state", 9), "1\n");
  // What a full disk has left of a first try is written over.
  ASSERT_EQ(::pwrite(file.get(), "{\"", 2, 2), 2);
  EXPECT_EQ(append_durably(file.get(), 2, "{}"), "");
  EXPECT_EQ(read_file(folder.get(), "state", 9), "1\n{}\n");
  ::unlinkat(folder.get(), "state", 0);
  ::rmdir(name);
}

TEST(OomKills, AreReadFromBothVersions) {
  EXPECT_EQ(count_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"), 2);
  EXPECT_EQ(count_oom_kills("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n"), 1);
  EXPECT_EQ(count_oom_kills("oom_kill_disable 1\n"), 0);
  EXPECT_EQ(count_oom_kills(""), 0);
}

TEST(CrunMessage, LosesTimeAndLineEnds) {
  EXPECT_EQ(crun_message("2026-01-02T03:04:05.000000Z: no such file\n"), "no such file");
  EXPECT_EQ(crun_message("a\nb\n"), "a; b");
}

}  // namespace
}  // namespace exec

#include "sys/process_journal.h"

#include <gtest/gtest.h>

#include <vector>

namespace sys {
namespace {

using Kind = JournalEntry::Kind;

std::string three_entries() {
  std::string out;
  append_entry(out, Kind::kOpened, "", "7 8 boot");
  append_entry(out, Kind::kBegun, "uid/main", "/data/a b");
  append_entry(out, Kind::kEnded, "uid/main", "{\"exitCode\":0}");
  return out;
}

std::vector<JournalEntry> read(std::string_view text) {
  std::vector<JournalEntry> out;
  read_entries(text, [&](JournalEntry entry) { out.push_back(std::move(entry)); });
  return out;
}

TEST(ProcessJournal, EntriesComeBackAsTheyWere) {
  const std::string text = three_entries();
  const auto found = read(text);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].text, "7 8 boot");
  EXPECT_EQ(found[1].kind, Kind::kBegun);
  EXPECT_EQ(found[1].attempt, "uid/main");
  EXPECT_EQ(found[1].text, "/data/a b");
  EXPECT_EQ(found[2].text, "{\"exitCode\":0}");
  EXPECT_EQ(read_entries(text, [](JournalEntry) {}), text.size());
}

TEST(ProcessJournal, ATextOfSeveralLinesStaysOneEntry) {
  std::string out;
  append_entry(out, Kind::kRefused, "uid/main", "no\nspace");
  ASSERT_EQ(read(out).size(), 1u);
  EXPECT_EQ(read(out)[0].text, "no space");
}

TEST(ProcessJournal, ReadingEndsWhereItWasTorn) {
  const std::string text = three_entries();
  const size_t two = text.rfind('\n', text.size() - 2) + 1;
  for (size_t size = two; size < text.size(); ++size)
    EXPECT_EQ(read(std::string_view(text).substr(0, size)).size(), 2u) << size;
  // Zeros, as a file has that was made longer than what is written.
  EXPECT_EQ(read(text + std::string(100, '\0')).size(), 3u);
  // A byte that was turned over, anywhere in the last entry.
  for (size_t at = two; at + 1 < text.size(); ++at) {
    std::string bad = text;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_EQ(read(bad).size(), 2u) << at;
  }
}

TEST(ProcessJournal, RequestsAreTakenOnceTheyAreWhole) {
  std::string bytes;
  append_request(bytes, ProcessRequest::Kind::kStart, "attempt\nwith\nlines");
  append_request(bytes, ProcessRequest::Kind::kQuit, "");
  const size_t first = bytes.size() - 3;
  for (size_t size = 0; size < first; ++size) {
    std::string part = bytes.substr(0, size);
    size_t at = 0;
    EXPECT_FALSE(take_request(part, at)) << size;
    EXPECT_EQ(at, 0u);
  }
  size_t at = 0;
  auto request = take_request(bytes, at);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->text, "attempt\nwith\nlines");
  request = take_request(bytes, at);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, ProcessRequest::Kind::kQuit);
  EXPECT_FALSE(take_request(bytes, at));
}

}  // namespace
}  // namespace sys

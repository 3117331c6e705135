// What only the SQLite body does: opening, refusing, cleaning up behind deletions.
#include "store/sqlite.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace store {
namespace {

using base::Code;
using testing::HasSubstr;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    char name[] = "/tmp/argon-sqlite-XXXXXX";
    options_.directory = ::mkdtemp(name);
  }
  ~SqliteStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(options_.directory);
  }
  Store& open() {
    store_.reset();
    store_ = open_sqlite(options_).value();
    return *store_;
  }
  std::string database() const { return options_.directory + "/store.db"; }
  // Runs SQL beside the store, as somebody with the sqlite3 program would.
  int64_t sql(const std::string& text) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(database().c_str(), &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 10'000);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(handle, text.c_str(), -1, &statement, nullptr), SQLITE_OK);
    const int64_t value =
        sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
  }
  void expect_refused(const std::string& text) {
    std::ifstream before(database(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(before)), {});
    const auto opened = open_sqlite(options_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kCorrupt);
    EXPECT_THAT(opened.error().text, HasSubstr(text));
    EXPECT_THAT(opened.error().text, HasSubstr(database()));
    EXPECT_NE(opened.error().hint, "");
    std::ifstream after(database(), std::ios::binary);
    EXPECT_TRUE(std::string((std::istreambuf_iterator<char>(after)), {}) == bytes)
        << "the file was touched";
  }
  static Batch object(const std::string& name, const std::string& json = "{}") {
    Batch batch;
    batch.puts.push_back(
        {{"workflows.argoproj.io", "argo", name}, "uid-" + name, json, {}, {}, {}});
    return batch;
  }
  static Key key(const std::string& name) { return {"workflows.argoproj.io", "argo", name}; }

  SqliteOptions options_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteStoreTest, EverythingIsThereAfterReopening) {
  Batch batch = object("w", "first");
  batch.rows.push_back({"uid-w", "nodes", 1, "row"});
  const uint64_t revision = open().commit(batch).value();
  Store& store = open();
  EXPECT_EQ(store.revision(), revision);
  EXPECT_EQ(store.get(key("w")).value().json, "first");
  std::string row;
  ASSERT_TRUE(store.rows("uid-w", "nodes", 0, [&](uint64_t, std::string_view bytes) {
    row = bytes;
    return true;
  }));
  EXPECT_EQ(row, "row");
  EXPECT_GT(store.commit(object("w", "second")).value(), revision);
}

TEST_F(SqliteStoreTest, AWatchDoesNotReachBehindTheOpening) {
  const uint64_t first = open().commit(object("a")).value();
  const uint64_t second = store_->commit(object("b")).value();
  Store& store = open();
  EXPECT_EQ(store.watch("workflows.argoproj.io", "", first).error().code, Code::kGone);
  EXPECT_TRUE(store.watch("workflows.argoproj.io", "", second));
}

TEST_F(SqliteStoreTest, HistoryAndPendingChangesAreBounded) {
  options_.history_changes = 10;
  options_.pending_changes = 20;
  Store& store = open();
  const uint64_t start = store.commit(object("start")).value();
  auto slow = store.watch("workflows.argoproj.io", "", 0).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(store.commit(object("a" + std::to_string(i))));
  EXPECT_TRUE(store.watch("workflows.argoproj.io", "", start));
  ASSERT_TRUE(store.commit(object("b")));
  EXPECT_EQ(store.watch("workflows.argoproj.io", "", start).error().code, Code::kGone);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store.commit(object("a0", std::to_string(i))));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.commit(object("c" + std::to_string(i))));
  auto full = store.watch("workflows.argoproj.io", "", 0).value();
  ASSERT_TRUE(store.commit(object("d")));
  EXPECT_EQ(slow->next(0, nullptr).error().code, Code::kGone);
  EXPECT_EQ(slow->next(0, nullptr).error().code, Code::kGone);
  EXPECT_EQ(full->next(0, nullptr).value().size(), 1u);
}

TEST_F(SqliteStoreTest, ASecondOpenerIsToldWhoHasIt) {
  open();
  const auto second = open_sqlite(options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().text, HasSubstr("already"));
  EXPECT_THAT(second.error().text, HasSubstr(std::to_string(::getpid())));
  store_.reset();
  EXPECT_TRUE(open_sqlite(options_));
}

TEST_F(SqliteStoreTest, ANewerDatabaseIsRefused) {
  open();
  store_.reset();
  sql("PRAGMA user_version = 1001");
  expect_refused("newer");
}

TEST_F(SqliteStoreTest, WhatIsNoDatabaseIsRefused) {
  for (const std::string& bytes : {std::string("x"), std::string(100'000, 'x')}) {
    std::ofstream(database(), std::ios::binary) << bytes;
    expect_refused("damaged");
  }
}

TEST_F(SqliteStoreTest, SomebodyElsesDatabaseIsRefused) {
  sql("CREATE TABLE t(x)");
  expect_refused("no database of argo");
}

TEST_F(SqliteStoreTest, ATruncatedDatabaseIsRefusedOrSaysSoWhenRead) {
  Store& store = open();
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(store.commit(object("w" + std::to_string(i), std::string(2000, 'x'))));
  store_.reset();
  std::filesystem::resize_file(database(), std::filesystem::file_size(database()) / 2);
  const auto opened = open_sqlite(options_);
  const base::Error error =
      opened ? (*opened)->list({"workflows.argoproj.io", "", {}, {}, 0, ""}).error()
             : opened.error();
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.text, HasSubstr(database()));
}

TEST_F(SqliteStoreTest, ADatabaseThatLostItsCounterIsRefused) {
  open();
  store_.reset();
  sql("DELETE FROM meta");
  EXPECT_EQ(open_sqlite(options_).error().code, Code::kCorrupt);
}

TEST_F(SqliteStoreTest, AnEmptyFileIsANewStore) {
  std::ofstream(database()).flush();
  EXPECT_TRUE(open().commit(object("w")));
}

Batch rows_batch(uint64_t from, uint64_t count) {
  Batch batch;
  for (uint64_t i = 0; i < count; ++i)
    batch.rows.push_back({"uid-w", "nodes", from + i, std::string(100, 'n')});
  return batch;
}

TEST_F(SqliteStoreTest, RowsOfTheDeadAreTakenAwayInTheBackground) {
  Store& store = open();
  ASSERT_TRUE(store.commit(object("w")));
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(store.commit(rows_batch(i * 1000, 1000)));
  Batch deletion;
  deletion.deletes.push_back({key("w"), {}});
  ASSERT_TRUE(store.commit(deletion));
  // Other writers are served meanwhile.
  while (sql("SELECT count(*) FROM dead_owners") > 0) ASSERT_TRUE(store.commit(object("other")));
  EXPECT_EQ(sql("SELECT count(*) FROM rows"), 0);
  EXPECT_EQ(sql("SELECT count(*) FROM object_index"), 0);
  EXPECT_EQ(sql("SELECT count(*) FROM row_owners"), 1);
}

TEST_F(SqliteStoreTest, TakingAwayGoesOnAfterARestart) {
  Store& store = open();
  ASSERT_TRUE(store.commit(object("w")));
  ASSERT_TRUE(store.commit(rows_batch(0, 2500)));
  store_.reset();
  // As a crash right behind the deletion leaves it.
  const std::string owner = std::to_string(sql("SELECT id FROM objects"));
  sql("INSERT INTO dead_owners VALUES(" + owner + ")");
  sql("DELETE FROM row_owners");
  sql("DELETE FROM objects");
  open();
  while (sql("SELECT count(*) FROM dead_owners") > 0) std::this_thread::yield();
  EXPECT_EQ(sql("SELECT count(*) FROM rows"), 0);
}

TEST_F(SqliteStoreTest, TheWalIsMovedIntoTheDatabaseUnderSteadyLoad) {
  options_.checkpoint_pages = 50;
  Store& store = open();
  for (int i = 0; i < 400; ++i)
    ASSERT_TRUE(store.commit(object("w" + std::to_string(i % 20), std::string(20'000, 'x'))));
  // 400 commits of at least five pages each; the WAL starts anew at two checkpoints' worth, a few
  // commits late.
  EXPECT_LT(std::filesystem::file_size(database() + "-wal"), 50 * 4096 * 8u);
}

TEST_F(SqliteStoreTest, TheWalHasItsLengthBeforeTheFirstCommitAndACrashReadsItAll) {
  options_.checkpoint_pages = 100;
  Store& store = open();
  const uint64_t length = std::filesystem::file_size(database() + "-wal");
  EXPECT_GE(length, 100 * 4096u);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.commit(object("w" + std::to_string(i))));
  EXPECT_EQ(std::filesystem::file_size(database() + "-wal"), length);
  SqliteOptions after;
  after.directory = options_.directory + "/after";
  std::filesystem::create_directory(after.directory);
  for (const char* end : {"", "-wal"})
    std::filesystem::copy_file(database() + end, after.directory + "/store.db" + end);
  EXPECT_EQ(open_sqlite(after)
                .value()
                ->list({"workflows.argoproj.io", "", {}, {}, 0, ""})
                .value()
                .objects.size(),
            5u);
}

TEST_F(SqliteStoreTest, ALongReadSeesItsOwnTimeAndHoldsNobodyUp) {
  Store& store = open();
  ASSERT_TRUE(store.commit(object("w")));
  ASSERT_TRUE(store.commit(rows_batch(0, 10)));
  uint64_t seen = 0;
  ASSERT_TRUE(store.rows("uid-w", "nodes", 0, [&](uint64_t, std::string_view) {
    EXPECT_TRUE(store.commit(rows_batch(100 + seen, 1)));
    ++seen;
    return true;
  }));
  EXPECT_EQ(seen, 10u);
}

TEST_F(SqliteStoreTest, ResourcesThatOwnNoRowsAreRefusedAsOwners) {
  Store& store = open();
  Batch batch;
  batch.puts.push_back({{"pods", "argo", "p"}, "uid-p", "{}", {}, {}, {}});
  ASSERT_TRUE(store.commit(batch));
  Batch rows;
  rows.rows.push_back({"uid-p", "nodes", 1, "x"});
  EXPECT_EQ(store.commit(rows).error().code, Code::kNotFound);
}

TEST_F(SqliteStoreTest, ManyObjectsOfOneLabelArePagedInOrder) {
  Store& store = open();
  // More than are sorted in memory, so that the list walks in order of the names instead.
  for (int i = 0; i < 10'050; i += 50) {
    Batch batch;
    for (int k = i; k < i + 50; ++k)
      batch.puts.push_back({{"pods", "argo", "p" + std::to_string(1'000'000 + k * 7919 % 10'050)},
                            "uid-" + std::to_string(k),
                            "{}",
                            {{"k", "v"}},
                            {},
                            {}});
    ASSERT_TRUE(store.commit(batch));
  }
  ListQuery query{"pods", "", text::Selector::parse_labels("k=v").value(), {}, 4000, ""};
  size_t seen = 0;
  std::string last;
  do {
    const ListPage page = store.list(query).value();
    for (const Object& pod : page.objects) {
      EXPECT_LT(last, pod.key.name);
      last = pod.key.name;
    }
    seen += page.objects.size();
    query.continue_token = page.continue_token;
  } while (!query.continue_token.empty());
  EXPECT_EQ(seen, 10'050u);
}

}  // namespace
}  // namespace store

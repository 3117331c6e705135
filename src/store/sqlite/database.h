// database.h — SQLite's C API as owned handles and Errors. One connection is used by one thread at
// a time.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace store {

// Bytes bound or read are borrowed: until the statement's next step or reset.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  Statement& bind(int at, int64_t value) {
    sqlite3_bind_int64(handle_.get(), at, value);
    return *this;
  }
  Statement& bind(int at, uint64_t value) { return bind(at, static_cast<int64_t>(value)); }
  Statement& bind(int at, std::string_view text) {
    sqlite3_bind_text64(handle_.get(), at, text.empty() ? "" : text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Statement& bind_bytes(int at, std::string_view bytes) {
    sqlite3_bind_blob64(handle_.get(), at, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
    return *this;
  }
  // SQLITE_ROW, SQLITE_DONE, or an error.
  int step() { return sqlite3_step(handle_.get()); }
  // For statements without rows: SQLITE_OK or an error; reset afterwards.
  int run();
  void reset() { sqlite3_reset(handle_.get()); }

  int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  uint64_t unsigned_integer(int column) const { return static_cast<uint64_t>(integer(column)); }
  std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// Resets a statement at the end of the block, so that a read transaction does not stay open.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  Database() = default;
  // `flags` are SQLITE_OPEN_…; `vfs` may be empty.
  static base::Result<Database> open(const std::string& path, int flags, const std::string& vfs);

  base::Status execute(const std::string& sql);
  base::Result<Statement> prepare(std::string_view sql);
  // The first column of the first row.
  base::Result<int64_t> query_integer(std::string_view sql);
  // Makes the WAL at least `bytes` long with synced zeros, which SQLite reads as the end of the
  // log: a commit that overwrites need not make the file longer, which halves its sync. Only while
  // no other connection writes. Best effort: a disk without room for it is found out by commits.
  void reserve_wal(uint64_t bytes);
  sqlite3* handle() const { return handle_.get(); }
  const std::string& path() const { return path_; }
  // What `result` means for the caller, with the file's name.
  base::Error error(int result) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

}  // namespace store

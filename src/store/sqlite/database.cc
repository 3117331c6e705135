#include "store/sqlite/database.h"

#include <algorithm>
#include <string>
#include <utility>

namespace store {

using base::Code;

int Statement::run() {
  int result = step();
  if (result == SQLITE_DONE || result == SQLITE_ROW) result = SQLITE_OK;
  reset();
  return result;
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data ? std::string_view(static_cast<const char*>(data), static_cast<size_t>(size))
              : std::string_view();
}

base::Error Database::error(int result) const {
  const std::string what =
      path_ + ": " + (handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(result));
  switch (result & 0xff) {
    case SQLITE_FULL:
      return {Code::kUnavailable, what, {}, "free some space on this disk"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY:
      return {Code::kUnavailable, what};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::kCorrupt,
              what + " (the database is damaged)",
              {},
              "restore a backup of it, or move it away to start with an empty store"};
    case SQLITE_CONSTRAINT:
      return {Code::kInvalid, what};
    case SQLITE_TOOBIG:
      return {Code::kTooLarge, what};
    default:
      return {Code::kInternal, what};
  }
}

base::Result<Database> Database::open(const std::string& path, int flags, const std::string& vfs) {
  // SQLite's count of its memory costs a lock at every allocation and nobody reads it. Refused,
  // without harm, when somebody has used SQLite before.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
  Database database;
  database.path_ = path;
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  database.handle_.reset(handle);
  if (result != SQLITE_OK) return base::fail(database.error(result));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);
  return database;
}

void Database::reserve_wal(uint64_t bytes) {
  sqlite3_file* file = nullptr;
  const int found =
      sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (found != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return;
  sqlite3_int64 size = 0;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return;
  const auto wanted = static_cast<sqlite3_int64>(bytes);
  if (size >= wanted) return;
  const sqlite3_int64 before = size;
  const std::string zeros(64 << 10, '\0');  // SQLite writes less than 128 KiB at once
  while (size < wanted) {
    const int count = static_cast<int>(std::min<sqlite3_int64>(zeros.size(), wanted - size));
    if (file->pMethods->xWrite(file, zeros.data(), count, size) != SQLITE_OK) {
      file->pMethods->xTruncate(file, before);  // leaves the room to those who need it
      return;
    }
    size += count;
  }
  file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

base::Status Database::execute(const std::string& sql) {
  const int result = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return base::fail(error(result));
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return base::fail(error(result));
  return Statement(statement);
}

base::Result<int64_t> Database::query_integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return base::fail(statement.error());
  const int result = statement->step();
  if (result == SQLITE_ROW) return statement->integer(0);
  if (result == SQLITE_DONE)
    return base::fail(Code::kCorrupt, path_ + ": a row is missing (the database is damaged)");
  return base::fail(error(result));
}

}  // namespace store

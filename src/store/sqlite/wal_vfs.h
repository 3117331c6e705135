// wal_vfs.h — an SQLite VFS for the writer's connection that takes the sync of the WAL out of the
// commit, so that a transaction can be built on while the one before it is still being synced.
//
// SQLite syncs the WAL as the last step of a commit, before any other connection can see it. Here
// that step writes what the commit has gathered, in one write where SQLite makes two a page, and
// puts the sync itself off until sync(). All other syncs are made as SQLite asks for them: of a new
// WAL's header, of a checkpoint, of the database. The log is one file, and sync() covers all that
// was written to it before: a transaction can only survive together with those before it.
//
// What was written and not yet synced is kept in memory: after a sync that failed the system may
// have dropped those pages, so that repair() writes them again.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace store {

class WalVfs {
 public:
  // Over the VFS of this name, empty: the system's. Must outlive the connections opened with it.
  explicit WalVfs(const std::string& inner);
  ~WalVfs();
  WalVfs(const WalVfs&) = delete;
  WalVfs& operator=(const WalVfs&) = delete;

  const std::string& name() const { return name_; }  // for sqlite3_open_v2()
  // From now on commits leave the sync to sync(). When the connection is set up.
  void begin_deferring() { defers_ = true; }
  // Before the connection is closed.
  void end_deferring() { defers_ = false; }

  // Makes durable what was committed before the call. SQLITE_OK or an error, after which nothing
  // that was not durable before is known to be and repair() must come next. One thread at a time,
  // beside the writer's.
  int sync();
  // Writes again what was not synced, and syncs. While nobody writes.
  int repair();

 private:
  struct Written {
    uint64_t offset = 0;
    std::string bytes;
  };
  struct File;

  static File* of(sqlite3_file* file);
  static int open(sqlite3_vfs*, const char*, sqlite3_file*, int, int*);
  static const sqlite3_io_methods& methods();
  static int close(sqlite3_file*);
  static int read(sqlite3_file*, void*, int, sqlite3_int64);
  static int write(sqlite3_file*, const void*, int, sqlite3_int64);
  static int truncate(sqlite3_file*, sqlite3_int64);
  static int commit(sqlite3_file*, int flags);
  int flush(File& file);

  const std::string name_;
  sqlite3_vfs* const inner_;
  sqlite3_vfs vfs_;
  bool defers_ = false;  // the writer's thread
  Written gathered_;     // the writer's thread: not yet written
  File* wal_ = nullptr;  // while it is open
  std::mutex mutex_;
  std::vector<Written> unsynced_;  // in order
};

}  // namespace store

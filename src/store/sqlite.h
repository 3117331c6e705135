// sqlite.h — the store that ships: one SQLite database in WAL mode, durable at every commit.
//
// Commits of several threads are merged: whoever finds the writer free writes all that waits in one
// transaction, and one fsync makes all durable that was written until it began. Reads run beside,
// on connections of their own. One background thread takes the rows of deleted objects away in
// slices and moves the WAL into the database.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "store/store.h"

namespace store {

struct SqliteOptions {
  // Made when it is not there (mode 0700). Holds store.db, store.db-wal, store.db-shm, store.lock.
  std::string directory;
  // Resources whose objects never own rows: saves an index of their uids. Must not change for a
  // directory once it has such objects.
  std::vector<std::string> rowless = {"pods", "events"};
  // Resource and label: labels that each object of the resource changes in its life, and by which
  // nobody looks for few among many. Saves their index; a list by one walks over the resource.
  std::vector<std::pair<std::string, std::string>> unindexed = {
      {"pods", "workflows.argoproj.io/completed"}};
  // What a new watch can reach back to; since the store was opened at most.
  size_t history_changes = 8192, history_bytes = 4 << 20;
  // A watch that has more pending than this ends with kGone.
  size_t pending_changes = 200'000, pending_bytes = 32 << 20;
  int64_t cache_kib = 8 << 10;  // of the writer's pages
  // In pages of 4 KiB: when the WAL is moved into the database.
  uint64_t checkpoint_pages = 4096;
  std::string vfs;  // name of an SQLite VFS, for fault tests; empty: the system's
};

// kConflict: another process has it open (the text names its pid). kCorrupt: damaged, no database
// of ours, or of a newer version; the file is not touched.
base::Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

}  // namespace store

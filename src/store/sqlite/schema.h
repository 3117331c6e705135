// schema.h — the tables of the store, and how a database is opened, made, or refused.
//
//   objects      one row an object; `id` grows and is never given twice
//   object_index (hash, object): hashes of labels and of owners' uids (index_hash.h); small and
//                appended to at a few places, unlike an index over the texts
//   row_owners   uid -> object, for the objects that may own rows
//   rows         clustered by owner, collection, key: a workflow's nodes lie side by side, in order
//   dead_owners  deleted objects whose rows are still to be taken away
//   meta         one row: the revision and the next object's id
#pragma once
#include "base/error.h"
#include "store/sqlite/database.h"

namespace store {

inline constexpr int64_t kSchemaVersion = 1;  // PRAGMA user_version

// Looks at the file's first bytes only: kCorrupt when they are no database of ours or of a newer
// version. A file that is not there, or empty, is fine.
base::Status check_header(const std::string& path);

// Sets a connection that writes up: WAL, durable commits; makes the tables in a new database.
base::Status set_up_writer(Database& database, int64_t cache_kib);
base::Status set_up_reader(Database& database);

}  // namespace store

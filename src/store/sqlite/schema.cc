#include "store/sqlite/schema.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "sys/fd.h"

namespace store {
namespace {

using base::Code;
using base::fail;

constexpr int64_t kApplicationId = 0x4172676f;  // "Argo"

constexpr const char* kTables = R"(
CREATE TABLE objects(
  id INTEGER PRIMARY KEY,
  resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
  revision INTEGER NOT NULL, created_revision INTEGER NOT NULL,
  labels BLOB NOT NULL, owners BLOB NOT NULL, json BLOB NOT NULL);
CREATE UNIQUE INDEX objects_key ON objects(resource, namespace, name);
CREATE TABLE object_index(
  hash INTEGER NOT NULL, object INTEGER NOT NULL, PRIMARY KEY(hash, object)) WITHOUT ROWID;
CREATE TABLE row_owners(uid TEXT PRIMARY KEY, object INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rows(
  owner INTEGER NOT NULL, collection TEXT NOT NULL, key INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(owner, collection, key)) WITHOUT ROWID;
CREATE TABLE dead_owners(object INTEGER PRIMARY KEY);
CREATE TABLE meta(
  id INTEGER PRIMARY KEY CHECK(id = 0), revision INTEGER NOT NULL, next_object INTEGER NOT NULL);
INSERT INTO meta VALUES(0, 1, 1);
)";

uint32_t big_endian(const unsigned char* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
}

tl::unexpected<base::Error> newer(const std::string& path, int64_t version) {
  return fail(Code::kCorrupt,
              path + " was written by a newer argo (schema " + std::to_string(version) +
                  ", this one knows " + std::to_string(kSchemaVersion) + ")",
              {}, "use that argo, or another data directory");
}

tl::unexpected<base::Error> not_ours(const std::string& path) {
  return fail(Code::kCorrupt, path + " is damaged, or no database of argo", {},
              "restore a backup of it, or move it away to start with an empty store");
}

base::Status make_tables(Database& database) {
  return database.execute(
      "BEGIN IMMEDIATE; PRAGMA application_id = " + std::to_string(kApplicationId) + ";" + kTables +
      "PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT;");
}

// Is it new and empty (true), or a store of this version?
base::Result<bool> check_identity(Database& database) {
  const auto version = database.query_integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  if (*version > kSchemaVersion) return newer(database.path(), *version);
  const auto tables = database.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());
  if (*version == 0 && *tables == 0) return true;
  const auto application = database.query_integer("PRAGMA application_id");
  if (!application) return fail(application.error());
  if (*application != kApplicationId || *version == 0) return not_ours(database.path());
  return false;
}

base::Status set_common(Database& database, int64_t cache_kib) {
  return database.execute("PRAGMA cache_size = -" + std::to_string(cache_kib) +
                          "; PRAGMA temp_store = MEMORY;");
}

}  // namespace

base::Status check_header(const std::string& path) {
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return {};
  unsigned char header[100];
  const ssize_t size = ::pread(fd.get(), header, sizeof header, 0);
  if (size == 0) return {};
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (size < static_cast<ssize_t>(sizeof header) ||
      std::string_view(reinterpret_cast<char*>(header), kMagic.size()) != kMagic)
    return not_ours(path);
  const uint32_t version = big_endian(header + 60), application = big_endian(header + 68);
  if (version > kSchemaVersion) return newer(path, version);
  // Both are 0 while the first transaction is still in the WAL.
  if (application != 0 && application != kApplicationId) return not_ours(path);
  return {};
}

base::Status set_up_writer(Database& database, int64_t cache_kib) {
  if (auto done = set_common(database, cache_kib); !done) return done;
  // Before anything is written: what is not ours is not touched.
  const auto is_new = check_identity(database);
  if (!is_new) return fail(is_new.error());
  // FULL: the WAL is synced at each commit. Checkpoints are made by the background thread.
  auto done = database.execute(
      "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA wal_autocheckpoint = 0;");
  if (!done) return done;
  return *is_new ? make_tables(database) : base::Status();
}

base::Status set_up_reader(Database& database) {
  if (auto done = set_common(database, 1024); !done) return done;
  return database.execute("PRAGMA query_only = ON;");
}

}  // namespace store

#include "store/sqlite/writer.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "store/precondition.h"

namespace store {
namespace {

constexpr size_t kRowOwnersMax = 4096, kRowOwnerBytesMax = 32 << 20;
constexpr int64_t kReapRows = 1000;  // of one slice: a few milliseconds

}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::make(Database database, Unindexed unindexed) {
  std::unique_ptr<Writer> writer(new Writer(std::move(database), std::move(unindexed)));
  if (auto loaded = writer->load(); !loaded) return base::fail(loaded.error());
  return writer;
}

base::Status Writer::load() {
  const struct {
    Statement* statement;
    std::string_view sql;
  } statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&find_,
       "SELECT id, uid, revision, created_revision, labels, owners FROM objects"
       " WHERE resource = ? AND namespace = ? AND name = ?"},
      {&read_,
       "SELECT resource, namespace, name, uid, revision, created_revision, labels, json"
       " FROM objects WHERE id = ?"},
      {&insert_, "INSERT INTO objects VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&update_,
       "UPDATE objects SET revision = ?2, labels = ?3, owners = ?4, json = ?5 WHERE id = ?1"},
      {&delete_, "DELETE FROM objects WHERE id = ?"},
      {&index_, "INSERT INTO object_index VALUES(?, ?)"},
      {&unindex_, "DELETE FROM object_index WHERE hash = ? AND object = ?"},
      {&insert_owner_, "INSERT INTO row_owners VALUES(?, ?)"},
      {&delete_owner_, "DELETE FROM row_owners WHERE uid = ?"},
      {&find_owner_, "SELECT object FROM row_owners WHERE uid = ?"},
      {&has_rows_, "SELECT 1 FROM rows WHERE owner = ? LIMIT 1"},
      {&insert_dead_, "INSERT INTO dead_owners VALUES(?)"},
      {&first_dead_, "SELECT object FROM dead_owners LIMIT 1"},
      {&delete_dead_, "DELETE FROM dead_owners WHERE object = ?"},
      {&put_row_,
       "INSERT INTO rows VALUES(?, ?, ?, ?)"
       " ON CONFLICT DO UPDATE SET bytes = excluded.bytes"},
      {&delete_row_, "DELETE FROM rows WHERE owner = ? AND collection = ? AND key = ?"},
      {&reap_rows_,
       "DELETE FROM rows WHERE (owner, collection, key) IN"
       " (SELECT owner, collection, key FROM rows WHERE owner = ? LIMIT ?)"},
      {&put_meta_, "UPDATE meta SET revision = ?, next_object = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return base::fail(prepared.error());
    *statement = std::move(*prepared);
  }
  const auto revision = database_.query_integer("SELECT revision FROM meta");
  if (!revision) return base::fail(revision.error());
  const auto next_object = database_.query_integer("SELECT next_object FROM meta");
  if (!next_object) return base::fail(next_object.error());
  const auto dead = database_.query_integer("SELECT EXISTS(SELECT 1 FROM dead_owners)");
  if (!dead) return base::fail(dead.error());
  revision_ = static_cast<uint64_t>(*revision);
  next_object_ = *next_object;
  has_dead_rows_ = *dead != 0;
  sqlite3_wal_hook(
      database_.handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Writer*>(self)->wal_pages_ = static_cast<uint64_t>(pages);
        return SQLITE_OK;
      },
      this);
  return {};
}

void Writer::run(Statement& statement) {
  const int result = statement.run();
  if (result != SQLITE_OK && failed_ == SQLITE_OK) failed_ = result;
}

void Writer::write(std::span<Request* const> requests) {
  const base::Status done = transact(requests);
  if (done) return;
  if (requests.size() == 1) {
    requests[0]->result = base::fail(done.error());
    return;
  }
  for (Request* const& request : requests) write({&request, 1});
}

void Writer::roll_back(uint64_t revision, int64_t next_object) {
  // SQLite has rolled back by itself after some errors.
  if (!sqlite3_get_autocommit(database_.handle())) rollback_.run();
  revision_ = revision;
  next_object_ = next_object;
  row_owners_.clear();
  row_owner_bytes_ = 0;
  has_dead_rows_ = true;  // perhaps: the next slice will see
}

base::Status Writer::transact(std::span<Request* const> requests) {
  const uint64_t revision = revision_;
  const int64_t next_object = next_object_;
  failed_ = begin_.run();
  if (failed_ != SQLITE_OK) return base::fail(database_.error(failed_));
  for (Request* request : requests) {
    request->changes.clear();
    if (request->task == Request::Task::kReap)
      reap(*request);
    else
      apply(*request);
    if (failed_ != SQLITE_OK) break;
  }
  if (failed_ == SQLITE_OK && revision_ != revision)
    run(put_meta_.bind(1, revision_).bind(2, next_object_));
  if (failed_ == SQLITE_OK) run(commit_);
  if (failed_ == SQLITE_OK) return {};
  base::Error error = database_.error(failed_);
  roll_back(revision, next_object);
  for (Request* request : requests) request->changes.clear();
  return base::fail(std::move(error));
}

bool Writer::reject(Request& request, base::Error error) {
  request.result = base::fail(std::move(error));
  return false;
}

Found Writer::find(const Key& key) {
  Found found;
  find_.bind(1, key.resource).bind(2, key.namespace_).bind(3, key.name);
  const int result = find_.step();
  if (result == SQLITE_ROW) {
    found.id = find_.integer(0);
    found.uid = find_.bytes(1);
    found.revision = find_.unsigned_integer(2);
    found.created_revision = find_.unsigned_integer(3);
    found.labels = find_.bytes(4);
    found.owners = find_.bytes(5);
  } else if (result != SQLITE_DONE && failed_ == SQLITE_OK) {
    failed_ = result;
  }
  find_.reset();
  return found;
}

// False when the batch is refused (its result says why) or the database failed.
bool Writer::check(Request& request) {
  const auto present = [](const Found& found) { return Present{found.revision, found.uid}; };
  for (const Batch::Check& wanted : request.checks) {
    const Found found = find(wanted.key);
    const Present now = present(found);
    if (auto ok = store::check(wanted.precondition, wanted.key, found.id ? &now : nullptr); !ok)
      return reject(request, ok.error());
  }
  for (Request::Delete& deletion : request.deletes) {
    deletion.found = find(deletion.wanted.key);
    if (!deletion.found.id) return reject(request, not_found(deletion.wanted.key));
    const Present now = present(deletion.found);
    if (auto ok = store::check(deletion.wanted.precondition, deletion.wanted.key, &now); !ok)
      return reject(request, ok.error());
  }
  for (Request::Put& put : request.puts) {
    const auto same = [&](const Request::Delete& deletion) {
      return deletion.wanted.key == put.object->key;
    };
    const bool deleted = std::any_of(request.deletes.begin(), request.deletes.end(), same);
    put.found = deleted ? Found{} : find(put.object->key);
    const Present now = present(put.found);
    if (auto ok = check_put(put.object->key, put.object->uid, put.precondition,
                            put.found.id ? &now : nullptr);
        !ok)
      return reject(request, ok.error());
  }
  const std::string* last = nullptr;
  const auto known = [&](const std::string& uid) {
    if (last && *last == uid) return true;
    last = &uid;
    return check_row_owner(request, uid);
  };
  for (const PutRow& row : request.rows)
    if (!known(row.owner_uid)) return false;
  for (const DeleteRow& row : request.deleted_rows)
    if (!known(row.owner_uid)) return false;
  return failed_ == SQLITE_OK;
}

bool Writer::check_row_owner(Request& request, const std::string& uid) {
  for (const Request::Put& put : request.puts)
    if (put.owns_rows && put.object->uid == uid) return true;
  const RowOwner* owner = row_owner(uid);
  const auto is_owner = [&](const Request::Delete& deletion) {
    return owner && deletion.found.id == owner->id;
  };
  if (!owner || std::any_of(request.deletes.begin(), request.deletes.end(), is_owner))
    return reject(request, row_owner_not_found(uid));
  return true;
}

void Writer::apply(Request& request) {
  if (!check(request)) return;
  if (request.is_empty()) {
    request.result = revision_;
    return;
  }
  ++revision_;
  for (Request::Delete& deletion : request.deletes) remove(request, deletion);
  for (Request::Put& wanted : request.puts) put(request, wanted);
  write_rows(request);
  request.result = revision_;
}

void Writer::index(int64_t object, const std::vector<int64_t>& hashes, Statement& statement) {
  for (const int64_t hash : hashes) run(statement.bind(1, hash).bind(2, object));
}

void Writer::put(Request& request, Request::Put& put) {
  Object& object = *put.object;
  const Key& key = object.key;
  const bool is_new = put.found.id == 0;
  const int64_t id = is_new ? next_object_++ : put.found.id;
  object.revision = revision_;
  object.created_revision = is_new ? revision_ : put.found.created_revision;
  if (is_new) {
    insert_.bind(1, id).bind(2, key.resource).bind(3, key.namespace_).bind(4, key.name);
    insert_.bind(5, object.uid).bind(6, revision_).bind(7, revision_);
    run(insert_.bind_bytes(8, put.labels).bind_bytes(9, put.owners).bind_bytes(10, object.json));
    index(id, put.hashes, index_);
    if (put.owns_rows) run(insert_owner_.bind(1, object.uid).bind(2, id));
  } else {
    update_.bind(1, id).bind(2, revision_);
    run(update_.bind_bytes(3, put.labels).bind_bytes(4, put.owners).bind_bytes(5, object.json));
    if (put.labels != put.found.labels || put.owners != put.found.owners) {
      const auto before =
          index_hashes(unindexed_, key.resource, put.found.labels, put.found.owners);
      const std::vector<int64_t>& after = put.hashes;
      std::vector<int64_t> gone, come;
      std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                          std::back_inserter(gone));
      std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                          std::back_inserter(come));
      index(id, gone, unindex_);
      index(id, come, index_);
    }
  }
  if (const auto cached = row_owners_.find(object.uid); cached != row_owners_.end())
    cache(object.uid, {id, put.object});
  request.changes.push_back({is_new ? Change::Type::kAdded : Change::Type::kModified,
                             put.object,
                             revision_,
                             {},
                             false,
                             decode_labels(put.found.labels)});
}

void Writer::remove(Request& request, Request::Delete& deletion) {
  const int64_t id = deletion.found.id;
  std::shared_ptr<Object> last = read_object(id);
  if (!last) return;
  run(delete_.bind(1, id));
  index(id,
        index_hashes(unindexed_, last->key.resource, deletion.found.labels, deletion.found.owners),
        unindex_);
  run(delete_owner_.bind(1, last->uid));
  const int rows = has_rows_.bind(1, id).step();
  has_rows_.reset();
  if (rows == SQLITE_ROW) {
    run(insert_dead_.bind(1, id));
    has_dead_rows_ = true;
  }
  if (const auto cached = row_owners_.find(last->uid); cached != row_owners_.end()) {
    row_owner_bytes_ -= cached->second.object->json.size();
    row_owners_.erase(cached);
  }
  last->revision = revision_;
  Labels labels = last->labels;
  request.changes.push_back(
      {Change::Type::kDeleted, std::move(last), revision_, {}, false, std::move(labels)});
}

std::shared_ptr<Object> Writer::read_object(int64_t id) {
  const ResetGuard guard(read_);
  const int result = read_.bind(1, id).step();
  if (result != SQLITE_ROW) {
    if (failed_ == SQLITE_OK) failed_ = result == SQLITE_DONE ? SQLITE_CORRUPT : result;
    return nullptr;
  }
  auto object = std::make_shared<Object>();
  object->key = {std::string(read_.bytes(0)), std::string(read_.bytes(1)),
                 std::string(read_.bytes(2))};
  object->uid = read_.bytes(3);
  object->revision = read_.unsigned_integer(4);
  object->created_revision = read_.unsigned_integer(5);
  object->labels = decode_labels(read_.bytes(6));
  object->json = read_.bytes(7);
  return object;
}

void Writer::cache(const std::string& uid, RowOwner owner) {
  if (row_owners_.size() >= kRowOwnersMax || row_owner_bytes_ > kRowOwnerBytesMax) {
    row_owners_.clear();
    row_owner_bytes_ = 0;
  }
  RowOwner& slot = row_owners_[uid];
  if (slot.object) row_owner_bytes_ -= slot.object->json.size();
  row_owner_bytes_ += owner.object->json.size();
  slot = std::move(owner);
}

Writer::RowOwner* Writer::row_owner(const std::string& uid) {
  if (const auto cached = row_owners_.find(uid); cached != row_owners_.end())
    return &cached->second;
  const int result = find_owner_.bind(1, uid).step();
  const int64_t id = result == SQLITE_ROW ? find_owner_.integer(0) : 0;
  find_owner_.reset();
  if (result != SQLITE_ROW && result != SQLITE_DONE && failed_ == SQLITE_OK) failed_ = result;
  if (id == 0) return nullptr;
  std::shared_ptr<Object> object = read_object(id);
  if (!object) return nullptr;
  cache(uid, {id, std::move(object)});
  return &row_owners_.at(uid);
}

void Writer::write_rows(Request& request) {
  int64_t owner = 0;
  Change* change = nullptr;
  const std::string* last = nullptr;
  // Looks the owner up, and the change that its watchers get, when the row has another owner than
  // the row before.
  const auto turn_to = [&](const std::string& uid) {
    if (last && *last == uid) return true;
    const RowOwner* found = row_owner(uid);
    if (!found) return false;
    last = &uid;
    owner = found->id;
    const auto same = [&](const Change& made) {
      return made.type != Change::Type::kDeleted && made.object->uid == uid;
    };
    auto made = std::find_if(request.changes.begin(), request.changes.end(), same);
    if (made == request.changes.end()) {
      const std::shared_ptr<const Object>& object = found->object;
      request.changes.push_back(
          {Change::Type::kModified, object, revision_, {}, false, object->labels});
      made = request.changes.end() - 1;
    }
    change = &*made;
    return true;
  };
  for (const DeleteRow& row : request.deleted_rows) {
    if (!turn_to(row.owner_uid)) return;
    run(delete_row_.bind(1, owner).bind(2, row.collection).bind(3, row.key));
    change->rows.emplace_back(row.collection, row.key);
  }
  for (const PutRow& row : request.rows) {
    if (!turn_to(row.owner_uid)) return;
    put_row_.bind(1, owner).bind(2, row.collection).bind(3, row.key);
    run(put_row_.bind_bytes(4, row.bytes));
    change->rows.emplace_back(row.collection, row.key);
  }
}

void Writer::reap(Request& request) {
  request.result = 0;
  const int result = first_dead_.step();
  const int64_t owner = result == SQLITE_ROW ? first_dead_.integer(0) : 0;
  first_dead_.reset();
  if (result != SQLITE_ROW && result != SQLITE_DONE && failed_ == SQLITE_OK) failed_ = result;
  if (owner == 0) {
    has_dead_rows_ = false;
    return;
  }
  run(reap_rows_.bind(1, owner).bind(2, kReapRows));
  const int removed = sqlite3_changes(database_.handle());
  if (removed < kReapRows) run(delete_dead_.bind(1, owner));
  request.result = static_cast<uint64_t>(removed);
}

}  // namespace store

#include "store/sqlite/reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/precondition.h"
#include "store/sqlite/schema.h"

namespace store {
namespace {

constexpr size_t kIdleReadersMax = 8;
// More candidates than this are not sorted: walking in order of the names is as good then.
constexpr int64_t kSortedMax = 10'000;

constexpr std::string_view kColumns =
    "o.resource, o.namespace, o.name, o.uid, o.revision, o.created_revision, o.labels, o.owners,"
    " o.json";

Object to_object(const Statement& row) {
  Object object;
  object.key = {std::string(row.bytes(0)), std::string(row.bytes(1)), std::string(row.bytes(2))};
  object.uid = row.bytes(3);
  object.revision = row.unsigned_integer(4);
  object.created_revision = row.unsigned_integer(5);
  object.labels = decode_labels(row.bytes(6));
  object.json = row.bytes(8);
  return object;
}

// The rows of kColumns before the json is touched: only what is selected is read whole.
bool selects(const ListQuery& query, const Statement& row) {
  if (!query.resource.empty() && row.bytes(0) != query.resource) return false;
  if (!query.namespace_.empty() && row.bytes(1) != query.namespace_) return false;
  if (query.owner_uid && !holds_owner(row.bytes(7), *query.owner_uid)) return false;
  return query.labels.empty() || matches(query.labels, decode_labels(row.bytes(6)));
}

// A list by name goes on behind "namespace/name", one by owner behind the object's id.
std::string name_token(std::string_view namespace_, std::string_view name) {
  return std::string(namespace_) + "/" + std::string(name);
}

std::pair<std::string_view, std::string_view> names_of(std::string_view token) {
  const size_t slash = token.find('/');
  if (slash == std::string_view::npos) return {token, {}};
  return {token.substr(0, slash), token.substr(slash + 1)};
}

// The one hash that every selected object has, if a requirement gives one.
std::optional<int64_t> hash_of(const Unindexed& unindexed, const ListQuery& query) {
  using Operator = text::Requirement::Operator;
  for (const text::Requirement& wanted : query.labels.requirements())
    if (is_indexed(unindexed, query.resource, wanted.key) &&
        (wanted.op == Operator::kEquals || wanted.op == Operator::kIn) && wanted.values.size() == 1)
      return label_hash(query.resource, wanted.key, wanted.values[0]);
  return std::nullopt;
}

}  // namespace

base::Result<std::unique_ptr<Reader>> Reader::open(const std::string& path, const std::string& vfs,
                                                   Unindexed unindexed) {
  auto database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs);
  if (!database) return base::fail(database.error());
  if (auto done = set_up_reader(*database); !done) return base::fail(done.error());
  return std::unique_ptr<Reader>(new Reader(std::move(*database), std::move(unindexed)));
}

Statement* Reader::statement(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return &found->second;
  auto prepared = database_.prepare(sql);
  if (!prepared) {
    failed_ = prepared.error();
    return nullptr;
  }
  return &statements_.emplace(sql, std::move(*prepared)).first->second;
}

base::Result<std::optional<Object>> Reader::get(const Key& key) {
  Statement* find = statement("SELECT " + std::string(kColumns) +
                              " FROM objects o WHERE resource = ? AND namespace = ? AND name = ?");
  if (!find) return base::fail(failed_);
  const ResetGuard guard(*find);
  find->bind(1, key.resource).bind(2, key.namespace_).bind(3, key.name);
  const int result = find->step();
  if (result == SQLITE_ROW) return to_object(*find);
  if (result == SQLITE_DONE) return std::nullopt;
  return base::fail(error(result));
}

base::Status Reader::in_snapshot(const std::function<base::Status()>& read) {
  if (auto begun = database_.execute("BEGIN"); !begun) return begun;
  base::Status done = read();
  // Nothing was written: ending the snapshot cannot lose anything, but it must end.
  base::Status ended = database_.execute("COMMIT");
  return done ? ended : done;
}

base::Result<std::vector<std::optional<Object>>> Reader::get_many(const std::vector<Key>& keys) {
  std::vector<std::optional<Object>> objects;
  objects.reserve(keys.size());
  const base::Status done = in_snapshot([&]() -> base::Status {
    for (const Key& key : keys) {
      auto object = get(key);
      if (!object) return base::fail(object.error());
      objects.push_back(std::move(*object));
    }
    return {};
  });
  if (!done) return base::fail(done.error());
  return objects;
}

base::Result<ListPage> Reader::list(const ListQuery& query) {
  ListPage page;
  const base::Status done = in_snapshot([&]() -> base::Status {
    const auto revision = this->revision();
    if (!revision) return base::fail(revision.error());
    page.revision = *revision;
    if (query.owner_uid) return list_owned(query, page);
    if (const auto hash = hash_of(unindexed_, query)) {
      const auto listed = list_labelled(query, *hash, page);
      if (!listed) return base::fail(listed.error());
      if (*listed) return {};
    }
    return scan(query, page);
  });
  if (!done) return base::fail(done.error());
  return page;
}

base::Status Reader::scan(const ListQuery& query, ListPage& page) {
  const bool one_namespace = !query.namespace_.empty();
  Statement* select = statement(
      "SELECT " + std::string(kColumns) + " FROM objects o WHERE resource = ?1" +
      (one_namespace ? " AND namespace = ?2 AND name > ?3" : " AND (namespace, name) > (?2, ?3)") +
      " ORDER BY namespace, name");
  if (!select) return base::fail(failed_);
  const ResetGuard guard(*select);
  const auto [namespace_, name] = names_of(query.continue_token);
  select->bind(1, query.resource).bind(3, name);
  select->bind(2, one_namespace ? std::string_view(query.namespace_) : namespace_);
  int result;
  while ((result = select->step()) == SQLITE_ROW) {
    if (!selects(query, *select)) continue;
    if (query.limit && page.objects.size() == query.limit) {
      const Key& last = page.objects.back().key;
      page.continue_token = name_token(last.namespace_, last.name);
      return {};
    }
    page.objects.push_back(to_object(*select));
  }
  return result == SQLITE_DONE ? base::Status() : base::fail(error(result));
}

base::Status Reader::list_owned(const ListQuery& query, ListPage& page) {
  Statement* select = statement("SELECT " + std::string(kColumns) +
                                ", o.id FROM object_index i JOIN objects o ON o.id = i.object"
                                " WHERE i.hash = ? AND i.object > ? ORDER BY i.object");
  if (!select) return base::fail(failed_);
  const ResetGuard guard(*select);
  int64_t behind = 0, last = 0;
  const std::string& token = query.continue_token;
  std::from_chars(token.data(), token.data() + token.size(), behind);
  select->bind(1, owner_hash(*query.owner_uid)).bind(2, behind);
  int result;
  while ((result = select->step()) == SQLITE_ROW) {
    if (!selects(query, *select)) continue;
    if (query.limit && page.objects.size() == query.limit) {
      page.continue_token = std::to_string(last);
      return {};
    }
    last = select->integer(9);
    page.objects.push_back(to_object(*select));
  }
  return result == SQLITE_DONE ? base::Status() : base::fail(error(result));
}

base::Result<bool> Reader::list_labelled(const ListQuery& query, int64_t hash, ListPage& page) {
  Statement* select = statement(
      "SELECT o.id, o.namespace, o.name FROM object_index i JOIN objects o ON o.id = i.object"
      " WHERE i.hash = ? LIMIT ?");
  Statement* read = statement("SELECT " + std::string(kColumns) + " FROM objects o WHERE id = ?");
  if (!select || !read) return base::fail(failed_);
  struct Candidate {
    std::string namespace_, name;
    int64_t id;
    bool operator<(const Candidate& other) const {
      return std::tie(namespace_, name) < std::tie(other.namespace_, other.name);
    }
  };
  std::vector<Candidate> candidates;
  const ResetGuard guard(*select);
  const auto behind = names_of(query.continue_token);
  select->bind(1, hash).bind(2, kSortedMax + 1);
  int result;
  for (int64_t count = 1; (result = select->step()) == SQLITE_ROW; ++count) {
    if (count > kSortedMax) return false;
    const std::string_view namespace_ = select->bytes(1), name = select->bytes(2);
    if (query.continue_token.empty() || std::pair(namespace_, name) > behind)
      candidates.push_back({std::string(namespace_), std::string(name), select->integer(0)});
  }
  if (result != SQLITE_DONE) return base::fail(error(result));
  std::sort(candidates.begin(), candidates.end());
  for (const Candidate& candidate : candidates) {
    const ResetGuard read_guard(*read);
    result = read->bind(1, candidate.id).step();
    if (result != SQLITE_ROW) return base::fail(error(result));
    if (!selects(query, *read)) continue;
    if (query.limit && page.objects.size() == query.limit) {
      const Key& last = page.objects.back().key;
      page.continue_token = name_token(last.namespace_, last.name);
      break;
    }
    page.objects.push_back(to_object(*read));
  }
  return true;
}

base::Result<uint64_t> Reader::revision() {
  Statement* select = statement("SELECT revision FROM meta");
  if (!select) return base::fail(failed_);
  const ResetGuard guard(*select);
  const int result = select->step();
  if (result != SQLITE_ROW) return base::fail(error(result));
  return select->unsigned_integer(0);
}

base::Status Reader::rows(std::string_view owner_uid, std::string_view collection,
                          uint64_t first_key,
                          const std::function<base::Status(uint64_t revision)>& settle,
                          const Store::RowVisitor& visit) {
  Statement* select = statement(
      "SELECT key, bytes FROM rows WHERE owner = (SELECT object FROM row_owners WHERE uid = ?)"
      " AND collection = ? AND key >= ? ORDER BY key");
  if (!select) return base::fail(failed_);
  const ResetGuard guard(*select);
  select->bind(1, owner_uid).bind(2, collection).bind(3, first_key);
  int result = select->step();
  if (result != SQLITE_ROW && result != SQLITE_DONE) return base::fail(error(result));
  // The statement that is under way holds the snapshot, so this is the revision of its rows.
  const auto revision = this->revision();
  if (!revision) return base::fail(revision.error());
  if (auto settled = settle(*revision); !settled) return settled;
  for (; result == SQLITE_ROW; result = select->step())
    if (!visit(select->unsigned_integer(0), select->bytes(1))) return {};
  return result == SQLITE_DONE ? base::Status() : base::fail(error(result));
}

base::Result<ReaderPool::Lease> ReaderPool::take() {
  {
    const std::lock_guard hold(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Reader> reader = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(reader));
    }
  }
  auto reader = Reader::open(path_, vfs_, unindexed_);
  if (!reader) return base::fail(reader.error());
  return Lease(*this, std::move(*reader));
}

void ReaderPool::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard hold(mutex_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
}

}  // namespace store

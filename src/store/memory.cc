#include "store/memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "store/change_hub.h"
#include "store/precondition.h"

namespace store {
namespace {

struct Stored {
  std::shared_ptr<const Object> object;
  std::vector<std::string> owner_uids;
  std::map<std::pair<std::string, uint64_t>, std::string> rows;
};

class MemoryStore final : public Store {
 public:
  MemoryStore() : hub_(ChangeHub::Limits{}, 1) {}

  base::Result<Object> get(const Key& key) const override;
  base::Result<std::vector<std::optional<Object>>> get_many(
      const std::vector<Key>& keys) const override;
  base::Result<ListPage> list(const ListQuery& query) const override;
  base::Result<uint64_t> commit(Batch batch) override;
  base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                             uint64_t revision) override {
    return hub_.watch(resource, namespace_, revision);
  }
  base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                    const RowVisitor& visit) const override;
  uint64_t revision() const override {
    const std::lock_guard hold(mutex_);
    return revision_;
  }

 private:
  using Objects = std::map<Key, Stored>;

  base::Status check_all(const Batch& batch) const;
  base::Status check_row_owner(const Batch& batch, const std::string& uid) const;
  const Stored* find(const Key& key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : &found->second;
  }
  void remove(const Key& key, std::vector<Change>& changes);
  void put(PutObject put, std::vector<Change>& changes);
  void write_rows(Batch& batch, std::vector<Change>& changes);
  std::vector<const Stored*> select(const ListQuery& query) const;

  mutable std::mutex mutex_;
  Objects objects_;
  std::unordered_map<std::string, Key> by_uid_;
  uint64_t revision_ = 1;
  ChangeHub hub_;
};

base::Result<Object> MemoryStore::get(const Key& key) const {
  const std::lock_guard hold(mutex_);
  const Stored* stored = find(key);
  if (!stored) return base::fail(not_found(key));
  return *stored->object;
}

base::Result<std::vector<std::optional<Object>>> MemoryStore::get_many(
    const std::vector<Key>& keys) const {
  const std::lock_guard hold(mutex_);
  std::vector<std::optional<Object>> objects;
  for (const Key& key : keys) {
    const Stored* stored = find(key);
    objects.push_back(stored ? std::optional(*stored->object) : std::nullopt);
  }
  return objects;
}

std::vector<const Stored*> MemoryStore::select(const ListQuery& query) const {
  std::vector<const Stored*> selected;
  const Key first{query.resource, query.resource.empty() ? "" : query.namespace_, {}};
  for (auto at = objects_.lower_bound(first); at != objects_.end(); ++at) {
    const auto& [key, stored] = *at;
    if (!query.resource.empty() && key.resource != query.resource) break;
    if (!query.namespace_.empty() && key.namespace_ != query.namespace_) continue;
    const auto& owners = stored.owner_uids;
    if (query.owner_uid &&
        std::find(owners.begin(), owners.end(), *query.owner_uid) == owners.end())
      continue;
    if (matches(query.labels, stored.object->labels)) selected.push_back(&stored);
  }
  if (query.owner_uid)
    std::stable_sort(selected.begin(), selected.end(), [](const Stored* a, const Stored* b) {
      return a->object->created_revision < b->object->created_revision;
    });
  return selected;
}

base::Result<ListPage> MemoryStore::list(const ListQuery& query) const {
  const std::lock_guard hold(mutex_);
  ListPage page;
  page.revision = revision_;
  // The token is the last key given, behind its created revision where that is the order.
  const auto token_of = [&](const Object& object) {
    return (query.owner_uid ? std::to_string(object.created_revision) + "/" : std::string()) +
           object.key.namespace_ + "/" + object.key.name;
  };
  const auto is_behind = [&](const Object& object) {
    if (query.continue_token.empty()) return true;
    std::string_view token = query.continue_token;
    uint64_t created = 0;
    if (query.owner_uid) {
      const size_t slash = token.find('/');
      created = std::stoull(std::string(token.substr(0, slash)));
      token.remove_prefix(slash + 1);
      if (object.created_revision != created) return object.created_revision > created;
    }
    const size_t slash = token.find('/');
    return std::pair<std::string_view, std::string_view>(object.key.namespace_, object.key.name) >
           std::pair(token.substr(0, slash), token.substr(slash + 1));
  };
  for (const Stored* stored : select(query)) {
    if (!is_behind(*stored->object)) continue;
    if (query.limit && page.objects.size() == query.limit) {
      page.continue_token = token_of(page.objects.back());
      break;
    }
    page.objects.push_back(*stored->object);
  }
  return page;
}

base::Status MemoryStore::check_row_owner(const Batch& batch, const std::string& uid) const {
  const auto put = std::find_if(batch.puts.begin(), batch.puts.end(),
                                [&](const PutObject& object) { return object.uid == uid; });
  if (put != batch.puts.end()) return {};
  const auto found = by_uid_.find(uid);
  const bool deleted =
      found != by_uid_.end() &&
      std::any_of(batch.deletes.begin(), batch.deletes.end(),
                  [&](const DeleteObject& object) { return object.key == found->second; });
  if (found == by_uid_.end() || deleted) return base::fail(row_owner_not_found(uid));
  return {};
}

base::Status MemoryStore::check_all(const Batch& batch) const {
  const auto present = [&](const Key& key) -> std::optional<Present> {
    const Stored* stored = find(key);
    if (!stored) return std::nullopt;
    return Present{stored->object->revision, stored->object->uid};
  };
  for (const Batch::Check& wanted : batch.checks) {
    const auto now = present(wanted.key);
    if (auto ok = check(wanted.precondition, wanted.key, now ? &*now : nullptr); !ok) return ok;
  }
  for (const DeleteObject& deletion : batch.deletes) {
    const auto now = present(deletion.key);
    if (!now) return base::fail(not_found(deletion.key));
    if (auto ok = check(deletion.precondition, deletion.key, &*now); !ok) return ok;
  }
  for (const PutObject& object : batch.puts) {
    auto now = present(object.key);
    for (const DeleteObject& deletion : batch.deletes)
      if (deletion.key == object.key) now.reset();
    if (auto ok = check_put(object.key, object.uid, object.precondition, now ? &*now : nullptr);
        !ok)
      return ok;
  }
  for (const PutRow& row : batch.rows)
    if (auto ok = check_row_owner(batch, row.owner_uid); !ok) return ok;
  for (const DeleteRow& row : batch.deleted_rows)
    if (auto ok = check_row_owner(batch, row.owner_uid); !ok) return ok;
  return {};
}

void MemoryStore::remove(const Key& key, std::vector<Change>& changes) {
  const auto found = objects_.find(key);
  auto last = std::make_shared<Object>(*found->second.object);
  last->revision = revision_;
  Labels labels = last->labels;
  by_uid_.erase(last->uid);
  objects_.erase(found);
  changes.push_back(
      {Change::Type::kDeleted, std::move(last), revision_, {}, false, std::move(labels)});
}

void MemoryStore::put(PutObject put, std::vector<Change>& changes) {
  Stored& stored = objects_[put.key];
  const bool created = !stored.object;
  auto object = std::make_shared<Object>();
  object->created_revision = created ? revision_ : stored.object->created_revision;
  object->revision = revision_;
  object->key = std::move(put.key);
  object->uid = std::move(put.uid);
  object->json = std::move(put.json);
  object->labels = std::move(put.labels);
  Labels labels = created ? Labels{} : stored.object->labels;
  stored.object = object;
  stored.owner_uids = std::move(put.owner_uids);
  by_uid_[object->uid] = object->key;
  changes.push_back({created ? Change::Type::kAdded : Change::Type::kModified,
                     std::move(object),
                     revision_,
                     {},
                     false,
                     std::move(labels)});
}

void MemoryStore::write_rows(Batch& batch, std::vector<Change>& changes) {
  const auto touch = [&](const std::string& uid, const std::string& collection, uint64_t key) {
    const auto same = [&](const Change& change) {
      return change.type != Change::Type::kDeleted && change.object->uid == uid;
    };
    auto change = std::find_if(changes.begin(), changes.end(), same);
    if (change == changes.end()) {
      const std::shared_ptr<const Object>& object = objects_.at(by_uid_.at(uid)).object;
      changes.push_back({Change::Type::kModified, object, revision_, {}, false, object->labels});
      change = changes.end() - 1;
    }
    change->rows.emplace_back(collection, key);
  };
  for (DeleteRow& row : batch.deleted_rows) {
    objects_.at(by_uid_.at(row.owner_uid)).rows.erase({row.collection, row.key});
    touch(row.owner_uid, row.collection, row.key);
  }
  for (PutRow& row : batch.rows) {
    objects_.at(by_uid_.at(row.owner_uid)).rows[{row.collection, row.key}] = std::move(row.bytes);
    touch(row.owner_uid, row.collection, row.key);
  }
}

base::Result<uint64_t> MemoryStore::commit(Batch batch) {
  if (auto ok = check_shape(batch); !ok) return base::fail(ok.error());
  const std::lock_guard hold(mutex_);
  if (auto ok = check_all(batch); !ok) return base::fail(ok.error());
  if (batch.empty()) return revision_;
  ++revision_;
  std::vector<Change> changes;
  for (const DeleteObject& deletion : batch.deletes) remove(deletion.key, changes);
  for (PutObject& object : batch.puts) put(std::move(object), changes);
  write_rows(batch, changes);
  Wakes wakes;
  hub_.publish(revision_, std::move(changes), wakes);
  return revision_;
}

base::Status MemoryStore::rows(std::string_view owner_uid, std::string_view collection,
                               uint64_t first_key, const RowVisitor& visit) const {
  // Copied, so that `visit` may call the store.
  std::vector<std::pair<uint64_t, std::string>> copied;
  {
    const std::lock_guard hold(mutex_);
    const auto found = by_uid_.find(std::string(owner_uid));
    if (found == by_uid_.end()) return {};
    const auto& rows = objects_.at(found->second).rows;
    const std::string name(collection);
    for (auto row = rows.lower_bound({name, first_key});
         row != rows.end() && row->first.first == name; ++row)
      copied.emplace_back(row->first.second, row->second);
  }
  for (const auto& [key, bytes] : copied)
    if (!visit(key, bytes)) break;
  return {};
}

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace store

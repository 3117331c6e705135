#include "kube/sync_limit.h"

#include "text/json.h"

namespace kube {
namespace {

store::Key key_of(const std::string& namespace_, const std::string& key) {
  return {std::string(kSyncLimits), namespace_, key};
}

base::Result<SyncLimit> read_row(const store::Object& object) {
  const auto row = text::parse_json(object.json);
  const text::Value* limit = row ? row->find("sizelimit") : nullptr;
  const auto number = limit == nullptr ? std::nullopt : limit->to_int();
  if (!number) return base::fail(base::Code::kCorrupt, "the row of a sync limit is damaged");
  return SyncLimit{object.key.namespace_, object.key.name, *number};
}

base::Status put(store::Store& store, const SyncLimit& limit, store::Precondition precondition) {
  text::Value row;
  row["name"] = text::Value(limit.namespace_ + "/" + limit.key);
  row["sizelimit"] = text::Value(limit.limit);
  store::PutObject put;
  put.key = key_of(limit.namespace_, limit.key);
  put.uid = std::string(kSyncLimits) + "/" + limit.namespace_ + "/" + limit.key;
  put.json = text::to_json(row);
  put.precondition = std::move(precondition);
  store::Batch batch;
  batch.puts.push_back(std::move(put));
  if (auto done = store.commit(std::move(batch)); !done) return base::fail(done.error());
  return {};
}

}  // namespace

base::Result<SyncLimit> get_sync_limit(const store::Store& store, const std::string& namespace_,
                                       const std::string& key) {
  const auto object = store.get(key_of(namespace_, key));
  if (!object) return base::fail(object.error());
  return read_row(*object);
}

base::Result<std::vector<SyncLimit>> list_sync_limits(const store::Store& store,
                                                      const std::string& namespace_) {
  store::ListQuery query;
  query.resource = kSyncLimits;
  query.namespace_ = namespace_;
  const auto page = store.list(query);
  if (!page) return base::fail(page.error());
  std::vector<SyncLimit> out;
  for (const store::Object& object : page->objects)
    if (auto row = read_row(object)) out.push_back(std::move(*row));
  return out;
}

base::Status create_sync_limit(store::Store& store, const SyncLimit& limit) {
  return put(store, limit, store::Precondition::must_not_exist());
}

base::Status update_sync_limit(store::Store& store, const SyncLimit& limit) {
  return put(store, limit, store::Precondition::must_exist());
}

base::Status remove_sync_limit(store::Store& store, const std::string& namespace_,
                               const std::string& key) {
  store::Batch batch;
  batch.deletes.push_back({key_of(namespace_, key), store::Precondition::must_exist()});
  if (auto done = store.commit(std::move(batch)); !done) return base::fail(done.error());
  return {};
}

}  // namespace kube

#include "control/memo_keeper.h"

#include <fmt/format.h>

#include "engine/config_map.h"
#include "kube/kinds.h"

namespace control {
namespace {

using text::Value;

constexpr size_t kConfigMapMax = 1 << 20;  // bytes of data, as the API server's
constexpr int kTries = 10;
constexpr std::string_view kMemos = "memos";  // the store's resource: "<cache>/<key>"
constexpr std::string_view kHelp =
    ". Please check out this page for help: "
    "https://argo-workflows.readthedocs.io/en/latest/memoization/#faqs";

kube::ObjectRef reference(const std::pair<std::string, std::string>& place) {
  return {&kube::kind_of("configmaps"), place.first, place.second};
}

base::Result<std::optional<Value>> read(kube::StoreApi& api,
                                        const std::pair<std::string, std::string>& place) {
  auto object = api.get(reference(place));
  if (object) return std::optional(std::move(*object));
  const base::Code code = object.error().code;
  if (code == base::Code::kNotFound || code == base::Code::kInvalid) return std::optional<Value>();
  return base::fail(object.error());
}

size_t bytes_of(const Value& object) {
  size_t bytes = 0;
  if (const Value* data = object.find("data"); data != nullptr && data->is_map())
    for (const text::Member& member : data->as_map())
      bytes += member.key.size() + (member.value.is_string() ? member.value.as_string().size() : 0);
  return bytes;
}

void put_entry(Value& object, const std::string& key, const std::string& entry) {
  object["metadata"]["labels"][engine::kConfigMapTypeLabel] = Value(engine::kCacheType);
  object["data"][key] = Value(entry);
}

}  // namespace

base::Result<MemoKeeper::Cache*> MemoKeeper::open(const Place& place) {
  const auto found = caches_.find(place);
  if (found != caches_.end()) return &found->second;
  auto object = read(api_, place);
  if (!object) return base::fail(object.error());
  Cache cache;
  cache.object = std::move(*object);
  if (cache.object) cache.bytes = bytes_of(*cache.object);
  return &caches_.emplace(place, std::move(cache)).first->second;
}

std::optional<engine::MemoEntry> MemoKeeper::find(const std::string& namespace_,
                                                  const engine::MemoKey& key, base::Time now) {
  if (key.in_database) {
    const Place place{namespace_, key.cache + "/" + key.key};
    std::string entry;
    if (const auto waiting = rows_.find(place); waiting != rows_.end()) {
      entry = waiting->second;
    } else {
      auto row = api_.store().get({std::string(kMemos), place.first, place.second});
      if (!row && row.error().code == base::Code::kNotFound) return engine::MemoEntry();
      if (!row) return std::nullopt;
      entry = std::move(row->json);
    }
    engine::MemoEntry out = engine::read_memo_entry(entry);
    if (out.is_found) rows_[place] = engine::touch_memo_entry(entry, now);
    return out;
  }
  auto opened = open({namespace_, key.cache});
  if (!opened) return std::nullopt;
  Cache& cache = **opened;
  engine::MemoEntry out = engine::read_memo(cache.object ? &*cache.object : nullptr, key.key);
  if (out.is_found) {  // Argo's collector of old entries goes by the last hit
    Value& entry = (*cache.object)["data"][key.key];
    cache.changed[key.key] = engine::touch_memo_entry(entry.to_any_string(), now);
    entry = Value(cache.changed[key.key]);
  }
  return out;
}

base::Status MemoKeeper::save(const std::string& namespace_, const engine::MemoKey& key,
                              std::string entry) {
  if (key.in_database) {
    rows_[{namespace_, key.cache + "/" + key.key}] = std::move(entry);
    return {};
  }
  auto opened = open({namespace_, key.cache});
  if (!opened)
    return base::fail(base::Code::kUnavailable,
                      "could not save to config map cache: " + opened.error().text);
  Cache& cache = **opened;
  if (cache.object) {  // a label of its own keeps other ConfigMaps from being written
    const engine::MemoEntry known = engine::read_memo(&*cache.object, "");
    if (!known.error.empty()) return base::fail(base::Code::kInvalid, known.error);
  } else {
    cache.object = Value();
    (*cache.object)["apiVersion"] = Value("v1");
    (*cache.object)["kind"] = Value("ConfigMap");
    (*cache.object)["metadata"]["name"] = Value(key.cache);
    (*cache.object)["metadata"]["namespace"] = Value(namespace_);
  }
  const Value* data = cache.object->find("data");
  const Value* before = data == nullptr ? nullptr : data->find(key.key);
  size_t bytes = cache.bytes + entry.size();
  bytes += before == nullptr ? key.key.size() : 0;
  bytes -= before != nullptr && before->is_string() ? before->as_string().size() : 0;
  if (bytes > kConfigMapMax)
    return base::fail(
        base::Code::kInvalid,
        fmt::format("error creating cache entry: ConfigMap \"{}\" is invalid: []: Too "
                    "long: must have at most {} characters{}",
                    key.cache, kConfigMapMax, kHelp));
  cache.bytes = bytes;
  put_entry(*cache.object, key.key, entry);
  cache.changed[key.key] = std::move(entry);
  return {};
}

base::Status MemoKeeper::write(const Place& place, Cache& cache) {
  const kube::ObjectRef ref = reference(place);
  for (int i = 0; i < kTries; ++i) {
    const bool is_new = cache.object->string_at("metadata", "uid").empty();
    const auto written = is_new ? api_.create(*ref.kind, place.first, *cache.object, false)
                                : api_.update(ref, *cache.object);
    if (written) return {};
    const base::Code code = written.error().code;
    if (code == base::Code::kUnavailable) return base::fail(written.error());
    // Somebody else has written, made or deleted it.
    auto fresh = read(api_, place);
    if (!fresh) return base::fail(fresh.error());
    if (*fresh) {
      cache.object = std::move(**fresh);
    } else {
      (*cache.object)["metadata"].as_map().erase("uid");
      (*cache.object)["metadata"].as_map().erase("resourceVersion");
    }
    for (const auto& [key, entry] : cache.changed) put_entry(*cache.object, key, entry);
  }
  return {};  // the outcomes are lost: the next run pays for it
}

base::Status MemoKeeper::write_rows() {
  if (rows_.empty()) return {};
  store::Batch batch;
  for (const auto& [place, entry] : rows_) {
    store::PutObject put;
    put.key = {std::string(kMemos), place.first, place.second};
    put.uid = std::string(kMemos) + "/" + place.first + "/" + place.second;
    put.json = entry;
    batch.puts.push_back(std::move(put));
  }
  if (auto done = api_.store().commit(std::move(batch)); !done) return base::fail(done.error());
  rows_.clear();
  return {};
}

base::Status MemoKeeper::flush() {
  if (auto done = write_rows(); !done) return done;
  while (!caches_.empty()) {
    const auto first = caches_.begin();
    if (!first->second.changed.empty())
      if (auto done = write(first->first, first->second); !done) return done;
    caches_.erase(first);
  }
  return {};
}

}  // namespace control

#include "kube/store_api.h"

#include <utility>

#include "kube/fields.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "kube/store_watch.h"
#include "kube/tombstone.h"
#include "model/api_types.h"
#include "text/json.h"
#include "text/patch.h"
#include "text/strategic_patch.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

// Of a write that somebody else overtook, and of a generated name that was taken.
constexpr int kTriesMax = 64, kNamesMax = 8;

text::Value with_revision(text::Value object, uint64_t revision) {
  object["metadata"]["resourceVersion"] = std::to_string(revision);
  return object;
}

}  // namespace

StoreApi::StoreApi(store::Store& store, const sys::Clock& clock, sys::Random& random)
    : store_(store), clock_(clock), random_(random) {
  load_definitions();
}

void StoreApi::set_admission(const Kind& kind, Admission admission) {
  admissions_[&kind] = std::move(admission);
}

store::Key StoreApi::key_of(const ObjectRef& ref) {
  return {ref.kind->resource(), ref.kind->namespaced ? ref.namespace_ : std::string(), ref.name};
}

base::Result<text::Value> StoreApi::to_value(const store::Object& object) {
  auto value = text::parse_json(object.json);
  if (!value || !value->is_map())
    return fail(Code::kCorrupt, object.key.resource + " \"" + object.key.name + "\" is damaged");
  return with_revision(std::move(*value), object.revision);
}

base::Result<text::Value> StoreApi::to_value(const Kind& kind, const store::Object& object) {
  auto value = to_value(object);
  if (value && is_converted(kind)) (*value)["apiVersion"] = kind.api_version();
  return value;
}

std::string StoreApi::to_json(const store::Object& object, uint64_t revision) {
  // in_order() has put metadata third, behind two words of the table of kinds.
  constexpr std::string_view kMetadata = "\"metadata\":{";
  const size_t at = object.json.find(kMetadata);
  if (at == std::string::npos) return object.json;
  std::string json;
  json.reserve(object.json.size() + 44);
  json.append(object.json, 0, at + kMetadata.size());
  json.append("\"resourceVersion\":\"").append(std::to_string(revision)).append("\",");
  return json.append(object.json, at + kMetadata.size(), std::string::npos);
}

base::Result<text::Value> StoreApi::get(const ObjectRef& ref) {
  const auto stored = store_.get(key_of(ref));
  if (!stored) return fail(stored.error());
  return to_value(*ref.kind, *stored);
}

base::Result<ObjectList> StoreApi::list(const Kind& kind, std::string_view namespace_,
                                        const ListOptions& options) {
  auto labels = text::Selector::parse_labels(options.label_selector);
  if (!labels) return fail(labels.error());
  auto fields = text::Selector::parse_fields(options.field_selector);
  if (!fields) return fail(fields.error());
  store::ListQuery query;
  query.resource = kind.resource();
  if (kind.namespaced) query.namespace_ = namespace_;
  query.labels = std::move(*labels);
  query.limit = options.limit;
  query.continue_token = options.continue_token;
  ObjectList list;
  for (;;) {
    auto page = store_.list(query);
    if (!page) return fail(page.error());
    list.resource_version = std::to_string(page->revision);
    for (const store::Object& object : page->objects) {
      auto value = to_value(kind, object);
      if (!value) return fail(value.error());
      if (fields->empty() || matches_fields(*fields, *value))
        list.items.push_back(std::move(*value));
    }
    list.continue_token = query.continue_token = page->continue_token;
    if (list.continue_token.empty() || list.items.size() >= options.limit) return list;
    // The fields left some out: the page is filled from what follows.
    query.limit = options.limit - list.items.size();
  }
}

base::Result<text::Value> StoreApi::create_once(const Kind& kind, std::string_view namespace_,
                                                text::Value object, const WriteOptions& options,
                                                Warnings& warnings) {
  warnings.clear();
  auto prepared = prepare_new(kind, namespace_, std::move(object), options, warnings);
  if (!prepared) return fail(prepared.error());
  const store::Key key = prepared->put.key;
  if (options.dry_run) {
    const auto taken = store_.get(key);
    if (taken) return fail(store::already_exists(key));
    return std::move(prepared->object);
  }
  if (kind.namespaced)
    if (auto ok = ensure_namespace(key.namespace_); !ok) return fail(ok.error());
  store::Batch batch;
  batch.puts.push_back(std::move(prepared->put));
  if (kind.plural == "namespaces")
    if (auto ok = add_default_account(key.name, batch); !ok) return fail(ok.error());
  const auto revision = commit(std::move(batch));
  if (!revision) return fail(revision.error());
  const text::Value& metadata = *prepared->object.find("metadata");
  if (auto ok = follow_dead_owners(metadata, key.namespace_); !ok) return fail(ok.error());
  return with_revision(std::move(prepared->object), *revision);
}

base::Result<text::Value> StoreApi::create(const Kind& kind, std::string_view namespace_,
                                           text::Value object, const WriteOptions& options,
                                           Warnings& warnings) {
  const bool is_named = !object.string_at("metadata", "name").empty();
  if (is_named) return create_once(kind, namespace_, std::move(object), options, warnings);
  for (int left = kNamesMax;; --left) {
    auto made = create_once(kind, namespace_, object, options, warnings);
    if (made || made.error().code != Code::kAlreadyExists || left == 1) return made;
  }
}

// An object whose owners are all gone already would never be collected: its owner's tombstone may
// have been cleared before it came.
base::Status StoreApi::follow_dead_owners(const text::Value& metadata,
                                          std::string_view namespace_) {
  const std::vector<OwnerReference> owners = owners_of(metadata);
  if (owners.empty()) return {};
  Tombstone tombstone;
  for (const OwnerReference& owner : owners) {
    const Kind* kind = kinds_.find(owner.api_version, owner.kind);
    if (!kind) return {};  // not kept here: nothing to be said of its life
    const store::Key key = key_of({kind, std::string(namespace_), owner.name});
    const auto stored = store_.get(key);
    if (stored && stored->uid == owner.uid) return {};
    if (!stored && stored.error().code != Code::kNotFound) return fail(stored.error());
    tombstone = {key, owner.uid, Tombstone::Mode::kBackground};
  }
  store::Batch batch;
  batch.puts.push_back(tombstone.to_put());
  const auto done = store_.commit(std::move(batch));
  return done ? base::Status() : fail(done.error());
}

base::Result<text::Value> StoreApi::write_once(const ObjectRef& ref, text::Value object, Part part,
                                               const WriteOptions& options, Warnings& warnings) {
  warnings.clear();
  const auto stored = store_.get(key_of(ref));
  if (!stored) return fail(stored.error());
  auto prepared = prepare(ref, *stored, std::move(object), part, options, warnings);
  if (!prepared) return fail(prepared.error());
  if (options.dry_run || prepared->put.json == stored->json)
    return with_revision(std::move(prepared->object), stored->revision);
  store::Batch batch;
  if (prepared->is_last) {
    DeleteOptions now;
    now.grace_period_seconds = 0;
    store::Object last = *stored;
    last.json = std::move(prepared->put.json);
    if (auto ok = prepare_remove(ref, last, now, batch); !ok) return fail(ok.error());
  } else {
    batch.puts.push_back(std::move(prepared->put));
  }
  const auto revision = commit(std::move(batch));
  if (!revision) return fail(revision.error());
  return with_revision(std::move(prepared->object), *revision);
}

base::Result<text::Value> StoreApi::update(const ObjectRef& ref, text::Value object, Part part,
                                           const WriteOptions& options, Warnings& warnings) {
  const bool is_guarded = !object.string_at("metadata", "resourceVersion").empty();
  if (is_guarded) return write_once(ref, std::move(object), part, options, warnings);
  for (int left = kTriesMax;; --left) {
    auto written = write_once(ref, object, part, options, warnings);
    if (written || written.error().code != Code::kConflict || left == 1) return written;
  }
}

base::Result<text::Value> StoreApi::update(const ObjectRef& ref, text::Value object) {
  return write(ref, std::move(object), Part::kObject);
}

base::Result<text::Value> StoreApi::update_status(const ObjectRef& ref, text::Value object) {
  return write(ref, std::move(object), Part::kStatus);
}

base::Result<text::Value> patched_object(const Kind& kind, const text::Value& object,
                                         PatchType type, const text::Value& patch) {
  switch (type) {
    case PatchType::kJson:
      return text::apply_json_patch(object, patch);
    case PatchType::kMerge:
      return text::apply_merge_patch(object, patch);
    case PatchType::kStrategic: {
      const model::SchemaType* rules = model::find_api_type(kind.api_version(), kind.kind);
      if (!rules)
        return fail(Code::kUnsupported,
                    "strategic merge patches are for built-in kinds only, not for " +
                        kind.resource() + ": send application/merge-patch+json");
      return text::apply_strategic_patch(object, patch, rules);
    }
    default:
      return fail(Code::kUnsupported, "an apply needs a field manager");
  }
}

base::Result<text::Value> StoreApi::patch_part(const ObjectRef& ref, PatchType type,
                                               const text::Value& patch, Part part) {
  for (int left = kTriesMax;; --left) {
    auto current = get(ref);
    if (!current) return current;
    const std::string version(current->string_at("metadata", "resourceVersion"));
    auto patched = patched_object(*ref.kind, *current, type, patch);
    if (!patched) return patched;
    const bool is_guarded = patched->string_at("metadata", "resourceVersion") != version;
    auto done = write(ref, std::move(*patched), part);
    if (done || done.error().code != Code::kConflict || is_guarded || left == 1) return done;
  }
}

base::Result<text::Value> StoreApi::patch(const ObjectRef& ref, PatchType type,
                                          const text::Value& patch) {
  return patch_part(ref, type, patch, Part::kObject);
}

base::Result<text::Value> StoreApi::patch_status(const ObjectRef& ref, PatchType type,
                                                 const text::Value& patch) {
  return patch_part(ref, type, patch, Part::kStatus);
}

base::Status StoreApi::remove_once(const ObjectRef& ref, const DeleteOptions& options) {
  const auto stored = store_.get(key_of(ref));
  if (!stored) return fail(stored.error());
  if (options.uid && *options.uid != stored->uid) return fail(store::conflict(stored->key));
  if (options.resource_version) {
    const auto revision = parse_revision(*options.resource_version);
    if (!revision || *revision < stored->revision) return fail(store::conflict(stored->key));
  }
  store::Batch batch;
  if (auto ok = prepare_remove(ref, *stored, options, batch); !ok) return ok;
  if (batch.empty() || options.dry_run) return {};
  const auto done = commit(std::move(batch));
  return done ? base::Status() : fail(done.error());
}

base::Status StoreApi::remove(const ObjectRef& ref, const DeleteOptions& options) {
  DeleteOptions pinned = options;
  for (int left = kTriesMax;; --left) {
    base::Status done = remove_once(ref, pinned);
    const bool is_overtaken = !done && done.error().code == Code::kConflict;
    if (!is_overtaken || options.resource_version || options.uid || left == 1) return done;
  }
}

base::Result<std::unique_ptr<Watch>> StoreApi::watch(const Kind& kind, std::string_view namespace_,
                                                     const ListOptions& options,
                                                     std::string_view resource_version) {
  return watch_store(*this, kind, namespace_, options, resource_version);
}

}  // namespace kube

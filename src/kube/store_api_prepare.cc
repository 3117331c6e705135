// What Kubernetes does to an object before it is stored.
#include <utility>

#include "kube/definition.h"
#include "kube/metadata.h"
#include "kube/pod_contract.h"
#include "kube/store_api.h"
#include "kube/tombstone.h"
#include "text/json.h"
#include "text/json_scan.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

constexpr int64_t kDefaultGraceSeconds = 30;

bool is_pod(const Kind& kind) { return kind.plural == "pods"; }

bool is_terminal(std::string_view pod_phase) {
  return pod_phase == "Succeeded" || pod_phase == "Failed";
}

// apiVersion and kind may be left out, but not be another's.
base::Status check_type(const Kind& kind, text::Value& object) {
  if (!object.is_map())
    return fail(Code::kInvalid, "an object must be a map, not " + std::string(object.kind_name()));
  const std::string api_version = kind.api_version();
  const std::string_view given_version = object.string_at("apiVersion");
  const std::string_view given_kind = object.string_at("kind");
  if ((!given_version.empty() && given_version != api_version) ||
      (!given_kind.empty() && given_kind != kind.kind))
    return fail(Code::kInvalid, "the object is a " + std::string(given_kind) + " of " +
                                    std::string(given_version) + ", not a " +
                                    std::string(kind.kind) + " of " + api_version);
  object["apiVersion"] = api_version;
  object["kind"] = kind.kind;
  const text::Value* metadata = object.find("metadata");
  if (metadata && !metadata->is_map() && !metadata->is_null())
    return fail(Code::kInvalid,
                "metadata: must be a map, not " + std::string(metadata->kind_name()));
  if (!metadata || metadata->is_null()) object["metadata"] = text::Map{};
  return {};
}

base::Status check_same(const ObjectRef& ref, const text::Value& metadata) {
  const std::string_view name = metadata.string_at("name");
  if (!name.empty() && name != ref.name)
    return fail(Code::kInvalid, "the name of the object (" + std::string(name) +
                                    ") does not match the name on the URL (" + ref.name + ")");
  const std::string_view namespace_ = metadata.string_at("namespace");
  if (!namespace_.empty() && namespace_ != ref.namespace_)
    return fail(Code::kInvalid,
                "the namespace of the provided object does not match the namespace sent on the "
                "request");
  return {};
}

void mark_completed(const Kind& kind, text::Value& object) {
  if (!is_pod(kind) || !is_terminal(object.string_at("status", "phase"))) return;
  text::Value& labels = object["metadata"]["labels"];
  if (!labels.is_map()) labels = text::Map{};
  labels[kCompletedLabel] = "true";
}

// The stored member wins, also by not being there.
void keep_member(const text::Value& old_map, text::Value& new_map, std::string_view key) {
  if (const text::Value* value = old_map.find(key))
    new_map[key] = *value;
  else
    new_map.as_map().erase(key);
}

bool has_other_spec(const Kind& kind, const text::Value& a, const text::Value& b) {
  const auto counts = [&](const std::string& key) {
    return key != "metadata" && !(key == "status" && kind.has_status);
  };
  size_t in_a = 0, in_b = 0;
  for (const text::Member& member : a.as_map()) {
    if (!counts(member.key)) continue;
    ++in_a;
    const text::Value* other = b.find(member.key);
    if (!other || !(*other == member.value)) return true;
  }
  for (const text::Member& member : b.as_map()) in_b += counts(member.key);
  return in_a != in_b;
}

void count_generation(const Kind& kind, const text::Value& old_object, text::Value& new_object) {
  const text::Value* generation = old_object.find_path("metadata", "generation");
  if (!generation) return;
  const int64_t last = generation->to_int().value_or(1);
  const bool changed = has_other_spec(kind, old_object, new_object);
  new_object["metadata"]["generation"] = last + (changed ? 1 : 0);
}

store::PutObject put_of(const ObjectRef& ref, const text::Value& metadata, std::string json) {
  store::PutObject put;
  put.key = StoreApi::key_of(ref);
  put.uid = metadata.string_at("uid");
  put.json = std::move(json);
  put.labels = labels_of(metadata);
  for (OwnerReference& owner : owners_of(metadata)) put.owner_uids.push_back(std::move(owner.uid));
  return put;
}

// The stored object with the status, labels, annotations and finalizers that `given` has.
text::Value with_status(text::Value stored, text::Value& given) {
  for (const std::string_view field : {"labels", "annotations", "finalizers"})
    if (text::Value* value = given["metadata"].find(field))
      stored["metadata"][field] = std::move(*value);
  if (text::Value* status = given.find("status")) stored["status"] = std::move(*status);
  return stored;
}

base::Status check_current(const ObjectRef& ref, const store::Object& stored,
                           const text::Value& metadata) {
  const std::string_view uid = metadata.string_at("uid");
  if (!uid.empty() && uid != stored.uid) return fail(store::conflict(stored.key));
  const std::string_view version = metadata.string_at("resourceVersion");
  if (version.empty() || version == "0") return {};
  const auto revision = parse_revision(version);
  if (!revision)
    return fail(Code::kInvalid, ref.kind->resource() + " \"" + ref.name +
                                    "\" is invalid: metadata.resourceVersion: Invalid value: \"" +
                                    std::string(version) + "\": must be a number");
  if (*revision < stored.revision) return fail(store::conflict(stored.key));
  return {};
}

}  // namespace

store::PutObject StoreApi::to_put(const ObjectRef& ref, const text::Value& object) const {
  const text::Value& metadata = *object.find("metadata");
  const Kind* stored = is_converted(*ref.kind) ? kinds_.find_stored(ref.kind->resource()) : nullptr;
  if (!stored) return put_of(ref, metadata, text::to_json(object));
  text::Value converted = object;
  converted["apiVersion"] = stored->api_version();
  return put_of(ref, metadata, text::to_json(converted));
}

base::Result<text::Value> StoreApi::admit(const Kind& kind, Operation operation,
                                          const text::Value* old_object, text::Value new_object,
                                          Warnings& warnings) const {
  const auto found = admissions_.find(&kind);
  if (found == admissions_.end()) return new_object;
  return found->second(operation, old_object, std::move(new_object), warnings);
}

std::string StoreApi::random_suffix() {
  const std::lock_guard hold(mutex_);
  return random_.name_suffix(5);
}

base::Status StoreApi::fill_metadata(const Kind& kind, std::string_view namespace_,
                                     text::Value& object) {
  text::Value& metadata = object["metadata"];
  if (!metadata.string_at("resourceVersion").empty())
    return fail(Code::kInvalid, "resourceVersion should not be set on objects to be created");
  for (const std::string_view field :
       {"resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"})
    metadata.as_map().erase(field);
  if (metadata.string_at("name").empty()) {
    const std::string_view prefix = metadata.string_at("generateName");
    if (prefix.empty())
      return fail(Code::kInvalid, kind.resource() + " \"\" is invalid: metadata.name: Required " +
                                      "value: name or generateName is required");
    // Kubernetes' limit: a label's 63 characters, of which the suffix takes 5.
    metadata["name"] = std::string(prefix.substr(0, 58)) + random_suffix();
  }
  if (auto ok = check_name(kind, metadata.string_at("name")); !ok) return ok;
  const std::string_view given = metadata.string_at("namespace");
  if (kind.namespaced) {
    if (!given.empty() && given != namespace_)
      return fail(Code::kInvalid,
                  "the namespace of the provided object does not match the namespace sent on the "
                  "request");
    if (auto ok = check_namespace(namespace_); !ok) return ok;
    metadata["namespace"] = namespace_;
  } else {
    metadata.as_map().erase("namespace");
  }
  {
    const std::lock_guard hold(mutex_);
    metadata["uid"] = random_.uuid();
  }
  metadata["creationTimestamp"] = base::to_rfc3339(clock_.now());
  if (kind.has_generation)
    metadata["generation"] = 1;
  else
    metadata.as_map().erase("generation");
  return {};
}

base::Result<StoreApi::Prepared> StoreApi::prepare_new(const Kind& kind,
                                                       std::string_view namespace_,
                                                       text::Value object,
                                                       const WriteOptions& options,
                                                       Warnings& warnings) {
  if (auto ok = check_type(kind, object); !ok) return fail(ok.error());
  if (auto ok = fill_metadata(kind, namespace_, object); !ok) return fail(ok.error());
  if (is_pod(kind)) {
    object["status"] = text::Map{};
    object["status"]["phase"] = "Pending";
  } else if (kind.plural == "namespaces") {
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] =
        std::string(object.string_at("metadata", "name"));
    object["spec"]["finalizers"] = text::List{text::Value("kubernetes")};
    object["status"] = text::Map{};
    object["status"]["phase"] = "Active";
  } else if (kind.has_status) {
    // A status is written by whoever answers for it, afterwards.
    object.as_map().erase("status");
  }
  if (options.finish)
    if (auto ok = options.finish(nullptr, object); !ok) return fail(ok.error());
  auto admitted = admit(kind, Operation::kCreate, nullptr, in_order(std::move(object)), warnings);
  if (!admitted) return fail(admitted.error());
  const text::Value& metadata = *admitted->find("metadata");
  if (auto ok = check_metadata(kind, metadata); !ok) return fail(ok.error());
  const std::string owner_namespace(kind.namespaced ? namespace_ : "");
  const ObjectRef ref{&kind, owner_namespace, std::string(metadata.string_at("name"))};
  Prepared prepared{to_put(ref, *admitted), std::move(*admitted)};
  prepared.put.precondition = store::Precondition::must_not_exist();
  return prepared;
}

base::Result<StoreApi::Prepared> StoreApi::prepare(const ObjectRef& ref,
                                                   const store::Object& stored, text::Value object,
                                                   Part part, const WriteOptions& options,
                                                   Warnings& warnings) {
  if (auto ok = check_type(*ref.kind, object); !ok) return fail(ok.error());
  const text::Value& given = *object.find("metadata");
  if (auto ok = check_same(ref, given); !ok) return fail(ok.error());
  if (auto ok = check_current(ref, stored, given); !ok) return fail(ok.error());
  auto old_object = to_value(*ref.kind, stored);
  if (!old_object) return fail(old_object.error());
  text::Value& old_metadata = (*old_object)["metadata"];
  old_metadata.as_map().erase("resourceVersion");
  if (part == Part::kStatus) {
    object = with_status(*old_object, object);
  } else {
    text::Value& metadata = object["metadata"];
    metadata.as_map().erase("resourceVersion");
    for (const std::string_view field :
         {"name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp",
          "deletionGracePeriodSeconds"})
      keep_member(old_metadata, metadata, field);
    if (ref.kind->has_status) keep_member(*old_object, object, "status");
    if (ref.kind->plural == "namespaces") keep_member(*old_object, object, "spec");
  }
  if (options.finish)
    if (auto ok = options.finish(&*old_object, object); !ok) return fail(ok.error());
  mark_completed(*ref.kind, object);
  count_generation(*ref.kind, *old_object, object);
  auto admitted =
      admit(*ref.kind, Operation::kUpdate, &*old_object, in_order(std::move(object)), warnings);
  if (!admitted) return fail(admitted.error());
  if (auto ok = check_metadata(*ref.kind, *admitted->find("metadata")); !ok)
    return fail(ok.error());
  Prepared prepared{to_put(ref, *admitted), std::move(*admitted)};
  prepared.put.precondition = store::Precondition::revision_is(stored.revision);
  // Whoever deleted it waited for this: the last finalizer is gone.
  prepared.is_last = old_metadata.find("deletionTimestamp") && has_finalizers(old_metadata) &&
                     !has_finalizers(*prepared.object.find("metadata"));
  return prepared;
}

// The agent says something of every pod several times: where no admission compares the object with
// what it was, its spec is not even parsed.
base::Result<std::optional<store::PutObject>> StoreApi::prepare_status(
    const StatusUpdate& update, const std::optional<store::Object>& stored) {
  const ObjectRef& ref = update.ref;
  if (!stored || stored->uid != update.uid) return fail(store::not_found(key_of(ref)));
  auto metadata = text::parse_json_member(stored->json, "metadata");
  if (!metadata || !metadata->is_map())
    return fail(Code::kCorrupt, stored->key.resource + " \"" + ref.name + "\" is damaged");
  if (!update.annotations.empty()) {
    text::Value& annotations = (*metadata)["annotations"];
    if (!annotations.is_map()) annotations = text::Map();
    for (const auto& [key, value] : update.annotations) annotations[key] = value;
  }
  text::Value changed;
  changed["metadata"] = *std::move(metadata);
  changed["status"] = update.status;
  store::PutObject put;
  if (admissions_.contains(ref.kind) || !ref.kind->has_status) {
    auto prepared = prepare(ref, *stored, std::move(changed), Part::kStatus);
    if (!prepared) return fail(prepared.error());
    put = std::move(prepared->put);
  } else {
    mark_completed(*ref.kind, changed);
    if (auto ok = check_metadata(*ref.kind, changed["metadata"]); !ok) return fail(ok.error());
    const text::Value& next = *changed.find("metadata");
    put = put_of(ref, next,
                 text::with_json_members(stored->json, {{"metadata", text::to_json(next)},
                                                        {"status", text::to_json(update.status)}}));
    put.precondition = store::Precondition::revision_is(stored->revision);
  }
  if (put.json == stored->json) return std::nullopt;
  return put;
}

base::Result<store::PutObject> StoreApi::prepare_create(const Kind& kind,
                                                        std::string_view namespace_,
                                                        text::Value object) {
  Warnings unheard;
  auto prepared = prepare_new(kind, namespace_, std::move(object), {}, unheard);
  if (!prepared) return fail(prepared.error());
  if (kind.namespaced)
    if (auto ok = ensure_namespace(prepared->put.key.namespace_); !ok) return fail(ok.error());
  return std::move(prepared->put);
}

base::Result<store::PutObject> StoreApi::prepare_update(const ObjectRef& ref, text::Value object,
                                                        Part part) {
  const auto stored = store_.get(key_of(ref));
  if (!stored) return fail(stored.error());
  return prepare_update(ref, *stored, std::move(object), part);
}

base::Result<store::PutObject> StoreApi::prepare_update(const ObjectRef& ref,
                                                        const store::Object& stored,
                                                        text::Value object, Part part) {
  auto prepared = prepare(ref, stored, std::move(object), part);
  if (!prepared) return fail(prepared.error());
  if (prepared->is_last)
    return fail(Code::kUnsupported, "the last finalizer of " + ref.kind->resource() + " \"" +
                                        ref.name + "\" cannot be taken away in a batch");
  return std::move(prepared->put);
}

base::Status StoreApi::prepare_remove(const ObjectRef& ref, const store::Object& stored,
                                      const DeleteOptions& options, store::Batch& batch) {
  using Mode = Tombstone::Mode;
  const std::string& wish = options.propagation;
  const Mode mode = wish == "Foreground" ? Mode::kForeground
                    : wish == "Orphan"   ? Mode::kOrphan
                                         : Mode::kBackground;
  if (mode == Mode::kBackground && !wish.empty() && wish != "Background")
    return fail(Code::kInvalid, "propagationPolicy: Unsupported value: \"" + wish +
                                    "\": use Background, Foreground or Orphan");
  if (ref.kind->plural == "namespaces") return prepare_remove_namespace(ref, stored, batch);
  auto object = to_value(stored);
  if (!object) return fail(object.error());
  Warnings unheard;
  if (auto ok = admit(*ref.kind, Operation::kDelete, &*object, {}, unheard); !ok)
    return fail(ok.error());
  text::Value& metadata = (*object)["metadata"];
  metadata.as_map().erase("resourceVersion");
  if (mode == Mode::kForeground) add_finalizer(metadata, kForegroundFinalizer);
  if (mode == Mode::kOrphan) add_finalizer(metadata, kOrphanFinalizer);
  int64_t grace = 0;
  const bool runs = is_pod(*ref.kind) && !is_terminal(object->string_at("status", "phase")) &&
                    !object->string_at("spec", "nodeName").empty();
  if (runs) {
    const text::Value* own = object->find_path("spec", "terminationGracePeriodSeconds");
    const int64_t usual = own ? own->to_int().value_or(kDefaultGraceSeconds) : kDefaultGraceSeconds;
    grace = std::max<int64_t>(options.grace_period_seconds.value_or(usual), 0);
  }
  const Tombstone tombstone{stored.key, stored.uid, mode};
  if (!has_finalizers(metadata) && grace == 0) {
    batch.deletes.push_back({stored.key, store::Precondition::revision_is(stored.revision)});
    const auto dependents = store_.list({"", "", {}, stored.uid, 1, ""});
    if (!dependents) return fail(dependents.error());
    if (!dependents->objects.empty()) batch.puts.push_back(tombstone.to_put());
    return {};
  }
  const text::Value* old_grace = metadata.find("deletionGracePeriodSeconds");
  const bool is_sooner = !old_grace || grace < old_grace->to_int().value_or(0);
  const bool is_marked = metadata.find("deletionTimestamp") != nullptr;
  if (!is_marked || is_sooner) {
    metadata["deletionTimestamp"] = base::to_rfc3339(clock_.now() + base::Duration::seconds(grace));
    metadata["deletionGracePeriodSeconds"] = grace;
  }
  store::PutObject put = to_put(ref, *object);
  if (put.json == stored.json) return {};
  put.precondition = store::Precondition::revision_is(stored.revision);
  batch.puts.push_back(std::move(put));
  const bool holds = stored.key.resource == kDefinitions;
  if (holds && !is_marked)
    batch.puts.push_back(Tombstone{stored.key, stored.uid, Mode::kContents}.to_put());
  else if (mode != Mode::kBackground)
    batch.puts.push_back(tombstone.to_put());
  return {};
}

}  // namespace kube

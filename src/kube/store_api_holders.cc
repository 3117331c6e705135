// Namespaces and CustomResourceDefinitions: what holds other objects, begins and ends.
#include "kube/contents.h"
#include "kube/definition.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "kube/store_api.h"
#include "kube/tombstone.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using base::fail;
using text::Value;

bool is_marked(const Value& object) {
  return object.find_path("metadata", "deletionTimestamp") != nullptr;
}

}  // namespace

// Called with every batch: two comparisons of lengths for most.
base::Result<uint64_t> StoreApi::commit(store::Batch batch) {
  std::vector<store::Key> holders;
  const auto note = [&](const store::Key& key) {
    if (key.resource == "namespaces" || key.resource == kDefinitions) holders.push_back(key);
  };
  for (const store::PutObject& put : batch.puts) note(put.key);
  for (const store::DeleteObject& gone : batch.deletes) note(gone.key);
  auto revision = store_.commit(std::move(batch));
  if (revision)
    for (const store::Key& key : holders) follow_holder(key);
  return revision;
}

void StoreApi::follow_holder(const store::Key& key) {
  if (key.resource == "namespaces") {
    const std::lock_guard hold(mutex_);
    namespaces_.erase(key.name);
    ++namespace_changes_;
    return;
  }
  const std::lock_guard hold(definitions_);
  const auto stored = store_.get(key);
  const auto definition = stored ? to_value(*stored) : fail(stored.error());
  auto versions = definition ? kinds_of_definition(*definition)
                             : std::vector<std::shared_ptr<const CustomKind>>();
  if (versions.empty())
    kinds_.stop_serving(key.name);
  else
    kinds_.serve(key.name, std::move(versions));
}

void StoreApi::load_definitions() {
  admissions_[&kind_of("customresourcedefinitions")] =
      [this](Operation operation, const Value* old_object, Value definition,
             Warnings& warnings) -> base::Result<Value> {
    if (operation == Operation::kDelete) return definition;
    return completed_definition(old_object, std::move(definition), clock_.now(), kinds_, warnings);
  };
  // A store that cannot be read says so to whoever asks it next.
  const auto page = store_.list({std::string(kDefinitions), "", {}, {}, 0, ""});
  if (!page) return;
  for (const store::Object& stored : page->objects) {
    const auto definition = to_value(stored);
    if (!definition) continue;
    if (auto versions = kinds_of_definition(*definition); !versions.empty())
      kinds_.serve(stored.key.name, std::move(versions));
  }
}

// As Kubernetes' service account controller gives one to each namespace.
base::Status StoreApi::add_default_account(const std::string& namespace_, store::Batch& batch) {
  Value account;
  account["metadata"]["name"] = "default";
  Warnings unheard;
  auto prepared =
      prepare_new(kind_of("serviceaccounts"), namespace_, std::move(account), {}, unheard);
  if (!prepared) return fail(prepared.error());
  if (!store_.get(prepared->put.key)) batch.puts.push_back(std::move(prepared->put));
  return {};
}

bool StoreApi::is_terminating(const std::string& namespace_) const {
  const auto stored = store_.get({"namespaces", "", namespace_});
  const auto object = stored ? to_value(*stored) : fail(stored.error());
  return object && is_marked(*object);
}

base::Status StoreApi::ensure_namespace(const std::string& name) {
  uint64_t changes = 0;
  {
    const std::lock_guard hold(mutex_);
    if (namespaces_.contains(name)) return {};
    changes = namespace_changes_;
  }
  const Kind& kind = kind_of("namespaces");
  const auto stored = store_.get(key_of({&kind, "", name}));
  if (!stored && stored.error().code != Code::kNotFound) return fail(stored.error());
  if (stored) {
    const auto object = to_value(*stored);
    if (object && is_marked(*object))
      return fail(Code::kForbidden, "unable to create new content in namespace " + name +
                                        " because it is being terminated");
  } else {
    Value object;
    object["metadata"]["name"] = name;
    Warnings unheard;
    auto prepared = prepare_new(kind, {}, std::move(object), {}, unheard);
    if (!prepared) return fail(prepared.error());
    store::Batch batch;
    batch.puts.push_back(std::move(prepared->put));
    if (auto ok = add_default_account(name, batch); !ok) return ok;
    const auto done = store_.commit(std::move(batch));
    if (!done && done.error().code != Code::kAlreadyExists) return fail(done.error());
  }
  const std::lock_guard hold(mutex_);
  if (changes == namespace_changes_) namespaces_.insert(name);
  return {};
}

base::Status StoreApi::prepare_remove_namespace(const ObjectRef& ref, const store::Object& stored,
                                                store::Batch& batch) {
  if (is_protected_namespace(ref.name))
    return fail(Code::kForbidden,
                "namespaces \"" + ref.name + "\" is forbidden: this namespace may not be deleted");
  auto object = to_value(stored);
  if (!object) return fail(object.error());
  Value& metadata = (*object)["metadata"];
  metadata.as_map().erase("resourceVersion");
  if (is_marked(*object)) {
    // Its contents are gone, and so is its last finalizer.
    const Value* own = object->find_path("spec", "finalizers");
    const bool is_over =
        !has_finalizers(metadata) && own && own->is_list() && own->as_list().empty();
    if (is_over)
      batch.deletes.push_back({stored.key, store::Precondition::revision_is(stored.revision)});
    return {};
  }
  metadata["deletionTimestamp"] = base::to_rfc3339(clock_.now());
  (*object)["status"]["phase"] = "Terminating";
  store::PutObject put = to_put(ref, *object);
  put.precondition = store::Precondition::revision_is(stored.revision);
  batch.puts.push_back(std::move(put));
  batch.puts.push_back(Tombstone{stored.key, stored.uid, Tombstone::Mode::kContents}.to_put());
  return {};
}

base::Status StoreApi::prepare_end_of_namespace(const store::Object& stored, store::Batch& batch) {
  auto object = to_value(stored);
  if (!object) return fail(object.error());
  if (!has_finalizers((*object)["metadata"])) {
    batch.deletes.push_back({stored.key, store::Precondition::revision_is(stored.revision)});
    return {};
  }
  (*object)["metadata"].as_map().erase("resourceVersion");
  (*object)["spec"]["finalizers"] = text::List();
  store::PutObject put = to_put({&kind_of("namespaces"), "", stored.key.name}, *object);
  put.precondition = store::Precondition::revision_is(stored.revision);
  batch.puts.push_back(std::move(put));
  return {};
}

}  // namespace kube

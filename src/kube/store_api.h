// store_api.h — the manners of an API server over a store, in process.
//
// Names, uids, generations, namespaces that come into being with their first use, admission,
// optimistic concurrency, finalizers, watches with selectors. What follows a deletion (dependents,
// propagation) is done by kube/garbage_collector.h. Any thread.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "kube/api.h"
#include "kube/kind_registry.h"
#include "store/store.h"
#include "sys/clock.h"
#include "sys/random.h"

namespace kube {

enum class Operation : uint8_t { kCreate, kUpdate, kDelete };

// What a client is told beside the answer, one line each.
using Warnings = std::vector<std::string>;

// Gives the object to be written (usually `new_object` itself), or why not, and appends what to
// warn of. `old_object` is null for kCreate, `new_object` is null for kDelete (what is given back
// then counts for nothing). Called on the caller's thread, perhaps several times for one write;
// must not write.
using Admission =
    std::function<base::Result<text::Value>(Operation operation, const text::Value* old_object,
                                            text::Value new_object, Warnings& warnings)>;

// A patch of any type but kApply on an object of this kind. kUnsupported: a strategic merge patch
// of a custom resource.
base::Result<text::Value> patched_object(const Kind& kind, const text::Value& object,
                                         PatchType type, const text::Value& patch);

// What an update writes.
enum class Part : uint8_t { kObject, kStatus };

// How a write is done that comes from a client.
struct WriteOptions {
  bool dry_run = false;
  // Looks at what is to be written, before admission, and may complete it; `old_object` is null for
  // what is created. Called perhaps several times for one write; must not write.
  std::function<base::Status(const text::Value* old_object, text::Value& new_object)> finish = {};
};

class StoreApi final : public Api {
 public:
  StoreApi(store::Store& store, const sys::Clock& clock, sys::Random& random);

  // Before the first use. One a kind.
  void set_admission(const Kind& kind, Admission admission);

  base::Result<text::Value> get(const ObjectRef& ref) override;
  base::Result<ObjectList> list(const Kind& kind, std::string_view namespace_,
                                const ListOptions& options) override;
  base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                   text::Value object, bool dry_run) override {
    Warnings unheard;
    return create(kind, namespace_, std::move(object), WriteOptions{dry_run}, unheard);
  }
  // `warnings`: of the admission, also when it refuses.
  base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                   text::Value object, const WriteOptions& options,
                                   Warnings& warnings);
  base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                   text::Value object, bool dry_run, Warnings& warnings) {
    return create(kind, namespace_, std::move(object), WriteOptions{dry_run}, warnings);
  }
  base::Result<text::Value> update(const ObjectRef& ref, text::Value object) override;
  // `warnings`: as above.
  base::Result<text::Value> update(const ObjectRef& ref, text::Value object, Part part,
                                   const WriteOptions& options, Warnings& warnings);
  base::Result<text::Value> update_status(const ObjectRef& ref, text::Value object) override;
  // In one batch of the store.
  std::vector<base::Status> update_statuses(const std::vector<StatusUpdate>& updates) override;
  base::Result<text::Value> patch(const ObjectRef& ref, PatchType type,
                                  const text::Value& patch) override;
  base::Result<text::Value> patch_status(const ObjectRef& ref, PatchType type,
                                         const text::Value& patch) override;
  base::Status remove(const ObjectRef& ref, const DeleteOptions& options) override;
  base::Result<std::unique_ptr<Watch>> watch(const Kind& kind, std::string_view namespace_,
                                             const ListOptions& options,
                                             std::string_view resource_version) override;

  // For writers of many objects and rows in one batch: prepare each, put all of them into one
  // store::Batch, and commit() it. Nothing (but a missing namespace) is written before. All of
  // create()'s and update()'s rules hold, with two exceptions: whoever creates dependents adds a
  // check that their owner lives, and an update that takes the last finalizer of a deleted object
  // away is refused (kUnsupported): update() does that.
  base::Result<store::PutObject> prepare_create(const Kind& kind, std::string_view namespace_,
                                                text::Value object);
  // Reads the stored object; the precondition is that it stays as it is.
  base::Result<store::PutObject> prepare_update(const ObjectRef& ref, text::Value object,
                                                Part part = Part::kObject);
  // The same without a read, for a caller that has the stored object (from get or watch).
  base::Result<store::PutObject> prepare_update(const ObjectRef& ref, const store::Object& stored,
                                                text::Value object, Part part = Part::kObject);
  // The same without a read, for a caller that has the stored object: appends the deletion, or the
  // mark where the object must still wait, to `batch`. Nothing when it is marked already.
  base::Status prepare_remove(const ObjectRef& ref, const store::Object& stored,
                              const DeleteOptions& options, store::Batch& batch);
  // Appends the end of a namespace that is Terminating and holds nothing any more.
  base::Status prepare_end_of_namespace(const store::Object& stored, store::Batch& batch);
  base::Result<uint64_t> commit(store::Batch batch);
  // Whether nothing may be created in it, because it goes.
  bool is_terminating(const std::string& namespace_) const;
  store::Store& store() { return store_; }
  // What is served: the built-in kinds and those of CustomResourceDefinitions.
  const KindRegistry& kinds() const { return kinds_; }
  KindRegistry& kinds() { return kinds_; }

  // The stored object as a Value with its resourceVersion. kCorrupt when its bytes are no JSON.
  static base::Result<text::Value> to_value(const store::Object& object);
  // The same in the version of `kind`: versions of a custom kind share what is stored.
  static base::Result<text::Value> to_value(const Kind& kind, const store::Object& object);
  // The same as text, without parsing it: `revision` is put in as metadata.resourceVersion.
  static std::string to_json(const store::Object& object, uint64_t revision);
  static std::string to_json(const store::Object& object) {
    return to_json(object, object.revision);
  }
  static store::Key key_of(const ObjectRef& ref);

 private:
  // An object on its way into the store: as JSON, and as its writer gets it back.
  struct Prepared {
    store::PutObject put;
    text::Value object;
    bool is_last = false;  // the update takes the last finalizer of a deleted object away
  };
  base::Result<Prepared> prepare_new(const Kind& kind, std::string_view namespace_,
                                     text::Value object, const WriteOptions& options,
                                     Warnings& warnings);
  base::Result<Prepared> prepare(const ObjectRef& ref, const store::Object& stored,
                                 text::Value object, Part part, const WriteOptions& options,
                                 Warnings& warnings);
  base::Result<Prepared> prepare(const ObjectRef& ref, const store::Object& stored,
                                 text::Value object, Part part) {
    Warnings unheard;
    return prepare(ref, stored, std::move(object), part, {}, unheard);
  }
  // Nothing when it is so already.
  base::Result<std::optional<store::PutObject>> prepare_status(
      const StatusUpdate& update, const std::optional<store::Object>& stored);
  base::Result<text::Value> create_once(const Kind& kind, std::string_view namespace_,
                                        text::Value object, const WriteOptions& options,
                                        Warnings& warnings);
  base::Result<text::Value> write_once(const ObjectRef& ref, text::Value object, Part part,
                                       const WriteOptions& options, Warnings& warnings);
  base::Result<text::Value> write(const ObjectRef& ref, text::Value object, Part part) {
    Warnings unheard;
    return update(ref, std::move(object), part, {}, unheard);
  }
  base::Result<text::Value> patch_part(const ObjectRef& ref, PatchType type,
                                       const text::Value& patch, Part part);
  base::Result<text::Value> admit(const Kind& kind, Operation operation,
                                  const text::Value* old_object, text::Value new_object,
                                  Warnings& warnings) const;
  base::Status fill_metadata(const Kind& kind, std::string_view namespace_, text::Value& object);
  base::Status ensure_namespace(const std::string& name);
  void follow_holder(const store::Key& key);
  void load_definitions();
  base::Status prepare_remove_namespace(const ObjectRef& ref, const store::Object& stored,
                                        store::Batch& batch);
  base::Status add_default_account(const std::string& namespace_, store::Batch& batch);
  store::PutObject to_put(const ObjectRef& ref, const text::Value& object) const;
  base::Status remove_once(const ObjectRef& ref, const DeleteOptions& options);
  base::Status follow_dead_owners(const text::Value& metadata, std::string_view namespace_);
  std::string random_suffix();

  store::Store& store_;
  const sys::Clock& clock_;
  KindRegistry kinds_;
  std::mutex mutex_;  // of random_, namespaces_ and namespace_changes_
  sys::Random& random_;
  std::unordered_set<std::string> namespaces_;  // that are known to take objects
  uint64_t namespace_changes_ = 0;              // deletions that this API has seen
  std::mutex definitions_;                      // one definition after the other
  std::unordered_map<const Kind*, Admission> admissions_;
};

}  // namespace kube

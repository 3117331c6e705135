#include "kube/contents.h"

#include <algorithm>

#include "kube/definition.h"
#include "kube/metadata.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

constexpr uint64_t kPage = 200;  // objects in one batch

bool is_overtaken(const base::Error& error) {
  return error.code == Code::kConflict || error.code == Code::kNotFound;
}

// The resources to look through, each once; in Kubernetes' table Argo's come first, so that a
// workflow goes before its pods.
std::vector<const Kind*> kinds_within(const StoreApi& api, const Tombstone& note) {
  std::vector<const Kind*> out;
  if (note.owner.resource == kDefinitions) {
    const Kind* kind = api.kinds().find_stored(note.owner.name);
    if (kind && kind->custom) out.push_back(kind);
    return out;
  }
  for (const Kind* kind : api.kinds().all()) {
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const Kind* one) {
      return one->group == kind->group && one->plural == kind->plural;
    });
    if (kind->namespaced && !is_known) out.push_back(kind);
  }
  return out;
}

base::Status remove_page(StoreApi& api, const Kind& kind, const std::vector<store::Object>& page) {
  store::Batch batch;
  for (const store::Object& object : page) {
    const ObjectRef ref{&kind, object.key.namespace_, object.key.name};
    if (auto ok = api.prepare_remove(ref, object, {}, batch); !ok) return ok;
  }
  if (batch.empty()) return {};
  const auto done = api.commit(std::move(batch));
  if (done) return {};
  if (!is_overtaken(done.error())) return fail(done.error());
  // Somebody wrote one of them meanwhile: each alone.
  for (const store::Object& object : page) {
    const auto ok = api.remove({&kind, object.key.namespace_, object.key.name}, {});
    if (!ok && !is_overtaken(ok.error())) return ok;
  }
  return {};
}

// Gives whether nothing is left.
base::Result<bool> remove_kind(StoreApi& api, const Kind& kind, const std::string& namespace_,
                               const std::atomic<bool>& stopping) {
  store::ListQuery query{kind.resource(), namespace_, {}, {}, kPage, ""};
  do {
    const auto page = api.store().list(query);
    if (!page) return fail(page.error());
    if (page->objects.empty()) return true;
    if (auto ok = remove_page(api, kind, page->objects); !ok) return fail(ok.error());
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty() && !stopping);
  query.limit = 1;
  query.continue_token.clear();
  const auto left = api.store().list(query);
  if (!left) return fail(left.error());
  return left->objects.empty();
}

// The holder goes, or waits for finalizers of others.
base::Result<bool> let_go(StoreApi& api, const Tombstone& note) {
  const auto stored = api.store().get(note.owner);
  if (!stored)
    return stored.error().code == Code::kNotFound ? base::Result<bool>(true) : fail(stored.error());
  if (stored->uid != note.uid) return true;
  const Kind* kind = api.kinds().find_stored(note.owner.resource);
  const ObjectRef ref{kind, "", note.owner.name};
  if (note.owner.resource == kDefinitions) {
    auto object = StoreApi::to_value(*stored);
    if (!object) return fail(object.error());
    remove_finalizer((*object)["metadata"], kCleanupFinalizer);
    const auto done = api.update(ref, std::move(*object));
    return done ? base::Result<bool>(true) : fail(done.error());
  }
  store::Batch batch;
  if (auto ok = api.prepare_end_of_namespace(*stored, batch); !ok) return fail(ok.error());
  const auto done = api.commit(std::move(batch));
  return done ? base::Result<bool>(true) : fail(done.error());
}

}  // namespace

bool is_protected_namespace(std::string_view name) {
  return name == "default" || name == "kube-system" || name == "kube-public" ||
         name == "kube-node-lease";
}

base::Result<bool> remove_contents(StoreApi& api, const Tombstone& note,
                                   const std::atomic<bool>& stopping) {
  const bool is_namespace = note.owner.resource == "namespaces";
  const std::string namespace_ = is_namespace ? note.owner.name : "";
  const std::vector<const Kind*> within = kinds_within(api, note);
  const auto sweep = [&]() -> base::Result<bool> {
    bool is_empty = true;
    for (const Kind* kind : within) {
      if (stopping) return false;
      const auto none = remove_kind(api, *kind, namespace_, stopping);
      if (!none) return none;
      is_empty = is_empty && *none;
    }
    return is_empty;
  };
  const auto is_empty = sweep();
  if (!is_empty || !*is_empty) return is_empty;
  const auto gone = let_go(api, note);
  if (!gone || !*gone) return gone;
  // What had been let in just before the deletion, and came after the sweep.
  return is_namespace ? sweep() : gone;
}

}  // namespace kube

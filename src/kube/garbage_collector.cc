#include "kube/garbage_collector.h"

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "kube/contents.h"
#include "kube/kinds.h"
#include "kube/metadata.h"
#include "kube/tombstone.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

constexpr uint64_t kPage = 200;  // dependents in one batch
constexpr int kRetryMs = 1000;   // while something cannot be done yet

// Kubernetes' blockOwnerDeletion: the owner waits for this one.
bool does_block(const store::Object& dependent, std::string_view owner_uid) {
  const auto object = StoreApi::to_value(dependent);
  const text::Value* owners = object ? object->find_path("metadata", "ownerReferences") : nullptr;
  if (!owners || !owners->is_list()) return false;
  for (const text::Value& owner : owners->as_list()) {
    const text::Value* blocks = owner.find("blockOwnerDeletion");
    if (owner.string_at("uid") == owner_uid && blocks && blocks->is_bool() && blocks->as_bool())
      return true;
  }
  return false;
}

bool is_overtaken(const base::Error& error) {
  return error.code == Code::kConflict || error.code == Code::kNotFound;
}

}  // namespace

class GarbageCollector::Worker {
 public:
  explicit Worker(StoreApi& api) : api_(api) {}
  ~Worker() { stop(); }
  void start();
  base::Status run_once();

 private:
  void stop();
  void run();
  // True when the note has been cleared.
  base::Result<bool> follow(const Tombstone& tombstone);
  base::Result<bool> clear(const Tombstone& tombstone);
  struct Left {
    bool blocks = false;  // those are there for which a foreground deletion waits
    bool missed = false;  // or some that others wrote whenever they were to be marked
  };
  base::Result<Left> collect(const Tombstone& tombstone);
  // Gives whether all were collected or marked.
  base::Result<bool> collect_page(const Tombstone& tombstone,
                                  const std::vector<store::Object>& page);
  base::Status release_or_remove(const Tombstone& tombstone, const store::Object& dependent,
                                 store::Batch& batch);
  base::Result<bool> has_other_owner(const text::Value& metadata, const std::string& namespace_,
                                     const std::string& uid);
  base::Status release_owner(const Tombstone& tombstone);

  StoreApi& api_;
  std::mutex mutex_;  // of watch_, which stop() cancels
  std::unique_ptr<store::Watch> watch_;
  std::atomic<bool> stopping_{false};
  bool waits_ = false;  // some note could not be cleared yet
  std::thread thread_;
};

base::Result<bool> GarbageCollector::Worker::has_other_owner(const text::Value& metadata,
                                                             const std::string& namespace_,
                                                             const std::string& uid) {
  for (const OwnerReference& owner : owners_of(metadata)) {
    if (owner.uid == uid) continue;
    const Kind* kind = api_.kinds().find(owner.api_version, owner.kind);
    if (!kind) return true;  // not kept here, so not known to be gone
    const auto stored = api_.store().get(StoreApi::key_of({kind, namespace_, owner.name}));
    if (stored && stored->uid == owner.uid) return true;
    if (!stored && stored.error().code != Code::kNotFound) return fail(stored.error());
  }
  return false;
}

base::Status GarbageCollector::Worker::release_or_remove(const Tombstone& tombstone,
                                                         const store::Object& dependent,
                                                         store::Batch& batch) {
  const Kind* kind = api_.kinds().find_stored(dependent.key.resource);
  auto object = StoreApi::to_value(dependent);
  // What cannot be read cannot be collected; it must not keep the rest.
  if (!kind || !object) return {};
  const ObjectRef ref{kind, dependent.key.namespace_, dependent.key.name};
  text::Value& metadata = (*object)["metadata"];
  const auto stays = has_other_owner(metadata, dependent.key.namespace_, tombstone.uid);
  if (!stays) return fail(stays.error());
  if (!*stays && tombstone.mode != Tombstone::Mode::kOrphan) {
    DeleteOptions options;
    if (tombstone.mode == Tombstone::Mode::kForeground) options.propagation = "Foreground";
    return api_.prepare_remove(ref, dependent, options, batch);
  }
  const auto is_of_owner = [&](const text::Value& owner) {
    return owner.string_at("uid") == tombstone.uid;
  };
  text::List& owners = metadata["ownerReferences"].as_list();
  std::erase_if(owners, is_of_owner);
  if (owners.empty()) metadata.as_map().erase("ownerReferences");
  auto put = api_.prepare_update(ref, dependent, std::move(*object));
  if (!put) return fail(put.error());
  batch.puts.push_back(std::move(*put));
  return {};
}

base::Result<bool> GarbageCollector::Worker::collect_page(const Tombstone& tombstone,
                                                          const std::vector<store::Object>& page) {
  store::Batch batch;
  for (const store::Object& dependent : page)
    if (auto ok = release_or_remove(tombstone, dependent, batch); !ok) return fail(ok.error());
  if (batch.empty()) return true;
  const auto done = api_.commit(std::move(batch));
  if (done) return true;
  if (!is_overtaken(done.error())) return fail(done.error());
  // One of them was written meanwhile: each alone, from what is stored now.
  bool is_whole = true;
  for (const store::Object& dependent : page) {
    const auto now = api_.store().get(dependent.key);
    if (!now || now->uid != dependent.uid) continue;
    store::Batch alone;
    if (auto ok = release_or_remove(tombstone, *now, alone); !ok) return fail(ok.error());
    const auto again = alone.empty() ? base::Result<uint64_t>(0) : api_.commit(std::move(alone));
    if (!again && !is_overtaken(again.error())) return fail(again.error());
    is_whole = is_whole && again.has_value();
  }
  return is_whole;
}

base::Result<GarbageCollector::Worker::Left> GarbageCollector::Worker::collect(
    const Tombstone& tombstone) {
  store::ListQuery query{"", "", {}, tombstone.uid, kPage, ""};
  Left out;
  do {
    const auto page = api_.store().list(query);
    if (!page) return fail(page.error());
    const auto whole = collect_page(tombstone, page->objects);
    if (!whole) return fail(whole.error());
    out.missed = out.missed || !*whole;
    query.continue_token = page->continue_token;
  } while (!query.continue_token.empty() && !stopping_);
  if (tombstone.mode != Tombstone::Mode::kForeground) return out;
  query.continue_token.clear();
  do {
    const auto page = api_.store().list(query);
    if (!page) return fail(page.error());
    for (const store::Object& left : page->objects)
      out.blocks = out.blocks || does_block(left, tombstone.uid);
    query.continue_token = page->continue_token;
  } while (!out.blocks && !query.continue_token.empty());
  return out;
}

// Takes the finalizer away for which the owner waits.
base::Status GarbageCollector::Worker::release_owner(const Tombstone& tombstone) {
  const Kind* kind = api_.kinds().find_stored(tombstone.owner.resource);
  if (!kind) return {};
  const ObjectRef ref{kind, tombstone.owner.namespace_, tombstone.owner.name};
  auto object = api_.get(ref);
  if (!object)
    return object.error().code == Code::kNotFound ? base::Status() : fail(object.error());
  if (object->string_at("metadata", "uid") != tombstone.uid) return {};
  text::Value& metadata = (*object)["metadata"];
  remove_finalizer(metadata, tombstone.mode == Tombstone::Mode::kOrphan ? kOrphanFinalizer
                                                                        : kForegroundFinalizer);
  const auto done = api_.update(ref, std::move(*object));
  return done ? base::Status() : fail(done.error());
}

base::Result<bool> GarbageCollector::Worker::follow(const Tombstone& tombstone) {
  if (tombstone.mode == Tombstone::Mode::kContents) {
    const auto gone = remove_contents(api_, tombstone, stopping_);
    if (!gone || !*gone) return gone;
    return clear(tombstone);
  }
  const auto left = collect(tombstone);
  if (!left) return fail(left.error());
  // Behind a background deletion, what is marked goes in its own time.
  if (left->missed || (tombstone.mode == Tombstone::Mode::kForeground && left->blocks))
    return false;
  if (tombstone.mode != Tombstone::Mode::kBackground)
    if (auto ok = release_owner(tombstone); !ok) return fail(ok.error());
  return clear(tombstone);
}

base::Result<bool> GarbageCollector::Worker::clear(const Tombstone& tombstone) {
  store::Batch batch;
  batch.deletes.push_back({tombstone.key(), {}});
  const auto done = api_.commit(std::move(batch));
  if (!done && done.error().code != Code::kNotFound) return fail(done.error());
  return true;
}

base::Status GarbageCollector::Worker::run_once() {
  // Dependents leave notes of their own, so until nothing moves.
  for (bool moved = true; moved && !stopping_;) {
    moved = false;
    waits_ = false;
    const auto notes = api_.store().list({std::string(kTombstones), "", {}, {}, 0, ""});
    if (!notes) return fail(notes.error());
    for (const store::Object& note : notes->objects) {
      const auto tombstone = parse_tombstone(note);
      if (!tombstone) return fail(tombstone.error());
      const auto cleared = follow(*tombstone);
      if (!cleared && !is_overtaken(cleared.error())) return fail(cleared.error());
      if (cleared && *cleared)
        moved = true;
      else
        waits_ = true;
      if (stopping_) break;
    }
  }
  return {};
}

void GarbageCollector::Worker::run() {
  while (!stopping_) {
    auto watch = api_.store().watch(kTombstones, "", 0);
    if (!watch) return;  // a watch from now on is always given
    store::Watch* notes = nullptr;
    {
      const std::lock_guard hold(mutex_);
      watch_ = std::move(*watch);
      notes = watch_.get();
      if (stopping_) return;
    }
    for (bool lost = false; !lost && !stopping_;) {
      const base::Status done = run_once();
      // A failing disk, or dependents that others still stop: again in a while. Else when a note
      // comes.
      const int timeout_ms = !done || waits_ ? kRetryMs : -1;
      lost = !notes->next(timeout_ms, nullptr);
    }
  }
}

void GarbageCollector::Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void GarbageCollector::Worker::stop() {
  stopping_ = true;
  {
    const std::lock_guard hold(mutex_);
    if (watch_) watch_->cancel();
  }
  if (thread_.joinable()) thread_.join();
}

GarbageCollector::GarbageCollector(StoreApi& api) : worker_(std::make_unique<Worker>(api)) {}
GarbageCollector::~GarbageCollector() = default;
void GarbageCollector::start() { worker_->start(); }
base::Status GarbageCollector::run_once() { return worker_->run_once(); }

}  // namespace kube

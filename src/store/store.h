// store.h — the object store: Kubernetes-shaped objects, keyed rows beside them, and watches.
//
// Knows keys, revisions and bytes; knows no kinds' meaning. One revision counter for the whole
// store, as etcd. All functions may be called from any thread. Bodies: sqlite (ships), memory
// (tests), failing (wraps another and fails on demand). The contract suite store_contract_test.cc
// runs against all.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/selector.h"

namespace store {

// `resource` is "<plural>.<group>" ("workflows.argoproj.io") or "<plural>" for the core group.
struct Key {
  std::string resource, namespace_, name;  // namespace_ is empty for cluster-scoped kinds
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct Object {
  Key key;
  std::string uid;
  uint64_t revision = 0;         // of the last write; shown as metadata.resourceVersion
  uint64_t created_revision = 0;
  std::string json;              // the whole object without resourceVersion; bytes are kept as given
};

// What must hold for a write, else the whole batch fails with kConflict (kAlreadyExists for
// kMustNotExist, kNotFound when the object is gone).
struct Precondition {
  enum class Kind : uint8_t { kNone, kMustNotExist, kMustExist, kRevisionIs, kUidIs } kind = Kind::kNone;
  uint64_t revision = 0;
  std::string uid;
};

struct PutObject {
  Key key;
  std::string uid, json;
  // Indexed for selectors; must be what metadata.labels of the json says.
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> owner_uids;
  Precondition precondition;
};
struct DeleteObject {
  Key key;
  Precondition precondition;
};  // its rows go in bounded slices in the background; they are invisible at once

// A row of a keyed sub-collection of an object: status.nodes of a Workflow, pending operations, …
// Collections: "nodes", "operations". Keys are dense small integers where they can be.
struct PutRow {
  std::string owner_uid, collection;
  uint64_t key = 0;
  std::string bytes;
};
struct DeleteRow {
  std::string owner_uid, collection;
  uint64_t key = 0;
};

// Atomic: all of it or nothing, and durable when commit() returns (group commit).
struct Batch {
  std::vector<PutObject> puts;
  std::vector<DeleteObject> deletes;
  std::vector<PutRow> rows;
  std::vector<DeleteRow> deleted_rows;
};

struct Change {
  enum class Type : uint8_t { kAdded, kModified, kDeleted, kBookmark } type;
  Object object;  // for kDeleted the last state, with the revision of the deletion
  // Keys of the rows that this commit wrote, by collection; the object itself may be unchanged
  // (then type is kModified with its latest json).
  std::vector<std::pair<std::string, uint64_t>> rows;
};

struct ListQuery {
  std::string resource, namespace_;  // empty namespace: all
  text::Selector labels;
  std::optional<std::string> owner_uid;
  uint64_t limit = 0;            // 0: all
  std::string continue_token;    // from the page before
};
struct ListPage {
  std::vector<Object> objects;  // by namespace, name
  uint64_t revision = 0;        // of the store when the list was made
  std::string continue_token;   // empty: last page
};

// Gives changes in order of revision, from one thread. Slow readers do not hold the store up: what
// is pending coalesces to an object's last state. Dropping it ends the watch.
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits for changes; empty after `timeout_ms` (then the store's revision is in `bookmark`).
  // kGone: too far behind, list again.
  virtual base::Result<std::vector<Change>> next(int timeout_ms, uint64_t* bookmark) = 0;
  // Readable when next() would not wait, for event loops. Owned by the watch.
  virtual int fd() const = 0;
  virtual void cancel() = 0;  // wakes next(); from any thread
};

class Store {
 public:
  virtual ~Store() = default;
  virtual base::Result<Object> get(const Key& key) const = 0;
  virtual base::Result<ListPage> list(const ListQuery& query) const = 0;
  // The revision of the batch.
  virtual base::Result<uint64_t> commit(Batch batch) = 0;
  // Changes after `revision` (0: from now), of one resource, in one namespace or (empty) all.
  // kGone when history does not reach back that far.
  virtual base::Result<std::unique_ptr<Watch>> watch(std::string_view resource, std::string_view namespace_,
                                                     uint64_t revision) = 0;
  // Rows in order of key, from `first_key`, handed out one by one until `visit` gives false.
  using RowVisitor = std::function<bool(uint64_t key, std::string_view bytes)>;
  virtual base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                            const RowVisitor& visit) const = 0;
  virtual uint64_t revision() const = 0;
};

}  // namespace store

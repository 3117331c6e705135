// store.h — the object store: Kubernetes-shaped objects, keyed rows beside them, and watches.
//
// Knows keys, revisions and bytes; knows no kinds' meaning. One revision counter for the whole
// store, as etcd. What reads and watches give is durable, with one exception: watch_early(). All
// functions may be called from any thread. Bodies: store/sqlite.h (ships),
// store/memory.h (tests), store/failing.h (wraps another and fails on demand). The contract suite
// store_contract_test.cc runs against all.
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

using Labels = std::vector<std::pair<std::string, std::string>>;

inline std::optional<std::string_view> find_label(const Labels& labels, std::string_view key) {
  for (const auto& [name, value] : labels)
    if (name == key) return value;
  return {};
}
// Do they satisfy the selector?
bool matches(const text::Selector& selector, const Labels& labels);

struct Object {
  Key key;
  std::string uid;
  uint64_t revision = 0;  // of the last write; shown as metadata.resourceVersion
  uint64_t created_revision = 0;
  std::string json;  // the whole object without resourceVersion; bytes are kept as given
  Labels labels;     // as they were put
};

// What must hold for a write, else the whole batch fails with kConflict (kAlreadyExists for
// kMustNotExist, kNotFound when the object is gone). Looked at before anything of the batch is
// written.
struct Precondition {
  // kRevisionIs: the object has not been written after `revision` (rows do not count: a revision
  // that a watch gave because of a row is as good as the object's own). kUidIs: the same object,
  // not another of the same name.
  enum class Kind : uint8_t {
    kNone,
    kMustNotExist,
    kMustExist,
    kRevisionIs,
    kUidIs
  } kind = Kind::kNone;
  uint64_t revision = 0;
  std::string uid;

  static Precondition must_not_exist() { return {Kind::kMustNotExist, 0, {}}; }
  static Precondition must_exist() { return {Kind::kMustExist, 0, {}}; }
  static Precondition revision_is(uint64_t revision) { return {Kind::kRevisionIs, revision, {}}; }
  static Precondition uid_is(std::string uid) { return {Kind::kUidIs, 0, std::move(uid)}; }
};

struct PutObject {
  Key key;
  std::string uid, json;  // no two objects of a store may have the same uid
  // Indexed for selectors; must be what metadata.labels of the json says.
  Labels labels;
  std::vector<std::string> owner_uids;
  Precondition precondition;
};
struct DeleteObject {
  Key key;
  Precondition precondition;
};  // its rows go in bounded slices in the background; they are invisible at once

// A row of a keyed sub-collection of an object: status.nodes of a Workflow, pending operations, …
// Collections: "nodes", "operations". Keys are dense small integers where they can be, at most
// 2^63 - 1. The owner must be there (else kNotFound); an object that the same batch puts counts.
struct PutRow {
  std::string owner_uid, collection;
  uint64_t key = 0;
  std::string bytes;
};
struct DeleteRow {
  std::string owner_uid, collection;
  uint64_t key = 0;
};

// Atomic: all of it or nothing, and durable when commit() returns (group commit). The order of
// effects: deletes, puts, deleted_rows, rows; a key should stand in a list only once.
struct Batch {
  // Must hold, though nothing is written there: that the owner of new pods still lives, …
  struct Check {
    Key key;
    Precondition precondition;
  };
  std::vector<Check> checks;
  std::vector<PutObject> puts;
  std::vector<DeleteObject> deletes;
  std::vector<PutRow> rows;
  std::vector<DeleteRow> deleted_rows;
  // Answers what an early watch gave. Other batches wait a moment for such a one, because one sync
  // does for both; after this nothing more is to be waited for.
  bool is_answer = false;
  bool empty() const {
    return puts.empty() && deletes.empty() && rows.empty() && deleted_rows.empty();
  }
};

struct Change {
  enum class Type : uint8_t { kAdded, kModified, kDeleted, kBookmark } type;
  // For kDeleted the last state, with the revision of the deletion. Shared with other watches.
  std::shared_ptr<const Object> object;
  // Of the batch that made the change; the object's own is smaller when only rows were written.
  uint64_t revision = 0;
  // Keys of the rows that were written or deleted, by collection; the object itself may be
  // unchanged (then type is kModified with its latest json). When many changes have coalesced the
  // list is left out: rows_lost says so, and all rows are to be read again.
  std::vector<std::pair<std::string, uint64_t>> rows;
  bool rows_lost = false;
  // The labels before the change (of the state that this watch last gave), for kModified and
  // kDeleted: lets a watch with a selector see what leaves the selection.
  Labels previous_labels;
};

// `resource` may be empty when owner_uid is given: dependents of every kind.
struct ListQuery {
  std::string resource, namespace_;  // empty namespace: all
  text::Selector labels;
  std::optional<std::string> owner_uid;
  uint64_t limit = 0;          // 0: all
  std::string continue_token;  // from the page before
};
struct ListPage {
  std::vector<Object> objects;  // by namespace, name; with owner_uid in order of creation
  uint64_t revision = 0;        // of the store when the list was made
  std::string continue_token;   // empty: last page
};

// Gives changes in order of revision, from one thread. Slow readers do not hold the store up: what
// is pending coalesces to an object's last state (what was made and deleted meanwhile is left out;
// a deleted object and a new one of its name stay two changes). Dropping it ends the watch. The
// store must outlive its watches.
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits for changes; empty after `timeout_ms` (0: does not wait, -1: for ever) or cancel().
  // `bookmark`, when not null, gets the revision up to which everything has been given. kGone: too
  // far behind, list again.
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
  // Several keys at once, in their order; nothing where there is no such object.
  virtual base::Result<std::vector<std::optional<Object>>> get_many(
      const std::vector<Key>& keys) const = 0;
  // The revision of the batch. An empty batch checks its `checks` and gives the present revision.
  // kUnavailable: the disk is full or failing; nothing of the batch was written, unless the text
  // says that the outcome is unknown.
  virtual base::Result<uint64_t> commit(Batch batch) = 0;
  // Changes after `revision` (0: from now), of one resource, in one namespace or (empty) all.
  // kGone when history does not reach back that far.
  virtual base::Result<std::unique_ptr<Watch>> watch(std::string_view resource,
                                                     std::string_view namespace_,
                                                     uint64_t revision) = 0;
  // For what acts on the store alone (control): changes from now on, as soon as they are committed
  // and before they are durable. What is committed to this store because of such a change lies
  // behind it in the log, and survives only together with it. Whoever reads an early watch does
  // nothing outward because of it (starts nothing, answers nobody) before a commit of his own has
  // returned: that is when all before it is durable. Bodies without a sync of their own give the
  // same as watch().
  virtual base::Result<std::unique_ptr<Watch>> watch_early(std::string_view resource,
                                                           std::string_view namespace_) {
    return watch(resource, namespace_, 0);
  }
  // Rows in order of key, from `first_key`, handed out one by one until `visit` gives false.
  using RowVisitor = std::function<bool(uint64_t key, std::string_view bytes)>;
  virtual base::Status rows(std::string_view owner_uid, std::string_view collection,
                            uint64_t first_key, const RowVisitor& visit) const = 0;
  // Of the last durable batch.
  virtual uint64_t revision() const = 0;
};

// "pods \"x\" not found" and its like, in Kubernetes' words.
base::Error not_found(const Key& key);
base::Error already_exists(const Key& key);
base::Error conflict(const Key& key);

}  // namespace store

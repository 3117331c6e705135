// request.h — one batch on its way through the writer.
#pragma once
#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace store {

// What is stored under a key, as the writer needs it. `id` is 0 where there is nothing.
struct Found {
  int64_t id = 0;
  uint64_t revision = 0, created_revision = 0;
  std::string uid, labels, owners;  // encoded
};

struct Request {
  // Built on the caller's thread; the writer sets revisions and takes nothing away, so that it may
  // write a request again after a rollback.
  struct Put {
    std::shared_ptr<Object> object;
    std::string labels, owners;   // encoded
    std::vector<int64_t> hashes;  // of them
    Precondition precondition;
    bool owns_rows = true;
    Found found;
  };
  struct Delete {
    DeleteObject wanted;
    Found found;
  };
  std::vector<Batch::Check> checks;
  std::vector<Put> puts;
  std::vector<Delete> deletes;
  std::vector<PutRow> rows;
  std::vector<DeleteRow> deleted_rows;
  // The store's own work between batches: a slice of dead rows taken away, a checkpoint made while
  // nobody writes, or what is done before every batch after a sync has failed.
  enum class Task : uint8_t { kBatch, kReap, kCheckpoint, kRepair } task = Task::kBatch;

  base::Result<uint64_t> result = 0;  // kReap: how many rows were taken away
  std::vector<Change> changes;
  size_t weight = 0;  // bytes, about
  bool is_answer = false;

  // Owned by the queue's mutex.
  bool done = false, leads = false;
  std::condition_variable wake;

  bool is_empty() const {
    return puts.empty() && deletes.empty() && rows.empty() && deleted_rows.empty();
  }
};

}  // namespace store

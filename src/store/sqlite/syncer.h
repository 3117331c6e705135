// syncer.h — the line between what is committed and what is durable.
//
// A group of batches is committed first: it can be read and built on, and early watches get it at
// once. It is durable, and everybody else gets it, with the first sync that begins behind it. Who
// waits for that makes the sync when nobody else does, so that no thread is woken for it; whoever
// comes meanwhile waits for the next sync, which covers all of them. What an early watch was told
// of waits a moment before: the answer to it is likely to come, and one sync does for both.
//
// After a sync that failed nothing that was committed behind the last good one is known to be
// durable, and nothing more can be: all who wait get kUnavailable, until repair().
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "store/change_hub.h"

namespace store {

class Syncer {
 public:
  // `sync` makes everything committed before it durable; called by one thread at a time.
  Syncer(ChangeHub& hub, std::function<base::Status()> sync, uint64_t revision)
      : hub_(hub), sync_(std::move(sync)), committed_(revision), durable_(revision) {}
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;

  // By the writer, in order of revision. `is_answer`: as in Batch.
  void committed(uint64_t revision, std::vector<Change> changes, bool is_answer, Wakes& wakes);
  // Until everything up to `revision` is durable and published. Whoever hands out what he read
  // calls it first with the revision of that.
  base::Status wait(uint64_t revision);

  bool has_failed() const { return has_failed_; }
  // Tries again with `sync`, which must also write again what may be lost. While nobody writes.
  base::Status repair(const std::function<base::Status()>& sync);

 private:
  // Calls `sync` without the lock and publishes what it covers.
  void run(const std::function<base::Status()>& sync, std::unique_lock<std::mutex>& hold);

  struct Batch {
    uint64_t revision;
    std::vector<Change> changes;
  };
  ChangeHub& hub_;
  const std::function<base::Status()> sync_;
  std::mutex mutex_;
  std::condition_variable arrived_;  // committed_ has grown
  std::condition_variable moved_;    // a sync has ended
  uint64_t committed_;
  // Until when nobody begins a sync; the clock's beginning: no reason to wait.
  std::chrono::steady_clock::time_point patience_end_;
  std::atomic<uint64_t> durable_;
  std::deque<Batch> unpublished_;
  bool is_syncing_ = false;
  std::atomic<bool> has_failed_ = false;
  base::Error error_;  // of the last sync
};

}  // namespace store

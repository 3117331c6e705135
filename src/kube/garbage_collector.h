// garbage_collector.h — deletes what belongs to deleted owners, in the background.
//
// Event-driven: StoreApi leaves a note (a tombstone object) in the batch that deletes an owner; the
// collector follows the notes by the owner index, a bounded batch at a time, and removes a note
// when its dependents are gone. Notes survive a crash; nothing is ever scanned.
#pragma once
#include <memory>

#include "kube/store_api.h"

namespace kube {

class GarbageCollector {
 public:
  explicit GarbageCollector(StoreApi& api);
  ~GarbageCollector();
  GarbageCollector(const GarbageCollector&) = delete;
  GarbageCollector& operator=(const GarbageCollector&) = delete;

  void start();  // a thread of its own; the destructor ends it
  // All that can be done now, on the caller's thread; for tests and simulations. Not with start().
  base::Status run_once();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace kube

// event_recorder.h — the Normal Events of nodes: kept in memory for a moment, and written many at a
// time, beside the rounds. Nobody waits for them: what comes while it is full is lost, as with
// Kubernetes' own recorder, and so is what a crash finds in memory. Internal to control/.
#pragma once
#include <cstddef>
#include <deque>

#include "base/error.h"
#include "base/time.h"
#include "kube/store_api.h"

namespace control {

class EventRecorder {
 public:
  static constexpr size_t kRoom = 1000;  // as in Kubernetes' recorder
  static constexpr size_t kBatch = 500;
  static constexpr base::Duration kPause = base::Duration::millis(200);  // before each batch

  bool has_room() const { return waiting_.size() < kRoom; }
  // Only while there is room.
  void add(const store::Key& workflow, store::PutObject event, base::Time now);
  // When the next batch is to be written; unset: nothing waits.
  base::Time due() const { return waiting_.empty() ? base::Time() : due_; }
  // Writes a batch; those of workflows that are no more are left out. Gives whether any waited. On
  // an error they are kept for the next try.
  base::Result<bool> flush(kube::StoreApi& api, base::Time now);

 private:
  struct Waiting {
    store::Key workflow;
    store::PutObject event;
  };
  std::deque<Waiting> waiting_;
  base::Time due_;
};

}  // namespace control

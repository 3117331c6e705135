// event_recorder.h — Normal Events: kept in memory for a moment, and written many at a time when
// the rounds leave room for it. Nobody waits for them: what comes while it is full is lost, as with
// Kubernetes' own recorder, and so is what a crash finds in memory. Internal to control/.
#pragma once
#include <cstddef>
#include <deque>

#include "base/error.h"
#include "base/time.h"
#include "control/event_object.h"
#include "kube/store_api.h"

namespace control {

class EventRecorder {
 public:
  static constexpr size_t kRoomForNodes = 1000;  // as Kubernetes' recorder has
  static constexpr size_t kRoom = 5000;          // the rest is for workflows
  static constexpr size_t kBatch = 500;
  // A batch is written when nothing has come for kPause, and while more comes every kPauseMax.
  static constexpr base::Duration kPause = base::Duration::millis(200);
  static constexpr base::Duration kPauseMax = base::Duration::seconds(2);

  bool has_room() const { return waiting_.size() < kRoom; }
  bool has_room_for_nodes() const { return waiting_.size() < kRoomForNodes; }
  // Only while there is room. Made into an object when it is written.
  void add(const store::Key& workflow, const std::string& uid, engine::Recorded what,
           base::Time now, Annotations annotations = {});
  // When the next batch is to be written; unset: nothing waits.
  base::Time due() const;
  // Writes a batch; those of workflows that are no more are left out. Gives whether any waited. On
  // an error they are kept for the next try.
  base::Result<bool> flush(kube::StoreApi& api, sys::Random& random, base::Time now);

 private:
  struct Waiting {
    store::Key workflow;
    std::string uid;
    engine::Recorded what;
    base::Time at;
    Annotations annotations;
  };
  std::deque<Waiting> waiting_;
  base::Time batch_began_, last_;
};

}  // namespace control

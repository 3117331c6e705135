#include "control/event_recorder.h"

#include <algorithm>
#include <cassert>

namespace control {

void EventRecorder::add(const store::Key& workflow, const std::string& uid, engine::Recorded what,
                        base::Time now, Annotations annotations) {
  assert(has_room());
  if (waiting_.empty()) batch_began_ = now;
  last_ = now;
  waiting_.push_back({workflow, uid, std::move(what), now, std::move(annotations)});
}

base::Time EventRecorder::due() const {
  if (waiting_.empty()) return {};
  return std::min(last_ + kPause, batch_began_ + kPauseMax);
}

base::Result<bool> EventRecorder::flush(kube::StoreApi& api, sys::Random& random, base::Time now) {
  if (waiting_.empty()) return false;
  const size_t count = std::min(waiting_.size(), kBatch);
  std::vector<store::Key> keys;
  for (size_t i = 0; i < count; ++i) keys.push_back(waiting_[i].workflow);
  const auto workflows = api.store().get_many(keys);
  if (!workflows) return base::fail(workflows.error());
  store::Batch batch;
  for (size_t i = 0; i < count; ++i) {
    const Waiting& one = waiting_[i];
    if (const auto& workflow = (*workflows)[i]; workflow && workflow->uid == one.uid)
      batch.puts.push_back(
          make_event_object(one.workflow, one.uid, one.what, one.at, random, one.annotations));
  }
  if (!batch.puts.empty())
    if (auto written = api.store().commit(batch); !written) return base::fail(written.error());
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
  batch_began_ = now;
  last_ = std::max(last_, now);
  return true;
}

}  // namespace control

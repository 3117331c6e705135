#include "control/run_timers.h"

#include <tuple>

namespace control {

bool RunTimers::Sooner::operator()(const Timer& a, const Timer& b) const {
  return std::tie(a.first, a.second->created_revision, a.second->uid) <
         std::tie(b.first, b.second->created_revision, b.second->uid);
}

void RunTimers::set(const RunPtr& run, base::Time at) {
  const auto old = timer_of_.find(run.get());
  if (old != timer_of_.end()) {
    if (old->second == at) return;
    timers_.erase({old->second, run});
    timer_of_.erase(old);
  }
  if (!at.is_set()) return;
  timers_.insert({at, run});
  timer_of_[run.get()] = at;
}

RunTimers::RunPtr RunTimers::take_due(base::Time now) {
  if (timers_.empty() || timers_.begin()->first > now) return nullptr;
  RunPtr run = timers_.begin()->second;
  timers_.erase(timers_.begin());
  timer_of_.erase(run.get());
  return run;
}

}  // namespace control

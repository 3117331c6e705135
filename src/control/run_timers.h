// run_timers.h — when each run is to be looked at next. Internal to control/.
#pragma once
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "control/run.h"

namespace control {

class RunTimers {
 public:
  using RunPtr = std::shared_ptr<Run>;

  // Instead of the one before; `at` unset: none.
  void set(const RunPtr& run, base::Time at);
  // One whose time has come, without its timer from now on; null: none.
  RunPtr take_due(base::Time now);
  // Of the first; unset: there is none.
  base::Time next() const { return timers_.empty() ? base::Time() : timers_.begin()->first; }

 private:
  // By time, then in the order in which they were made: never by where they lie in memory.
  struct Sooner {
    using Timer = std::pair<base::Time, RunPtr>;
    bool operator()(const Timer& a, const Timer& b) const;
  };
  std::set<std::pair<base::Time, RunPtr>, Sooner> timers_;
  std::unordered_map<const Run*, base::Time> timer_of_;
};

}  // namespace control

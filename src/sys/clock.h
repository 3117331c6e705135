// clock.h — the only place where time is read.
#pragma once
#include "base/time.h"

namespace sys {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual base::Time now() const = 0;
};

class RealClock final : public Clock {
 public:
  base::Time now() const override;
};

// Stands still until it is told to move; for tests and simulations. Not for several threads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(base::Time start) : now_(start) {}
  base::Time now() const override { return now_; }
  void advance(base::Duration by) { now_ = now_ + by; }

 private:
  base::Time now_;
};

}  // namespace sys

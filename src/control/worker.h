// worker.h — a thread that does rounds as long as there is something to do, then waits for news or
// for its time, and tries again after a failure. Internal to control/.
#pragma once
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "sys/clock.h"

namespace control {

class Worker {
 public:
  struct Waits {
    std::vector<int> fds;  // readable when there is news; -1: none
    base::Time wake;       // unset: none
  };
  // All are called on the worker's thread.
  struct Work {
    std::function<base::Result<bool>()> run_once;      // whether anything was done
    std::function<Waits()> waits;                      // asked for when nothing was
    std::function<void(const base::Error&)> on_error;  // the round comes again, after a pause
  };

  Worker(const sys::Clock& clock, Work work);
  ~Worker();  // stop()
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  void stop();

 private:
  void loop();
  void wait() const;

  const sys::Clock& clock_;
  const Work work_;
  const int stop_fd_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace control

// event_loop.h — one thread's loop: descriptors, timers, and work posted from other threads.
//
// All callbacks run on the thread that calls run(). Only post() and stop() may be called from
// others. Nothing is polled: without work it sleeps.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "sys/clock.h"
#include "sys/fd.h"

namespace runtime {

class EventLoop {
 public:
  using Callback = std::function<void()>;
  explicit EventLoop(const sys::Clock& clock);

  void run();  // until stop()
  void stop();
  void post(Callback work);

  void watch(int fd, Callback on_readable);
  void unwatch(int fd);
  // Once; a time that has passed is the next turn.
  void at(base::Time time, Callback work);
  void after(base::Duration delay, Callback work) { at(clock_.now() + delay, std::move(work)); }
  // Called when a turn's work is done, before it sleeps.
  void set_idle(Callback idle) { idle_ = std::move(idle); }

 private:
  void run_posted();
  void run_timers();
  int wait_ms() const;

  const sys::Clock& clock_;
  sys::Fd epoll_, wake_;
  std::unordered_map<int, Callback> watched_;
  std::multimap<base::Time, Callback> timers_;
  Callback idle_;
  std::mutex mutex_;
  std::vector<Callback> posted_;
  bool stopping_ = false;
};

}  // namespace runtime

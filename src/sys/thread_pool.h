// thread_pool.h — threads on demand for work that may block; idle ones end after some seconds.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace sys {

class ThreadPool {
 public:
  ThreadPool(size_t threads_max, size_t queue_max)
      : threads_max_(threads_max), queue_max_(queue_max) {}
  ~ThreadPool() { drain(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // False when all threads are busy and the queue is full.
  bool run(std::function<void()> work);
  // Waits until all work is done and all threads have ended; run() gives false from then on.
  void drain();

 private:
  void loop();

  const size_t threads_max_, queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_, ended_;
  std::deque<std::function<void()>> queue_;
  size_t threads_ = 0, idle_ = 0;
  bool draining_ = false;
};

}  // namespace sys

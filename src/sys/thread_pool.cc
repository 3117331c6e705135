#include "sys/thread_pool.h"

#include <chrono>
#include <thread>

namespace sys {

bool ThreadPool::run(std::function<void()> work) {
  std::unique_lock lock(mutex_);
  if (draining_) return false;
  if (idle_ <= queue_.size() && threads_ < threads_max_) {
    ++threads_;
    queue_.push_back(std::move(work));
    lock.unlock();
    std::thread([this] { loop(); }).detach();  // counted in threads_; drain() waits for it
    return true;
  }
  if (queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(work));
  wake_.notify_one();
  return true;
}

void ThreadPool::drain() {
  std::unique_lock lock(mutex_);
  draining_ = true;
  wake_.notify_all();
  ended_.wait(lock, [this] { return threads_ == 0; });
}

void ThreadPool::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (queue_.empty()) {
      ++idle_;
      const bool work = wake_.wait_for(lock, std::chrono::seconds(10),
                                       [this] { return !queue_.empty() || draining_; });
      --idle_;
      if (!work || queue_.empty()) break;
    }
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
  if (--threads_ == 0) ended_.notify_all();  // under the lock: the pool may be gone right after
}

}  // namespace sys

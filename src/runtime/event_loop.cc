#include "runtime/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace runtime {
namespace {

constexpr int kEventsMax = 64;
// So that a clock which is set does not put a timer off for ever.
constexpr int64_t kWaitMsMax = 60'000;

}  // namespace

EventLoop::EventLoop(const sys::Clock& clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  watch(wake_.get(), [this] {
    uint64_t count = 0;
    (void)!::read(wake_.get(), &count, sizeof count);
  });
}

void EventLoop::watch(int fd, Callback on_readable) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  watched_[fd] = std::move(on_readable);
}

void EventLoop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watched_.erase(fd);
}

void EventLoop::at(base::Time time, Callback work) { timers_.emplace(time, std::move(work)); }

void EventLoop::post(Callback work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return;  // it has been woken
  }
  const uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void EventLoop::stop() {
  post([this] { stopping_ = true; });
}

void EventLoop::run_posted() {
  std::vector<Callback> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(posted_);
  }
  for (Callback& one : work) one();
}

void EventLoop::run_timers() {
  const base::Time now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const Callback work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

int EventLoop::wait_ms() const {
  if (timers_.empty()) return -1;
  const int64_t left = ((timers_.begin()->first - clock_.now()).ns + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<int64_t>(left, 0, kWaitMsMax));
}

void EventLoop::run() {
  while (!stopping_) {
    epoll_event events[kEventsMax];
    const int count = ::epoll_wait(epoll_.get(), events, kEventsMax, wait_ms());
    for (int i = 0; i < count; ++i) {
      const auto found = watched_.find(events[i].data.fd);
      if (found == watched_.end()) continue;
      const Callback work = found->second;  // it may unwatch itself
      work();
    }
    run_posted();
    run_timers();
    if (idle_) idle_();
  }
}

}  // namespace runtime

#include "control/worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace control {

Worker::Worker(const sys::Clock& clock, Work work)
    : clock_(clock), work_(std::move(work)), stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Worker::~Worker() {
  stop();
  close(stop_fd_);
}

void Worker::start() {
  thread_ = std::thread([this] { loop(); });
}

void Worker::stop() {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void Worker::loop() {
  int failures = 0;
  while (!stopping_) {
    const auto worked = work_.run_once();
    if (!worked) {
      work_.on_error(worked.error());
      failures = std::min(failures + 1, 6);
      pollfd fds{stop_fd_, POLLIN, 0};
      poll(&fds, 1, 50 << failures);
      continue;
    }
    failures = 0;
    if (!*worked) wait();
  }
}

// For its time at most a minute: the clock may be set while nothing happens.
void Worker::wait() const {
  const Waits waits = work_.waits();
  int timeout_ms = -1;
  if (waits.wake.is_set()) {
    const int64_t left = (waits.wake - clock_.now()).ns;
    timeout_ms = static_cast<int>(std::clamp<int64_t>((left + 999'999) / 1'000'000, 0, 60'000));
  }
  std::vector<pollfd> fds{{stop_fd_, POLLIN, 0}};
  for (const int fd : waits.fds) fds.push_back({fd, POLLIN, 0});
  poll(fds.data(), fds.size(), timeout_ms);
}

}  // namespace control

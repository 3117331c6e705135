#include "store/sqlite/syncer.h"

#include <utility>

namespace store {
namespace {

using Clock = std::chrono::steady_clock;
// About as long as a round of control takes.
constexpr auto kPatience = std::chrono::microseconds(200);

}  // namespace

void Syncer::committed(uint64_t revision, std::vector<Change> changes, bool is_answer,
                       Wakes& wakes) {
  {
    const std::lock_guard hold(mutex_);
    const bool was_told = hub_.publish_early(revision, changes, wakes);
    unpublished_.push_back({revision, std::move(changes)});
    committed_ = revision;
    if (is_answer)
      patience_end_ = {};
    else if (was_told && patience_end_ == Clock::time_point())
      patience_end_ = Clock::now() + kPatience;
  }
  arrived_.notify_all();
}

void Syncer::run(const std::function<base::Status()>& sync, std::unique_lock<std::mutex>& hold) {
  is_syncing_ = true;
  patience_end_ = {};
  const uint64_t target = committed_;
  hold.unlock();
  base::Status done = sync();
  Wakes wakes;
  hold.lock();
  has_failed_ = !done;
  if (done) {
    while (!unpublished_.empty() && unpublished_.front().revision <= target) {
      hub_.publish(unpublished_.front().revision, std::move(unpublished_.front().changes), wakes);
      unpublished_.pop_front();
    }
    durable_ = target;
  } else {
    error_ = done.error();
    error_.code = base::Code::kUnavailable;
    error_.text += ": the outcome of the last writes is unknown";
  }
  is_syncing_ = false;
  hold.unlock();
  // Who waits for his commit first: he most likely goes on with it.
  moved_.notify_all();
  wakes.fire();
  hold.lock();
}

base::Status Syncer::wait(uint64_t revision) {
  if (durable_ >= revision) return {};
  std::unique_lock hold(mutex_);
  while (durable_ < revision) {
    if (has_failed_) return base::fail(error_);
    if (committed_ < revision)
      arrived_.wait(hold);  // seen by a reader in the instant before the writer tells it here
    else if (is_syncing_)
      moved_.wait(hold);
    else if (Clock::now() < patience_end_)
      moved_.wait_until(hold, patience_end_);
    else
      run(sync_, hold);
  }
  return {};
}

base::Status Syncer::repair(const std::function<base::Status()>& sync) {
  std::unique_lock hold(mutex_);
  moved_.wait(hold, [&] { return !is_syncing_; });
  if (has_failed_) run(sync, hold);
  return has_failed_ ? base::Status(base::fail(error_)) : base::Status();
}

}  // namespace store

#include "kube/input_pump.h"

#include <chrono>
#include <utility>

namespace kube {
namespace {

constexpr std::chrono::milliseconds kLook{500};  // how often it is asked whether anybody is there

}  // namespace

InputPump::~InputPump() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool InputPump::push(std::string bytes, const std::function<bool()>& is_gone) {
  std::unique_lock lock(mutex_);
  if (is_ended_) return true;
  begin();
  while (bytes_ >= kBytesMax && !takes_no_more_) {
    changed_.wait_for(lock, kLook);
    if (bytes_ >= kBytesMax && is_gone()) return false;
  }
  if (takes_no_more_) return true;
  bytes_ += bytes.size();
  pieces_.push_back(std::move(bytes));
  changed_.notify_all();
  return true;
}

void InputPump::end() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_ended_, true)) return;
  begin();
  changed_.notify_all();
}

void InputPump::begin() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void InputPump::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_stopping_ || is_ended_ || !pieces_.empty(); });
    if (is_stopping_) return;
    if (pieces_.empty()) break;
    const std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    lock.unlock();
    const bool taken = take_(piece);
    lock.lock();
    bytes_ -= piece.size();
    if (!taken) {
      takes_no_more_ = true;
      pieces_.clear();
      changed_.notify_all();
      return;
    }
    changed_.notify_all();
  }
  lock.unlock();
  end_();
}

}  // namespace kube

// input_pump.h — what a client sends, kept until the other side takes it: so that whoever reads the
// client sees its other messages and its going while the program reads nothing.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace kube {

class InputPump {
 public:
  static constexpr size_t kBytesMax = 1 << 20;

  // `take` may wait, and gives false when no more is taken: then all else is dropped. `end` comes
  // after the last piece. Both are called in a thread of the pump's own.
  InputPump(std::function<bool(std::string_view)> take, std::function<void()> end)
      : take_(std::move(take)), end_(std::move(end)) {}
  // What takes must not wait any more: it has ended or been cancelled.
  ~InputPump();
  InputPump(const InputPump&) = delete;
  InputPump& operator=(const InputPump&) = delete;

  // Waits while kBytesMax are kept; false when `is_gone` says that the client is.
  bool push(std::string bytes, const std::function<bool()>& is_gone);
  void end();

 private:
  void run();
  void begin();

  const std::function<bool(std::string_view)> take_;
  const std::function<void()> end_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  size_t bytes_ = 0;
  bool is_ended_ = false, is_stopping_ = false, takes_no_more_ = false;
  std::thread thread_;  // begun when there is something to do
};

}  // namespace kube

#include "runtime/log_session.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace runtime {
namespace {

using base::Code;

constexpr size_t kBytesMax = 1 << 20;  // that wait to be read

class LogSession final : public kube::PodSession {
 public:
  explicit LogSession(FollowLog follow) : follow_(std::move(follow)), thread_([this] { run(); }) {}
  ~LogSession() override {
    cancel();
    thread_.join();
  }

  base::Result<Piece> read() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_cancelled_ || end_ || !pieces_.empty(); });
    if (is_cancelled_) return base::fail(Code::kUnavailable, "cancelled");
    if (pieces_.empty()) {
      if (!*end_) return base::fail(end_->error());
      return Piece{Channel::kEnd, {}, 0};
    }
    Piece out = std::move(pieces_.front());
    pieces_.pop_front();
    bytes_ -= out.bytes.size();
    changed_.notify_all();
    return out;
  }
  base::Status write_in(std::string_view) override {
    return base::fail(Code::kGone, "the container has no stdin");
  }
  void close_in() override {}
  void resize(uint16_t, uint16_t) override {}
  void cancel() override {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    changed_.notify_all();
  }

 private:
  void run() {
    const base::Status done = follow_([this](std::string_view line) { return take(line); },
                                      [this] {
                                        const std::lock_guard lock(mutex_);
                                        return is_cancelled_;
                                      });
    const std::lock_guard lock(mutex_);
    end_ = done;
    changed_.notify_all();
  }

  bool take(std::string_view line) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_cancelled_ || bytes_ < kBytesMax; });
    if (is_cancelled_ || line.empty()) return !is_cancelled_;
    Piece piece;
    piece.channel = line.front() == 'E' ? Channel::kErr : Channel::kOut;
    piece.bytes = std::string(line.substr(1)) + "\n";
    bytes_ += piece.bytes.size();
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
    return true;
  }

  const FollowLog follow_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  size_t bytes_ = 0;
  bool is_cancelled_ = false;
  std::optional<base::Status> end_;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace

std::unique_ptr<kube::PodSession> make_log_session(FollowLog follow) {
  return std::make_unique<LogSession>(std::move(follow));
}

}  // namespace runtime

#include "kube/http_watch.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cassert>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "kube/http_api.h"
#include "sys/fd.h"
#include "text/json.h"

namespace kube {
namespace {

using Type = WatchEvent::Type;

// The reader waits for its owner when so many events are pending.
constexpr size_t kPendingMax = 10'000;
constexpr size_t kLineMax = 256 << 20;

class HttpWatch final : public Watch {
 public:
  HttpWatch(std::unique_ptr<sys::HttpClient> client, sys::HttpRequest request, std::string revision,
            std::vector<WatchEvent> first)
      : client_(std::move(client)),
        request_(std::move(request)),
        pending_(std::move(first)),
        revision_(std::move(revision)),
        event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    assert(event_.is_open());
    if (!pending_.empty()) signal();
    reader_ = std::thread([this] { read(); });
  }
  ~HttpWatch() override {
    cancel();
    reader_.join();
  }

  base::Result<std::vector<WatchEvent>> next(int timeout_ms) override;
  std::string bookmark() const override {
    const std::lock_guard hold(mutex_);
    return revision_;
  }
  int fd() const override { return event_.get(); }
  void cancel() override;

 private:
  void read();
  bool take_bytes(std::string_view bytes);
  // False when the stream is to end.
  bool take_line(std::string_view line);
  void end(base::Error error);
  void signal() const { ::eventfd_write(event_.get(), 1); }

  const std::unique_ptr<sys::HttpClient> client_;
  const sys::HttpRequest request_;
  std::string line_;  // the reader's: what came of a line so far
  mutable std::mutex mutex_;
  std::condition_variable taken_;
  std::vector<WatchEvent> pending_;
  std::string revision_;       // of the last event that next() gave
  std::string read_revision_;  // of the last line, when it was a bookmark
  std::optional<base::Error> end_;
  bool cancelled_ = false;
  sys::Fd event_;
  std::thread reader_;
};

void HttpWatch::end(base::Error error) {
  const std::lock_guard hold(mutex_);
  if (!end_) end_ = std::move(error);
  signal();
}

void HttpWatch::read() {
  const auto response =
      client_->stream(request_, [this](std::string_view bytes) { return take_bytes(bytes); });
  if (!response)
    end(response.error());
  else if (response->status >= 400)
    end(error_from_response(*response));
  else
    end({base::Code::kUnavailable, "the server ended the watch of " + request_.target});
}

bool HttpWatch::take_bytes(std::string_view bytes) {
  for (;;) {
    const size_t end_of_line = bytes.find('\n');
    line_.append(bytes.substr(0, end_of_line));
    if (end_of_line == std::string_view::npos) break;
    const bool goes_on = line_.empty() || take_line(line_);
    line_.clear();
    if (!goes_on) return false;
    bytes.remove_prefix(end_of_line + 1);
  }
  if (line_.size() <= kLineMax) return true;
  end({base::Code::kTooLarge, "an event of the watch is too large"});
  return false;
}

bool HttpWatch::take_line(std::string_view line) {
  auto event = text::parse_json(line);
  text::Value* object = event ? event->find("object") : nullptr;
  if (!object) {
    end({base::Code::kUnavailable, "the watch of " + request_.target + " sent no event"});
    return false;
  }
  const std::string_view word = event->string_at("type");
  if (word == "ERROR") {
    end(error_from_status(*object, 500));
    return false;
  }
  const Type type = word == "ADDED"      ? Type::kAdded
                    : word == "MODIFIED" ? Type::kModified
                    : word == "DELETED"  ? Type::kDeleted
                                         : Type::kBookmark;
  std::unique_lock hold(mutex_);
  taken_.wait(hold, [&] { return cancelled_ || pending_.size() < kPendingMax; });
  if (cancelled_) return false;
  if (type == Type::kBookmark) {
    // Says only how far everything has been given; not a change to wake anybody for.
    read_revision_ = object->string_at("metadata", "resourceVersion");
    if (pending_.empty()) revision_ = read_revision_;
    return true;
  }
  read_revision_.clear();
  const bool was_empty = pending_.empty();
  pending_.push_back({type, std::move(*object)});
  if (was_empty) signal();
  return true;
}

base::Result<std::vector<WatchEvent>> HttpWatch::next(int timeout_ms) {
  pollfd waiting{event_.get(), POLLIN, 0};
  while (::poll(&waiting, 1, timeout_ms) < 0 && errno == EINTR) {
  }
  const std::lock_guard hold(mutex_);
  if (pending_.empty() && cancelled_) return std::vector<WatchEvent>();
  if (pending_.empty() && end_) return base::fail(*end_);
  std::vector<WatchEvent> events = std::exchange(pending_, {});
  if (!events.empty()) {
    revision_ = read_revision_.empty()
                    ? events.back().object.string_at("metadata", "resourceVersion")
                    : std::string_view(read_revision_);
    taken_.notify_one();
  }
  // What has ended or was cancelled stays readable.
  eventfd_t count;
  if (!end_ && !cancelled_) ::eventfd_read(event_.get(), &count);
  return events;
}

void HttpWatch::cancel() {
  {
    const std::lock_guard hold(mutex_);
    cancelled_ = true;
  }
  taken_.notify_one();
  signal();
  client_->cancel();
}

}  // namespace

std::unique_ptr<Watch> make_http_watch(std::unique_ptr<sys::HttpClient> client,
                                       sys::HttpRequest request, std::string revision,
                                       std::vector<WatchEvent> first) {
  return std::make_unique<HttpWatch>(std::move(client), std::move(request), std::move(revision),
                                     std::move(first));
}

}  // namespace kube

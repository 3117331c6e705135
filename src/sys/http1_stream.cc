#include "sys/http1_stream.h"

#include <fmt/format.h>

namespace sys {

Http1Stream::Http1Stream(std::shared_ptr<HttpConnection> connection, bool is_chunked, bool has_body,
                         bool takes_trailers, std::function<void()> on_finished)
    : connection_(std::move(connection)),
      is_chunked_(is_chunked),
      has_body_(has_body),
      takes_trailers_(takes_trailers),
      on_finished_(std::move(on_finished)) {}

Http1Stream::~Http1Stream() {
  if (!ended_ && !gone_) connection_->post([c = connection_.get()] { c->close(); });
}

bool Http1Stream::send(std::shared_ptr<const std::string> bytes) {
  const std::lock_guard lock(mutex_);
  if (gone_ || ended_) return false;
  if (bytes->empty() || !has_body_) return true;
  if (unsent_ > 0 && unsent_ + bytes->size() > connection_->core().options.unsent_bytes_max) {
    gone_ = true;  // it has not kept up
    connection_->post([c = connection_.get()] { c->close(); });
    return false;
  }
  Piece piece;
  if (is_chunked_) {
    piece.head = fmt::format("{:x}\r\n", bytes->size());
    piece.tail = "\r\n";
  }
  unsent_ += piece.head.size() + bytes->size() + piece.tail.size();
  piece.bytes = std::move(bytes);
  queue_.push_back(std::move(piece));
  if (!waiting_) flush();
  return !gone_;
}

void Http1Stream::flush() {
  while (!queue_.empty() && !gone_) {
    const Piece& piece = queue_.front();
    size_t skip = front_sent_;
    auto rest = [&skip](std::string_view part) {
      const size_t gone = std::min(skip, part.size());
      skip -= gone;
      return part.substr(gone);
    };
    const std::string_view head = rest(piece.head);
    const std::string_view bytes = rest(piece.bytes ? std::string_view(*piece.bytes) : "");
    const std::string_view tail = rest(piece.tail);
    const ssize_t sent = connection_->transport().write({head, bytes, tail});
    if (sent == Transport::kAgain) {
      waiting_ = true;
      connection_->post([c = connection_.get()] {
        c->set_deadline(c->core().options.write_seconds_max);
        c->wait_writable();
      });
      return;
    }
    if (sent == Transport::kBroken) {
      gone_ = true;
      connection_->post([c = connection_.get()] { c->close(); });
      return;
    }
    const size_t count = static_cast<size_t>(sent);
    unsent_ -= count;
    front_sent_ += count;
    if (count == head.size() + bytes.size() + tail.size()) {
      queue_.pop_front();
      front_sent_ = 0;
    }
  }
  if (queue_.empty() && ended_ && !gone_) connection_->post(on_finished_);
}

size_t Http1Stream::unsent_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsent_;
}

void Http1Stream::end(Headers trailers) {
  const std::lock_guard lock(mutex_);
  if (ended_ || gone_) return;
  ended_ = true;
  if (is_chunked_ && has_body_) {
    Piece last;
    last.head = "0\r\n";
    if (takes_trailers_)
      for (const auto& [name, value] : trailers)
        last.head += fmt::format("{}: {}\r\n", name, value);
    last.head += "\r\n";
    unsent_ += last.head.size();
    queue_.push_back(std::move(last));
  }
  if (!waiting_) flush();
  if (!queue_.empty() && !gone_) keep_ = shared_from_this();
}

void Http1Stream::on_writable() {
  std::shared_ptr<Http1Stream> kept;  // ends after the lock
  bool is_drained = false;
  {
    const std::lock_guard lock(mutex_);
    if (gone_) return;
    waiting_ = false;
    flush();
    is_drained = queue_.empty();
    if (is_drained) kept = std::move(keep_);
  }
  if (!is_drained) return;
  connection_->set_deadline(0);
  call_back();
}

void Http1Stream::go() {
  std::shared_ptr<Http1Stream> kept;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    queue_.clear();
    unsent_ = 0;
    kept = std::move(keep_);
  }
  call_back();
}

void Http1Stream::call_back() {
  const std::lock_guard lock(callback_mutex_);
  if (callback_) callback_();
}

void Http1Stream::on_drained(std::function<void()> callback) {
  const std::lock_guard lock(callback_mutex_);
  callback_ = std::move(callback);
  if (gone_ && callback_) callback_();
}

}  // namespace sys

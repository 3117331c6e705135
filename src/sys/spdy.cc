#include "sys/spdy.h"

#include <algorithm>
#include <utility>

namespace sys {
namespace {

using base::Code;
using Kind = SpdyFrame::Kind;

constexpr size_t kReadBytes = 64 << 10, kWriteBytes = 32 << 10;
constexpr int64_t kInitialWindow = 64 << 10;   // 2.6.8
constexpr size_t kAcknowledged = 32 << 10;     // so many bytes are told by one WINDOW_UPDATE
constexpr size_t kAnswersBytesMax = 64 << 10;  // who asks for more, and reads none, is no client

}  // namespace

SpdySession::SpdySession(std::unique_ptr<ByteStream> connection, size_t streams_max)
    : connection_(std::move(connection)),
      streams_max_(streams_max),
      window_(kInitialWindow),
      initial_window_(kInitialWindow) {}

SpdySession::~SpdySession() { cancel(); }

void SpdySession::cancel() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  window_grew_.notify_all();
  connection_->cancel();
}

base::Result<std::optional<SpdySession::Event>> SpdySession::read() {
  if (next_) return std::exchange(next_, std::nullopt);
  while (true) {
    auto frame = reader_.next(unread_);
    if (!frame) return refuse(frame.error());
    if (*frame) {
      auto event = take(std::move(**frame));
      if (!event || *event) return event;
      continue;
    }
    chunk_.resize(kReadBytes);
    const auto got = connection_->read(chunk_.data(), chunk_.size());
    if (!got || *got == 0) {
      cancel();
      if (!got) return base::fail(got.error());
      return std::nullopt;
    }
    unread_ = std::string_view(chunk_).substr(0, *got);
  }
}

base::Result<std::optional<SpdySession::Event>> SpdySession::take(SpdyFrame frame) {
  switch (frame.kind) {
    case Kind::kSynStream:
      return open(std::move(frame));
    case Kind::kData: {
      if (!acknowledge(frame.stream, frame.bytes.size())) return std::nullopt;
      if (frame.is_end) next_ = end_there(frame.stream);
      if (frame.bytes.empty()) return std::exchange(next_, std::nullopt);
      return Event{Event::Kind::kData, frame.stream, {}, std::move(frame.bytes)};
    }
    case Kind::kReset: {
      const std::lock_guard lock(mutex_);
      if (streams_.erase(frame.stream) == 0) return std::nullopt;
      window_grew_.notify_all();
      return Event{Event::Kind::kReset, frame.stream, {}, {}};
    }
    case Kind::kPing:
      // Those with an even id are answers to ours, and we ask none.
      if (*frame.value % 2 == 0) return std::nullopt;
      if (auto done = answer(SpdyWriter::ping(*frame.value)); !done)
        return base::fail(done.error());
      return std::nullopt;
    case Kind::kSettings:
    case Kind::kWindowUpdate:
      take_window(frame);
      return std::nullopt;
    case Kind::kHeaders:
      return frame.is_end ? end_there(frame.stream) : std::nullopt;
    case Kind::kGoAway:
    case Kind::kSynReply:
      return std::nullopt;
  }
  return std::nullopt;
}

base::Result<std::optional<SpdySession::Event>> SpdySession::open(SpdyFrame frame) {
  const uint32_t id = frame.stream;
  if (id % 2 == 0 || id <= last_stream_)
    return refuse({Code::kInvalid, "SPDY: a stream's number is out of order"});
  last_stream_ = id;
  bool is_refused = false;
  {
    const std::lock_guard lock(mutex_);
    is_refused = streams_.size() >= streams_max_;
    if (!is_refused) streams_[id].window = initial_window_;
  }
  auto done = answer(is_refused ? SpdyWriter::reset(id, SpdyStatus::kRefusedStream)
                                : replies_.syn_reply(id, {}));
  if (!done) return base::fail(done.error());
  if (is_refused) return std::nullopt;
  if (frame.is_end) next_ = end_there(id);
  return Event{Event::Kind::kOpened, id, std::move(frame.headers), {}};
}

std::optional<SpdySession::Event> SpdySession::end_there(uint32_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.ended_there) return std::nullopt;
  found->second.ended_there = true;
  if (found->second.ended_here) streams_.erase(found);
  return Event{Event::Kind::kEnded, stream, {}, {}};
}

void SpdySession::take_window(const SpdyFrame& frame) {
  if (!frame.value) return;
  const int64_t value = *frame.value;
  const std::lock_guard lock(mutex_);
  has_windows_ = true;
  if (frame.kind == Kind::kSettings) {
    for (auto& [id, stream] : streams_) stream.window += value - initial_window_;
    initial_window_ = value;
  } else if (frame.stream == 0) {
    window_ = std::min<int64_t>(window_ + value, INT32_MAX);
  } else if (const auto found = streams_.find(frame.stream); found != streams_.end()) {
    found->second.window = std::min<int64_t>(found->second.window + value, INT32_MAX);
  }
  window_grew_.notify_all();
}

// False: the bytes are of a stream that is not open; if it was ended here, the client could not
// know yet.
bool SpdySession::acknowledge(uint32_t stream, size_t bytes) {
  size_t of_stream = 0;
  bool is_open = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream);
    is_open = found != streams_.end() && !found->second.ended_there;
    if (is_open) {
      size_t& so_far = found->second.unacknowledged;
      so_far += bytes;
      if (so_far >= kAcknowledged) of_stream = std::exchange(so_far, size_t{0});
    }
  }
  if (of_stream != 0)
    (void)answer(SpdyWriter::window_update(stream, static_cast<uint32_t>(of_stream)));
  unacknowledged_ += bytes;
  if (unacknowledged_ >= kAcknowledged)
    (void)answer(SpdyWriter::window_update(
        0, static_cast<uint32_t>(std::exchange(unacknowledged_, size_t{0}))));
  return is_open;
}

// The reading thread never waits for the client to read, lest both wait for each other: an answer
// goes at once when nobody writes, or with what is being written.
base::Status SpdySession::answer(std::string frame) {
  {
    const std::lock_guard lock(mutex_);
    if (answers_.size() > kAnswersBytesMax)
      return base::fail(Code::kInvalid, "SPDY: the client asks, and reads no answers");
    answers_ += frame;
  }
  flush_answers();
  return {};
}

void SpdySession::flush_answers() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (answers_.empty() || closed_) return;
    }
    // Who holds it looks here again when it is done.
    const std::unique_lock writing(write_mutex_, std::try_to_lock);
    if (!writing) return;
    std::string bytes;
    {
      const std::lock_guard lock(mutex_);
      bytes.swap(answers_);
    }
    if (!bytes.empty() && !connection_->write(bytes)) return;
  }
}

base::Status SpdySession::send(std::string_view frame) {
  base::Status done;
  {
    const std::lock_guard writing(write_mutex_);
    std::string before;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return base::fail(Code::kUnavailable, "the connection is closed");
      before.swap(answers_);
    }
    if (!before.empty()) done = connection_->write(before);
    if (done) done = connection_->write(frame);
  }
  flush_answers();
  return done;
}

base::Status SpdySession::write(uint32_t stream, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t size = std::min(bytes.size(), kWriteBytes);
    {
      std::unique_lock lock(mutex_);
      const auto may_go = [&] {
        const auto found = streams_.find(stream);
        return closed_ || found == streams_.end() || found->second.ended_here || !has_windows_ ||
               (window_ > 0 && found->second.window > 0);
      };
      window_grew_.wait(lock, may_go);
      const auto found = streams_.find(stream);
      if (closed_ || found == streams_.end() || found->second.ended_here)
        return base::fail(closed_ ? Code::kUnavailable : Code::kGone, "the stream is closed");
      if (has_windows_)
        size = std::min(size, static_cast<size_t>(std::min(window_, found->second.window)));
      window_ -= static_cast<int64_t>(size);
      found->second.window -= static_cast<int64_t>(size);
    }
    if (auto sent = send(SpdyWriter::data(stream, bytes.substr(0, size), false)); !sent)
      return sent;
    bytes.remove_prefix(size);
  }
  return {};
}

void SpdySession::end(uint32_t stream) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream);
    if (found == streams_.end() || found->second.ended_here) return;
    found->second.ended_here = true;
    if (found->second.ended_there) streams_.erase(found);
  }
  window_grew_.notify_all();
  (void)send(SpdyWriter::data(stream, {}, true));
}

void SpdySession::reset(uint32_t stream, SpdyStatus why) {
  {
    const std::lock_guard lock(mutex_);
    if (streams_.erase(stream) == 0) return;
  }
  window_grew_.notify_all();
  (void)send(SpdyWriter::reset(stream, why));
}

void SpdySession::say_goodbye() { (void)send(SpdyWriter::go_away(last_stream_, 0)); }

tl::unexpected<base::Error> SpdySession::refuse(const base::Error& why) {
  (void)answer(
      SpdyWriter::go_away(last_stream_, static_cast<uint32_t>(SpdyStatus::kProtocolError)));
  cancel();
  return base::fail(why);
}

}  // namespace sys

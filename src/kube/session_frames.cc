#include "kube/session_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <thread>

#include "kube/http_api.h"
#include "kube/input_pump.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using FrameKind = SessionFrame::Kind;

constexpr size_t kHeadBytes = 5;
constexpr size_t kChunk = 64 << 10;

class WireSession final : public PodSession {
 public:
  WireSession(std::unique_ptr<sys::HttpClient> client, std::unique_ptr<sys::ByteStream> stream)
      : client_(std::move(client)), stream_(std::move(stream)), reader_(*stream_) {}

  base::Result<Piece> read() override {
    if (is_cancelled_) return base::fail(Code::kUnavailable, "cancelled");
    const auto frame = reader_.read();
    if (!frame) return base::fail(frame.error());
    if (!*frame) return base::fail(Code::kUnavailable, "the node agent has gone");
    const SessionFrame& now = **frame;
    if (now.kind == FrameKind::kOut) return Piece{Channel::kOut, now.bytes, 0};
    if (now.kind == FrameKind::kErr) return Piece{Channel::kErr, now.bytes, 0};
    if (now.kind == FrameKind::kExit) {
      int code = -1;
      std::from_chars(now.bytes.data(), now.bytes.data() + now.bytes.size(), code);
      return Piece{Channel::kEnd, {}, code};
    }
    const auto status = text::parse_json(now.bytes);
    return base::fail(error_from_status(status ? *status : text::Value(), 500));
  }

  base::Status write_in(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), SessionFrame::kBytesMax);
      if (auto sent = send(FrameKind::kIn, bytes.substr(0, size)); !sent) return sent;
      bytes.remove_prefix(size);
    }
    return {};
  }
  void close_in() override { (void)send(FrameKind::kEndIn, {}); }
  void resize(uint16_t columns, uint16_t rows) override {
    (void)send(FrameKind::kResize, fmt::format("{} {}", columns, rows));
  }
  void cancel() override {
    is_cancelled_ = true;
    client_->cancel();
  }

 private:
  base::Status send(FrameKind kind, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    return stream_->write(encode(kind, bytes));
  }

  const std::unique_ptr<sys::HttpClient> client_;  // outlives its stream
  const std::unique_ptr<sys::ByteStream> stream_;
  SessionFrameReader reader_;
  std::mutex mutex_;  // of writes
  std::atomic<bool> is_cancelled_ = false;
};

// All that the session says, and its end.
void tell(PodSession& session, sys::ByteStream& stream) {
  while (true) {
    const auto piece = session.read();
    if (!piece) {
      (void)stream.write(encode(FrameKind::kFault, text::to_json(to_status_object(piece.error()))));
      break;
    }
    if (piece->channel == PodSession::Channel::kEnd) {
      (void)stream.write(encode(FrameKind::kExit, std::to_string(piece->exit_code)));
      break;
    }
    const FrameKind kind =
        piece->channel == PodSession::Channel::kOut ? FrameKind::kOut : FrameKind::kErr;
    if (!stream.write(encode(kind, piece->bytes))) break;
  }
  stream.cancel();
}

void resize(PodSession& session, std::string_view text) {
  uint16_t columns = 0, rows = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, columns);
  if (first.ec != std::errc() || first.ptr == end) return;
  if (std::from_chars(first.ptr + 1, end, rows).ec == std::errc()) session.resize(columns, rows);
}

// What goes from one to the other, until either ends. `cancels` both when the receiver has gone.
void carry(sys::ByteStream& from, sys::ByteStream& to) {
  std::string chunk(kChunk, '\0');
  while (true) {
    const auto got = from.read(chunk.data(), chunk.size());
    if (!got) return to.cancel();
    if (*got == 0) return to.end_writing();
    if (!to.write(std::string_view(chunk).substr(0, *got))) return from.cancel();
  }
}

}  // namespace

std::string encode(FrameKind kind, std::string_view bytes) {
  std::string out(1, static_cast<char>(kind));
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift);
  return out.append(bytes);
}

base::Result<bool> SessionFrameReader::fill(size_t count) {
  while (pending_.size() < count) {
    const size_t before = pending_.size();
    pending_.resize(before + std::max(count - before, size_t{4096}));
    const auto got = stream_.read(pending_.data() + before, pending_.size() - before);
    pending_.resize(before + (got ? *got : 0));
    if (!got) return base::fail(got.error());
    if (*got == 0) return false;
  }
  return true;
}

base::Result<std::optional<SessionFrame>> SessionFrameReader::read() {
  auto there = fill(kHeadBytes);
  if (!there) return base::fail(there.error());
  if (!*there) return std::nullopt;
  size_t size = 0;
  for (size_t i = 1; i < kHeadBytes; ++i) size = size << 8 | static_cast<uint8_t>(pending_[i]);
  const auto kind = static_cast<uint8_t>(pending_[0]);
  if (size > SessionFrame::kBytesMax || kind > static_cast<uint8_t>(FrameKind::kFault))
    return base::fail(Code::kInvalid, "no frame of a session");
  there = fill(kHeadBytes + size);
  if (!there) return base::fail(there.error());
  if (!*there) return std::nullopt;
  SessionFrame out{static_cast<FrameKind>(kind), pending_.substr(kHeadBytes, size)};
  pending_.erase(0, kHeadBytes + size);
  return out;
}

std::unique_ptr<PodSession> make_wire_session(std::unique_ptr<sys::HttpClient> client,
                                              std::unique_ptr<sys::ByteStream> stream) {
  return std::make_unique<WireSession>(std::move(client), std::move(stream));
}

void serve_session(PodSession& session, sys::HttpWriter& writer) {
  const auto stream = writer.upgrade({{"Upgrade", kSessionProtocol}});
  if (!stream) return;
  std::thread teller([&] { tell(session, **stream); });
  {
    InputPump input([&](std::string_view bytes) { return session.write_in(bytes).has_value(); },
                    [&] { session.close_in(); });
    SessionFrameReader reader(**stream);
    while (true) {
      auto frame = reader.read();
      if (!frame || !*frame) break;
      if ((*frame)->kind == FrameKind::kIn &&
          !input.push(std::move((*frame)->bytes), [&] { return (*stream)->has_hung_up(); }))
        break;
      if ((*frame)->kind == FrameKind::kEndIn) input.end();
      if ((*frame)->kind == FrameKind::kResize) resize(session, (*frame)->bytes);
    }
    session.cancel();
  }
  (*stream)->cancel();
  teller.join();
}

void join_streams(sys::ByteStream& one, sys::ByteStream& other) {
  std::thread back([&] { carry(other, one); });
  carry(one, other);
  back.join();
}

}  // namespace kube

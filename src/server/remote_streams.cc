#include "server/remote_streams.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "server/kube_writes.h"
#include "sys/spdy.h"
#include "sys/websocket.h"
#include "text/base64.h"
#include "text/json.h"

namespace server {
namespace {

using base::Code;
using Name = RemoteStreams::Name;

constexpr uint8_t kCloseSignal = 255;  // v5: "the channel that follows is at its end"
constexpr size_t kSpdyStreamsMax = 8;
constexpr size_t kLooksAPing = 8;
constexpr std::chrono::seconds kStreamsCome{30};
constexpr char kProtocolHeader[] = "X-Stream-Protocol-Version";
// The older ones that tell only an error's text.
constexpr std::array<std::string_view, 6> kWebSocketProtocols = {
    "v5.channel.k8s.io", "v4.channel.k8s.io",     "v4.base64.channel.k8s.io",
    "channel.k8s.io",    "base64.channel.k8s.io", ""};

// What is told of the end: the whole Status since v4, before that an error's text or nothing.
std::string end_text(const text::Value& status, bool tells_status) {
  if (tells_status) return text::to_json(status);
  return status.string_at("status") == "Success" ? std::string()
                                                 : std::string(status.string_at("message"));
}

class WebSocketStreams final : public RemoteStreams {
 public:
  WebSocketStreams(std::unique_ptr<sys::WebSocket> socket, const StreamsWanted& wanted)
      : socket_(std::move(socket)),
        is_base64_(socket_->protocol().find("base64") != std::string::npos),
        tells_status_(socket_->protocol().starts_with('v')) {
    // An empty message tells clients that they are being served.
    const Name first = wanted.out ? Name::kOut : wanted.err ? Name::kErr : Name::kError;
    (void)send(first, {});
  }

  base::Result<std::optional<Piece>> read() override {
    while (true) {
      auto message = socket_->read();
      if (!message) return base::fail(message.error());
      if (!*message) return std::nullopt;
      std::string& bytes = (*message)->bytes;
      if (bytes.empty()) continue;
      auto channel = static_cast<uint8_t>(bytes[0]);
      if (is_base64_) {
        auto plain = text::from_base64(std::string_view(bytes).substr(1));
        if (!plain) return base::fail(Code::kInvalid, "a message is no base64");
        return piece(static_cast<uint8_t>(channel - '0'), std::move(*plain));
      }
      if (channel == kCloseSignal && socket_->protocol() == "v5.channel.k8s.io") {
        if (bytes.size() != 2) return base::fail(Code::kInvalid, "which channel is at its end?");
        return Piece{static_cast<Name>(bytes[1]), {}, true};
      }
      bytes.erase(0, 1);
      return piece(channel, std::move(bytes));
    }
  }

  base::Status write(Name name, std::string_view bytes) override {
    return bytes.empty() ? base::Status() : send(name, bytes);
  }

  void finish(const text::Value& status) override {
    const std::string text = end_text(status, tells_status_);
    if (!text.empty()) (void)send(Name::kError, text);
    socket_->close(1000, "");
  }

  bool is_gone() override {
    if (++looks_ % kLooksAPing == 0) (void)socket_->ping();
    return socket_->has_hung_up();
  }
  void cancel() override { socket_->cancel(); }

 private:
  static Piece piece(uint8_t channel, std::string bytes) {
    return {static_cast<Name>(channel), std::move(bytes), false};
  }

  base::Status send(Name name, std::string_view bytes) {
    const auto channel = static_cast<char>(name);
    if (is_base64_)
      return socket_->write(
          std::string(1, static_cast<char>('0' + channel)) + text::to_base64(bytes), true);
    return socket_->write(std::string(1, channel).append(bytes));
  }

  const std::unique_ptr<sys::WebSocket> socket_;
  const bool is_base64_, tells_status_;
  size_t looks_ = 0;
};

class SpdyStreams final : public RemoteStreams {
 public:
  SpdyStreams(std::unique_ptr<sys::ByteStream> connection, std::string protocol)
      : session_(std::move(connection), kSpdyStreamsMax), protocol_(std::move(protocol)) {}

  // False when the client goes, or does not open them in time.
  bool await(const StreamsWanted& wanted) {
    const size_t count = 1u + wanted.in + wanted.out + (wanted.err && !wanted.tty) +
                         (wanted.tty && protocol_ != "v2.channel.k8s.io");
    std::mutex mutex;
    std::condition_variable done;
    bool is_done = false;
    std::thread watcher([&] {
      std::unique_lock lock(mutex);
      if (!done.wait_for(lock, kStreamsCome, [&] { return is_done; })) session_.cancel();
    });
    bool good = true;
    while (good && by_name_.size() < count) good = take_stream();
    {
      const std::lock_guard lock(mutex);
      is_done = true;
    }
    done.notify_all();
    watcher.join();
    return good;
  }

  base::Result<std::optional<Piece>> read() override {
    if (!early_.empty()) {
      Piece out = std::move(early_.front());
      early_.erase(early_.begin());
      return out;
    }
    while (true) {
      auto event = session_.read();
      if (!event) return base::fail(event.error());
      if (!*event) return std::nullopt;
      if (auto out = piece_of(**event)) return out;
    }
  }

  base::Status write(Name name, std::string_view bytes) override {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? base::Status() : session_.write(found->second, bytes);
  }

  void finish(const text::Value& status) override {
    for (const Name name : {Name::kOut, Name::kErr})
      if (const auto found = by_name_.find(name); found != by_name_.end())
        session_.end(found->second);
    const std::string text = end_text(status, protocol_.starts_with("v4"));
    (void)write(Name::kError, text);
    if (const auto found = by_name_.find(Name::kError); found != by_name_.end())
      session_.end(found->second);
  }

  bool is_gone() override {
    if (++looks_ % kLooksAPing == 0) session_.ping();
    return session_.has_hung_up();
  }
  void cancel() override { session_.cancel(); }

 private:
  using Event = sys::SpdySession::Event;

  bool take_stream() {
    auto event = session_.read();
    if (!event || !*event) return false;
    if ((*event)->kind != Event::Kind::kOpened) {
      // What was written before the last stream was there is small: no window was given for more.
      if (auto piece = piece_of(**event)) early_.push_back(std::move(*piece));
      return early_.size() < 64;
    }
    static constexpr std::pair<std::string_view, Name> kNames[] = {{"stdin", Name::kIn},
                                                                   {"stdout", Name::kOut},
                                                                   {"stderr", Name::kErr},
                                                                   {"error", Name::kError},
                                                                   {"resize", Name::kResize}};
    for (const auto& [key, value] : (*event)->headers) {
      if (key != "streamtype") continue;
      for (const auto& [word, name] : kNames)
        if (word == value) by_name_[name] = (*event)->stream;
    }
    return true;
  }

  std::optional<Piece> piece_of(Event& event) const {
    for (const auto& [name, id] : by_name_) {
      if (id != event.stream || event.kind == Event::Kind::kOpened) continue;
      return Piece{name, std::move(event.bytes), event.kind != Event::Kind::kData};
    }
    return std::nullopt;
  }

  sys::SpdySession session_;
  const std::string protocol_;
  std::map<Name, uint32_t> by_name_;
  std::vector<Piece> early_;
  size_t looks_ = 0;
};

std::unique_ptr<RemoteStreams> accept_web_socket(Call& call, const StreamsWanted& wanted) {
  auto socket = sys::WebSocket::accept(call.out, call.request, kWebSocketProtocols);
  if (socket) return std::make_unique<WebSocketStreams>(std::move(*socket), wanted);
  refuse_call(call, 400, "BadRequest", socket.error().text);
  return nullptr;
}

std::unique_ptr<RemoteStreams> accept_spdy(Call& call, const StreamsWanted& wanted) {
  auto protocol =
      choose_spdy_protocol(call, {"v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io"});
  if (!protocol) return nullptr;
  auto connection = call.out.upgrade({{"Upgrade", "SPDY/3.1"}, {kProtocolHeader, *protocol}});
  if (!connection) {
    refuse_call(call, 400, "BadRequest", connection.error().text);
    return nullptr;
  }
  auto out = std::make_unique<SpdyStreams>(std::move(*connection), *protocol);
  return out->await(wanted) ? std::move(out) : nullptr;
}

}  // namespace

bool is_spdy_asked_for(const sys::HttpRequest& request) {
  return strcasecmp(request.header("Upgrade").c_str(), "SPDY/3.1") == 0;
}

std::optional<std::string> choose_spdy_protocol(Call& call,
                                                std::initializer_list<std::string_view> ours) {
  for (const auto& [name, value] : call.request.headers) {
    if (strcasecmp(name.c_str(), kProtocolHeader) != 0) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      std::string_view word = rest.substr(0, comma);
      while (word.starts_with(' ')) word.remove_prefix(1);
      while (word.ends_with(' ')) word.remove_suffix(1);
      if (std::find(ours.begin(), ours.end(), word) != ours.end()) return std::string(word);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  sys::HttpResponse refusal;
  refusal.status = 403;
  refusal.headers = {{"Content-Type", "text/plain"}};
  for (const std::string_view one : ours)
    refusal.headers.emplace_back("X-Accepted-Stream-Protocol-Versions", std::string(one));
  refusal.body = fmt::format("unable to upgrade: unable to negotiate protocol: server accepts {}\n",
                             fmt::join(ours, ", "));
  call.out.send(std::move(refusal));
  return std::nullopt;
}

void refuse_without_upgrade(Call& call) {
  refuse_call(call, 400, "BadRequest",
              "Upgrade request required: a WebSocket, or SPDY/3.1 over HTTP/1.1");
}

std::unique_ptr<RemoteStreams> accept_streams(Call& call, const StreamsWanted& wanted) {
  if (sys::WebSocket::is_asked_for(call.request)) return accept_web_socket(call, wanted);
  if (is_spdy_asked_for(call.request)) return accept_spdy(call, wanted);
  refuse_without_upgrade(call);
  return nullptr;
}

}  // namespace server

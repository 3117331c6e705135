#include "server/port_streams.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <mutex>

#include "server/kube_writes.h"
#include "server/remote_streams.h"
#include "sys/spdy.h"
#include "sys/websocket.h"
#include "text/base64.h"

namespace server {
namespace {

using base::Code;
using Kind = PortStreams::Event::Kind;

constexpr size_t kSpdyStreamsMax = 512;  // two a connection
constexpr size_t kLooksAPing = 8;
constexpr size_t kPortsMax = 64;  // 255 channels, two a port
constexpr char kSpdyProtocol[] = "portforward.k8s.io";
constexpr std::array<std::string_view, 5> kWebSocketProtocols = {
    "SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io",
    "portforward.k8s.io", ""};

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0) return std::nullopt;
  return out;
}

// The messages of a WebSocket, one after the other, as a stream of bytes.
class Tunnel final : public sys::ByteStream {
 public:
  explicit Tunnel(std::unique_ptr<sys::WebSocket> socket) : socket_(std::move(socket)) {}
  base::Status write(std::string_view bytes) override { return socket_->write(bytes); }
  base::Result<size_t> read(char* into, size_t count) override {
    while (taken_ == message_.size()) {
      auto message = socket_->read();
      if (!message) return base::fail(message.error());
      if (!*message) return size_t{0};
      message_ = std::move((*message)->bytes);
      taken_ = 0;
    }
    const size_t size = message_.copy(into, count, taken_);
    taken_ += size;
    return size;
  }
  bool is_stale() const override { return has_hung_up(); }
  bool has_hung_up() const override { return socket_->has_hung_up(); }
  void cancel() override { socket_->cancel(); }

 private:
  const std::unique_ptr<sys::WebSocket> socket_;
  std::string message_;
  size_t taken_ = 0;
};

// A connection is known by the number of its data stream; its streams find each other by the
// header requestID.
class SpdyPorts final : public PortStreams {
 public:
  explicit SpdyPorts(std::unique_ptr<sys::ByteStream> connection)
      : session_(std::move(connection), kSpdyStreamsMax) {}

  base::Result<std::optional<Event>> read() override {
    while (true) {
      auto event = session_.read();
      if (!event) return base::fail(event.error());
      if (!*event) return std::nullopt;
      if (auto out = take(**event)) return out;
    }
  }

  base::Status write(uint32_t id, std::string_view bytes) override {
    return session_.write(id, bytes);
  }

  void end(uint32_t id, std::string_view why) override {
    uint32_t error = 0;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = pairs_.find(id); found != pairs_.end()) {
        error = found->second;
        pairs_.erase(found);
      }
    }
    if (error != 0) {
      (void)session_.write(error, why);
      session_.end(error);
    }
    session_.end(id);
  }

  bool is_gone() override {
    if (++looks_ % kLooksAPing == 0) session_.ping();
    return session_.has_hung_up();
  }
  void cancel() override { session_.cancel(); }

 private:
  struct Half {
    uint32_t data = 0, error = 0;
    std::string port;
  };

  std::optional<Event> take(sys::SpdySession::Event& event) {
    using In = sys::SpdySession::Event::Kind;
    if (event.kind == In::kOpened) return take_stream(event);
    {
      const std::lock_guard lock(mutex_);
      // What comes in error streams has no meaning, their end neither.
      if (!pairs_.contains(event.stream)) return std::nullopt;
    }
    const Kind kind = event.kind == In::kData    ? Kind::kData
                      : event.kind == In::kEnded ? Kind::kEnded
                                                 : Kind::kAborted;
    return Event{kind, event.stream, 0, std::move(event.bytes)};
  }

  std::optional<Event> take_stream(const sys::SpdySession::Event& event) {
    std::string type, port, request;
    for (const auto& [name, value] : event.headers) {
      if (name == "streamtype") type = value;
      if (name == "port") port = value;
      if (name == "requestid") request = value;
    }
    if (request.empty() || (type != "data" && type != "error") ||
        halves_.size() > kSpdyStreamsMax) {
      session_.reset(event.stream, sys::SpdyStatus::kProtocolError);
      return std::nullopt;
    }
    Half& half = halves_[request];
    (type == "data" ? half.data : half.error) = event.stream;
    if (type == "data") half.port = port;
    if (half.data == 0 || half.error == 0) return std::nullopt;
    const Half whole = half;
    halves_.erase(request);
    {
      const std::lock_guard lock(mutex_);
      pairs_[whole.data] = whole.error;
    }
    const auto number = parse_port(whole.port);
    if (number) return Event{Kind::kOpened, whole.data, *number, {}};
    end(whole.data, "\"" + whole.port + "\" is not a valid port");
    return std::nullopt;
  }

  sys::SpdySession session_;
  std::map<std::string, Half> halves_;  // whose other stream has not come yet
  std::mutex mutex_;
  size_t looks_ = 0;
  std::map<uint32_t, uint32_t> pairs_;  // from data streams to error streams
};

// Channels 2i and 2i + 1 are data and error of the i-th port; each begins with the port's number.
class ChannelPorts final : public PortStreams {
 public:
  ChannelPorts(std::unique_ptr<sys::WebSocket> socket, const std::vector<uint16_t>& ports)
      : socket_(std::move(socket)),
        is_base64_(socket_->protocol().find("base64") != std::string::npos),
        open_(ports.size()) {
    for (uint32_t id = 0; id < ports.size(); ++id) {
      const std::string number = {static_cast<char>(ports[id]), static_cast<char>(ports[id] >> 8)};
      (void)send(id * 2, number);
      (void)send(id * 2 + 1, number);
      opened_.push_back({Kind::kOpened, id, ports[id], {}});
    }
    count_ = ports.size();
  }

  base::Result<std::optional<Event>> read() override {
    if (!opened_.empty()) {
      Event out = std::move(opened_.front());
      opened_.pop_front();
      return out;
    }
    while (true) {
      auto message = socket_->read();
      if (!message) return base::fail(message.error());
      if (!*message) return std::nullopt;
      std::string& bytes = (*message)->bytes;
      if (bytes.empty()) continue;
      auto channel = static_cast<uint8_t>(bytes[0]);
      bytes.erase(0, 1);
      if (is_base64_) {
        auto plain = text::from_base64(bytes);
        if (!plain) return base::fail(Code::kInvalid, "a message is no base64");
        bytes = std::move(*plain);
        channel = static_cast<uint8_t>(channel - '0');
      }
      if (channel % 2 != 0 || channel / 2u >= count_ || bytes.empty()) continue;
      return Event{Kind::kData, channel / 2u, 0, std::move(bytes)};
    }
  }

  base::Status write(uint32_t id, std::string_view bytes) override { return send(id * 2, bytes); }

  void end(uint32_t id, std::string_view why) override {
    if (!why.empty()) (void)send(id * 2 + 1, why);
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) socket_->close(1000, "");
  }

  bool is_gone() override {
    if (++looks_ % kLooksAPing == 0) (void)socket_->ping();
    return socket_->has_hung_up();
  }
  void cancel() override { socket_->cancel(); }

 private:
  base::Status send(uint32_t channel, std::string_view bytes) {
    if (is_base64_)
      return socket_->write(
          std::string(1, static_cast<char>('0' + channel)) + text::to_base64(bytes), true);
    return socket_->write(std::string(1, static_cast<char>(channel)).append(bytes));
  }

  const std::unique_ptr<sys::WebSocket> socket_;
  const bool is_base64_;
  size_t count_ = 0;
  std::deque<Event> opened_;
  size_t looks_ = 0;
  std::mutex mutex_;
  size_t open_;
};

// "?ports=8080,8081&ports=9090". Nothing when the call has been answered.
std::optional<std::vector<uint16_t>> read_ports(Call& call) {
  std::vector<uint16_t> out;
  const auto refuse = [&](std::string_view why) {
    refuse_call(call, 400, "BadRequest", why);
    return std::nullopt;
  };
  for (const std::string& list : call.queries("ports"))
    for (std::string_view rest = list; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const auto port = parse_port(rest.substr(0, comma));
      if (!port) return refuse("ports: each is a number from 1 to 65535");
      out.push_back(*port);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  if (out.empty()) return refuse("query parameter \"ports\" is required");
  if (out.size() > kPortsMax) return refuse("ports: too many at once");
  return out;
}

std::unique_ptr<PortStreams> accept_web_socket(Call& call) {
  const bool is_tunnel =
      call.request.header("Sec-WebSocket-Protocol").find(kWebSocketProtocols[0]) !=
      std::string::npos;
  std::optional<std::vector<uint16_t>> ports;
  if (!is_tunnel && !(ports = read_ports(call))) return nullptr;
  const std::span<const std::string_view> all(kWebSocketProtocols);
  auto socket =
      sys::WebSocket::accept(call.out, call.request, is_tunnel ? all.first(1) : all.subspan(1));
  if (!socket) {
    refuse_call(call, 400, "BadRequest", socket.error().text);
    return nullptr;
  }
  if (is_tunnel) return std::make_unique<SpdyPorts>(std::make_unique<Tunnel>(std::move(*socket)));
  return std::make_unique<ChannelPorts>(std::move(*socket), *ports);
}

}  // namespace

std::unique_ptr<PortStreams> accept_ports(Call& call) {
  if (sys::WebSocket::is_asked_for(call.request)) return accept_web_socket(call);
  if (!is_spdy_asked_for(call.request)) {
    refuse_without_upgrade(call);
    return nullptr;
  }
  const auto protocol = choose_spdy_protocol(call, {kSpdyProtocol});
  if (!protocol) return nullptr;
  auto connection = call.out.upgrade(
      {{"Upgrade", "SPDY/3.1"}, {"X-Stream-Protocol-Version", std::string(kSpdyProtocol)}});
  if (connection) return std::make_unique<SpdyPorts>(std::move(*connection));
  refuse_call(call, 400, "BadRequest", connection.error().text);
  return nullptr;
}

}  // namespace server

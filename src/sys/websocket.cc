#include "sys/websocket.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <strings.h>

#include <algorithm>

namespace sys {
namespace {

constexpr uint8_t kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;
constexpr uint16_t kNormal = 1000, kProtocolError = 1002, kTooBig = 1009;
constexpr size_t kControlBytesMax = 125;
constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string_view next_word(std::string_view& list) {
  const size_t comma = list.find(',');
  const std::string_view word = trim(list.substr(0, comma));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return word;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view one = next_word(list);
    if (one.size() == word.size() && strncasecmp(one.data(), word.data(), one.size()) == 0)
      return true;
  }
  return false;
}

// 16 bytes as base64.
bool is_key(std::string_view key) {
  unsigned char bytes[24];
  return key.size() == 24 && key.ends_with("==") && key[21] != '=' &&
         EVP_DecodeBlock(bytes, reinterpret_cast<const unsigned char*>(key.data()), 24) == 18;
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + std::string(kMagic);
  unsigned char digest[EVP_MAX_MD_SIZE], encoded[64];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  const int count = EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded), static_cast<size_t>(count)};
}

}  // namespace

struct WebSocket::Frame {
  bool is_last = false;
  uint8_t opcode = 0;
  std::string bytes;
  bool is_control() const { return opcode >= kClose; }
};

bool WebSocket::is_asked_for(const HttpRequest& request) {
  return has_word(request.header("Upgrade"), "websocket");
}

base::Result<std::unique_ptr<WebSocket>> WebSocket::accept(
    HttpWriter& out, const HttpRequest& request, std::span<const std::string_view> protocols) {
  const std::string key = request.header("Sec-WebSocket-Key");
  if (request.method != "GET" || !is_asked_for(request) ||
      !has_word(request.header("Connection"), "upgrade") || !is_key(key))
    return base::fail(base::Code::kInvalid, "this is no request for a WebSocket");
  if (request.header("Sec-WebSocket-Version") != "13")
    return base::fail(base::Code::kInvalid, "the WebSocket's version must be 13");
  const std::string asked = request.header("Sec-WebSocket-Protocol");
  const auto is_ours = [&](std::string_view name) {
    return std::find(protocols.begin(), protocols.end(), name) != protocols.end();
  };
  std::string chosen;
  for (std::string_view rest = asked; chosen.empty() && !rest.empty();)
    if (const std::string_view name = next_word(rest); is_ours(name)) chosen = name;
  if (chosen.empty() && (!asked.empty() || !is_ours("")))
    return base::fail(
        base::Code::kUnsupported,
        fmt::format("none of the WebSocket's protocols is spoken here: \"{}\"", asked));
  Headers headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept_key(key)}};
  if (!chosen.empty()) headers.emplace_back("Sec-WebSocket-Protocol", chosen);
  auto stream = out.upgrade(std::move(headers));
  if (!stream) return base::fail(stream.error());
  return std::unique_ptr<WebSocket>(new WebSocket(std::move(*stream), std::move(chosen)));
}

WebSocket::~WebSocket() { close(kNormal, ""); }

// False: the client has gone before so much has come.
base::Result<bool> WebSocket::fill(size_t count) {
  while (pending_.size() < count) {
    const size_t before = pending_.size();
    pending_.resize(before + std::max<size_t>(count - before, 4096));
    auto got = stream_->read(pending_.data() + before, pending_.size() - before);
    pending_.resize(before + (got ? *got : 0));
    if (!got) return base::fail(got.error());
    if (*got == 0) return false;
  }
  return true;
}

base::Result<std::optional<WebSocket::Frame>> WebSocket::read_frame(size_t so_far) {
  constexpr size_t kMaskBytes = 4;
  auto there = fill(2);
  if (!there || !*there)
    return there ? base::Result<std::optional<Frame>>(std::nullopt) : base::fail(there.error());
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(pending_[i]); };
  Frame frame;
  frame.is_last = (byte(0) & 0x80) != 0;
  frame.opcode = byte(0) & 0x0f;
  if ((byte(0) & 0x70) != 0) return refuse(kProtocolError, "a reserved bit is set");
  if (frame.opcode > kPong || (frame.opcode > kBinary && frame.opcode < kClose))
    return refuse(kProtocolError, "an unknown kind of frame");
  if ((byte(1) & 0x80) == 0) return refuse(kProtocolError, "a frame is not masked");
  uint64_t size = byte(1) & 0x7f;
  if (frame.is_control() && (size > kControlBytesMax || !frame.is_last))
    return refuse(kProtocolError, "a control frame is too large or in parts");
  const size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  const size_t head = 2 + more + kMaskBytes;
  there = fill(head);
  if (!there) return base::fail(there.error());
  if (!*there) return std::nullopt;
  if (more != 0) size = 0;
  for (size_t i = 0; i < more; ++i) size = size << 8 | byte(2 + i);
  if (size > kMessageBytesMax || so_far + size > kMessageBytesMax)
    return refuse(kTooBig, "a message is too large");
  there = fill(head + size);
  if (!there) return base::fail(there.error());
  if (!*there) return std::nullopt;
  frame.bytes = pending_.substr(head, size);
  for (size_t i = 0; i < size; ++i)
    frame.bytes[i] =
        static_cast<char>(frame.bytes[i] ^ pending_[head - kMaskBytes + i % kMaskBytes]);
  pending_.erase(0, head + size);
  return frame;
}

base::Result<std::optional<WebSocket::Message>> WebSocket::read() {
  Message message;
  bool has_begun = false;
  while (true) {
    auto frame = read_frame(message.bytes.size());
    if (!frame) return base::fail(frame.error());
    if (!*frame) return std::nullopt;
    const Frame& now = **frame;
    if (now.opcode == kClose) {
      answer_close(now.bytes);
      return std::nullopt;
    }
    if (now.opcode == kPing)
      if (auto answered = write_frame(kPong, now.bytes); !answered)
        return base::fail(answered.error());
    if (now.is_control()) continue;
    if ((now.opcode == kContinuation) != has_begun)
      return refuse(kProtocolError, "the parts of a message are out of order");
    if (!has_begun) message.is_text = now.opcode == kText;
    has_begun = true;
    message.bytes += now.bytes;
    if (!now.is_last) continue;
    return message;
  }
}

base::Status WebSocket::write(std::string_view bytes, bool is_text) {
  return write_frame(is_text ? kText : kBinary, bytes);
}

base::Status WebSocket::ping() { return write_frame(kPing, {}); }

base::Status WebSocket::write_frame(uint8_t opcode, std::string_view bytes) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  const size_t size = bytes.size();
  if (size <= kControlBytesMax) {
    frame += static_cast<char>(size);
  } else {
    const bool is_short = size <= UINT16_MAX;
    frame += static_cast<char>(is_short ? 126 : 127);
    for (int shift = is_short ? 8 : 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(size >> shift);
  }
  frame += bytes;
  const std::lock_guard lock(mutex_);
  if (closed_) return base::fail(base::Code::kUnavailable, "the WebSocket is closed");
  closed_ = opcode == kClose;
  return stream_->write(frame);
}

void WebSocket::close(uint16_t code, std::string_view why) {
  std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code)};
  payload += why.substr(0, kControlBytesMax - 2);
  (void)write_frame(kClose, payload);
}

// With the same code, when it is one that may be sent.
void WebSocket::answer_close(std::string_view payload) {
  if (payload.size() < 2) return payload.empty() ? close(kNormal, "") : close(kProtocolError, "");
  const uint16_t code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                              static_cast<uint8_t>(payload[1]));
  const bool is_known =
      (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
      (code >= 3000 && code <= 4999);
  close(is_known ? code : kProtocolError, "");
}

tl::unexpected<base::Error> WebSocket::refuse(uint16_t code, std::string_view why) {
  close(code, why);
  return base::fail(base::Code::kInvalid, std::string(why));
}

}  // namespace sys

#include "sys/spdy_frames.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace sys {
namespace {

using base::Code;
using Kind = SpdyFrame::Kind;

constexpr size_t kHeadBytes = 8;
constexpr uint8_t kFin = 1;
constexpr uint16_t kVersion = 3;
constexpr uint32_t kStreamMask = 0x7fffffff;
constexpr uint32_t kInitialWindowSetting = 7;

// What both sides' zlib begins with (2.6.10.1): words with their lengths before them, and a text.
constexpr std::array<std::string_view, 65> kWords = {"options",
                                                     "head",
                                                     "post",
                                                     "put",
                                                     "delete",
                                                     "trace",
                                                     "accept",
                                                     "accept-charset",
                                                     "accept-encoding",
                                                     "accept-language",
                                                     "accept-ranges",
                                                     "age",
                                                     "allow",
                                                     "authorization",
                                                     "cache-control",
                                                     "connection",
                                                     "content-base",
                                                     "content-encoding",
                                                     "content-language",
                                                     "content-length",
                                                     "content-location",
                                                     "content-md5",
                                                     "content-range",
                                                     "content-type",
                                                     "date",
                                                     "etag",
                                                     "expect",
                                                     "expires",
                                                     "from",
                                                     "host",
                                                     "if-match",
                                                     "if-modified-since",
                                                     "if-none-match",
                                                     "if-range",
                                                     "if-unmodified-since",
                                                     "last-modified",
                                                     "location",
                                                     "max-forwards",
                                                     "pragma",
                                                     "proxy-authenticate",
                                                     "proxy-authorization",
                                                     "range",
                                                     "referer",
                                                     "retry-after",
                                                     "server",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "user-agent",
                                                     "vary",
                                                     "via",
                                                     "warning",
                                                     "www-authenticate",
                                                     "method",
                                                     "get",
                                                     "status",
                                                     "200 OK",
                                                     "version",
                                                     "HTTP/1.1",
                                                     "url",
                                                     "public",
                                                     "set-cookie",
                                                     "keep-alive",
                                                     "origin"};
constexpr std::string_view kText =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 "
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
    "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

void put32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

uint32_t get(std::string_view bytes, size_t at, size_t count) {
  uint32_t out = 0;
  for (size_t i = 0; i < count; ++i) out = out << 8 | static_cast<uint8_t>(bytes[at + i]);
  return out;
}

std::string dictionary() {
  std::string out;
  for (const std::string_view word : kWords) {
    put32(out, static_cast<uint32_t>(word.size()));
    out += word;
  }
  return out.append(kText);
}

const Bytef* zlib_bytes(std::string_view text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

std::string control(Kind kind, uint8_t flags, std::string_view payload) {
  assert(payload.size() < 1 << 24);
  std::string out;
  put32(out, 0x80000000u | static_cast<uint32_t>(kVersion) << 16 | static_cast<uint32_t>(kind));
  put32(out, static_cast<uint32_t>(flags) << 24 | static_cast<uint32_t>(payload.size()));
  return out.append(payload);
}

std::string numbers(Kind kind, std::initializer_list<uint32_t> values) {
  std::string payload;
  for (const uint32_t value : values) put32(payload, value);
  return control(kind, 0, payload);
}

tl::unexpected<base::Error> broken(std::string_view why) {
  return base::fail(Code::kInvalid, "SPDY: " + std::string(why));
}

// "count, then name and value, each with its length before it"; values of one name are parted by
// NUL.
base::Result<Headers> parse_headers(std::string_view block) {
  const auto number = [&]() -> std::optional<uint32_t> {
    if (block.size() < 4) return std::nullopt;
    const uint32_t value = get(block, 0, 4);
    block.remove_prefix(4);
    return value;
  };
  const auto word = [&]() -> std::optional<std::string> {
    const auto size = number();
    if (!size || *size > block.size()) return std::nullopt;
    std::string out(block.substr(0, *size));
    block.remove_prefix(*size);
    return out;
  };
  const auto count = number();
  if (!count || *count > SpdyReader::kHeadersMax) return broken("too many headers");
  Headers out;
  for (uint32_t i = 0; i < *count; ++i) {
    auto name = word();
    auto value = name ? word() : std::nullopt;
    if (!value) return broken("a header is cut off");
    out.emplace_back(std::move(*name), std::move(*value));
  }
  if (!block.empty()) return broken("more than the headers");
  return out;
}

}  // namespace

struct SpdyReader::Inflater {
  z_stream stream{};
};

SpdyReader::SpdyReader() : inflater_(std::make_unique<Inflater>()) {
  [[maybe_unused]] const int done = inflateInit(&inflater_->stream);
  assert(done == Z_OK);
}
SpdyReader::~SpdyReader() { inflateEnd(&inflater_->stream); }

base::Result<Headers> SpdyReader::headers(std::string_view packed) {
  z_stream& stream = inflater_->stream;
  stream.next_in = const_cast<Bytef*>(zlib_bytes(packed));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string block;
  char chunk[4096];
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    const int done = inflate(&stream, Z_SYNC_FLUSH);
    if (done == Z_NEED_DICT) {
      const std::string words = dictionary();
      if (inflateSetDictionary(&stream, zlib_bytes(words), static_cast<uInt>(words.size())) != Z_OK)
        return broken("another dictionary of headers");
      continue;
    }
    const size_t got = sizeof chunk - stream.avail_out;
    block.append(chunk, got);
    if (block.size() > kHeaderBytesMax) return broken("the headers are too large");
    if (done != Z_OK && done != Z_BUF_ERROR) return broken("the headers are not packed well");
    if (stream.avail_out != 0) break;
  }
  if (stream.avail_in != 0) return broken("the headers are not packed well");
  return parse_headers(block);
}

base::Result<std::optional<SpdyFrame>> SpdyReader::next(std::string_view& bytes) {
  while (true) {
    if (data_left_ > 0) {
      const size_t size = std::min(data_left_, bytes.size());
      if (size == 0) return std::nullopt;
      data_left_ -= size;
      SpdyFrame out;
      out.stream = data_.stream;
      out.is_end = data_.is_end && data_left_ == 0;
      out.bytes = bytes.substr(0, size);
      bytes.remove_prefix(size);
      return out;
    }
    const auto need = [&](size_t count) {
      const size_t more = std::min(bytes.size(), count - std::min(count, pending_.size()));
      pending_.append(bytes.substr(0, more));
      bytes.remove_prefix(more);
      return pending_.size() >= count;
    };
    if (!need(kHeadBytes)) return std::nullopt;
    const size_t size = get(pending_, 5, 3);
    if ((pending_[0] & 0x80) == 0) {
      data_ = {};
      data_.stream = get(pending_, 0, 4);
      data_.is_end = (pending_[4] & kFin) != 0;
      data_left_ = size;
      pending_.clear();
      if (size == 0) return data_;
      continue;
    }
    if ((get(pending_, 0, 2) & 0x7fff) != kVersion) return broken("not version 3");
    if (size > kControlBytesMax) return broken("a frame is too large");
    if (!need(kHeadBytes + size)) return std::nullopt;
    auto frame = control_frame();
    pending_.clear();
    if (!frame || *frame) return frame;
  }
}

base::Result<std::optional<SpdyFrame>> SpdyReader::control_frame() {
  SpdyFrame out;
  out.kind = static_cast<Kind>(get(pending_, 3, 1));
  if (get(pending_, 2, 1) != 0) return std::nullopt;
  out.is_end = (pending_[4] & kFin) != 0;
  std::string_view payload = std::string_view(pending_).substr(kHeadBytes);
  const auto has = [&](size_t count) { return payload.size() >= count; };
  switch (out.kind) {
    case Kind::kSynStream:
    case Kind::kSynReply:
    case Kind::kHeaders: {
      // SYN_STREAM: associated stream, priority and slot besides.
      const size_t before = out.kind == Kind::kSynStream ? 10 : 4;
      if (!has(before)) return broken("a frame is too short");
      out.stream = get(payload, 0, 4) & kStreamMask;
      auto found = headers(payload.substr(before));
      if (!found) return base::fail(found.error());
      out.headers = std::move(*found);
      return out;
    }
    case Kind::kReset:
    case Kind::kGoAway:
    case Kind::kWindowUpdate:
      if (!has(8)) return broken("a frame is too short");
      out.stream = get(payload, 0, 4) & kStreamMask;
      out.value = get(payload, 4, 4) & (out.kind == Kind::kWindowUpdate ? kStreamMask : ~0u);
      return out;
    case Kind::kPing:
      if (!has(4)) return broken("a frame is too short");
      out.value = get(payload, 0, 4);
      return out;
    case Kind::kSettings: {
      if (!has(4) || (payload.size() - 4) / 8 < get(payload, 0, 4))
        return broken("a frame is too short");
      const uint32_t count = get(payload, 0, 4);
      for (uint32_t i = 0; i < count; ++i)
        if (get(payload, 5 + i * size_t{8}, 3) == kInitialWindowSetting)
          out.value = get(payload, 8 + i * size_t{8}, 4) & kStreamMask;
      return out;
    }
    default:
      return std::nullopt;
  }
}

struct SpdyWriter::Deflater {
  z_stream stream{};
};

SpdyWriter::SpdyWriter() : deflater_(std::make_unique<Deflater>()) {
  const std::string words = dictionary();
  z_stream& stream = deflater_->stream;
  [[maybe_unused]] int done = deflateInit(&stream, Z_BEST_SPEED);
  assert(done == Z_OK);
  done = deflateSetDictionary(&stream, zlib_bytes(words), static_cast<uInt>(words.size()));
  assert(done == Z_OK);
}
SpdyWriter::~SpdyWriter() { deflateEnd(&deflater_->stream); }

std::string SpdyWriter::pack(const Headers& headers) {
  std::string block;
  put32(block, static_cast<uint32_t>(headers.size()));
  for (const auto& [name, value] : headers)
    for (const std::string* word : {&name, &value}) {
      put32(block, static_cast<uint32_t>(word->size()));
      block += *word;
    }
  z_stream& stream = deflater_->stream;
  stream.next_in = const_cast<Bytef*>(zlib_bytes(block));
  stream.avail_in = static_cast<uInt>(block.size());
  std::string out;
  char chunk[4096];
  do {
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    deflate(&stream, Z_SYNC_FLUSH);
    out.append(chunk, sizeof chunk - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

std::string SpdyWriter::syn_stream(uint32_t stream, const Headers& headers, bool is_end) {
  std::string payload;
  put32(payload, stream);
  put32(payload, 0);
  payload.append(2, '\0');
  return control(Kind::kSynStream, is_end ? kFin : 0, payload + pack(headers));
}

std::string SpdyWriter::syn_reply(uint32_t stream, const Headers& headers) {
  std::string payload;
  put32(payload, stream);
  return control(Kind::kSynReply, 0, payload + pack(headers));
}

std::string SpdyWriter::data(uint32_t stream, std::string_view bytes, bool is_end) {
  assert(bytes.size() < 1 << 24);
  std::string out;
  out.reserve(kHeadBytes + bytes.size());
  put32(out, stream & kStreamMask);
  put32(out, (is_end ? uint32_t{kFin} << 24 : 0) | static_cast<uint32_t>(bytes.size()));
  return out.append(bytes);
}

std::string SpdyWriter::reset(uint32_t stream, SpdyStatus status) {
  return numbers(Kind::kReset, {stream, static_cast<uint32_t>(status)});
}
std::string SpdyWriter::ping(uint32_t id) { return numbers(Kind::kPing, {id}); }
std::string SpdyWriter::go_away(uint32_t last_stream, uint32_t status) {
  return numbers(Kind::kGoAway, {last_stream, status});
}
std::string SpdyWriter::window_update(uint32_t stream, uint32_t more) {
  return numbers(Kind::kWindowUpdate, {stream, more});
}
std::string SpdyWriter::initial_window(uint32_t bytes) {
  return numbers(Kind::kSettings, {1, kInitialWindowSetting, bytes});
}

}  // namespace sys

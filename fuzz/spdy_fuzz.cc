// Any bytes as SPDY: read at once or in pieces, they are the same frames, or refused.
#include <cassert>

#include "sys/spdy_frames.h"

namespace {

struct Outcome {
  bool refused = false;
  std::string text;  // of all frames, data joined
  size_t unpacked = 0;
};

Outcome read(std::string_view bytes, size_t step) {
  Outcome out;
  sys::SpdyReader reader;
  for (size_t at = 0; at < bytes.size() && !out.refused; at += step) {
    std::string_view piece = bytes.substr(at, step);
    while (true) {
      const auto frame = reader.next(piece);
      out.refused = !frame;
      if (!frame || !*frame) break;
      const sys::SpdyFrame& now = **frame;
      if (now.kind == sys::SpdyFrame::Kind::kData) {
        out.text += now.bytes;
      } else {
        out.text += static_cast<char>('A' + static_cast<int>(now.kind));
        out.text += std::to_string(now.stream) + "," + std::to_string(now.value.value_or(0));
      }
      size_t unpacked = 0;
      for (const auto& [name, value] : now.headers) {
        out.text += name + "=" + value;
        unpacked += name.size() + value.size();
      }
      assert(unpacked <= sys::SpdyReader::kHeaderBytesMax);
    }
    assert(out.refused || piece.empty());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(bytes, size + 1), pieces = read(bytes, 1), some = read(bytes, 13);
  assert(whole.refused == pieces.refused && whole.refused == some.refused);
  assert(whole.text == pieces.text && whole.text == some.text);
  return 0;
}

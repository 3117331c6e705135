// Any bytes as an HTTP/1 request: read at once or in pieces, it is the same request, or refused.
#include <cassert>

#include "sys/http1_parser.h"

namespace {

struct Outcome {
  sys::Parsed parsed = sys::Parsed::kMore;
  int status = 0;
  sys::HttpRequest request;
  size_t used = 0;
};

Outcome read(std::string_view bytes, size_t step) {
  Outcome out;
  sys::Http1HeadParser heads(4096);
  sys::Http1Head head;
  std::optional<sys::Http1BodyParser> bodies;
  sys::HttpRefusal why;
  std::string pending;
  for (size_t at = 0; at < bytes.size(); at += step) {
    pending += bytes.substr(at, step);
    if (!bodies) {
      size_t used = 0;
      out.parsed = heads.parse(pending, head, used, why);
      if (out.parsed == sys::Parsed::kRefused) break;
      if (out.parsed == sys::Parsed::kMore) continue;
      assert(used <= pending.size());
      pending.erase(0, used);
      out.used = used;
      bodies.emplace(head, 1000);
    }
    std::string_view rest = pending;
    out.parsed = bodies->parse(rest, head.request.body, why);
    out.used += pending.size() - rest.size();
    pending.erase(0, pending.size() - rest.size());
    if (out.parsed != sys::Parsed::kMore) break;
  }
  out.status = out.parsed == sys::Parsed::kRefused ? why.status : 0;
  out.request = std::move(head.request);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(bytes, size + 1), pieces = read(bytes, 1);
  assert(whole.request.body.size() <= 1000 && pieces.request.body.size() <= 1000);
  if (whole.parsed != sys::Parsed::kDone) {
    assert(pieces.parsed == whole.parsed);
    return 0;
  }
  assert(pieces.parsed == sys::Parsed::kDone && pieces.used == whole.used);
  assert(pieces.request.method == whole.request.method);
  assert(pieces.request.target == whole.request.target);
  assert(pieces.request.headers == whole.request.headers);
  assert(pieces.request.body == whole.request.body);
  return 0;
}

// http1_parser.h — the bytes of HTTP/1 requests, taken apart as RFC 9112 has it and no wider: what
// two readers could understand in two ways (request smuggling) is refused. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/http.h"

namespace sys {

struct Http1Head {
  HttpRequest request;  // without its body
  int version = 11;
  bool keep_alive = true, is_chunked = false, expects_continue = false, takes_trailers = false;
  uint64_t content_length = 0;
};

// Why a request is not answered by its handler. The connection is closed behind it: where the next
// request would begin is not known.
struct HttpRefusal {
  int status = 400;
  std::string text;
};

enum class Parsed : uint8_t { kMore, kDone, kRefused };

class Http1HeadParser {
 public:
  explicit Http1HeadParser(uint32_t bytes_max) : bytes_max_(bytes_max) {}
  // `bytes`: all that has come of this request so far. When done, `used` of them were the head.
  Parsed parse(std::string_view bytes, Http1Head& head, size_t& used, HttpRefusal& why);

 private:
  uint32_t bytes_max_;
  size_t scanned_ = 0;
};

class Http1BodyParser {
 public:
  Http1BodyParser(const Http1Head& head, uint64_t bytes_max);
  // Appends to `body`, and takes what it has read from the front of `bytes`.
  Parsed parse(std::string_view& bytes, std::string& body, HttpRefusal& why);

 private:
  enum class Step : uint8_t { kSize, kData, kDataEnd, kTrailers, kDone };
  Parsed parse_chunks(std::string_view& bytes, std::string& body, HttpRefusal& why);
  Parsed read_size(HttpRefusal& why);
  bool read_line(std::string_view& bytes);
  bool take_data(std::string_view& bytes, std::string& body);

  const uint64_t bytes_max_;
  const bool is_chunked_;
  Step step_;
  uint64_t left_ = 0;  // of the body, or of this chunk
  std::string line_;   // a chunk's size or a trailer, as far as it has come; ends with CRLF
  size_t trailer_bytes_ = 0;
};

}  // namespace sys

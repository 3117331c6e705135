#include "sys/http1_parser.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace sys {
namespace {

constexpr size_t kLineBytesMax = 8 << 10;      // of a chunk's size with its extensions, a trailer
constexpr size_t kTrailerBytesMax = 64 << 10;  // of all

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

// Visible characters, blanks, tabs, and bytes over 127.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

bool is_target(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7f;
  });
}

bool is_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool lists(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    if (is_equal(trim(value.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return false;
}

// Takes the line and its CRLF away.
std::string_view next_line(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

// What the headers say about the body and the connection, one by one.
class HeadReader {
 public:
  HeadReader(Http1Head& head, HttpRefusal& why) : head_(head), why_(why) {}

  bool request_line(std::string_view line) {
    const size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse("no request line");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(method)) return refuse("the method is no word");
    if (version == "HTTP/1.0") {
      head_.version = 10;
      head_.keep_alive = false;
    } else if (version != "HTTP/1.1") {
      if (version.starts_with("HTTP/")) why_.status = 505;
      return refuse("this server speaks HTTP/1.1 and HTTP/2");
    }
    if (!is_target(target)) return refuse("the target has a blank or a control character");
    head_.request.method = method;
    head_.request.target = target;
    return true;
  }

  bool field(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return refuse("a header is folded");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return refuse("a header's name is no word");
    const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
    if (!is_value(value)) return refuse("a header's value has a control character");
    head_.request.headers.emplace_back(name, value);
    if (is_equal(name, "content-length")) return content_length(value);
    if (is_equal(name, "transfer-encoding")) return transfer_encoding(value);
    if (is_equal(name, "host")) {
      host_ = value;
      if (++hosts_ > 1) return refuse("there are two Host headers");
    }
    if (is_equal(name, "connection")) {
      if (lists(value, "close")) closes_ = true;
      if (lists(value, "keep-alive") && head_.version == 10) head_.keep_alive = true;
    }
    if (is_equal(name, "expect")) {
      if (!is_equal(value, "100-continue")) {
        why_.status = 417;
        return refuse("only 100-continue can be expected");
      }
      head_.expects_continue = head_.version == 11;
    }
    if (is_equal(name, "te") && lists(value, "trailers")) head_.takes_trailers = true;
    return true;
  }

  bool finish() {
    if (closes_) head_.keep_alive = false;
    if (head_.is_chunked && has_length_)
      return refuse("Content-Length and Transfer-Encoding exclude each other");
    if (head_.version == 11 && hosts_ == 0) return refuse("there is no Host header");
    std::string& target = head_.request.target;
    if (target.front() == '/' || (target == "*" && head_.request.method == "OPTIONS")) return true;
    // The form that proxies are asked in: for our own name only.
    const size_t authority = is_equal(std::string_view(target).substr(0, 7), "http://")    ? 7
                             : is_equal(std::string_view(target).substr(0, 8), "https://") ? 8
                                                                                           : 0;
    const size_t slash = authority == 0 ? std::string::npos : target.find('/', authority);
    if (slash == std::string::npos || target.substr(authority, slash - authority) != host_)
      return refuse("the target is no path of this server");
    target.erase(0, slash);
    return true;
  }

 private:
  bool refuse(std::string text) {
    why_.text = std::move(text);
    return false;
  }

  bool content_length(std::string_view value) {
    if (has_length_) return refuse("there are two Content-Length headers");
    has_length_ = true;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), head_.content_length);
    if (error != std::errc() || end != value.data() + value.size() || value.front() == '-')
      return refuse("Content-Length is no number");
    return true;
  }

  bool transfer_encoding(std::string_view value) {
    if (head_.version == 10) return refuse("HTTP/1.0 has no Transfer-Encoding");
    if (head_.is_chunked || !is_equal(value, "chunked")) {
      why_.status = 501;
      return refuse("the only Transfer-Encoding is chunked");
    }
    head_.is_chunked = true;
    return true;
  }

  Http1Head& head_;
  HttpRefusal& why_;
  std::string host_;
  int hosts_ = 0;
  bool has_length_ = false, closes_ = false;
};

}  // namespace

Parsed Http1HeadParser::parse(std::string_view bytes, Http1Head& head, size_t& used,
                              HttpRefusal& why) {
  // A client may send an empty line behind a body (RFC 9112, 2.2).
  const size_t start = bytes.starts_with("\r\n") ? 2 : 0;
  size_t end = std::string_view::npos;
  for (size_t at = bytes.find('\n', std::max(scanned_, start)); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') {
      why = {400, "a line ends without a carriage return"};
      return Parsed::kRefused;
    }
    if (at >= start + 3 && bytes[at - 2] == '\n') {
      end = at + 1;
      break;
    }
  }
  if ((end == std::string_view::npos ? bytes.size() : end) > bytes_max_) {
    why = {431, "the request's headers are too large"};
    return Parsed::kRefused;
  }
  if (end == std::string_view::npos) {
    scanned_ = bytes == "\r" ? 0 : bytes.size();
    return Parsed::kMore;
  }
  used = end;
  std::string_view rest = bytes.substr(start, end - start);
  HeadReader reader(head, why);
  bool good = reader.request_line(next_line(rest));
  while (good && rest.size() > 2) good = reader.field(next_line(rest));
  return good && reader.finish() ? Parsed::kDone : Parsed::kRefused;
}

Http1BodyParser::Http1BodyParser(const Http1Head& head, uint64_t bytes_max)
    : bytes_max_(bytes_max),
      is_chunked_(head.is_chunked),
      step_(head.is_chunked            ? Step::kSize
            : head.content_length == 0 ? Step::kDone
                                       : Step::kData),
      left_(head.content_length) {}

Parsed Http1BodyParser::parse(std::string_view& bytes, std::string& body, HttpRefusal& why) {
  if (body.size() + left_ > bytes_max_) {
    why = {413, "the request's body is too large"};
    return Parsed::kRefused;
  }
  if (is_chunked_) return parse_chunks(bytes, body, why);
  if (step_ == Step::kDone || take_data(bytes, body)) return Parsed::kDone;
  return Parsed::kMore;
}

bool Http1BodyParser::take_data(std::string_view& bytes, std::string& body) {
  const size_t count = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
  body.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  left_ -= count;
  return left_ == 0;
}

// Gives true when line_ is whole, or too long.
bool Http1BodyParser::read_line(std::string_view& bytes) {
  const size_t end = bytes.find('\n');
  const size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  return end != std::string_view::npos || line_.size() > kLineBytesMax;
}

Parsed Http1BodyParser::parse_chunks(std::string_view& bytes, std::string& body, HttpRefusal& why) {
  while (step_ != Step::kDone) {
    if (step_ == Step::kData) {
      if (!take_data(bytes, body)) return Parsed::kMore;
      step_ = Step::kDataEnd;
    }
    if (!read_line(bytes)) return Parsed::kMore;
    const std::string_view line = line_;
    if (!line.ends_with("\r\n") || !is_value(line.substr(0, line.size() - 2))) {
      why = {400, "a chunk is malformed"};
      return Parsed::kRefused;
    }
    if (step_ == Step::kSize) {
      if (read_size(why) == Parsed::kRefused) return Parsed::kRefused;
      if (body.size() + left_ > bytes_max_) {
        why = {413, "the request's body is too large"};
        return Parsed::kRefused;
      }
    } else if (step_ == Step::kDataEnd) {
      if (line != "\r\n") {
        why = {400, "a chunk does not end where it should"};
        return Parsed::kRefused;
      }
      step_ = Step::kSize;
    } else {  // trailers say nothing that we would heed
      trailer_bytes_ += line.size();
      if (line == "\r\n") step_ = Step::kDone;
      if (trailer_bytes_ > kTrailerBytesMax) {
        why = {431, "the request's trailers are too large"};
        return Parsed::kRefused;
      }
    }
    line_.clear();
  }
  return Parsed::kDone;
}

Parsed Http1BodyParser::read_size(HttpRefusal& why) {
  const char* const begin = line_.data();
  const auto [end, error] = std::from_chars(begin, begin + line_.size(), left_, 16);
  const bool is_number = error == std::errc() && *begin != '-' && left_ <= UINT64_MAX / 2;
  if (!is_number || (*end != '\r' && *end != ';')) {
    why = {400, "a chunk's size is malformed"};
    return Parsed::kRefused;
  }
  step_ = left_ == 0 ? Step::kTrailers : Step::kData;
  return Parsed::kDone;
}

}  // namespace sys

#include "sys/http1_parser.h"

#include <gtest/gtest.h>

namespace sys {
namespace {

struct Outcome {
  int status = 0;  // 0: the request is whole, -1: more is needed
  std::string body, rest, text;
  Http1Head head;
};

// Fed in pieces of `step` bytes, as a network may.
Outcome parse(std::string_view bytes, size_t step, uint64_t body_max = 100) {
  Outcome out;
  Http1HeadParser head_parser(1000);
  std::optional<Http1BodyParser> body_parser;
  std::string pending;
  HttpRefusal why;
  auto refused = [&] {
    out.status = why.status;
    out.text = why.text;
    return out;
  };
  for (size_t at = 0; at < bytes.size(); at += step) {
    pending += bytes.substr(at, step);
    if (!body_parser) {
      size_t used = 0;
      const Parsed parsed = head_parser.parse(pending, out.head, used, why);
      if (parsed == Parsed::kRefused) return refused();
      if (parsed == Parsed::kMore) continue;
      pending.erase(0, used);
      body_parser.emplace(out.head, body_max);
    }
    std::string_view rest = pending;
    const Parsed parsed = body_parser->parse(rest, out.body, why);
    if (parsed == Parsed::kRefused) return refused();
    pending.erase(0, pending.size() - rest.size());
    if (parsed == Parsed::kDone) {
      out.rest = pending + std::string(bytes.substr(std::min(bytes.size(), at + step)));
      return out;
    }
  }
  out.status = -1;
  return out;
}

struct RequestCase {
  const char* title;
  std::string bytes;
  int status = 0;
  const char* body = "";
  const char* rest = "";
};

class Http1Request : public testing::TestWithParam<RequestCase> {};

TEST_P(Http1Request, IsReadInOneWayOnly) {
  const RequestCase& row = GetParam();
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, size_t{100'000}}) {
    const Outcome got = parse(row.bytes, step);
    EXPECT_EQ(got.status, row.status) << row.title << " by " << step << ": " << got.text;
    if (row.status != 0) continue;
    EXPECT_EQ(got.body, row.body) << row.title << " by " << step;
    EXPECT_EQ(got.rest, row.rest) << row.title << " by " << step;
  }
}

const std::string kHost = "Host: x\r\n";
std::string post(const std::string& headers, const std::string& body) {
  return "POST / HTTP/1.1\r\n" + kHost + headers + "\r\n" + body;
}
std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
const RequestCase kWhole[] = {
    {"without a body", "GET /a HTTP/1.1\r\n" + kHost + "\r\n"},
    {"the next one is left alone", "GET / HTTP/1.1\r\n" + kHost + "\r\nGET /b", 0, "", "GET /b"},
    {"an empty line before it", "\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n"},
    {"by length", post("Content-Length: 3\r\n", "abcd"), 0, "abc", "d"},
    {"length 0", post("content-length:0\r\n", "x"), 0, "", "x"},
    {"as large as is allowed", post("Content-Length: 100\r\n", std::string(100, 'b')), 0,
     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
     "bb"
     "bbbbb"},
    {"by chunks", chunks("3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: r\r\n\r\nz"), 0,
     "abc0123456789", "z"},
    {"no chunk", chunks("0\r\n\r\n"), 0, ""},
    {"HTTP/1.0 has no Host", "GET / HTTP/1.0\r\n\r\n"},
    {"in a proxy's form, for us", "GET http://x/a?b HTTP/1.1\r\n" + kHost + "\r\n"},
    {"all of the server", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n"},
    {"bytes over 127 in a value", "GET / HTTP/1.1\r\n" + kHost + "A: \xc3\xbc\r\n\r\n"},
};
const RequestCase kPartial[] = {
    {"nothing", "\r\n", -1},
    {"half a head", "GET / HTTP/1.1\r\nHost: x\r\n", -1},
    {"half a body", post("Content-Length: 3\r\n", "ab"), -1},
    {"half a chunk", chunks("3\r\nab"), -1},
    {"no last chunk", chunks("1\r\na\r\n"), -1},
    {"trailers without end", chunks("0\r\nA: b\r\n"), -1},
};
const RequestCase kSmuggling[] = {
    {"length and chunks", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
     400},
    {"chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
     400},
    {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400},
    {"two lengths alike", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
    {"a list of lengths", post("Content-Length: 3, 3\r\n", "abc"), 400},
    {"a signed length", post("Content-Length: +3\r\n", "abc"), 400},
    {"a negative length", post("Content-Length: -3\r\n", "abc"), 400},
    {"no length", post("Content-Length:\r\n", ""), 400},
    {"a length beyond 64 bits", post("Content-Length: 18446744073709551616\r\n", ""), 400},
    {"a length in hex", post("Content-Length: 0x3\r\n", "abc"), 400},
    {"an unknown coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
    {"two codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
    {"chunks twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), 501},
    {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"a blank before the colon", post("Content-Length : 3\r\n", "abc"), 400},
    {"a folded header", post("A: b\r\n c\r\n", ""), 400},
    {"a first header that is folded", "GET / HTTP/1.1\r\n A: b\r\n" + kHost + "\r\n", 400},
    {"lines without a carriage return", "GET / HTTP/1.1\nHost: x\n\n", 400},
    {"one such line", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
    {"a carriage return alone", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400},
    {"NUL in a value", post(std::string("A: b\0c\r\n", 8), ""), 400},
    {"NUL in a name", post(std::string("A\0: b\r\n", 7), ""), 400},
    {"a header without a name", post(": b\r\n", ""), 400},
    {"a line that is no header", post("abc\r\n", ""), 400},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", 400},
    {"in a proxy's form, for another", "GET http://y/ HTTP/1.1\r\n" + kHost + "\r\n", 400},
    {"a tunnel", "CONNECT x:1 HTTP/1.1\r\n" + kHost + "\r\n", 400},
    {"a blank in the target", "GET /a b HTTP/1.1\r\n" + kHost + "\r\n", 400},
    {"two blanks", "GET  / HTTP/1.1\r\n" + kHost + "\r\n", 400},
    {"no target", "GET HTTP/1.1\r\n" + kHost + "\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"another version", "GET / HTTP/1.2\r\n" + kHost + "\r\n", 505},
    {"another protocol", "GET / ICY/1.1\r\n" + kHost + "\r\n", 400},
    {"what cannot be expected", post("Expect: cake\r\n", ""), 417},
    {"a chunk's size with a blank", chunks("3 \r\nabc\r\n0\r\n\r\n"), 400},
    {"a chunk's size with 0x", chunks("0x3\r\nabc\r\n0\r\n\r\n"), 400},
    {"a signed chunk's size", chunks("-1\r\n"), 400},
    {"a chunk's size beyond 64 bits", chunks("fffffffffffffffff\r\n"), 400},
    {"a chunk that is longer than it said", chunks("3\r\nabcd\r\n"), 400},
    {"a chunk's line without a carriage return", chunks("3\nabc\r\n"), 400},
    {"a chunk's data without a carriage return", chunks("3\r\nabc\n"), 400},
    {"no chunk's size", chunks("\r\n"), 400},
};
const RequestCase kLarge[] = {
    {"a head that is too large", "GET / HTTP/1.1\r\nA: " + std::string(1000, 'a'), 431},
    {"a body that is too large", post("Content-Length: 101\r\n", ""), 413},
    {"the largest length", post("Content-Length: 18446744073709551615\r\n", ""), 413},
    {"chunks that are too large", chunks("40\r\n" + std::string(64, 'a') + "\r\n25\r\n"), 413},
    {"one chunk that is too large", chunks("7fffffffffffffff\r\n"), 413},
    {"an extension without end", chunks("1;" + std::string(9000, 'a')), 400},
};
INSTANTIATE_TEST_SUITE_P(Whole, Http1Request, testing::ValuesIn(kWhole));
INSTANTIATE_TEST_SUITE_P(Partial, Http1Request, testing::ValuesIn(kPartial));
INSTANTIATE_TEST_SUITE_P(Smuggling, Http1Request, testing::ValuesIn(kSmuggling));
INSTANTIATE_TEST_SUITE_P(Large, Http1Request, testing::ValuesIn(kLarge));

TEST(Http1Head, TellsWhatBecomesOfTheConnection) {
  auto head = [](const std::string& text) { return parse(text + "\r\n", 1000).head; };
  EXPECT_TRUE(head("GET / HTTP/1.1\r\nHost: x\r\n").keep_alive);
  EXPECT_FALSE(head("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n").keep_alive);
  EXPECT_FALSE(head("GET / HTTP/1.0\r\n").keep_alive);
  EXPECT_TRUE(head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n").keep_alive);
  EXPECT_TRUE(head("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n").expects_continue);
  EXPECT_TRUE(head("GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n").takes_trailers);
  EXPECT_EQ(head("GET http://x/a?b HTTP/1.1\r\nHost: x\r\n").request.target, "/a?b");
  EXPECT_EQ(head("GET / HTTP/1.1\r\nHost: x\r\nA:  b \t\r\n").request.header("a"), "b");
}

}  // namespace
}  // namespace sys

#include "sys/websocket.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "sys/http_fixture.h"

namespace sys {
namespace {

constexpr std::string_view kProtocols[] = {"v4.channel.k8s.io", "v5.channel.k8s.io"};

std::string ask(const std::string& more = "Sec-WebSocket-Protocol: x, v5.channel.k8s.io\r\n") {
  return "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         more + "\r\n";
}

// A client's frame: masked.
std::string frame(int first_byte, const std::string& bytes, bool is_masked = true) {
  std::string out(1, static_cast<char>(first_byte));
  const int mask_bit = is_masked ? 0x80 : 0;
  if (bytes.size() <= 125) {
    out += static_cast<char>(mask_bit | static_cast<int>(bytes.size()));
  } else {
    const bool is_short = bytes.size() <= 65535;
    out += static_cast<char>(mask_bit | (is_short ? 126 : 127));
    for (int shift = is_short ? 8 : 56; shift >= 0; shift -= 8)
      out += static_cast<char>(bytes.size() >> shift);
  }
  const std::string mask = "\x11\x22\x33\x44";
  if (is_masked) out += mask;
  for (size_t i = 0; i < bytes.size(); ++i)
    out += is_masked ? static_cast<char>(bytes[i] ^ mask[i % 4]) : bytes[i];
  return out;
}

class WebSockets : public HttpFixture {
 protected:
  // Sends each message back, until the client closes.
  void serve_echo() {
    serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
      auto socket = WebSocket::accept(out, request, kProtocols);
      if (!socket) return out.send({400, {}, socket.error().text});
      while (true) {
        auto message = (*socket)->read();
        if (!message || !*message) return;
        if (!(*socket)->write((*message)->bytes, (*message)->is_text)) return;
      }
    });
  }
  // What comes back behind the answer's head, until the server closes.
  std::string talk(const std::string& frames) {
    const int fd = connected(ask());
    EXPECT_NE(read_until(fd, "\r\n\r\n").find(" 101 "), std::string::npos);
    std::thread writer([&] {
      for (size_t at = 0; at < frames.size();) {
        const ssize_t sent = ::send(fd, frames.data() + at, frames.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += static_cast<size_t>(sent);
      }
    });
    std::string out = read_all(fd);
    writer.join();
    close(fd);
    return out;
  }
};

TEST_F(WebSockets, TheHandshakeIsThatOfTheStandard) {
  serve_echo();
  const int fd = connected(ask());
  const std::string head = read_until(fd, "\r\n\r\n");
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  EXPECT_NE(head.find("Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"), std::string::npos);
  close(fd);
  for (const std::string& bad :
       {ask(""), ask("Sec-WebSocket-Protocol: x\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "POST" + ask().substr(3)})
    EXPECT_NE(raw(bad).find(" 400 "), std::string::npos) << bad;
}

struct FrameCase {
  const char* title;
  std::string sent, back;
};
const std::string kBye = frame(0x88, "\x03\xe8");
const std::string kByeBack = "\x88\x02\x03\xe8";

TEST_F(WebSockets, MessagesAreReadAndAnswered) {
  serve_echo();
  const std::string large(70'000, 'l'), middle(126, 'm'), full(1 << 20, 'f');
  const FrameCase cases[] = {
      {"binary", frame(0x82, "abc") + kBye,
       "\x82\x03"
       "abc" +
           kByeBack},
      {"text", frame(0x81, "\xc3\xbc") + kBye, "\x81\x02\xc3\xbc" + kByeBack},
      {"empty", frame(0x82, "") + kBye, std::string("\x82\0", 2) + kByeBack},
      {"126 bytes", frame(0x82, middle) + kBye,
       std::string("\x82\x7e\0\x7e", 4) + middle + kByeBack},
      {"more than 64 KiB", frame(0x82, large) + kBye,
       std::string("\x82\x7f\0\0\0\0\0\x01\x11\x70", 10) + large + kByeBack},
      {"the largest", frame(0x82, full) + kBye,
       std::string("\x82\x7f\0\0\0\0\0\x10\0\0", 10) + full + kByeBack},
      {"in parts, with a ping between",
       frame(0x01, "a") + frame(0x89, "p") + frame(0x00, "b") + frame(0x80, "c") + kBye,
       "\x8a\x01p\x81\x03"
       "abc" +
           kByeBack},
      {"an answer to no ping", frame(0x8a, "x") + kBye, kByeBack},
      {"a close without a code", frame(0x88, ""), kByeBack},
      {"a close with a code of its own", frame(0x88, "\x0f\xa0why"), "\x88\x02\x0f\xa0"},
  };
  for (const FrameCase& row : cases) EXPECT_TRUE(talk(row.sent) == row.back) << row.title;
}

TEST_F(WebSockets, ThoseWhoBreakTheRulesAreToldAndClosed) {
  serve_echo();
  struct Row {
    const char* title;
    std::string sent;
    int code;
  };
  const Row rows[] = {
      {"not masked", frame(0x82, "a", false), 1002},
      {"a reserved bit", frame(0xc2, "a"), 1002},
      {"an unknown kind", frame(0x83, "a"), 1002},
      {"an unknown control kind", frame(0x8b, "a"), 1002},
      {"a control frame in parts", frame(0x09, "a"), 1002},
      {"a control frame too large", frame(0x89, std::string(126, 'a')), 1002},
      {"a part without a beginning", frame(0x80, "a"), 1002},
      {"a beginning within parts", frame(0x02, "a") + frame(0x82, "b"), 1002},
      {"a message too large", frame(0x82, std::string((1 << 20) + 1, 'a')), 1009},
      {"parts too large", frame(0x02, std::string(1 << 20, 'a')) + frame(0x80, "b"), 1009},
      {"a size beyond all",
       std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                   "1234",
                   14),
       1009},
      {"a close of one byte", frame(0x88, "a"), 1002},
      {"a close with a code that is none", frame(0x88, "\x03\xed"), 1002},
  };
  for (const Row& row : rows) {
    const std::string back = talk(row.sent);
    ASSERT_GE(back.size(), 4u) << row.title;
    EXPECT_EQ(back[0], '\x88') << row.title;
    EXPECT_EQ(static_cast<uint8_t>(back[2]) << 8 | static_cast<uint8_t>(back[3]), row.code)
        << row.title;
  }
}

TEST_F(WebSockets, OneThreadReadsWhileAnotherWrites) {
  std::promise<void> ended;
  serve([&](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    auto socket = WebSocket::accept(out, request, kProtocols);
    ASSERT_TRUE(socket) << socket.error().text;
    std::thread writer([&] {
      for (int i = 0; i < 1000; ++i) (void)(*socket)->write(std::string(1000, 'w'));
      (*socket)->cancel();
    });
    while (true) {
      auto message = (*socket)->read();
      if (!message || !*message) break;
    }
    writer.join();
    ended.set_value();
  });
  const int fd = connected(ask());
  (void)read_until(fd, "\r\n\r\n");
  EXPECT_EQ(read_all(fd).size(), 1000u * 1004);
  ended.get_future().wait();
  close(fd);
}

}  // namespace
}  // namespace sys

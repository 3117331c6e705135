// The streams of exec as clients speak them, byte by byte, over a real connection.
#include "server/remote_streams.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "server/port_streams.h"
#include "sys/spdy_frames.h"
#include "sys/unix_socket.h"
#include "text/json.h"

namespace server {
namespace {

using Name = RemoteStreams::Name;

text::Value failure() {
  text::Value out;
  out["status"] = "Failure";
  out["message"] = "it failed";
  return out;
}

class Streams : public testing::Test {
 protected:
  Streams() {
    char name[] = "/tmp/argon-streams-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Streams() override {
    if (fd_ >= 0) close(fd_);
    if (server_) server_->stop();
    std::filesystem::remove_all(folder_);
  }

  void serve(std::function<void(Call&)> answer) {
    server_ = std::make_unique<sys::HttpServer>(
        [answer](const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out) {
          Call call(request, peer, out);
          answer(call);
        },
        sys::HttpServerOptions());
    ASSERT_TRUE(server_->listen_unix(folder_ + "/s"));
    server_->start();
  }
  // Says what it reads: "name:bytes" in stdout, "name." at an end; after "stop" it fails.
  void serve_echo(const StreamsWanted& wanted) {
    serve([wanted](Call& call) {
      const auto streams = accept_streams(call, wanted);
      if (streams == nullptr) return;
      while (true) {
        const auto piece = streams->read();
        if (!piece || !*piece) return;
        const std::string name = std::to_string(static_cast<int>((*piece)->name));
        (void)streams->write(Name::kOut, name + ((*piece)->is_end ? "." : ":" + (*piece)->bytes));
        if ((*piece)->bytes == "stop") return streams->finish(failure());
      }
    });
  }

  void send(std::string_view bytes) const {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string receive(size_t count) const {
    std::string out(count, '\0');
    size_t got = 0;
    while (got < count) {
      const ssize_t more = recv(fd_, out.data() + got, count - got, 0);
      if (more <= 0) break;
      got += static_cast<size_t>(more);
    }
    out.resize(got);
    return out;
  }
  // The head of the answer to a request with these headers.
  std::string ask(const std::string& headers, const std::string& target = "/") {
    auto fd = sys::connect_unix(folder_ + "/s");
    EXPECT_TRUE(fd);
    fd_ = *fd;
    send("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string byte = receive(1);
      if (byte.empty()) break;
      head += byte;
    }
    return head;
  }
  std::string ask_web_socket(const std::string& protocol, const std::string& target = "/") {
    return ask(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
            (protocol.empty() ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n"),
        target);
  }
  // Masked by zeros, as a client must.
  void send_message(std::string_view bytes, bool is_text = false) const {
    std::string frame = {static_cast<char>(is_text ? 0x81 : 0x82),
                         static_cast<char>(0x80 | bytes.size())};
    send(frame.append(4, '\0').append(bytes));
  }
  std::string receive_message() const {
    const std::string head = receive(2);
    if (head.size() < 2) return "(closed)";
    if (head[0] == static_cast<char>(0x88)) return "(close)";
    size_t size = static_cast<uint8_t>(head[1]);
    if (size == 126) {
      const std::string more = receive(2);
      size =
          static_cast<size_t>(static_cast<uint8_t>(more[0])) << 8 | static_cast<uint8_t>(more[1]);
    }
    return receive(size);
  }

  std::string folder_;
  std::unique_ptr<sys::HttpServer> server_;
  int fd_ = -1;
};

TEST_F(Streams, ChannelsOfVersionFiveEndStdin) {
  serve_echo({true, true, true, false});
  EXPECT_NE(ask_web_socket("v5.channel.k8s.io").find("Sec-WebSocket-Protocol: v5.channel.k8s.io"),
            std::string::npos);
  EXPECT_EQ(receive_message(), "\x01") << "it is being served";
  send_message(std::string("\0hello", 6));
  EXPECT_EQ(receive_message(),
            "\x01"
            "0:hello");
  send_message("\x04{\"Width\":80}");
  EXPECT_EQ(receive_message(),
            "\x01"
            "4:{\"Width\":80}");
  send_message(std::string("\xff\0", 2));
  EXPECT_EQ(receive_message(),
            "\x01"
            "0.");
  send_message(std::string("\0stop", 5));
  EXPECT_EQ(receive_message(),
            "\x01"
            "0:stop");
  EXPECT_EQ(receive_message(), "\x03" + text::to_json(failure()));
  EXPECT_EQ(receive_message(), "(close)");
}

TEST_F(Streams, OlderChannelsTellTheTextOnly) {
  serve_echo({true, true, false, false});
  ask_web_socket("channel.k8s.io");
  receive_message();
  send_message(std::string("\xff\0", 2));  // no signal then: a channel that nobody knows
  EXPECT_EQ(receive_message(),
            "\x01"
            "255:" +
                std::string(1, '\0'));
  send_message(std::string("\0stop", 5));
  receive_message();
  EXPECT_EQ(receive_message(), "\x03it failed");
}

TEST_F(Streams, Base64IsText) {
  serve_echo({true, true, false, false});
  ask_web_socket("v4.base64.channel.k8s.io");
  EXPECT_EQ(receive_message(), "1");
  send_message("0aGVsbG8=", true);
  EXPECT_EQ(receive_message(), "1MDpoZWxsbw==");
  send_message("0***", true);
  EXPECT_EQ(receive_message(), "(close)");
}

TEST_F(Streams, WhatIsNoUpgradeIsRefused) {
  serve_echo({true, true, false, false});
  EXPECT_TRUE(ask("").starts_with("HTTP/1.1 400"));
  close(fd_);
  EXPECT_TRUE(ask_web_socket("v9.channel.k8s.io").starts_with("HTTP/1.1 400"));
  close(fd_);
  const std::string refused =
      ask("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: "
          "v9.channel.k8s.io\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403"));
  EXPECT_NE(refused.find("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io"),
            std::string::npos);
}

TEST_F(Streams, SpdysStreamsAreKnownByTheirTypes) {
  serve_echo({true, true, false, false});
  const std::string head =
      ask("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
          "X-Stream-Protocol-Version: v5.channel.k8s.io\r\n"
          "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n");
  EXPECT_NE(head.find("Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n"),
            std::string::npos)
      << head;
  sys::SpdyWriter writer;
  for (const auto& [id, type] : {std::pair(1, "error"), {3, "stdin"}, {5, "stdout"}})
    send(writer.syn_stream(static_cast<uint32_t>(id), {{"streamtype", type}}, false));
  send(sys::SpdyWriter::data(3, "hello", false));
  sys::SpdyReader reader;
  std::string out, error;
  bool has_stopped = false, is_over = false;
  while (!is_over) {
    const std::string byte = receive(1);
    ASSERT_EQ(byte.size(), 1u);
    std::string_view bytes = byte;
    const auto frame = reader.next(bytes);
    ASSERT_TRUE(frame);
    if (!*frame || (*frame)->kind != sys::SpdyFrame::Kind::kData) continue;
    ((*frame)->stream == 5 ? out : error) += (*frame)->bytes;
    is_over = (*frame)->stream == 1 && (*frame)->is_end;
    if (!std::exchange(has_stopped, out == "0:hello" || has_stopped) && has_stopped)
      send(sys::SpdyWriter::data(3, "stop", false));
  }
  EXPECT_EQ(out, "0:hello0:stop");
  EXPECT_EQ(error, text::to_json(failure()));
}

TEST_F(Streams, PortsAreChannelsInPairs) {
  serve([](Call& call) {
    const auto ports = accept_ports(call);
    if (ports == nullptr) return;
    for (int opened = 0; opened < 2; ++opened) {
      const auto event = ports->read();
      ASSERT_TRUE(event && *event);
      (void)ports->write((*event)->id, "port " + std::to_string((*event)->port));
    }
    const auto data = ports->read();
    ASSERT_TRUE(data && *data);
    EXPECT_EQ((*data)->id, 1u);
    (void)ports->write(1, (*data)->bytes);
    ports->end(1, "");
    ports->end(0, "refused");
  });
  ask_web_socket("v4.channel.k8s.io", "/?ports=8080,443");
  EXPECT_EQ(receive_message(), std::string("\0\x90\x1f", 3));
  EXPECT_EQ(receive_message(), "\x01\x90\x1f");
  EXPECT_EQ(receive_message(), "\x02\xbb\x01");
  EXPECT_EQ(receive_message(), "\x03\xbb\x01");
  EXPECT_EQ(receive_message(), std::string("\0port 8080", 10));
  EXPECT_EQ(receive_message(), "\x02port 443");
  send_message("\x01no meaning");
  send_message("\x02hello");
  EXPECT_EQ(receive_message(), "\x02hello");
  EXPECT_EQ(receive_message(), "\x01refused");
  EXPECT_EQ(receive_message(), "(close)");
}

TEST_F(Streams, PortsThatAreNoneAreRefused) {
  serve([](Call& call) { EXPECT_EQ(accept_ports(call), nullptr); });
  for (const char* target : {"/", "/?ports=", "/?ports=0", "/?ports=70000", "/?ports=80,x"}) {
    EXPECT_TRUE(ask_web_socket("v4.channel.k8s.io", target).starts_with("HTTP/1.1 400")) << target;
    close(fd_);
  }
  fd_ = -1;
}

// One connection of a tunnel: SPDY's frames in a WebSocket's messages.
TEST_F(Streams, ATunnelCarriesConnectionsByTheirRequests) {
  serve([](Call& call) {
    const auto ports = accept_ports(call);
    ASSERT_NE(ports, nullptr);
    while (true) {
      const auto event = ports->read();
      if (!event || !*event) return;
      if ((*event)->kind == PortStreams::Event::Kind::kOpened)
        (void)ports->write((*event)->id, "port " + std::to_string((*event)->port));
      if ((*event)->kind == PortStreams::Event::Kind::kEnded) ports->end((*event)->id, "why");
    }
  });
  ask_web_socket("SPDY/3.1+portforward.k8s.io");
  sys::SpdyWriter writer;
  send_message(
      writer.syn_stream(1, {{"streamtype", "error"}, {"port", "8080"}, {"requestid", "7"}}, true));
  send_message(
      writer.syn_stream(3, {{"streamtype", "data"}, {"port", "8080"}, {"requestid", "7"}}, false));
  sys::SpdyReader reader;
  std::string data, error;
  int ends = 0;
  while (ends < 2) {
    const std::string message = receive_message();
    ASSERT_NE(message, "(close)");
    for (std::string_view bytes = message; !bytes.empty();) {
      const auto frame = reader.next(bytes);
      ASSERT_TRUE(frame);
      if (!*frame || (*frame)->kind != sys::SpdyFrame::Kind::kData) continue;
      ((*frame)->stream == 3 ? data : error) += (*frame)->bytes;
      ends += (*frame)->is_end;
      if (data == "port 8080" && error.empty() && ends == 0)
        send_message(sys::SpdyWriter::data(3, "", true));
    }
  }
  EXPECT_EQ(data, "port 8080");
  EXPECT_EQ(error, "why");
}

}  // namespace
}  // namespace server

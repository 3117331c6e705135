#include "sys/http_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "sys/byte_stream.h"
#include "sys/http_fixture.h"

namespace sys {
namespace {

std::shared_ptr<const std::string> bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

class HttpStreams : public HttpFixture {
 protected:
  // Each request to /: a detached answer, kept here.
  void serve_streams(HttpServerOptions options = {}) {
    serve(
        [this](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
          if (request.target != "/") return out.send({200, {}, "plain"});
          auto stream = out.detach(200, {{"Content-Type", "text/plain"}});
          const std::lock_guard lock(mutex_);
          streams_.push_back(std::move(stream));
          added_.notify_all();
        },
        options);
  }
  std::shared_ptr<HttpStream> stream(size_t index) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [&] { return streams_.size() > index; });
    return streams_[index];
  }
  ~HttpStreams() override {
    if (server_) server_->stop();
  }

  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::shared_ptr<HttpStream>> streams_;
};

TEST_F(HttpStreams, NeedNoThreadWhileTheyGoOn) {
  HttpServerOptions options;
  options.threads_max = 2;
  serve_streams(options);
  constexpr int kClients = 300;
  std::vector<int> fds;
  for (int i = 0; i < kClients; ++i) {
    fds.push_back(connected(kGet));
    EXPECT_NE(read_until(fds.back(), "\r\n\r\n").find("chunked"), std::string::npos);
  }
  EXPECT_EQ(client()->send({"GET", "/other", {}, ""})->body, "plain");
  const auto hello = bytes("hello");
  for (int i = 0; i < kClients; ++i) EXPECT_TRUE(stream(static_cast<size_t>(i))->send(hello));
  for (const int fd : fds) EXPECT_EQ(read_until(fd, "hello\r\n"), "5\r\nhello\r\n");
  // The connection is good for another request behind the end.
  stream(0)->end();
  EXPECT_EQ(read_until(fds[0], "0\r\n\r\n"), "0\r\n\r\n");
  const std::string_view again = "GET /other HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_GT(::send(fds[0], again.data(), again.size(), 0), 0);
  EXPECT_TRUE(read_until(fds[0], "plain").ends_with("plain"));
  for (const int fd : fds) close(fd);
}

TEST_F(HttpStreams, AReaderThatIsTooSlowIsClosed) {
  HttpServerOptions options;
  options.unsent_bytes_max = 1 << 20;
  serve_streams(options);
  const int fd = connected(kGet);
  (void)read_until(fd, "\r\n\r\n");
  const auto piece = bytes(std::string(100'000, 'x'));
  size_t most = 0;
  while (stream(0)->send(piece)) most = std::max(most, stream(0)->unsent_bytes());
  EXPECT_LE(most, (1u << 20) + 100u);
  EXPECT_GE(most, (1u << 20) - 100'100u);
  EXPECT_TRUE(stream(0)->is_gone());
  EXPECT_FALSE(read_all(fd).ends_with("0\r\n\r\n"));  // cut off, and seen to be so
  close(fd);
}

TEST_F(HttpStreams, TellWhenAllHasBeenTaken) {
  serve_streams();
  const int fd = connected(kGet);
  (void)read_until(fd, "\r\n\r\n");
  std::promise<void> drained;
  std::atomic<int> calls = 0;
  stream(0)->on_drained([&] {
    if (++calls == 1) drained.set_value();
  });
  const auto piece = bytes(std::string(1'000'000, 'x'));
  while (stream(0)->unsent_bytes() == 0) EXPECT_TRUE(stream(0)->send(piece));
  EXPECT_TRUE(stream(0)->send(bytes("last")));
  EXPECT_TRUE(read_until(fd, "last\r\n").ends_with("last\r\n"));
  drained.get_future().wait();
  EXPECT_EQ(stream(0)->unsent_bytes(), 0u);
  close(fd);
  while (calls < 2) std::this_thread::yield();  // and that the client has gone
  EXPECT_TRUE(stream(0)->is_gone());
  EXPECT_FALSE(stream(0)->send(piece));
  stream(0)->on_drained(nullptr);
}

TEST_F(HttpStreams, AnEndThatComesBeforeTheBytesAreTakenLosesNone) {
  serve_streams();
  const int fd = connected(kGet);
  (void)read_until(fd, "\r\n\r\n");
  size_t sent = 0;
  while (stream(0)->unsent_bytes() == 0) {
    EXPECT_TRUE(stream(0)->send(bytes(std::string(65536, 'x'))));
    sent += 65536;
  }
  stream(0)->end();
  EXPECT_FALSE(stream(0)->send(bytes("late")));
  {
    const std::lock_guard lock(mutex_);
    streams_.clear();  // nobody holds it any more
  }
  const std::string all = read_until(fd, "0\r\n\r\n");
  EXPECT_EQ(static_cast<size_t>(std::count(all.begin(), all.end(), 'x')), sent);
  close(fd);
}

TEST_F(HttpStreams, WithoutAnEndTheAnswerIsBrokenOff) {
  serve_streams();
  const int fd = connected(kGet);
  (void)read_until(fd, "\r\n\r\n");
  EXPECT_TRUE(stream(0)->send(bytes("a")));
  {
    const std::lock_guard lock(mutex_);
    streams_.clear();
  }
  EXPECT_EQ(read_all(fd), "1\r\na\r\n");
  close(fd);
}

TEST_F(HttpStreams, EndWithTheServer) {
  serve_streams();
  const int fd = connected(kGet);
  (void)read_until(fd, "\r\n\r\n");
  std::atomic<bool> told = false;
  stream(0)->on_drained([&] { told = true; });
  server_->stop();
  EXPECT_TRUE(told);
  EXPECT_TRUE(stream(0)->is_gone());
  EXPECT_EQ(read_all(fd), "");
  stream(0)->on_drained(nullptr);
  close(fd);
}

TEST_F(HttpStreams, TrailersComeToThoseWhoTakeThem) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    auto stream = out.detach(200, {});
    stream->send(bytes("a"));
    stream->end({{"Grpc-Status", "0"}});
  });
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\n\r\n")
                  .ends_with("1\r\na\r\n0\r\nGrpc-Status: 0\r\n\r\n"));
  EXPECT_TRUE(
      raw("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("a\r\n0\r\n\r\n"));
  EXPECT_TRUE(raw("GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\na"));
}

TEST_F(HttpStreams, AConnectionCanBeUpgraded) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    auto stream = out.upgrade({{"Upgrade", "shout"}});
    ASSERT_TRUE(stream) << stream.error().text;
    char buffer[100];
    for (base::Result<size_t> got; (got = (*stream)->read(buffer, sizeof buffer)) && *got > 0;)
      ASSERT_TRUE((*stream)->write(std::string(buffer, *got) + "!"));
  });
  const int fd = connected("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\r\nearly");
  const std::string head = read_until(fd, "\r\n\r\n");
  EXPECT_NE(head.find("101 Switching Protocols\r\nUpgrade: shout\r\nConnection: Upgrade\r\n"),
            std::string::npos);
  EXPECT_EQ(read_until(fd, "!"), "early!");
  EXPECT_EQ(::send(fd, "more", 4, 0), 4);
  EXPECT_EQ(read_until(fd, "!"), "more!");
  shutdown(fd, SHUT_WR);
  EXPECT_EQ(read_all(fd), "");
  close(fd);
}

class HttpLimits : public HttpFixture {
 protected:
  static void count(const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    out.send({200, {}, std::to_string(request.body.size())});
  }
};

TEST_F(HttpLimits, RequestsThatComeAtOnceAreAnsweredInTurn) {
  serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    out.send({200, {}, request.target});
  });
  std::string all;
  for (int i = 0; i < 2000; ++i)
    all += "GET /" + std::to_string(i) + "! HTTP/1.1\r\nHost: x\r\n\r\n";
  const int fd = connected(all);
  for (int i = 0; i < 2000; ++i)
    EXPECT_TRUE(read_until(fd, "!").ends_with("\r\n\r\n/" + std::to_string(i) + "!"));
  close(fd);
}

TEST_F(HttpLimits, ABodyMayBeAsLargeAsItsPathAllows) {
  HttpServerOptions options;
  options.body_bytes_max_of = [](const HttpRequest& head, const HttpPeer&) {
    return head.target == "/hook" ? uint64_t{10} : UINT64_MAX;
  };
  serve(count, options);
  auto one = tcp_client();
  EXPECT_EQ(one->send({"POST", "/", {}, std::string(1'000'000, 'x')})->body, "1000000");
  auto hook = make_http_client({"http://127.0.0.1:" + std::to_string(port_), "", false});
  EXPECT_EQ(hook->send({"POST", "/hook", {}, std::string(10, 'x')})->body, "10");
  // The answer arrives though the client has more to send than the sockets hold.
  EXPECT_EQ(hook->send({"POST", "/hook", {}, std::string(20'000'000, 'x')})->status, 413);
}

TEST_F(HttpLimits, AllBodiesTogetherHaveABudget) {
  HttpServerOptions options;
  options.bodies_bytes_max = 1'000'000;
  serve(count, options);
  const std::string half(500'000, 'x');
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500001\r\n\r\n";
  // What two hold that are not whole yet leaves no room.
  const int one = connected(head + half), two = connected(head + half);
  std::string answer;
  for (int tries = 0; tries < 1000; ++tries) {  // until the server has read what the two sent
    answer = raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
    if (answer.find(" 503 ") != std::string::npos) break;
  }
  EXPECT_NE(answer.find(" 503 "), std::string::npos);
  EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos);
  close(two);
  EXPECT_EQ(::send(one, "x", 1, 0), 1);
  EXPECT_TRUE(read_until(one, "500001").ends_with("500001"));
  close(one);
}

TEST_F(HttpLimits, ABodyThatTakesTooLongIsRefused) {
  HttpServerOptions options;
  options.body_seconds_max = 1;
  serve(count, options);
  const int fd = connected("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
  EXPECT_NE(read_all(fd).find(" 408 "), std::string::npos);
  close(fd);
}

TEST_F(HttpLimits, ConnectionsOfOneAddressAreCounted) {
  HttpServerOptions options;
  options.connections_per_peer_max = 2;
  serve(count, options);
  auto one = tcp_client(), two = tcp_client(), three = tcp_client();
  EXPECT_EQ(one->send({"GET", "/", {}, ""})->status, 200);
  EXPECT_EQ(two->send({"GET", "/", {}, ""})->status, 200);
  auto refused = three->send({"GET", "/", {}, ""});
  EXPECT_TRUE(!refused || refused->status == 429);
  EXPECT_EQ(client()->send({"GET", "/", {}, ""})->status, 200);  // the socket is free
  one.reset();
  int status = 0;
  while (status != 200) {  // until the server has seen it go
    auto again = tcp_client()->send({"GET", "/", {}, ""});
    status = again ? again->status : 0;
  }
}

TEST_F(HttpLimits, RequestsASecondOfOneAddressAreCounted) {
  HttpServerOptions options;
  options.requests_per_second_max = 5;
  serve(count, options);
  int good = 0;
  HttpResponse last;
  for (int i = 0; i < 100 && last.status != 429; ++i) {
    auto answer = tcp_client()->send({"GET", "/", {}, ""});
    ASSERT_TRUE(answer) << answer.error().text;
    last = *answer;
    if (last.status == 200) ++good;
  }
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(last.header("Retry-After"), "1");
  EXPECT_GE(good, 5);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client()->send({"GET", "/", {}, ""})->status, 200);
}

}  // namespace
}  // namespace sys

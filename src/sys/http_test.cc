#include "sys/http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "sys/http_server.h"
#include "sys/unix_socket.h"

namespace sys {
namespace {

// A real server on a socket in a folder of its own; answers by path.
class Http : public testing::Test {
 protected:
  Http() {
    char name[] = "/tmp/argon-http-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/s";
  }
  ~Http() override {
    if (server_) server_->stop();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void serve(HttpHandler handler, HttpServerOptions options = {}) {
    server_ = std::make_unique<HttpServer>(std::move(handler), options);
    ASSERT_TRUE(server_->listen_unix(path_));
    auto port = server_->listen_tcp("127.0.0.1", 0);
    ASSERT_TRUE(port);
    port_ = *port;
    server_->start();
  }
  std::unique_ptr<HttpClient> client() { return make_http_client({"unix:" + path_, "", false}); }
  std::unique_ptr<HttpClient> tcp_client() {
    return make_http_client(
        {"http://127.0.0.1:" + std::to_string(port_) + "/base", "secret", false});
  }
  // Writes raw bytes and gives all that comes back until the server closes.
  std::string raw(std::string_view bytes) {
    auto fd = connect_unix(path_);
    EXPECT_TRUE(fd);
    EXPECT_EQ(send(*fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    shutdown(*fd, SHUT_WR);
    std::string out;
    char buffer[4096];
    for (ssize_t got; (got = recv(*fd, buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<size_t>(got));
    close(*fd);
    return out;
  }

  std::string folder_, path_;
  uint16_t port_ = 0;
  std::unique_ptr<HttpServer> server_;
};

void echo(const HttpRequest& request, const HttpPeer& peer, HttpWriter& out) {
  out.send(
      {201,
       {{"X-Peer", peer.is_unix ? "unix" : "tcp"}, {"X-Auth", request.header("authorization")}},
       request.method + " " + request.target + " " + request.body});
}

TEST_F(Http, ARequestComesBackOverBothKindsOfSockets) {
  serve(echo);
  auto unix_client = client();
  for (int round = 0; round < 3; ++round) {
    auto answer = unix_client->send({"POST", "/a?b=c", {{"X", "y"}}, "body"});
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "POST /a?b=c body");
    EXPECT_EQ(answer->header("x-peer"), "unix");
  }
  auto answer = tcp_client()->send({"GET", "/a", {}, ""});
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->body, "GET /base/a ");
  EXPECT_EQ(answer->header("X-Auth"), "Bearer secret");
  EXPECT_EQ(answer->header("X-Peer"), "tcp");
}

TEST_F(Http, LargeBodiesPassUpToTheLimitAndNotBeyond) {
  HttpServerOptions options;
  options.body_bytes_max = 5'000'000;
  serve(
      [](const HttpRequest& r, const HttpPeer&, HttpWriter& out) {
        out.send({200, {}, r.body});
      },
      options);
  const std::string fits(5'000'000, 'x');
  auto answer = client()->send({"PUT", "/", {}, fits});
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->body, fits);
  answer = client()->send({"PUT", "/", {}, fits + "x"});
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 413);
}

TEST_F(Http, AStreamArrivesPieceByPiece) {
  std::atomic<int> seen = 0;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    out.begin(200, {{"Content-Type", "application/json"}});
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(out.write("piece" + std::to_string(i) + "\n"));
      while (seen <= i) std::this_thread::yield();  // the client has it before the next is written
    }
  });
  std::string all;
  auto one = client();
  for (int round = 0; round < 2; ++round) {  // the connection is kept after a stream that ended
    seen = 0;
    all.clear();
    auto answer = one->stream({"GET", "/", {}, ""}, [&](std::string_view bytes) {
      all += bytes;
      ++seen;
      return true;
    });
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(all, "piece0\npiece1\npiece2\n");
  }
}

TEST_F(Http, AHandlerLearnsThatItsClientWentAway) {
  std::atomic<bool> told = false, done = false;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    out.begin(200, {});
    out.on_gone([&] {
      told = true;
      told.notify_all();
    });
    out.write("first");
    told.wait(false);
    EXPECT_FALSE(out.write("more"));
    done = true;
    done.notify_all();
  });
  auto answer = client()->stream({"GET", "/", {}, ""}, [](std::string_view) { return false; });
  EXPECT_TRUE(answer);
  done.wait(false);
}

TEST_F(Http, CancelEndsAWaitingClient) {
  std::atomic<bool> begun = false;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    std::atomic<bool> gone = false;
    out.on_gone([&] {
      gone = true;
      gone.notify_all();
    });
    begun = true;
    begun.notify_all();
    gone.wait(false);
  });
  auto waiting = client();
  std::thread other([&] {
    begun.wait(false);
    waiting->cancel();
  });
  auto answer = waiting->send({"GET", "/", {}, ""});
  other.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::kUnavailable);
}

TEST_F(Http, StopEndsStreamsThatRun) {
  std::atomic<bool> begun = false;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    out.begin(200, {});
    std::atomic<bool> gone = false;
    out.on_gone([&] {
      gone = true;
      gone.notify_all();
    });
    begun = true;
    begun.notify_all();
    gone.wait(false);
  });
  std::thread reader([&] {
    (void)client()->stream({"GET", "/", {}, ""}, [](std::string_view) { return true; });
  });
  begun.wait(false);
  server_->stop();
  reader.join();
}

TEST_F(Http, BadRequestsAreRefusedAndTheServerGoesOn) {
  serve(echo);
  EXPECT_NE(raw("nonsense\r\n\r\n").find(" 400 "), std::string::npos);
  EXPECT_NE(raw("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n").find(" 431 "),
            std::string::npos);
  EXPECT_NE(raw("GET / HT").find(" 400 "), std::string::npos);
  EXPECT_NE(raw("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n").find(" 413 "),
            std::string::npos);
  EXPECT_NE(raw("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                .find("POST /x abc"),
            std::string::npos);
  EXPECT_EQ(client()->send({"GET", "/", {}, ""})->status, 201);
}

TEST_F(Http, ManyClientsAtOnce) {
  serve(echo);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 32; ++i)
    threads.emplace_back([&] {
      auto mine = client();
      for (int n = 0; n < 50; ++n)
        if (auto answer = mine->send({"GET", "/" + std::to_string(n), {}, ""});
            answer && answer->status == 201)
          ++good;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 32 * 50);
}

TEST_F(Http, NobodyListens) {
  auto answer = client()->send({"GET", "/", {}, ""});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::kUnavailable);
  EXPECT_FALSE(make_http_client({"ftp://x", "", false})->send({"GET", "/", {}, ""}));
}

TEST_F(Http, APathLongerThanAUnixAddressWorks) {
  path_ = folder_;
  for (int i = 0; i < 8; ++i) path_ += "/" + std::string(30, 'd');
  std::filesystem::create_directories(path_);
  path_ += "/s";
  serve(echo);
  EXPECT_TRUE(client()->send({"GET", "/", {}, ""}));
  HttpServer second(echo, {});
  auto refused = second.listen_unix(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kAlreadyExists);
}

TEST(PercentEncoding, GoesThereAndBack) {
  for (const char* text : {"", "a b", "100%", "ü/&=?#+", "\x01\x7f"})
    EXPECT_EQ(percent_decode(percent_encode(text)).value(), text);
  EXPECT_EQ(percent_encode("a b/c"), "a%20b%2Fc");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_decode("%41").value(), "A");
}

}  // namespace
}  // namespace sys

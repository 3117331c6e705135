#include "sys/http.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "sys/http_fixture.h"

namespace sys {
namespace {

using Http = HttpFixture;

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
  EXPECT_NE(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n")
                .find(" 431 "),
            std::string::npos);
  EXPECT_NE(raw("GET / HT").find(" 400 "), std::string::npos);
  EXPECT_NE(raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n").find(" 413 "),
            std::string::npos);
  EXPECT_NE(
      raw("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
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

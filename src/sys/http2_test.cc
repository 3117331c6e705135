#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "sys/byte_stream.h"
#include "sys/http2_client.h"
#include "sys/http_fixture.h"

namespace sys {
namespace {

// The same behaviour whichever version a client speaks.
class HttpVersions : public HttpFixture, public testing::WithParamInterface<int> {
 protected:
  struct Answer {
    int status = 0;
    std::string body;
    std::string header(const std::string& name) const { return all.header(name); }
    HttpResponse all;
  };
  Answer ask(const HttpRequest& request) {
    if (GetParam() == 2) {
      if (!http2_) http2_ = std::make_unique<Http2Client>(*connect_unix(path_));
      auto answer = http2_->send(request);
      return {answer.response.status, answer.response.body, answer.response};
    }
    if (!http1_) http1_ = client();
    auto answer = http1_->send(request);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? Answer{answer->status, answer->body, *answer} : Answer{};
  }
  std::unique_ptr<HttpClient> http1_;
  std::unique_ptr<Http2Client> http2_;
};
INSTANTIATE_TEST_SUITE_P(Versions, HttpVersions, testing::Values(1, 2));

TEST_P(HttpVersions, HandlersSeeTheSameRequest) {
  serve([](const HttpRequest& request, const HttpPeer& peer, HttpWriter& out) {
    out.send({201,
              {{"X-Version", std::to_string(peer.http_version)}, {"X-Got", request.header("x-a")}},
              request.method + " " + request.target + " " +
                  (request.header("Host").empty() ? "no host" : "host") + " " + request.body});
  });
  for (int round = 0; round < 3; ++round) {
    const Answer answer = ask({"PUT", "/a?b=%20", {{"x-a", "b"}}, "body"});
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "PUT /a?b=%20 host body");
    EXPECT_EQ(answer.header("x-got"), "b");
    EXPECT_EQ(answer.header("x-version"), GetParam() == 2 ? "20" : "11");
  }
  EXPECT_EQ(ask({"GET", "/", {}, ""}).body, "GET / host ");
}

TEST_P(HttpVersions, LargeBodiesGoBothWays) {
  serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    out.send({200, {}, request.body});
  });
  std::string body(7'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  EXPECT_TRUE(ask({"POST", "/", {}, body}).body == body);
}

TEST_P(HttpVersions, AnswersWithoutBody) {
  serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    if (request.target == "/none") return;
    out.send({request.target == "/204" ? 204 : 200, {}, request.target == "/204" ? "" : "four"});
  });
  EXPECT_EQ(ask({"GET", "/none", {}, ""}).status, 500);
  EXPECT_EQ(ask({"GET", "/204", {}, ""}).status, 204);
  const Answer head = ask({"HEAD", "/", {}, ""});
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("content-length"), "4");
  EXPECT_EQ(ask({"GET", "/", {}, ""}).body, "four");
}

TEST_P(HttpVersions, StreamsByWriteAndByDetach) {
  serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    const std::string piece(100'000, 'p');
    if (request.target == "/write") {
      out.begin(200, {{"Content-Type", "text/plain"}});
      for (int i = 0; i < 50; ++i) EXPECT_TRUE(out.write(piece));
      return out.end();
    }
    auto stream = out.detach(200, {{"Content-Type", "text/plain"}});
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(stream->send(std::make_shared<std::string>(piece)));
    stream->end();
  });
  for (int round = 0; round < 2; ++round) {
    const Answer written = ask({"GET", "/write", {}, ""});
    EXPECT_EQ(written.body.size(), 5'000'000u);
    EXPECT_EQ(written.header("content-type"), "text/plain");
    EXPECT_EQ(ask({"GET", "/detach", {}, ""}).body.size(), 3'000'000u);
  }
}

TEST_P(HttpVersions, BodiesAreLimited) {
  HttpServerOptions options;
  options.body_bytes_max_of = [](const HttpRequest& head, const HttpPeer&) {
    return head.target == "/hook" ? uint64_t{10} : uint64_t{1'000'000};
  };
  serve(
      [](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
        out.send({200, {}, std::to_string(request.body.size())});
      },
      options);
  EXPECT_EQ(ask({"POST", "/hook", {}, std::string(10, 'x')}).body, "10");
  EXPECT_EQ(ask({"POST", "/hook", {}, std::string(11, 'x')}).status, 413);
  EXPECT_EQ(ask({"POST", "/", {}, std::string(1'000'000, 'x')}).body, "1000000");
  EXPECT_EQ(ask({"POST", "/", {}, std::string(1'000'001, 'x')}).status, 413);
  EXPECT_EQ(ask({"GET", "/", {}, ""}).status, 200);
}

TEST_P(HttpVersions, HeadersAreLimited) {
  HttpServerOptions options;
  options.header_bytes_max = 10'000;
  serve(
      [](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
        out.send({200, {}, ""});
      },
      options);
  EXPECT_EQ(ask({"GET", "/", {{"x-a", std::string(9'000, 'a')}}, ""}).status, 200);
  EXPECT_EQ(ask({"GET", "/", {{"x-a", std::string(11'000, 'a')}}, ""}).status, 431);
}

TEST_P(HttpVersions, ABodyThatTakesTooLongIsRefused) {
  HttpServerOptions options;
  options.body_seconds_max = 1;
  serve(
      [](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
        out.send({200, {}, ""});
      },
      options);
  if (GetParam() == 2) {
    Http2Client slow(*connect_unix(path_));
    const int32_t id = slow.begin({"POST", "/", {}, "abc"}, true);
    EXPECT_TRUE(slow.run([&] { return slow.answer(id).is_whole; }));
    EXPECT_EQ(slow.answer(id).response.status, 408);
  } else {
    const int fd = connected("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
    EXPECT_NE(read_all(fd).find(" 408 "), std::string::npos);
    close(fd);
  }
}

class Http2 : public HttpFixture {
 protected:
  std::unique_ptr<Http2Client> http2() {
    return std::make_unique<Http2Client>(*connect_unix(path_));
  }
};

TEST_F(Http2, TrailersComeBehindTheBody) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    out.begin(200, {});
    out.write("message");
    out.end({{"Grpc-Status", "5"}});
  });
  const auto answer = http2()->send({"POST", "/", {}, "x"});
  EXPECT_EQ(answer.response.body, "message");
  ASSERT_EQ(answer.trailers.size(), 1u);
  EXPECT_EQ(answer.trailers[0], (std::pair<std::string, std::string>{"grpc-status", "5"}));
}

TEST_F(Http2, ManyStreamsShareAConnectionAndAnswerInAnyOrder) {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  serve([&](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    if (request.target == "/slow") gone.wait();
    out.send({200, {}, request.target});
  });
  auto client = http2();
  const int32_t slow = client->begin({"GET", "/slow", {}, ""});
  for (int i = 0; i < 300; ++i)
    EXPECT_EQ(client->send({"GET", "/" + std::to_string(i), {}, ""}).response.body,
              "/" + std::to_string(i));
  EXPECT_FALSE(client->answer(slow).is_whole);
  go.set_value();
  EXPECT_TRUE(client->run([&] { return client->answer(slow).is_whole; }));
  EXPECT_EQ(client->answer(slow).response.body, "/slow");
}

TEST_F(Http2, AHandlerLearnsThatItsStreamWasReset) {
  std::promise<void> begun, told;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    std::promise<void> gone;
    out.on_gone([&] { gone.set_value(); });
    begun.set_value();
    gone.get_future().wait();
    EXPECT_TRUE(out.is_gone());
    told.set_value();
  });
  auto client = http2();
  const int32_t id = client->begin({"GET", "/", {}, ""});
  client->flush();
  begun.get_future().wait();
  client->reset(id);
  client->flush();
  told.get_future().wait();
}

TEST_F(Http2, StreamsThatAreResetWithoutEndCloseTheConnection) {
  std::atomic<int> handled = 0;
  serve([&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    ++handled;
    out.send({200, {}, ""});
  });
  auto client = http2();
  bool is_open = true;
  for (int i = 0; i < 20'000 && is_open; ++i) {
    const int32_t id = client->begin({"GET", "/", {}, ""}, true);
    is_open = client->flush();
    client->reset(id);
    is_open = is_open && client->flush();
  }
  EXPECT_FALSE(client->run([] { return false; }));  // until it is closed
  EXPECT_LT(handled, 1000);
  EXPECT_EQ(http2()->send({"GET", "/", {}, ""}).response.status, 200);
}

TEST_F(Http2, AReaderThatIsTooSlowLosesItsStream) {
  HttpServerOptions options;
  options.unsent_bytes_max = 1 << 20;
  std::promise<size_t> most;
  serve(
      [&](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
        if (request.target != "/") return out.send({200, {}, "fine"});
        auto stream = out.detach(200, {});
        const auto piece = std::make_shared<const std::string>(100'000, 'x');
        size_t seen = 0;
        while (stream->send(piece)) seen = std::max(seen, stream->unsent_bytes());
        EXPECT_TRUE(stream->is_gone());
        most.set_value(seen);
      },
      options);
  auto client = http2();
  const int32_t id = client->begin({"GET", "/", {}, ""});
  client->flush();  // and nothing is read
  EXPECT_LE(most.get_future().get(), 1u << 20);
  EXPECT_EQ(http2()->send({"GET", "/other", {}, ""}).response.body, "fine");
  EXPECT_TRUE(client->run([&] { return client->answer(id).is_whole; }));
  EXPECT_NE(client->answer(id).reset, 0u);
}

TEST_F(Http2, DroppedWithoutAnEndTheStreamIsReset) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    out.detach(200, {})->send(std::make_shared<const std::string>("a"));
  });
  EXPECT_NE(http2()->send({"GET", "/", {}, ""}).reset, 0u);
}

TEST_F(Http2, CannotBeUpgraded) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    auto refused = out.upgrade({});
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kUnsupported);
    out.send({426, {}, ""});
  });
  EXPECT_EQ(http2()->send({"GET", "/", {}, ""}).response.status, 426);
}

TEST_F(Http2, NonsenseBehindThePrefaceClosesTheConnection) {
  serve([](const HttpRequest&, const HttpPeer&, HttpWriter& out) { out.send({200, {}, ""}); });
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (const std::string& bytes :
       {preface + std::string(100, 'x'), preface + std::string(100, '\0'), preface,
        preface.substr(0, 10), preface + std::string("\xff\xff\xff\x01\x05\0\0\0\x01", 9)}) {
    (void)raw(bytes);  // comes back
    EXPECT_EQ(http2()->send({"GET", "/", {}, ""}).response.status, 200);
  }
}

}  // namespace
}  // namespace sys

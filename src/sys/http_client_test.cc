// What an Endpoint asks of the client besides its address: headers, a deadline, a proxy.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "sys/fd.h"
#include "sys/http_fixture.h"

namespace sys {
namespace {

using HttpClientTest = HttpFixture;

TEST_F(HttpClientTest, HeadersOfTheEndpointGoWithEveryRequest) {
  serve([](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    out.send({200, {}, request.header("X-A") + "," + request.header("Authorization")});
  });
  Endpoint endpoint{.url = "unix:" + path_, .bearer_token = "t"};
  endpoint.headers = {{"X-A", "1"}};
  const HttpRequest plain{.method = "GET", .target = "/", .headers = {}, .body = {}};
  auto client = make_http_client(endpoint);
  EXPECT_EQ(client->send(plain)->body, "1,Bearer t");
  EXPECT_EQ(
      client->send({.method = "GET", .target = "/", .headers = {{"X-A", "2"}}, .body = {}})->body,
      "2,Bearer t");
  endpoint.headers.emplace_back("Authorization", "Basic x");
  EXPECT_EQ(make_http_client(endpoint)->send(plain)->body, "1,Basic x");
}

TEST_F(HttpClientTest, AnAnswerThatIsLateIsNotWaitedFor) {
  std::mutex mutex;
  std::condition_variable wake;
  bool may_answer = false;
  serve([&](const HttpRequest& request, const HttpPeer&, HttpWriter& out) {
    if (request.target == "/slow") {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return may_answer; });
    }
    out.send({200, {}, "here"});
  });
  Endpoint endpoint{.url = "unix:" + path_, .bearer_token = ""};
  endpoint.timeout_ms = 50;
  auto client = make_http_client(endpoint);
  EXPECT_EQ(client->send({.method = "GET", .target = "/", .headers = {}, .body = {}})->body,
            "here");
  const auto late = client->send({.method = "GET", .target = "/slow", .headers = {}, .body = {}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().text, "no answer within 0.05 s");
  {
    const std::lock_guard lock(mutex);
    may_answer = true;
  }
  wake.notify_all();
  EXPECT_EQ(client->send({.method = "GET", .target = "/", .headers = {}, .body = {}})->body,
            "here");
}

// Takes one connection, answers its first head with `answer`, and gives that head.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    EXPECT_EQ(getsockname(listener_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, answer = std::move(answer)] {
      const Fd peer(accept(listener_.get(), nullptr, nullptr));
      char byte = 0;
      while (!head_.ends_with("\r\n\r\n") && recv(peer.get(), &byte, 1, 0) == 1) head_ += byte;
      EXPECT_EQ(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(answer.size()));
    });
  }
  std::string url(std::string_view user) const {
    return "http://" + std::string(user) + "127.0.0.1:" + std::to_string(port_);
  }
  std::string head() {
    thread_.join();
    return head_;
  }

 private:
  const Fd listener_;
  uint16_t port_ = 0;
  std::string head_;
  std::jthread thread_;
};

TEST(HttpProxy, PlainRequestsGoToItWithTheWholeAddress) {
  OneAnswer proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  Endpoint endpoint{.url = "http://far:80/base", .bearer_token = ""};
  endpoint.proxy_url = proxy.url("me:p%40s@");
  const auto answer = make_http_client(endpoint)->send(
      {.method = "GET", .target = "/x", .headers = {}, .body = {}});
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->body, "hi");
  const std::string head = proxy.head();
  EXPECT_TRUE(head.starts_with("GET http://far:80/base/x HTTP/1.1\r\nHost: far:80\r\n")) << head;
  EXPECT_NE(head.find("Proxy-Authorization: Basic bWU6cEBz\r\n"), std::string::npos) << head;
}

TEST(HttpProxy, TlsGoesThroughIt) {
  OneAnswer proxy("HTTP/1.1 403 no\r\n\r\n");
  Endpoint endpoint{.url = "https://far", .bearer_token = ""};
  endpoint.proxy_url = proxy.url("");
  const auto answer = make_http_client(endpoint)->send({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text, "the proxy refuses far:443: HTTP/1.1 403 no");
  EXPECT_TRUE(proxy.head().starts_with("CONNECT far:443 HTTP/1.1\r\nHost: far:443\r\n"));
}

TEST(HttpProxy, OthersThanHttpAreRefused) {
  Endpoint endpoint{.url = "https://far", .bearer_token = ""};
  endpoint.proxy_url = "socks5://h:1";
  const auto answer = make_http_client(endpoint)->send({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::kUnsupported);
}

}  // namespace
}  // namespace sys

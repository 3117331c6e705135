#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sys/certificates.h"
#include "sys/http_fixture.h"

namespace sys {
namespace {

class StillClock final : public Clock {
 public:
  explicit StillClock(base::Time start) : now_(start) {}
  base::Time now() const override { return now_; }
  void pass(base::Duration time) { now_ = now_ + time; }

 private:
  base::Time now_;
};
constexpr base::Duration days(int64_t count) { return base::Duration::seconds(count * 24 * 3600); }
const std::vector<std::string> kNames = {"localhost", "127.0.0.1"};

TEST(Certificates, AreMadeOnceAndRenewedBeforeTheyEnd) {
  MemoryFiles files;
  StillClock clock(RealClock().now());
  auto make = [&](const std::vector<std::string>& names) {
    auto made = ensure_certificate(files, "/tls", names, clock);
    EXPECT_TRUE(made) << made.error().text;
    return made ? fingerprint(made->certificate_pem) : "";
  };
  const std::string first = make(kNames), ca = ca_pem(files, "/tls").value();
  EXPECT_EQ(first.size(), 32u * 3 - 1);
  EXPECT_EQ(make(kNames), first);
  EXPECT_EQ(make({"localhost"}), first);  // fewer names are no reason
  clock.pass(days(334));
  EXPECT_EQ(make(kNames), first);
  clock.pass(days(2));
  const std::string second = make(kNames);
  EXPECT_NE(second, first);
  const std::string third = make({"localhost", "127.0.0.1", "argo.test"});
  EXPECT_NE(third, second);
  EXPECT_EQ(ca_pem(files, "/tls").value(), ca);
  clock.pass(days(3650));
  EXPECT_NE(make(kNames), third);
  EXPECT_NE(ca_pem(files, "/tls").value(), ca);
}

TEST(Certificates, DamagedFilesAreReplaced) {
  MemoryFiles files;
  const StillClock clock(RealClock().now());
  for (const char* name : {"/tls/ca.crt", "/tls/ca.key", "/tls/server.crt", "/tls/server.key"}) {
    ASSERT_TRUE(ensure_certificate(files, "/tls", kNames, clock));
    ASSERT_TRUE(files.write_durably(name, "nonsense", 0600));
    EXPECT_TRUE(ensure_certificate(files, "/tls", kNames, clock)) << name;
    EXPECT_NE(files.read(name, 1 << 20).value(), "nonsense");
  }
}

class Tls : public HttpFixture {
 protected:
  void listen(bool plain_too, HttpHandler handler) {
    auto identity = ensure_certificate(files_, folder_ + "/tls", kNames, RealClock());
    ASSERT_TRUE(identity) << identity.error().text;
    ca_ = ca_pem(files_, folder_ + "/tls").value();
    server_ = std::make_unique<HttpServer>(std::move(handler), HttpServerOptions{});
    auto port = server_->listen_tcp("127.0.0.1", 0, *identity, plain_too);
    ASSERT_TRUE(port) << port.error().text;
    port_ = *port;
    server_->start();
  }
  Endpoint endpoint(const std::string& host = "localhost") const {
    Endpoint out{"https://" + host + ":" + std::to_string(port_), "", false};
    out.ca_pem = ca_;
    return out;
  }
  static void echo(const HttpRequest& request, const HttpPeer& peer, HttpWriter& out) {
    out.send({200, {{"X-Tls", peer.is_tls ? "yes" : "no"}}, request.body});
  }

  RealFiles files_;
  std::string ca_;
};

TEST_F(Tls, BothNamesOfTheCertificateAreGood) {
  listen(false, echo);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    auto client = make_http_client(endpoint(host));
    const std::string body(3'000'000, 'b');
    for (int round = 0; round < 3; ++round) {
      auto answer = client->send({"POST", "/", {}, body});
      ASSERT_TRUE(answer) << answer.error().text;
      EXPECT_EQ(answer->body, body);
      EXPECT_EQ(answer->header("X-Tls"), "yes");
    }
  }
}

TEST_F(Tls, WhoDoesNotTrustTheAuthorityDoesNotSpeak) {
  listen(false, echo);
  Endpoint stranger = endpoint();
  stranger.ca_pem.clear();
  EXPECT_FALSE(make_http_client(stranger)->send({"GET", "/", {}, ""}));
  stranger.insecure_skip_verify = true;
  EXPECT_TRUE(make_http_client(stranger)->send({"GET", "/", {}, ""}));
  Endpoint other = endpoint();
  other.tls_server_name = "argo.test";  // a name that the certificate has not
  EXPECT_FALSE(make_http_client(other)->send({"GET", "/", {}, ""}));
  other.ca_pem = "nonsense";
  auto refused = make_http_client(other)->send({"GET", "/", {}, ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
}

TEST_F(Tls, KeysAreForTheirOwnerOnly) {
  listen(false, echo);
  for (const char* name : {"ca.key", "server.key"}) {
    struct stat info {};
    ASSERT_EQ(stat((folder_ + "/tls/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
  }
}

TEST_F(Tls, PlainClientsShareThePortOnlyWhereTheyMay) {
  listen(true, echo);
  auto plain = [&] {
    return make_http_client({"http://127.0.0.1:" + std::to_string(port_), "", false})
        ->send({"GET", "/", {}, ""});
  };
  ASSERT_TRUE(plain());
  EXPECT_EQ(plain()->header("X-Tls"), "no");
  EXPECT_EQ(make_http_client(endpoint())->send({"GET", "/", {}, ""})->header("X-Tls"), "yes");
  server_->stop();
  listen(false, echo);
  ASSERT_TRUE(plain());
  EXPECT_EQ(plain()->status, 400);
  EXPECT_EQ(plain()->body, "this address speaks TLS: write it as https://...\n");
}

TEST_F(Tls, StreamsGoOnWithoutAThread) {
  std::shared_ptr<HttpStream> stream;
  listen(false, [&](const HttpRequest&, const HttpPeer&, HttpWriter& out) {
    stream = out.detach(200, {});
    stream->send(std::make_shared<const std::string>("first"));
  });
  std::string all;
  auto answer = make_http_client(endpoint())->stream({"GET", "/", {}, ""}, [&](std::string_view b) {
    if (all.empty()) {
      const auto piece = std::make_shared<const std::string>(100'000, 'x');
      for (int i = 0; i < 30; ++i) EXPECT_TRUE(stream->send(piece));
      stream->end();
    }
    all += b;
    return true;
  });
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(all.size(), 5u + 3'000'000u);
}

TEST_F(Tls, AWrongKeyIsRefused) {
  const StillClock clock(RealClock().now());
  MemoryFiles files;
  auto one = ensure_certificate(files, "/a", kNames, clock),
       two = ensure_certificate(files, "/b", kNames, clock);
  HttpServer server(echo, {});
  for (const TlsIdentity& identity :
       {TlsIdentity{one->certificate_pem, two->key_pem}, TlsIdentity{"", one->key_pem},
        TlsIdentity{one->certificate_pem, "nonsense"}}) {
    auto refused = server.listen_tcp("127.0.0.1", 0, identity, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kInvalid);
  }
}

}  // namespace
}  // namespace sys

// The path that a proxy leaves in front, and the headers of all answers.
#include "server/front.h"

#include <gtest/gtest.h>

#include <map>

#include "sys/byte_stream.h"

namespace server {
namespace {

// Keeps what was answered.
class Kept final : public sys::HttpWriter {
 public:
  void send(sys::HttpResponse response) override { answer = std::move(response); }
  void begin(int status, sys::Headers headers) override { answer = {status, headers, ""}; }
  bool write(std::string_view) override { return true; }
  void end(sys::Headers) override {}
  std::shared_ptr<sys::HttpStream> detach(int status, sys::Headers headers) override {
    answer = {status, headers, ""};
    return nullptr;
  }
  base::Result<std::unique_ptr<sys::ByteStream>> upgrade(sys::Headers) override {
    return base::fail(base::Code::kUnsupported, "no");
  }
  bool is_gone() const override { return false; }
  void on_gone(std::function<void()>) override {}

  sys::HttpResponse answer;
};

sys::HttpResponse ask(const FrontOptions& options, const sys::HttpRequest& request,
                      const sys::HttpPeer& peer) {
  Kept kept;
  in_front_of(
      [](const sys::HttpRequest& asked, const sys::HttpPeer&, sys::HttpWriter& out) {
        out.send({200, {{"Location", "/home"}}, asked.target});
      },
      options)(request, peer, kept);
  return kept.answer;
}

sys::HttpRequest get(std::string target, sys::Headers headers = {}) {
  return {.method = "GET", .target = std::move(target), .headers = std::move(headers), .body = {}};
}

TEST(Front, TheBaseIsTakenAwayAndGivenBack) {
  FrontOptions options;
  options.base_href = clean_base_href("argo/");
  const std::map<std::string, std::string> targets = {{"/argo/api/v1/info", "/api/v1/info"},
                                                      {"/argo", "/"},
                                                      {"/argo/", "/"},
                                                      {"/argo?token=x", "/?token=x"},
                                                      {"/argon", "/argon"},
                                                      {"/api/v1/info", "/api/v1/info"}};
  for (const auto& [asked, seen] : targets)
    EXPECT_EQ(ask(options, get(asked), {}).body, seen) << asked;
  EXPECT_EQ(ask(options, get("/argo"), {}).header("Location"), "/argo/home");
  EXPECT_EQ(ask({}, get("/argo"), {}).header("Location"), "/home");
  EXPECT_EQ(clean_base_href("/"), "");
}

TEST(Front, HeadersOfAllAnswers) {
  sys::HttpPeer plain, tls, socket;
  tls.is_tls = socket.is_unix = true;
  EXPECT_EQ(ask({}, get("/"), plain).header("X-Frame-Options"), "DENY");
  EXPECT_EQ(ask({}, get("/"), plain).header("Strict-Transport-Security"), "");
  EXPECT_EQ(ask({}, get("/"), tls).header("Strict-Transport-Security"), "max-age=31536000");
  EXPECT_EQ(ask({}, get("/"), socket).header("X-Frame-Options"), "");
  FrontOptions none;
  none.frame_options = "";
  none.hsts = false;
  EXPECT_EQ(ask(none, get("/"), tls).header("X-Frame-Options"), "");
  EXPECT_EQ(ask(none, get("/"), tls).header("Strict-Transport-Security"), "");
}

TEST(Front, PagesOfOneOriginMayAsk) {
  FrontOptions options;
  options.allowed_origin = "https://ui.test";
  const sys::Headers ours = {{"Origin", "https://ui.test"}}, other = {{"Origin", "https://x.test"}};
  constexpr const char* kAllowed = "Access-Control-Allow-Origin";
  EXPECT_EQ(ask(options, get("/", ours), {}).header(kAllowed), "https://ui.test");
  EXPECT_EQ(ask(options, get("/", other), {}).header(kAllowed), "");
  EXPECT_EQ(ask({}, get("/", ours), {}).header(kAllowed), "");
  sys::HttpRequest before = get("/", ours);
  before.method = "OPTIONS";
  before.headers.emplace_back("Access-Control-Request-Method", "PUT");
  EXPECT_EQ(ask(options, before, {}).status, 204);
  before.headers[0].second = "https://x.test";
  EXPECT_EQ(ask(options, before, {}).status, 200);  // goes on, to be refused
}

}  // namespace
}  // namespace server

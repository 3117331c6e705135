#include "cli/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

class Player final : public sys::HttpClient {
 public:
  explicit Player(Stage& stage) : stage_(stage) {}

  base::Result<sys::HttpResponse> send(const sys::HttpRequest& request) override {
    stage_.bodies.push_back(request.body);
    const std::string asked = fmt::format("{} {}", request.method, request.target);
    if (stage_.script.empty() || stage_.script.front().request != asked) {
      stage_.unplayed.push_back(asked);
      return base::fail(base::Code::kUnavailable, "nothing in the script answers " + asked);
    }
    const Scene scene = stage_.script.front();
    stage_.script.pop_front();
    return sys::HttpResponse{scene.status, {}, scene.answer};
  }

  // In pieces of seven bytes, so that no line comes whole.
  base::Result<sys::HttpResponse> stream(
      const sys::HttpRequest& request,
      const std::function<bool(std::string_view)>& on_bytes) override {
    auto response = send(request);
    if (!response || response->status >= 300) return response;
    const std::string body = std::exchange(response->body, {});
    for (size_t at = 0; at < body.size(); at += 7)
      if (!on_bytes(std::string_view(body).substr(at, 7))) break;
    return response;
  }
  void cancel() override {}

 private:
  Stage& stage_;
};

}  // namespace

Stage::Stage(std::vector<Scene> scenes)
    : script(scenes.begin(), scenes.end()), around{.clock = clock, .files = files} {
  around.out = [this](std::string_view text) { out += text; };
  around.err = [this](std::string_view text) { err += text; };
  around.read_input = [this] { return base::Result<std::string>(input); };
  around.home = "/home/user";
  around.working_directory = "/srv";
  around.connect = [this](const std::optional<sys::Endpoint>& endpoint)
      -> base::Result<std::unique_ptr<sys::HttpClient>> {
    endpoints.push_back(endpoint);
    return std::make_unique<Player>(*this);
  };
  around.fetch = [this](const sys::Endpoint& endpoint) -> std::unique_ptr<sys::HttpClient> {
    endpoints.emplace_back(endpoint);
    return std::make_unique<Player>(*this);
  };
  around.version = {"v0.1.0", "2026-01-01T00:00:00Z", "abc", "clean", "g++", "linux/amd64"};
}

int Stage::run(std::vector<std::string> args) { return cli::run(args, around); }

void play(const Story& story) {
  Stage stage(story.script);
  EXPECT_EQ(stage.run(story.args), story.code) << story.title << "\n" << stage.err;
  EXPECT_EQ(stage.out, story.out) << story.title;
  EXPECT_EQ(stage.err, story.err) << story.title;
  EXPECT_THAT(stage.unplayed, testing::IsEmpty()) << story.title;
  EXPECT_TRUE(stage.script.empty())
      << story.title << ": not asked: " << stage.script.front().request;
}

}  // namespace cli

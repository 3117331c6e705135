// Exec, attach and port-forward between server and agent: over a real socket, both ends.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "kube/http_node_api.h"
#include "kube/node_api_routes.h"
#include "kube/session_frames.h"

namespace kube {
namespace {

// A program that says what it reads, and ends with its input; "exit N" ends it at once.
class EchoSession final : public PodSession {
 public:
  explicit EchoSession(std::atomic<int>& open) : open_(open) { ++open_; }
  ~EchoSession() override { --open_; }

  base::Result<Piece> read() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_ || ended_ || !said_.empty(); });
    if (cancelled_) return base::fail(base::Code::kUnavailable, "cancelled");
    if (said_.empty()) return Piece{Channel::kEnd, {}, code_};
    changed_.notify_all();
    return Piece{Channel::kOut, std::exchange(said_, {}), 0};
  }
  base::Status write_in(std::string_view bytes) override {
    std::unique_lock lock(mutex_);
    // As a pipe does: it takes no more than 64 KiB that nobody reads.
    changed_.wait(lock, [&] { return cancelled_ || said_.size() < 64 << 10; });
    if (cancelled_) return base::fail(base::Code::kUnavailable, "cancelled");
    said_ += bytes;
    if (bytes.starts_with("exit ")) code_ = std::stoi(std::string(bytes.substr(5))), ended_ = true;
    changed_.notify_all();
    return {};
  }
  void close_in() override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void resize(uint16_t columns, uint16_t rows) override {
    const std::lock_guard lock(mutex_);
    said_ += std::to_string(columns) + "x" + std::to_string(rows);
    changed_.notify_all();
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

 private:
  std::atomic<int>& open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string said_;
  int code_ = 0;
  bool ended_ = false, cancelled_ = false;
};

class EchoNode final : public NodeApi {
 public:
  base::Status logs(std::string_view, const LogOptions&,
                    const std::function<bool(std::string_view)>&) override {
    return {};
  }
  base::Result<std::vector<ImageInfo>> images() override { return std::vector<ImageInfo>(); }
  base::Result<ImageInfo> pull_image(std::string_view,
                                     const std::function<bool(std::string_view)>&) override {
    return ImageInfo();
  }
  base::Result<ImageInfo> import_image(std::string_view, std::string_view) override {
    return ImageInfo();
  }
  base::Status remove_image(std::string_view) override { return {}; }
  base::Result<uint64_t> prune_images() override { return uint64_t{0}; }
  base::Result<std::vector<DoctorFinding>> doctor() override {
    return std::vector<DoctorFinding>();
  }

  base::Result<std::unique_ptr<PodSession>> exec(const ExecRequest& request) override {
    last = request;
    if (request.container == "none")
      return base::fail(base::Code::kNotFound, "container not found (\"none\")");
    return std::make_unique<EchoSession>(open);
  }
  base::Result<std::unique_ptr<sys::ByteStream>> connect(std::string_view uid,
                                                         uint16_t port) override {
    if (port != 80) return base::fail(base::Code::kUnavailable, "connection refused");
    EXPECT_EQ(uid, "u-1");
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    echo = std::thread([stream = sys::adopt_socket(ends[1])] {
      char chunk[4096];
      while (true) {
        const auto got = stream->read(chunk, sizeof chunk);
        if (!got || *got == 0) break;
        if (!stream->write({chunk, *got})) break;
      }
      (void)stream->write("bye");
    });
    return sys::adopt_socket(ends[0]);
  }

  ExecRequest last;
  std::atomic<int> open = 0;
  std::thread echo;
};

class Sessions : public testing::Test {
 protected:
  Sessions()
      : server_([this](const sys::HttpRequest& request, const sys::HttpPeer&,
                       sys::HttpWriter& out) { serve_node_api(node_, request, out); },
                {}) {
    char name[] = "/tmp/argon-session-XXXXXX";
    folder_ = mkdtemp(name);
    EXPECT_TRUE(server_.listen_unix(folder_ + "/s"));
    server_.start();
    api_ = make_http_node_api([this] {
      return sys::make_http_client({"unix:" + folder_ + "/s", "", false});
    });
  }
  ~Sessions() override {
    server_.stop();
    if (node_.echo.joinable()) node_.echo.join();
    std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<PodSession> exec(const std::string& container = "main") {
    auto session = api_->exec({"u-1", container, {"sh", "-c", "a b"}, true, true, false, true});
    EXPECT_TRUE(session) << session.error().text;
    return session ? std::move(*session) : nullptr;
  }
  void await_none_open() {
    for (int i = 0; i < 2000 && node_.open != 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(node_.open, 0);
  }

  std::string folder_;
  EchoNode node_;
  sys::HttpServer server_;
  std::unique_ptr<NodeApi> api_;
};

TEST_F(Sessions, ARequestArrivesAsItIs) {
  const auto session = exec();
  session->close_in();
  EXPECT_EQ(session->read()->channel, PodSession::Channel::kEnd);
  const ExecRequest& got = node_.last;
  EXPECT_EQ(got.pod_uid, "u-1");
  EXPECT_EQ(got.container, "main");
  EXPECT_EQ(got.command, (std::vector<std::string>{"sh", "-c", "a b"}));
  EXPECT_TRUE(got.in && got.out && !got.err && got.tty);
}

TEST_F(Sessions, BytesGoBothWaysAndTheExitCodeIsTold) {
  const auto session = exec();
  ASSERT_TRUE(session->write_in("hello"));
  EXPECT_EQ(session->read()->bytes, "hello");
  session->resize(80, 24);
  EXPECT_EQ(session->read()->bytes, "80x24");
  ASSERT_TRUE(session->write_in("exit 7"));
  EXPECT_EQ(session->read()->bytes, "exit 7");
  const auto end = session->read();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->channel, PodSession::Channel::kEnd);
  EXPECT_EQ(end->exit_code, 7);
  await_none_open();
}

TEST_F(Sessions, MuchGoesBothWaysAtOnce) {
  const auto session = exec();
  const std::string much(20 << 20, 'x');
  std::thread writing([&] {
    EXPECT_TRUE(session->write_in(much));
    session->close_in();
  });
  size_t got = 0;
  while (true) {
    const auto piece = session->read();
    ASSERT_TRUE(piece) << piece.error().text;
    if (piece->channel == PodSession::Channel::kEnd) break;
    got += piece->bytes.size();
  }
  writing.join();
  EXPECT_EQ(got, much.size());
}

// Nobody reads what the program says, so it takes nothing: the writer waits until it is cancelled.
TEST_F(Sessions, ASessionThatStandsStillCanBeCancelled) {
  auto session = exec();
  std::thread writing([&] { EXPECT_FALSE(session->write_in(std::string(64 << 20, 'x'))); });
  while (node_.open == 0) std::this_thread::yield();
  session->cancel();
  writing.join();
  EXPECT_FALSE(session->read());
  session.reset();
  await_none_open();
}

TEST_F(Sessions, ErrorsComeAsTheyAre) {
  auto refused = api_->exec({"u-1", "none", {"true"}, false, true, true, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kNotFound);
  EXPECT_EQ(refused.error().text, "container not found (\"none\")");
  const auto attach = api_->attach("u-1", "main");
  ASSERT_FALSE(attach);
  EXPECT_EQ(attach.error().text, "this node has no attach");
  const auto port = api_->connect("u-1", 81);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().text, "connection refused");
}

TEST_F(Sessions, APortIsReachedAndEachHalfEndsByItself) {
  const auto port = api_->connect("u-1", 80);
  ASSERT_TRUE(port) << port.error().text;
  ASSERT_TRUE((*port)->write("hello "));
  (*port)->end_writing();
  std::string all;
  char chunk[100];
  while (true) {
    const auto got = (*port)->read(chunk, sizeof chunk);
    ASSERT_TRUE(got);
    if (*got == 0) break;
    all.append(chunk, *got);
  }
  EXPECT_EQ(all, "hello bye");
}

TEST_F(Sessions, NoFramesAreRefused) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto one = sys::adopt_socket(ends[0]), other = sys::adopt_socket(ends[1]);
  SessionFrameReader reader(*other);
  ASSERT_TRUE(one->write(encode(SessionFrame::Kind::kErr, "text")));
  const auto frame = reader.read();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->kind, SessionFrame::Kind::kErr);
  EXPECT_EQ((*frame)->bytes, "text");
  ASSERT_TRUE(one->write(std::string("\x01\xff\xff\xff\xff", 5)));
  EXPECT_FALSE(reader.read()) << "too large";
}

}  // namespace
}  // namespace kube

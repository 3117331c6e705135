#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/watch_pump.h"
#include "sim/server_fixture.h"
#include "store/memory.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "sys/unix_socket.h"
#include "text/json.h"

namespace sim {
namespace {

using testing::ElementsAre;
using text::Value;

// A client that takes all at once, or as much as it is let.
class FakeStream final : public sys::HttpStream {
 public:
  bool send(std::shared_ptr<const std::string> bytes) override {
    const std::lock_guard lock(mutex_);
    if (gone_) return false;
    if (holds_) unsent_ += bytes->size();
    pieces_.push_back(std::move(bytes));
    came_.notify_all();
    return true;
  }
  size_t unsent_bytes() const override {
    const std::lock_guard lock(mutex_);
    return unsent_;
  }
  void end(sys::Headers) override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    came_.notify_all();
  }
  bool is_gone() const override {
    const std::lock_guard lock(mutex_);
    return gone_;
  }
  void on_drained(std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    callback_ = std::move(callback);
  }

  void hold() { holds_ = true; }
  void take_all() {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      unsent_ = 0;
      callback = callback_;
    }
    callback();
  }
  void go() {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      gone_ = true;
      callback = callback_;
    }
    callback();
  }
  // "ADDED a", one a line, once there are so many.
  std::vector<std::string> wait(size_t count) {
    std::unique_lock lock(mutex_);
    std::vector<std::string> out;
    came_.wait_for(lock, std::chrono::seconds(30), [&] {
      out = lines();
      return out.size() >= count || ended_;
    });
    return out;
  }
  bool wait_end() {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds(30), [&] { return ended_; });
  }
  std::shared_ptr<const std::string> last() {
    const std::lock_guard lock(mutex_);
    return pieces_.back();
  }

 private:
  std::vector<std::string> lines() const {
    std::string all;
    for (const auto& piece : pieces_) all += *piece;
    std::vector<std::string> out;
    for (size_t at = 0, end; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
      const auto value = text::parse_json(all.substr(at, end - at));
      if (!value) continue;
      const Value* object = value->find("object");
      std::string line(value->string_at("type"));
      if (object != nullptr && line != "BOOKMARK")
        line +=
            " " + std::string(object->string_at(line == "ERROR" ? "reason" : "metadata", "name"));
      if (line.starts_with("ERROR")) line = "ERROR " + std::string(object->string_at("reason"));
      if (line == "BOOKMARK" && object->find_path("metadata", "annotations") != nullptr)
        line += " end";
      out.push_back(std::move(line));
    }
    return out;
  }

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::shared_ptr<const std::string>> pieces_;
  size_t unsent_ = 0;
  bool gone_ = false, ended_ = false, holds_ = false;
  std::function<void()> callback_;
};
using Stream = std::shared_ptr<FakeStream>;

class Watches : public testing::Test {
 protected:
  void create(const std::string& name, const std::string& namespace_ = "n",
              const std::string& label = "") {
    Value object;
    object["metadata"]["name"] = name;
    if (!label.empty()) object["metadata"]["labels"]["l"] = label;
    auto made = api_.create(*kind_, namespace_, std::move(object), false);
    ASSERT_TRUE(made) << made.error().text;
  }
  void label(const std::string& name, const std::string& value) {
    Value patch;
    patch["metadata"]["labels"]["l"] = value;
    auto done = api_.patch({kind_, "n", name}, kube::PatchType::kMerge, patch);
    ASSERT_TRUE(done) << done.error().text;
  }
  void remove(const std::string& name) {
    auto done = api_.remove({kind_, "n", name}, {});
    ASSERT_TRUE(done) << done.error().text;
  }
  server::WatchRequest request(uint64_t revision = 0, const std::string& namespace_ = "n") const {
    server::WatchRequest out;
    out.kind = kind_;
    out.namespace_ = namespace_;
    out.revision = revision;
    return out;
  }
  Stream watch(server::WatchRequest wanted) {
    auto stream = std::make_shared<FakeStream>();
    auto added = pump_.add(std::move(wanted), [&] { return stream; });
    EXPECT_TRUE(added) << added.error().text;
    return stream;
  }

  sys::RealClock clock_;
  sys::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  kube::StoreApi api_{*store_, clock_, random_};
  const kube::Kind* const kind_ = &kube::kind_of("configmaps");
  server::WatchPump pump_{api_, 10'000};
};

TEST_F(Watches, BeginWithWhatIsThere) {
  create("a");
  create("b");
  create("c", "other");
  const Stream plain = watch(request()), all = watch(request(0, ""));
  EXPECT_THAT(plain->wait(2), ElementsAre("ADDED a", "ADDED b"));
  EXPECT_THAT(all->wait(3), ElementsAre("ADDED a", "ADDED b", "ADDED c"));
  label("a", "x");
  create("d", "other");
  remove("b");
  EXPECT_THAT(plain->wait(4), ElementsAre("ADDED a", "ADDED b", "MODIFIED a", "DELETED b"));
  EXPECT_THAT(all->wait(6),
              ElementsAre("ADDED a", "ADDED b", "ADDED c", "MODIFIED a", "ADDED d", "DELETED b"));
}

TEST_F(Watches, GoOnBehindARevision) {
  create("a");
  const uint64_t before = store_->revision();
  create("b");
  label("a", "x");
  EXPECT_THAT(watch(request(before))->wait(2), ElementsAre("ADDED b", "MODIFIED a"));
}

TEST_F(Watches, SayWhereTheBeginningEnds) {
  create("a");
  server::WatchRequest wanted = request();
  wanted.bookmarks = wanted.marks_initial_end = true;
  EXPECT_THAT(watch(wanted)->wait(2), ElementsAre("ADDED a", "BOOKMARK end"));
  wanted.select.label_selector = "l=x";
  create("b", "n", "x");
  EXPECT_THAT(watch(wanted)->wait(2), ElementsAre("ADDED b", "BOOKMARK end"));
}

TEST_F(Watches, ASelectionIsEnteredAndLeft) {
  create("a", "n", "x");
  create("b");
  server::WatchRequest wanted = request();
  wanted.select.label_selector = "l=x";
  const Stream stream = watch(wanted);
  EXPECT_THAT(stream->wait(1), ElementsAre("ADDED a"));
  label("b", "x");
  label("a", "y");
  EXPECT_THAT(stream->wait(3), ElementsAre("ADDED a", "ADDED b", "DELETED a"));
  wanted.select.label_selector = "l==,,";
  auto refused = pump_.add(wanted, [&]() -> std::shared_ptr<sys::HttpStream> { return stream; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
}

TEST_F(Watches, AreLimitedAndForgottenWhenTheirClientGoes) {
  server::WatchPump small(api_, 2);
  std::vector<Stream> streams;
  auto add = [&] {
    streams.push_back(std::make_shared<FakeStream>());
    return small.add(request(), [&] { return streams.back(); });
  };
  EXPECT_TRUE(add());
  EXPECT_TRUE(add());
  auto refused = add();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kUnavailable);
  EXPECT_EQ(small.count(), 2u);
  streams[0]->go();
  while (small.count() > 1) std::this_thread::yield();
  EXPECT_TRUE(add());
}

TEST_F(Watches, EndWhenTheirTimeIsOver) {
  server::WatchRequest wanted = request();
  wanted.timeout_seconds = 1;
  const Stream stream = watch(wanted);
  EXPECT_TRUE(stream->wait_end());
  while (pump_.count() > 0) std::this_thread::yield();
}

TEST_F(Watches, AClientThatTakesNothingHoldsNobodyUp) {
  for (int i = 0; i < 3000; ++i) {
    Value object;
    object["metadata"]["name"] = "c" + std::to_string(i);
    object["data"]["x"] = std::string(1000, 'x');
    ASSERT_TRUE(api_.create(*kind_, "n", std::move(object), false));
  }
  auto slow = std::make_shared<FakeStream>();
  slow->hold();
  ASSERT_TRUE(pump_.add(request(), [&] { return slow; }));
  EXPECT_EQ(watch(request())->wait(3000).size(), 3000u);
  // It was given a part, and gets the next when it has taken that.
  EXPECT_LT(slow->unsent_bytes(), 1u << 20);
  label("c0", "x");
  size_t got = 0;
  while (got < 3001) {
    slow->take_all();
    got = slow->wait(got + 1).size();
  }
  EXPECT_EQ(slow->wait(3001).back(), "MODIFIED c0");
}

size_t thread_count() {
  size_t out = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    ++out;
  return out;
}

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

TEST_F(Watches, TenThousandNeedOneThreadAndShareTheirBytes) {
  create("a");
  const size_t threads = thread_count(), bytes = resident_bytes();
  std::vector<Stream> streams;
  for (int i = 0; i < 10'000; ++i) streams.push_back(watch(request(0, i % 2 == 0 ? "n" : "")));
  for (const Stream& stream : streams) ASSERT_THAT(stream->wait(1), ElementsAre("ADDED a"));
  EXPECT_EQ(thread_count(), threads + 1);
  Value object;
  object["metadata"]["name"] = "b";
  object["data"]["x"] = std::string(100'000, 'x');
  ASSERT_TRUE(api_.create(*kind_, "n", std::move(object), false));
  std::set<const std::string*> pieces;
  for (const Stream& stream : streams) {
    ASSERT_EQ(stream->wait(2).size(), 2u);
    pieces.insert(stream->last().get());
  }
  EXPECT_EQ(pieces.size(), 1u);
  EXPECT_LT(resident_bytes() - bytes, 60u << 20);  // of 1 GB that copies would need
  EXPECT_EQ(pump_.count(), 10'000u);
}

// --- over HTTP

using HttpWatches = ServerTest;

std::string first_lines(sys::HttpClient& client, const std::string& target, size_t count) {
  std::string all;
  auto answer = client.stream({"GET", target, {}, ""}, [&](std::string_view bytes) {
    all += bytes;
    return static_cast<size_t>(std::count(all.begin(), all.end(), '\n')) < count;
  });
  EXPECT_TRUE(answer) << answer.error().text;
  return answer ? std::to_string(answer->status) + " " + all + answer->body : "";
}

TEST_F(HttpWatches, RevisionsAsKubernetesHasThem) {
  const std::string path = "/api/v1/namespaces/n/configmaps";
  ASSERT_EQ(send("POST", path, R"({"metadata":{"name":"a"}})").status, 201);
  const std::string watch = path + "?watch=true";
  for (const char* revision : {"", "&resourceVersion=", "&resourceVersion=0"})
    EXPECT_THAT(first_lines(*client(), watch + revision, 1),
                testing::StartsWith(R"(200 {"type":"ADDED")"))
        << revision;
  const Value ahead = json("GET", watch + "&resourceVersion=99999999");
  EXPECT_EQ(ahead.string_at("reason"), "Timeout");
  EXPECT_EQ(send("GET", watch + "&resourceVersion=99999999").status, 504);
  EXPECT_EQ(send("GET", watch + "&resourceVersion=x").status / 100, 4);
  EXPECT_EQ(send("GET", watch + "&sendInitialEvents=true").status / 100, 4);
  EXPECT_EQ(send("GET", watch + "&resourceVersionMatch=Exact").status / 100, 4);
  const std::string streamed = first_lines(
      *client(),
      watch + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
      2);
  EXPECT_THAT(streamed, testing::HasSubstr(R"("k8s.io/initial-events-end":"true")"));
  EXPECT_THAT(first_lines(*client(), path + "/a?watch=true", 1),
              testing::HasSubstr(R"("name":"a")"));
}

TEST_F(HttpWatches, ARevisionThatIsForgottenIsToldInTheStream) {
  const std::string path = "/api/v1/namespaces/n/configmaps";
  ASSERT_EQ(send("POST", path, R"({"metadata":{"name":"a"}})").status, 201);
  for (int i = 0; i < 9000; ++i) {
    Value patch;
    patch["data"]["i"] = std::to_string(i);
    ASSERT_TRUE(
        api_.patch({&kube::kind_of("configmaps"), "n", "a"}, kube::PatchType::kMerge, patch));
  }
  EXPECT_THAT(first_lines(*client(), path + "?watch=true&resourceVersion=1", 1),
              testing::AllOf(testing::StartsWith(R"(200 {"type":"ERROR")"),
                             testing::HasSubstr(R"("code":410)")));
}

TEST_F(HttpWatches, ManyClientsGetWhatComes) {
  const std::string path = "/api/v1/namespaces/n/configmaps";
  const size_t threads = thread_count();
  std::vector<int> fds;
  const std::string ask = "GET " + path + "?watch=true HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 1000; ++i) {
    auto fd = sys::connect_unix(folder_ + "/s");
    ASSERT_TRUE(fd);
    ASSERT_EQ(::send(*fd, ask.data(), ask.size(), 0), static_cast<ssize_t>(ask.size()));
    fds.push_back(*fd);
  }
  while (rest_->busy_count() < 1000) std::this_thread::yield();
  ASSERT_EQ(send("POST", path, R"({"metadata":{"name":"a"}})").status, 201);
  for (const int fd : fds) {
    std::string got;
    char buffer[4096];
    while (got.find(R"("ADDED")") == std::string::npos) {
      const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
      ASSERT_GT(count, 0);
      got.append(buffer, static_cast<size_t>(count));
    }
  }
  EXPECT_LT(thread_count(), threads + 200);
  for (const int fd : fds) close(fd);
  while (rest_->busy_count() > 1) std::this_thread::yield();
}

}  // namespace
}  // namespace sim

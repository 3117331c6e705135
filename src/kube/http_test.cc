// The HTTP side of kube/: requests as Kubernetes spells them, and both ends of the agent's socket.
#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "kube/http_api.h"
#include "kube/http_node_api.h"
#include "kube/kinds.h"
#include "kube/node_api_routes.h"
#include "sys/byte_stream.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

text::Value json(std::string_view source) { return text::parse_json(source).value(); }

// What a server would do with a request. A stream's bytes go out in the given pieces; one that is
// "held" then stays open until it is cancelled.
struct Answer {
  int status = 200;
  std::string body;
  std::vector<std::string> pieces = {};
  bool held = false;
};

class Wire {
 public:
  std::function<Answer(const sys::HttpRequest&)> serve;
  std::vector<std::string> seen;  // "METHOD target body"
  bool unreachable = false;

  HttpClientFactory factory() {
    return [this] { return std::make_unique<Client>(*this); };
  }

 private:
  class Client final : public sys::HttpClient {
   public:
    explicit Client(Wire& wire) : wire_(wire) {}
    base::Result<sys::HttpResponse> send(const sys::HttpRequest& request) override {
      const Answer answer = ask(request);
      if (wire_.unreachable) return base::fail(Code::kUnavailable, "connection refused");
      return sys::HttpResponse{answer.status, {}, answer.body};
    }
    base::Result<sys::HttpResponse> stream(
        const sys::HttpRequest& request,
        const std::function<bool(std::string_view)>& on_bytes) override {
      const Answer answer = ask(request);
      if (wire_.unreachable) return base::fail(Code::kUnavailable, "connection refused");
      if (answer.status >= 400) return sys::HttpResponse{answer.status, {}, answer.body};
      for (const std::string& piece : answer.pieces)
        if (!on_bytes(piece)) return sys::HttpResponse{};
      std::unique_lock hold(mutex_);
      wake_.wait(hold, [&] { return cancelled_ || !answer.held; });
      return sys::HttpResponse{};
    }
    void cancel() override {
      const std::lock_guard hold(mutex_);
      cancelled_ = true;
      wake_.notify_all();
    }

   private:
    Answer ask(const sys::HttpRequest& request) {
      const std::lock_guard hold(wire_.mutex_);
      wire_.seen.push_back(request.method + " " + request.target +
                           (request.body.empty() ? "" : " " + request.body));
      return wire_.serve ? wire_.serve(request) : Answer{200, "{}"};
    }
    Wire& wire_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool cancelled_ = false;
  };
  std::mutex mutex_;
};

class HttpApiTest : public testing::Test {
 protected:
  HttpApiTest() : api_(make_http_api(wire_.factory())) {}
  static ObjectRef pod(std::string name) { return {&kind_of("pods"), "argo", std::move(name)}; }
  Wire wire_;
  std::unique_ptr<Api> api_;
};

TEST_F(HttpApiTest, VerbsAreThoseOfKubernetes) {
  const Kind& workflows = kind_of("workflows");
  const std::string path = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows";
  const ObjectRef ref{&workflows, "argo", "a b"};
  const std::string typed = R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow"})";
  ASSERT_TRUE(api_->get(ref));
  ASSERT_TRUE(api_->create(workflows, "argo", json("{}"), false));
  ASSERT_TRUE(api_->create(workflows, "argo", json("{}"), true));
  ASSERT_TRUE(api_->update(ref, json("{}")));
  ASSERT_TRUE(api_->update_status(ref, json("{}")));
  ASSERT_TRUE(api_->patch(ref, PatchType::kMerge, json(R"({"a":1})")));
  ASSERT_TRUE(api_->patch_status(ref, PatchType::kJson, json("[]")));
  ASSERT_TRUE(api_->list(workflows, "", {"a=b,!c", "metadata.name=x", "t/1", 5}));
  EXPECT_THAT(
      wire_.seen,
      ElementsAre("GET " + path + "/a%20b", "POST " + path + " " + typed,
                  "POST " + path + "?dryRun=All " + typed, "PUT " + path + "/a%20b " + typed,
                  "PUT " + path + "/a%20b/status " + typed, "PATCH " + path + R"(/a%20b {"a":1})",
                  "PATCH " + path + "/a%20b/status []",
                  "GET /apis/argoproj.io/v1alpha1/workflows?labelSelector=a%3Db%2C%21c"
                  "&fieldSelector=metadata.name%3Dx&limit=5&continue=t%2F1"));
}

TEST_F(HttpApiTest, StatusesOfManyGoInOneRequestAndEachHasItsAnswer) {
  wire_.serve = [](const sys::HttpRequest&) {
    return Answer{200, R"({"items":[{},{"kind":"Status","status":"Failure","reason":"NotFound",)"
                       R"("code":404,"message":"gone"}]})"};
  };
  const auto answers = api_->update_statuses({{pod("a"), "1", json(R"({"phase":"Failed"})"), {}},
                                              {pod("b"), "2", json("{}"), {{"k", "v"}}},
                                              {pod("c"), "3", json("{}"), {}}});
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(answers[1].error().code, Code::kNotFound);
  EXPECT_EQ(answers[1].error().text, "gone");
  EXPECT_EQ(answers[2].error().code, Code::kUnavailable);
  EXPECT_THAT(
      wire_.seen,
      ElementsAre(R"(POST /api/v1/agent/statuses {"items":[{"resource":"pods","namespace":"argo",)"
                  R"("name":"a","uid":"1","status":{"phase":"Failed"}},{"resource":"pods",)"
                  R"("namespace":"argo","name":"b","uid":"2","annotations":{"k":"v"},"status":{}},)"
                  R"({"resource":"pods","namespace":"argo","name":"c","uid":"3","status":{}}]})"));
}

TEST_F(HttpApiTest, AServerWithoutTheRouteGetsStatusesOneByOne) {
  wire_.serve = [](const sys::HttpRequest& request) {
    return request.method == "POST" ? Answer{404, "{}"}
                                    : Answer{200, R"({"metadata":{"uid":"1"}})"};
  };
  EXPECT_TRUE(api_->update_statuses({{pod("a"), "1", json(R"({"phase":"Failed"})"), {}}})[0]);
  EXPECT_EQ(wire_.seen.size(), 3u);
  EXPECT_TRUE(wire_.seen[2].starts_with("PUT /api/v1/namespaces/argo/pods/a/status "));
  EXPECT_EQ(api_->update_statuses({{pod("a"), "2", json("{}"), {}}})[0].error().code,
            Code::kNotFound);
}

TEST_F(HttpApiTest, PatchesNameTheirKind) {
  std::vector<std::string> types;
  wire_.serve = [&](const sys::HttpRequest& request) {
    types.push_back(request.header("Content-Type"));
    return Answer{200, "{}"};
  };
  ASSERT_TRUE(api_->patch(pod("p"), PatchType::kMerge, json("{}")));
  ASSERT_TRUE(api_->patch(pod("p"), PatchType::kJson, json("[]")));
  EXPECT_THAT(types, ElementsAre("application/merge-patch+json", "application/json-patch+json"));
}

TEST_F(HttpApiTest, DeleteOptionsTravelInTheBody) {
  DeleteOptions options{"Foreground", "u", "7", 0, true};
  ASSERT_TRUE(api_->remove(pod("p"), options));
  ASSERT_TRUE(api_->remove(pod("p"), {}));
  EXPECT_THAT(
      wire_.seen,
      ElementsAre(R"(DELETE /api/v1/namespaces/argo/pods/p {"kind":"DeleteOptions",)"
                  R"("apiVersion":"v1","propagationPolicy":"Foreground","gracePeriodSeconds":0,)"
                  R"("preconditions":{"uid":"u","resourceVersion":"7"},"dryRun":["All"]})",
                  R"(DELETE /api/v1/namespaces/argo/pods/p )"
                  R"({"kind":"DeleteOptions","apiVersion":"v1"})"));
}

TEST_F(HttpApiTest, ListsCarryTheirRevisionAndToken) {
  wire_.serve = [](const sys::HttpRequest&) {
    return Answer{200, R"({"metadata":{"resourceVersion":"9","continue":"c"},
                           "items":[{"metadata":{"name":"a"}}]})"};
  };
  const ObjectList list = api_->list(kind_of("pods"), "argo", {}).value();
  EXPECT_EQ(list.resource_version, "9");
  EXPECT_EQ(list.continue_token, "c");
  ASSERT_THAT(list.items, SizeIs(1));
  EXPECT_EQ(list.items[0].string_at("kind"), "Pod");
}

struct ErrorCase {
  int status;
  const char* body;
  Code code;
  const char* text;
};

TEST_F(HttpApiTest, StatusesBecomeErrors) {
  const ErrorCase rows[] = {
      {409, R"({"kind":"Status","reason":"AlreadyExists","message":"pods \"p\" already exists"})",
       Code::kAlreadyExists, "pods \"p\" already exists"},
      {409, R"({"kind":"Status","reason":"Conflict","message":"m"})", Code::kConflict, "m"},
      {410, R"({"kind":"Status","reason":"Expired","message":"m"})", Code::kGone, "m"},
      {422, R"({"kind":"Status","reason":"Invalid","message":"m"})", Code::kInvalid, "m"},
      {404, "not here", Code::kNotFound, "not here"},
      {502, "<html>", Code::kUnavailable, "502"},
      {500, "", Code::kInternal, "500"},
  };
  for (const ErrorCase& row : rows) {
    wire_.serve = [&](const sys::HttpRequest&) { return Answer{row.status, row.body}; };
    const auto got = api_->get(pod("p"));
    ASSERT_FALSE(got) << row.status;
    EXPECT_EQ(got.error().code, row.code) << row.body;
    EXPECT_THAT(got.error().text, HasSubstr(row.text)) << row.body;
  }
  wire_.serve = [](const sys::HttpRequest&) { return Answer{200, "<html>"}; };
  EXPECT_EQ(api_->get(pod("p")).error().code, Code::kUnavailable);
  wire_.unreachable = true;
  EXPECT_EQ(api_->get(pod("p")).error().code, Code::kUnavailable);
}

TEST_F(HttpApiTest, ErrorsSurviveTheWayThereAndBack) {
  for (const Code code : {Code::kInvalid, Code::kUnauthorized, Code::kForbidden, Code::kNotFound,
                          Code::kAlreadyExists, Code::kConflict, Code::kGone, Code::kTooLarge,
                          Code::kUnavailable, Code::kInternal}) {
    const base::Error back =
        error_from_status(to_status_object({code, "the text", {}, "the hint"}), 500);
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.text, "the text");
    EXPECT_EQ(back.hint, "the hint");
  }
}

std::string event(const char* type, const char* name, int revision) {
  return std::string(R"({"type":")") + type + R"(","object":{"metadata":{"name":")" + name +
         R"(","resourceVersion":")" + std::to_string(revision) + "\"}}}\n";
}

// All until the watch says why it ended; "!" and the code's reason then.
std::string drain(Watch& watch) {
  std::string seen;
  for (;;) {
    const auto events = watch.next(10'000);
    if (!events) return seen + "!" + std::string(base::reason(events.error().code));
    for (const WatchEvent& got : *events) {
      seen += got.type == WatchEvent::Type::kAdded      ? "+"
              : got.type == WatchEvent::Type::kModified ? "~"
                                                        : "-";
      seen += got.object.string_at("metadata", "name");
    }
  }
}

TEST_F(HttpApiTest, AWatchReadsEventsHoweverTheBytesFall) {
  const std::string all = event("ADDED", "a", 5) + event("MODIFIED", "a", 6) +
                          event("BOOKMARK", "", 8) + event("DELETED", "a", 9);
  for (const size_t cut : {size_t{1}, size_t{10}, all.find('\n'), all.find('\n') + 1, all.size()}) {
    wire_.seen.clear();
    wire_.serve = [&](const sys::HttpRequest&) {
      return Answer{200, "", {all.substr(0, cut), all.substr(cut)}};
    };
    auto watch = api_->watch(kind_of("pods"), "argo", {"k=v", "", "", 0}, "4").value();
    EXPECT_EQ(drain(*watch), "+a~a-a!ServiceUnavailable") << cut;
    EXPECT_EQ(watch->bookmark(), "9");
    EXPECT_THAT(wire_.seen, ElementsAre("GET /api/v1/namespaces/argo/pods?labelSelector=k%3Dv"
                                        "&watch=true&allowWatchBookmarks=true&resourceVersion=4"));
  }
}

TEST_F(HttpApiTest, AWatchFromNothingListsFirst) {
  wire_.serve = [](const sys::HttpRequest& request) {
    if (request.target.find("watch=true") == std::string::npos)
      return Answer{200,
                    R"({"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}}]})"};
    EXPECT_THAT(request.target, HasSubstr("resourceVersion=7"));
    return Answer{200, "", {event("BOOKMARK", "", 12)}};
  };
  auto watch = api_->watch(kind_of("pods"), "argo", {}, "").value();
  EXPECT_EQ(drain(*watch), "+a!ServiceUnavailable");
}

TEST_F(HttpApiTest, ALostHistoryIsGone) {
  wire_.serve = [](const sys::HttpRequest&) {
    return Answer{200,
                  "",
                  {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,"
                   "\"reason\":\"Expired\",\"message\":\"too old\"}}\n"}};
  };
  EXPECT_EQ(drain(*api_->watch(kind_of("pods"), "", {}, "1").value()), "!Expired");
  wire_.serve = [](const sys::HttpRequest&) {
    return Answer{410, R"({"reason":"Expired","message":"too old"})"};
  };
  EXPECT_EQ(drain(*api_->watch(kind_of("pods"), "", {}, "1").value()), "!Expired");
}

TEST_F(HttpApiTest, ACancelledWatchComesBackAtOnce) {
  wire_.serve = [](const sys::HttpRequest&) { return Answer{200, "", {}, true}; };
  auto watch = api_->watch(kind_of("pods"), "", {}, "1").value();
  EXPECT_THAT(watch->next(0).value(), IsEmpty());
  watch->cancel();
  EXPECT_THAT(watch->next(-1).value(), IsEmpty());
}

// A node agent of a few canned answers.
class FakeNode final : public NodeApi {
 public:
  std::vector<std::string> lines;
  std::optional<base::Error> end;
  LogOptions asked;
  base::Status logs(std::string_view uid, const LogOptions& options,
                    const std::function<bool(std::string_view)>& on_line) override {
    asked = options;
    if (uid != "uid/1") return base::fail(Code::kNotFound, "no pod " + std::string(uid));
    for (const std::string& line : lines)
      if (!on_line(line)) return {};
    return end ? base::Status(base::fail(*end)) : base::Status();
  }
  base::Result<std::vector<ImageInfo>> images() override {
    return std::vector<ImageInfo>{{"busybox:1", "sha256:0", 1 << 20, base::Time{1'000'000'007}}};
  }
  base::Result<ImageInfo> pull_image(std::string_view name,
                                     const std::function<bool(std::string_view)>& say) override {
    say("layer 1");
    say("layer \"2\"");
    if (name == "bad") return base::fail(Code::kNotFound, "no such image", {}, "argo image import");
    return ImageInfo{std::string(name), "sha256:1", 7, {}};
  }
  base::Result<ImageInfo> import_image(std::string_view path, std::string_view name) override {
    return ImageInfo{std::string(name), "from " + std::string(path), 9, {}};
  }
  base::Status remove_image(std::string_view name) override {
    if (name == "a/b:c") return {};
    return base::fail(Code::kConflict, "image " + std::string(name) + " is in use");
  }
  base::Result<uint64_t> prune_images() override { return 5'000'000'000; }
  base::Result<std::vector<DoctorFinding>> doctor() override {
    return std::vector<DoctorFinding>{{false, true, "crun", "not found", "apt-get install crun"}};
  }
};

class Capture final : public sys::HttpWriter {
 public:
  Answer answer;
  void send(sys::HttpResponse response) override {
    answer.status = response.status;
    answer.body = response.body;
    answer.pieces = {response.body};
  }
  void begin(int status, sys::Headers) override { answer.status = status; }
  bool write(std::string_view bytes) override {
    answer.pieces.emplace_back(bytes);
    answer.body += bytes;
    return true;
  }
  void end(sys::Headers) override { ended = true; }
  std::shared_ptr<sys::HttpStream> detach(int, sys::Headers) override { return nullptr; }
  base::Result<std::unique_ptr<sys::ByteStream>> upgrade(sys::Headers) override {
    return base::fail(Code::kUnsupported, "no connection");
  }
  bool is_gone() const override { return false; }
  void on_gone(std::function<void()>) override {}
  bool ended = false;
};

class NodeApiOverHttp : public testing::Test {
 protected:
  NodeApiOverHttp() : api_(make_http_node_api(wire_.factory())) {
    wire_.serve = [this](const sys::HttpRequest& request) {
      Capture writer;
      if (!serve_node_api(node_, request, writer)) return Answer{404, ""};
      return writer.answer;
    };
  }
  base::Status read(const LogOptions& options, std::string uid = "uid/1") {
    got_.clear();
    return api_->logs(uid, options, [&](std::string_view line) {
      got_.emplace_back(line);
      return true;
    });
  }
  FakeNode node_;
  Wire wire_;
  std::unique_ptr<NodeApi> api_;
  std::vector<std::string> got_;
};

TEST_F(NodeApiOverHttp, LogLinesArriveAsTheyAre) {
  node_.lines = {"one",
                 "",
                 std::string("\0nul", 4),
                 std::string("\0{\"code\":404}", 13),
                 std::string("\0\0", 2),
                 "\xff\xfe",
                 std::string(100'000, 'x')};
  ASSERT_TRUE(read({}));
  EXPECT_EQ(got_, node_.lines);
}

TEST_F(NodeApiOverHttp, LogOptionsArriveAsTheyAre) {
  LogOptions options{"wait", true, true, true, 5, 1000, base::Time{1'700'000'000'123'456'789}};
  ASSERT_TRUE(read(options));
  EXPECT_EQ(node_.asked.container, "wait");
  EXPECT_TRUE(node_.asked.follow && node_.asked.previous && node_.asked.timestamps);
  EXPECT_EQ(node_.asked.tail_lines, 5);
  EXPECT_EQ(node_.asked.limit_bytes, 1000);
  EXPECT_EQ(node_.asked.since, options.since);
  ASSERT_TRUE(read({}));
  EXPECT_FALSE(node_.asked.tail_lines || node_.asked.since.is_set());
  EXPECT_EQ(node_.asked.container, "main");
}

TEST_F(NodeApiOverHttp, LogErrorsArriveBeforeAndAfterTheFirstLine) {
  EXPECT_EQ(read({}, "other").error().code, Code::kNotFound);
  node_.lines = {"one"};
  node_.end = base::Error{Code::kUnavailable, "the disk is gone"};
  const base::Status done = read({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnavailable);
  EXPECT_EQ(done.error().text, "the disk is gone");
  EXPECT_THAT(got_, ElementsAre("one"));
}

TEST_F(NodeApiOverHttp, AReaderMayStop) {
  node_.lines = {"one", "two", "three"};
  int seen = 0;
  EXPECT_TRUE(api_->logs("uid/1", {}, [&](std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST_F(NodeApiOverHttp, ImagesAndFindingsArriveAsTheyAre) {
  const auto images = api_->images().value();
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_EQ(images[0].name, "busybox:1");
  EXPECT_EQ(images[0].digest, "sha256:0");
  EXPECT_EQ(images[0].size_bytes, 1u << 20);
  EXPECT_EQ(images[0].pulled_at.ns, 1'000'000'007);
  EXPECT_EQ(api_->import_image("/tmp/a b.tar", "x").value().digest, "from /tmp/a b.tar");
  EXPECT_EQ(api_->prune_images().value(), 5'000'000'000u);
  EXPECT_TRUE(api_->remove_image("a/b:c"));
  EXPECT_EQ(api_->remove_image("d").error().text, "image d is in use");
  const auto findings = api_->doctor().value();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_TRUE(findings[0].fatal && !findings[0].ok);
  EXPECT_EQ(findings[0].advice, "apt-get install crun");
}

TEST_F(NodeApiOverHttp, APullTellsItsProgressAndItsEnd) {
  std::vector<std::string> progress;
  const auto say = [&](std::string_view line) {
    progress.emplace_back(line);
    return true;
  };
  EXPECT_EQ(api_->pull_image("good", say).value().digest, "sha256:1");
  EXPECT_THAT(progress, ElementsAre("layer 1", "layer \"2\""));
  const auto bad = api_->pull_image("bad", say);
  EXPECT_EQ(bad.error().code, Code::kNotFound);
  EXPECT_EQ(bad.error().hint, "argo image import");
  EXPECT_EQ(api_->pull_image("", say).error().code, Code::kInvalid);
  wire_.unreachable = true;
  EXPECT_EQ(api_->pull_image("good", say).error().code, Code::kUnavailable);
}

TEST_F(NodeApiOverHttp, OtherPathsAreNotOurs) {
  Capture writer;
  for (const char* target : {"/", "/logs", "/imagesx", "/api/v1/pods"})
    EXPECT_FALSE(serve_node_api(node_, {"GET", target, {}, {}}, writer)) << target;
  EXPECT_FALSE(serve_node_api(node_, {"PUT", "/images", {}, {}}, writer));
  EXPECT_TRUE(serve_node_api(node_, {"GET", "/healthz", {}, {}}, writer));
  EXPECT_EQ(writer.answer.body, "ok");
  EXPECT_TRUE(serve_node_api(node_, {"GET", "/logs/u?tailLines=x", {}, {}}, writer));
  EXPECT_EQ(writer.answer.status, 422);
}

}  // namespace
}  // namespace kube

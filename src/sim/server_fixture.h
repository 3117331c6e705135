// server_fixture.h — for tests: the server's routes over a real socket, with control and a
// simulated agent behind them.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/controller.h"
#include "kube/kinds.h"
#include "server/admission.h"
#include "server/api_server.h"
#include "sim/simulated_agent.h"
#include "store/memory.h"
#include "sys/http_server.h"
#include "text/json.h"

namespace sim {

using text::Value;

// Has a log of two lines for each pod.
class CannedNode final : public kube::NodeApi {
 public:
  base::Status logs(std::string_view, const kube::LogOptions& options,
                    const std::function<bool(std::string_view)>& on_line) override {
    if (options.container != "main") return base::fail(base::Code::kNotFound, "no such log");
    EXPECT_TRUE(options.timestamps) << "the server merges by time";
    for (const char* line :
         {"2026-01-02T03:04:05.000000001Z first", "2026-01-02T03:04:06Z second line"})
      if (!on_line(line)) break;
    return {};
  }
  base::Result<std::vector<kube::ImageInfo>> images() override {
    return std::vector<kube::ImageInfo>{{"busybox", "sha256:1", 7, {}}};
  }
  base::Result<kube::ImageInfo> pull_image(
      std::string_view name, const std::function<bool(std::string_view)>& progress) override {
    progress("half");
    if (name == "absent") return base::fail(base::Code::kNotFound, "no such image");
    return kube::ImageInfo{std::string(name), "sha256:2", 8, {}};
  }
  base::Result<kube::ImageInfo> import_image(std::string_view, std::string_view name) override {
    return kube::ImageInfo{std::string(name), "", 0, {}};
  }
  base::Status remove_image(std::string_view) override { return {}; }
  base::Result<uint64_t> prune_images() override { return 9u; }
  base::Result<std::vector<kube::DoctorFinding>> doctor() override {
    return std::vector<kube::DoctorFinding>{{false, true, "crun", "is missing", "install crun"}};
  }
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/argon-server-XXXXXX";
    folder_ = mkdtemp(name);
    server::install_admission(api_);
    server::ApiServerOptions options;
    options.access.token = "0123456789abcdef";
    options.access.hosts = {"argo.test:1"};
    options.read_token_key = [] { return std::string("the key of tests"); };
    options.find_locks = [this](std::string_view namespace_, size_t waiters) {
      return controller_.locks(namespace_, waiters);
    };
    rest_ = std::make_unique<server::ApiServer>(api_, &node_, clock_, options);
    http_ = std::make_unique<sys::HttpServer>(
        [this](const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out) {
          rest_->handle(request, peer, out);
        },
        sys::HttpServerOptions{});
    EXPECT_TRUE(http_->listen_unix(folder_ + "/s"));
    port_ = http_->listen_tcp("127.0.0.1", 0).value_or(0);
    http_->start();
    controller_.start();
    agent_thread_ = std::thread([this] {
      SimulatedAgent agent(*store_, clock_, [this](std::string_view pod, std::string_view) {
        const int code = shaky_fails_ && pod.find("shaky") != pod.npos ? 1 : 0;
        return SimulatedEnd{code, "", "", pod.find("endless") != pod.npos};
      });
      while (!stopping_) (void)agent.run_once(20);
    });
  }
  ~ServerTest() override {
    stopping_ = true;
    agent_thread_.join();
    http_->stop();
    controller_.stop();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<sys::HttpClient> client() const {
    return sys::make_http_client({"unix:" + folder_ + "/s", "", false});
  }
  sys::HttpResponse send(const std::string& method, const std::string& target,
                         const std::string& body = "",
                         const std::string& type = "application/json") const {
    auto answer = client()->send({method, target, {{"Content-Type", type}}, body});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(sys::HttpResponse{});
  }
  Value json(const std::string& method, const std::string& target,
             const std::string& body = "") const {
    auto value = text::parse_json(send(method, target, body).body);
    EXPECT_TRUE(value) << method << " " << target;
    return value.value_or(Value());
  }

  static std::string workflow(const std::string& name, const std::string& templates,
                              const std::string& more = "") {
    return R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":")" + name +
           R"("},"spec":{"entrypoint":"main","templates":[)" + templates + "]" + more + "}}";
  }
  static constexpr const char* kContainer = R"({"name":"main","container":{"image":"busybox"}})";
  static constexpr const char* kSuspend =
      R"({"name":"main","suspend":{},)"
      R"("outputs":{"parameters":[{"name":"answer","valueFrom":{"supplied":{}}}]}})";

  void create(const std::string& name, const std::string& templates, const std::string& more = "") {
    const auto answer = send("POST", "/api/v1/workflows/argo",
                             "{\"workflow\":" + workflow(name, templates, more) + "}");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  // Until the watch shows what `is_it` waits for.
  Value wait(const std::string& name, const std::function<bool(const Value&)>& is_it) {
    Value found;
    std::string buffer;
    (void)client()->stream(
        {"GET",
         "/api/v1/workflow-events/argo?listOptions.fieldSelector=metadata.name%3D" + name,
         {},
         ""},
        [&](std::string_view bytes) {
          buffer += bytes;
          for (size_t end; (end = buffer.find('\n')) != std::string::npos;
               buffer.erase(0, end + 1)) {
            auto line = text::parse_json(buffer.substr(0, end));
            const Value* object = line ? line->find_path("result", "object") : nullptr;
            EXPECT_NE(object, nullptr) << buffer.substr(0, end);
            if (object != nullptr && is_it(*object)) {
              found = *object;
              return false;
            }
          }
          return true;
        });
    return found;
  }
  Value wait_phase(const std::string& name, const std::string& phase) {
    return wait(name, [&](const Value& w) { return w.string_at("status", "phase") == phase; });
  }
  static bool has_running_suspend(const Value& workflow) {
    const Value* nodes = workflow.find_path("status", "nodes");
    if (nodes == nullptr) return false;
    for (const text::Member& node : nodes->as_map())
      if (node.value.string_at("type") == "Suspend" && node.value.string_at("phase") == "Running")
        return true;
    return false;
  }

  std::string folder_;
  uint16_t port_ = 0;
  sys::RealClock clock_;
  sys::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  kube::StoreApi api_{*store_, clock_, random_};
  CannedNode node_;
  control::Controller controller_{api_, clock_, random_, {}};
  std::unique_ptr<server::ApiServer> rest_;
  std::unique_ptr<sys::HttpServer> http_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> shaky_fails_ = true;  // pods of templates of this name
  std::thread agent_thread_;
};

}  // namespace sim

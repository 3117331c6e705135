// path_bench — the whole embedded path in one process: submit by HTTP over a Unix socket, engine,
// SQLite with power-loss-safe commits in a temporary folder on disk, watches, a simulated agent
// that ends pods at once, and a client that watches the workflows.
//
//   path_bench [nodes|wf|chain]:N …      default: nodes:1000 nodes:100000 wf:1000 chain:30
//   chain:300
//
// Prints lines "name<TAB>value".
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "control/controller.h"
#include "kube/store_api.h"
#include "server/admission.h"
#include "server/api_server.h"
#include "sim/simulated_agent.h"
#include "store/sqlite.h"
#include "sys/clock.h"
#include "sys/http.h"
#include "sys/http_server.h"
#include "sys/random.h"
#include "text/json.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

[[noreturn]] void give_up(const std::string& text) {
  fmt::print(stderr, "path_bench: {}\n", text);
  _exit(1);
}

// Counts what is written, on the way to the real store.
class CountingStore final : public store::Store {
 public:
  explicit CountingStore(store::Store& inner) : inner_(inner) {}
  base::Result<store::Object> get(const store::Key& key) const override { return inner_.get(key); }
  base::Result<std::vector<std::optional<store::Object>>> get_many(
      const std::vector<store::Key>& keys) const override {
    return inner_.get_many(keys);
  }
  base::Result<store::ListPage> list(const store::ListQuery& query) const override {
    return inner_.list(query);
  }
  base::Result<uint64_t> commit(store::Batch batch) override {
    written += batch.puts.size() + batch.rows.size() + batch.deleted_rows.size();
    for (const store::PutObject& put : batch.puts) events += put.key.resource == "events" ? 1 : 0;
    ++commits;
    return inner_.commit(std::move(batch));
  }
  base::Result<std::unique_ptr<store::Watch>> watch(std::string_view resource,
                                                    std::string_view namespace_,
                                                    uint64_t revision) override {
    return inner_.watch(resource, namespace_, revision);
  }
  base::Result<std::unique_ptr<store::Watch>> watch_early(std::string_view resource,
                                                          std::string_view namespace_) override {
    return inner_.watch_early(resource, namespace_);
  }
  base::Status rows(std::string_view owner_uid, std::string_view collection, uint64_t first_key,
                    const RowVisitor& visit) const override {
    return inner_.rows(owner_uid, collection, first_key, visit);
  }
  uint64_t revision() const override { return inner_.revision(); }

  std::atomic<uint64_t> written = 0, commits = 0, events = 0;  // events: of the written

 private:
  store::Store& inner_;
};

// A server with everything but sockets to the outside.
class Path {
 public:
  explicit Path(const std::string& folder) {
    store::SqliteOptions options;
    options.directory = folder + "/store";
    auto opened = store::open_sqlite(options);
    if (!opened) give_up(opened.error().text);
    sqlite = std::move(*opened);
    store = std::make_unique<CountingStore>(*sqlite);
    api = std::make_unique<kube::StoreApi>(*store, clock, random);
    server::install_admission(*api);
    control::ControllerOptions control_options;
    control_options.log = [](std::string_view text) { fmt::print(stderr, "{}\n", text); };
    controller = std::make_unique<control::Controller>(*api, clock, random, control_options);
    rest = std::make_unique<server::ApiServer>(*api, nullptr, clock, server::ApiServerOptions{});
    http = std::make_unique<sys::HttpServer>(
        [this](const sys::HttpRequest& request, const sys::HttpPeer& peer, sys::HttpWriter& out) {
          rest->handle(request, peer, out);
        },
        sys::HttpServerOptions{});
    socket = folder + "/s";
    if (auto done = http->listen_unix(socket); !done) give_up(done.error().text);
    http->start();
    controller->start();
    agent_thread = std::thread([this] {
      sim::SimulatedAgent agent(*store, clock);
      while (!stopping) (void)agent.run_once(100);
    });
  }
  ~Path() {
    stopping = true;
    agent_thread.join();
    http->stop();
    controller->stop();
  }
  std::unique_ptr<sys::HttpClient> client() const {
    return sys::make_http_client({"unix:" + socket, "", false});
  }

  sys::RealClock clock;
  sys::RealRandom random;
  std::unique_ptr<store::Store> sqlite;
  std::unique_ptr<CountingStore> store;
  std::unique_ptr<kube::StoreApi> api;
  std::unique_ptr<control::Controller> controller;
  std::unique_ptr<server::ApiServer> rest;
  std::unique_ptr<sys::HttpServer> http;
  std::string socket;
  std::atomic<bool> stopping = false;
  std::thread agent_thread;
};

// One template with two inputs and an argument of three tags, as the engine's own benchmark.
constexpr std::string_view kWork =
    R"({"name":"work","inputs":{"parameters":[{"name":"a"},{"name":"b"}]},)"
    R"("container":{"image":"busybox","command":["true"],)"
    R"("args":["{{inputs.parameters.a}}-{{inputs.parameters.b}}-{{workflow.name}}"]}})";

// A workflow of so many nodes: the steps, their group, and pods.
std::string fan_out(const std::string& name, uint64_t nodes) {
  const uint64_t pods = nodes - 2;
  return fmt::format(
      R"({{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"name":"{}"}},)"
      R"("spec":{{"entrypoint":"main","templates":[{{"name":"main",)"
      R"("steps":[[{{"name":"do","template":"work",)"
      R"("arguments":{{"parameters":[{{"name":"a","value":"{{{{item}}}}"}},)"
      R"({{"name":"b","value":"x"}}]}},)"
      R"("withSequence":{{"count":"{}"}}}}]]}},{}]}}}})",
      name, pods, kWork);
}

std::string chain(const std::string& name, uint64_t steps) {
  std::string list;
  for (uint64_t i = 0; i < steps; ++i)
    list += fmt::format(R"({}[{{"name":"s{}","template":"work",)"
                        R"("arguments":{{"parameters":[{{"name":"a","value":"{}"}},)"
                        R"({{"name":"b","value":"x"}}]}}}}])",
                        i == 0 ? "" : ",", i, i);
  return fmt::format(
      R"({{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"name":"{}"}},)"
      R"("spec":{{"entrypoint":"main","templates":[{{"name":"main","steps":[{}]}},{}]}}}})",
      name, list, kWork);
}

void submit(sys::HttpClient& client, const std::string& workflow) {
  auto answer = client.send({"POST",
                             "/api/v1/workflows/default",
                             {{"Content-Type", "application/json"}},
                             "{\"workflow\":" + workflow + "}"});
  if (!answer) give_up(answer.error().text);
  if (answer->status != 200) give_up(answer->body);
}

// Watches all workflows by HTTP until `count` have ended; they must have succeeded.
void wait_for(const Path& path, size_t count) {
  auto watcher = path.client();
  std::set<std::string> ended;
  std::string buffer;
  auto answer = watcher->stream(
      {"GET",
       "/api/v1/workflow-events/"
       "default?fields=result.type,result.object.metadata.name,result.object.status.phase,result."
       "object.status.message,result.object.status.nodes",
       {},
       ""},
      [&](std::string_view bytes) {
        buffer += bytes;
        size_t from = 0;
        for (size_t end; (end = buffer.find('\n', from)) != std::string::npos; from = end + 1) {
          auto event = text::parse_json(std::string_view(buffer).substr(from, end - from));
          if (!event) give_up("the watch gave no JSON");
          const auto phase = event->string_at("result", "object", "status", "phase");
          if (phase == "Failed" || phase == "Error")
            give_up(std::string(event->string_at("result", "object", "status", "message")));
          if (phase == "Succeeded")
            ended.insert(std::string(event->string_at("result", "object", "metadata", "name")));
        }
        buffer.erase(0, from);
        return ended.size() < count;
      });
  if (!answer) give_up(answer.error().text);
}

long peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) / 1024;
  return 0;
}

void measure(const std::string& kind, uint64_t n, const std::string& folder) {
  Path path(folder);
  auto client = path.client();
  submit(*client, chain("warm", 2));
  while (path.controller->active_count() != 0 || path.store->written == 0) usleep(1000);
  usleep(20'000);
  const uint64_t written_before = path.store->written, commits_before = path.store->commits,
                 events_before = path.store->events;
  const auto began = Clock::now();
  const size_t workflows = kind == "wf" ? n : 1;
  std::atomic<uint64_t> next = 0;
  auto submit_all = [&] {
    auto mine = path.client();
    for (uint64_t i; (i = next++) < workflows;)
      submit(*mine, kind == "chain" ? chain("c", n)
                                    : fan_out(fmt::format("w{}", i), kind == "wf" ? 10 : n));
  };
  std::vector<std::thread> submitters;
  for (int i = 0; i < (workflows > 1 ? 4 : 1); ++i) submitters.emplace_back(submit_all);
  wait_for(path, workflows + 1);  // the watch begins with what is there: the warm-up too
  for (std::thread& submitter : submitters) submitter.join();
  const double took = seconds_since(began);
  const auto nodes = static_cast<double>(kind == "wf" ? n * 10 : n);
  const auto events = static_cast<double>(path.store->events - events_before);
  const double rows = static_cast<double>(path.store->written - written_before) - events;
  const std::string name = kind == "wf" ? fmt::format("wf{}x10", n) : fmt::format("nodes_{}", n);
  if (kind == "chain") {
    fmt::print("chain_{}_ms_per_step\t{:.4f}\n", n, took * 1e3 / nodes);
  } else {
    fmt::print("{0}_per_second\t{1:.0f}\n{0}_rows_per_node\t{2:.3f}\n", name, nodes / took,
               rows / nodes);
    fmt::print("{}_events_per_node\t{:.3f}\n", name, events / nodes);
  }
  if (kind == "nodes") {
    fmt::print("nodes_{}_peak_rss_mb\t{}\n", n, peak_rss_mb());
    fmt::print("nodes_{}_commits\t{}\n", n, path.store->commits - commits_before);
  }
  fflush(stdout);
}

}  // namespace

// Each measurement in a process of its own: so that peak memory is its own too.
int main(int argc, char** argv) {
  std::vector<std::string> wanted(argv + 1, argv + argc);
  if (wanted.empty()) wanted = {"nodes:1000", "nodes:100000", "wf:1000", "chain:30", "chain:300"};
  int failures = 0;
  for (const std::string& one : wanted) {
    const size_t colon = one.find(':');
    if (colon == std::string::npos) give_up("what is \"" + one + "\"? nodes:N, wf:N or chain:N");
    const char* base = std::getenv("ARGON_BENCH_DIR");
    std::string folder = std::string(base ? base : "/var/tmp") + "/argon-path-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) give_up("cannot make " + folder);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      measure(one.substr(0, colon), std::strtoull(one.c_str() + colon + 1, nullptr, 10), folder);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    failures += status == 0 ? 0 : 1;
    std::filesystem::remove_all(folder);
  }
  return failures == 0 ? 0 : 1;
}

// store_bench — what the store bears, durable, on a directory of the disk that is to be measured.
//
//   store_bench [NODES [DIRECTORY [PREFIX]]]
//
// PREFIX: only what is named so.
//
// Prints "name<TAB>value", each the best of three runs. A "node" is what a step costs the store:
// its row and its pod inserted, the pod's status and the row updated, by two writers as control and
// agent are, with a watch on pods.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kube/kinds.h"
#include "kube/store_api.h"
#include "store/sqlite.h"
#include "text/json.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kBatch = 100;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class T>
T must(base::Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
  std::exit(1);
}

class Bench {
 public:
  explicit Bench(const std::string& parent) {
    std::string name = parent + "/argon-bench-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
  }
  ~Bench() {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    store::SqliteOptions options;
    options.directory = directory_;
    store_ = must(store::open_sqlite(options));
  }
  void close() { store_.reset(); }
  store::Store& store() { return *store_; }

 private:
  std::string directory_;
  std::unique_ptr<store::Store> store_;
};

store::PutObject workflow(const std::string& name, size_t bytes) {
  store::PutObject put;
  put.key = {"workflows.argoproj.io", "argo", name};
  put.uid = "uid-" + name;
  put.labels = {{"workflows.argoproj.io/phase", "Running"}};
  put.json = R"({"metadata":{"name":")" + name + R"("},"spec":")" + std::string(bytes, 'x') + "\"}";
  return put;
}

std::string pod_name(uint64_t node) {
  // Spread as names that end in a hash are.
  return fmt::format("fan-out-step-{}", (node * 2654435761u) % 4294967291u);
}

store::PutObject pod(uint64_t node, bool ended) {
  store::PutObject put;
  put.key = {"pods", "argo", pod_name(node)};
  put.uid = fmt::format("{:08x}-0000-4000-8000-000000000000", node);
  put.labels = {{"workflows.argoproj.io/workflow", "fan-out"},
                {"workflows.argoproj.io/completed", ended ? "true" : "false"}};
  put.owner_uids = {"uid-fan-out"};
  put.json.assign(ended ? 1800 : 1500, 'p');
  put.precondition =
      ended ? store::Precondition::must_exist() : store::Precondition::must_not_exist();
  return put;
}

void put_row(store::Batch& batch, uint64_t node, size_t bytes) {
  batch.rows.push_back({"uid-fan-out", "nodes", node, std::string(bytes, 'n')});
}

double row_inserts(const std::string& parent, uint64_t count) {
  Bench bench(parent);
  store::Batch first;
  first.puts.push_back(workflow("fan-out", 1000));
  must(bench.store().commit(first));
  const auto start = Clock::now();
  for (uint64_t node = 0; node < count; node += kBatch) {
    store::Batch batch;
    for (uint64_t i = node; i < node + kBatch; ++i) put_row(batch, i, 300);
    must(bench.store().commit(std::move(batch)));
  }
  return static_cast<double>(count) / seconds_since(start);
}

// The writes of control: a batch of new nodes with their pods, and the ends of an earlier batch.
void control_batch(store::Store& store, uint64_t started, uint64_t ended, uint64_t count) {
  store::Batch batch;
  for (uint64_t i = started; i < std::min(started + kBatch, count); ++i) {
    batch.puts.push_back(pod(i, false));
    put_row(batch, i, 300);
  }
  if (ended < count)
    for (uint64_t i = ended; i < ended + kBatch; ++i) put_row(batch, i, 400);
  batch.puts.push_back(workflow("fan-out", 1000));
  must(store.commit(std::move(batch)));
}

double nodes(const std::string& parent, uint64_t count) {
  Bench bench(parent);
  store::Store& store = bench.store();
  store::Batch first;
  first.puts.push_back(workflow("fan-out", 1000));
  must(store.commit(first));
  auto pods = must(store.watch("pods", "", 0));
  const auto start = Clock::now();
  std::atomic<uint64_t> started{0}, ended{0};
  std::thread agent([&] {
    for (uint64_t node = 0; node < count;) {
      if (node + kBatch > started) {
        std::this_thread::yield();
        continue;
      }
      store::Batch batch;
      for (uint64_t i = node; i < node + kBatch; ++i) batch.puts.push_back(pod(i, true));
      must(store.commit(std::move(batch)));
      ended = node += kBatch;
    }
  });
  uint64_t given = 0;
  for (uint64_t next = 0, done = 0; done < count;) {
    const bool has_ended = ended > done;
    if (next >= count && !has_ended) {
      std::this_thread::yield();
      continue;
    }
    control_batch(store, next, has_ended ? done : count, count);
    next = std::min(next + kBatch, count);
    started = next;
    if (has_ended) done += kBatch;
    given += must(pods->next(0, nullptr)).size();
  }
  agent.join();
  const double seconds = seconds_since(start);
  if (given == 0) std::exit(1);
  pods.reset();
  return static_cast<double>(count) / seconds;
}

double commit_microseconds(const std::string& parent) {
  Bench bench(parent);
  constexpr uint64_t kCommits = 2000;
  const auto start = Clock::now();
  for (uint64_t i = 0; i < kCommits; ++i) {
    store::Batch batch;
    batch.puts.push_back(workflow("w", 1000 + i % 2));
    must(bench.store().commit(std::move(batch)));
  }
  return seconds_since(start) * 1e6 / kCommits;
}

double open_milliseconds(Bench& bench) {
  bench.close();
  const auto start = Clock::now();
  bench.open();
  return seconds_since(start) * 1e3;
}

void fill_workflows(Bench& bench) {
  for (int w = 0; w < 10'000; w += 100) {
    store::Batch batch;
    for (int i = w; i < w + 100; ++i) {
      batch.puts.push_back(workflow("w" + std::to_string(i), 4000));
      for (uint64_t node = 0; node < 10; ++node)
        batch.rows.push_back({"uid-w" + std::to_string(i), "nodes", node, std::string(300, 'n')});
    }
    must(bench.store().commit(std::move(batch)));
  }
}

constexpr const char* kPod = R"json({"metadata":{"name":"fan-out-step-1234567890",
"namespace":"argo","labels":{"workflows.argoproj.io/workflow":"fan-out",
"workflows.argoproj.io/completed":"false"},
"annotations":{"workflows.argoproj.io/node-id":"fan-out-1234567890",
"workflows.argoproj.io/node-name":"fan-out(0:0)",
"workflows.argoproj.io/outputs-wanted":"{\"result\":true,\"parameters\":[]}"},
"ownerReferences":[{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","name":"fan-out",
"uid":"uid-fan-out","controller":true,"blockOwnerDeletion":true}]},
"spec":{"restartPolicy":"Never","serviceAccountName":"default","terminationGracePeriodSeconds":30,
"containers":[{"name":"main","image":"busybox","command":["echo"],"args":["hello 12345"],
"env":[{"name":"A","value":"B"}],"resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}})json";
constexpr const char* kStatus = R"json({"phase":"Succeeded","startTime":"2026-01-01T00:00:00Z",
"containerStatuses":[{"name":"main","image":"busybox","imageID":"sha256:0","ready":false,
"restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed",
"startedAt":"2026-01-01T00:00:00Z","finishedAt":"2026-01-01T00:00:01Z"}}}]})json";

// The same through the manners of the API: JSON built, checked and written by `threads` writers.
double api_pods(const std::string& parent, uint64_t count, int threads, bool update) {
  Bench bench(parent);
  const sys::RealClock clock;
  sys::RealRandom random;
  kube::StoreApi api(bench.store(), clock, random);
  const kube::Kind& pods = kube::kind_of("pods");
  const text::Value source = must(text::parse_json(kPod)), status = must(text::parse_json(kStatus));
  std::vector<text::Value> made(count);
  const auto create = [&](uint64_t from) {
    store::Batch batch;
    for (uint64_t i = from; i < from + kBatch; ++i) {
      text::Value object = source;
      object["metadata"]["name"] = pod_name(i);
      made[i] = object;
      batch.puts.push_back(must(api.prepare_create(pods, "argo", std::move(object))));
    }
    must(api.commit(std::move(batch)));
  };
  const auto finish = [&](uint64_t i) {
    text::Value object = made[i];
    object["status"] = status;
    must(api.update_status({&pods, "argo", pod_name(i)}, std::move(object)));
  };
  auto start = Clock::now();
  for (uint64_t i = 0; i < count; i += kBatch) create(i);
  if (!update) return static_cast<double>(count) / seconds_since(start);
  start = Clock::now();
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&, t] {
      for (uint64_t i = static_cast<uint64_t>(t); i < count; i += static_cast<uint64_t>(threads))
        finish(i);
    });
  for (std::thread& writer : writers) writer.join();
  return static_cast<double>(count) / seconds_since(start);
}

void print(std::string_view only, std::string_view name, bool high,
           const std::function<double()>& run) {
  if (name.substr(0, only.size()) != only) return;
  double best = run();
  for (int i = 1; i < 3; ++i) best = high ? std::max(best, run()) : std::min(best, run());
  fmt::print("{}\t{:.1f}\n", name, best);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t count =
      (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000) / kBatch * kBatch;
  const std::string parent = argc > 2 ? argv[2] : "/tmp";
  const std::string only = argc > 3 ? argv[3] : "";
  const auto best = [&](const std::string& name, bool high, const std::function<double()>& run) {
    print(only, name, high, run);
  };
  best(fmt::format("nodes_{}_per_second", count), true, [&] { return nodes(parent, count); });
  best("rows_per_second", true, [&] { return row_inserts(parent, count); });
  best("commit_us", false, [&] { return commit_microseconds(parent); });
  best("api_create_pods_per_second", true, [&] { return api_pods(parent, 10'000, 1, false); });
  best("api_status_updates_1_thread_per_second", true,
       [&] { return api_pods(parent, 10'000, 1, true); });
  best("api_status_updates_8_threads_per_second", true,
       [&] { return api_pods(parent, 10'000, 8, true); });
  if (!std::string_view("open_").starts_with(std::string_view(only).substr(0, 5))) return 0;
  Bench bench(parent);
  fill_workflows(bench);
  best("open_10000_workflows_ms", false, [&] { return open_milliseconds(bench); });
}

// alive_bench — what an event costs while much else is alive: the controllers over SQLite,
// a clock that is put where the next event is, and an agent that ends pods at once.
//
//   alive_bench [workflows|locks|crons]:N …    default: 10 to 10,000 workflows and waiters for a
//                                              lock, 10 to 1,000 crons
//
// workflows:N  N workflows stand with a running pod; others come, run two steps, and end.
// locks:N      N workflows wait for a mutex; others, of a higher priority, come and wait, get it
// one
//              after the other, run and end.
// crons:N      N CronWorkflows; a slot starts a workflow, which runs and ends, and an old one is
//              deleted.
//
// Prints lines "name<TAB>value": microseconds of this process' time for each workflow that comes
// or each slot, the smallest of several runs.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/cron_controller.h"
#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/admission.h"
#include "sim/simulated_agent.h"
#include "store/sqlite.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "text/yaml.h"

namespace {

constexpr int kRounds = 5, kWorkflowsPerRound = 400, kHours = 3;

// Nothing here waits, so that what else runs on the machine does not count.
double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

[[noreturn]] void give_up(std::string_view text) {
  fmt::print(stderr, "alive_bench: {}\n", text);
  _exit(1);
}

template <class T>
void need(const base::Result<T>& result) {
  if (!result) give_up(result.error().text);
}

// All of the program but the node agent and the sockets.
class World {
 public:
  World() { server::install_admission(api_); }
  ~World() { std::filesystem::remove_all(folder_); }

  void create(std::string_view kind, const std::string& yaml) {
    const auto documents = text::parse_yaml(yaml, "bench");
    need(documents);
    need(api_.create(kube::kind_of(kind), "default", documents->front(), false));
  }
  void remove(std::string_view kind, const std::string& name) {
    const auto removed = api_.remove({&kube::kind_of(kind), "default", name}, {});
    if (!removed) give_up(removed.error().text);
  }
  // Until nothing is left to do at this moment.
  void settle() {
    for (int quiet = 0; quiet < 2; ++quiet) {
      const auto crons = crons_.run_once();
      const auto control = control_.run_once();
      const auto ended = agent_.run_once(0);
      const auto collected = collector_.run_once();
      need(crons), need(control), need(ended), need(collected);
      if (*crons || *control || *ended != 0) quiet = -1;
    }
  }
  void advance(base::Duration by) {
    clock_.advance(by);
    settle();
  }
  // From slot to slot, as the thread does.
  void run_until(base::Time end) {
    settle();
    while (crons_.next_wake().is_set() && crons_.next_wake() <= end)
      advance(crons_.next_wake() - clock_.now());
    advance(end - clock_.now());
  }
  base::Time now() const { return clock_.now(); }

 private:
  static sim::SimulatedEnd end_of(std::string_view pod_name, std::string_view) {
    sim::SimulatedEnd out;
    out.stays_running = pod_name.starts_with("alive");
    return out;
  }

  static std::string make_folder() {
    std::string out = (std::filesystem::temp_directory_path() / "alive-XXXXXX").string();
    if (mkdtemp(out.data()) == nullptr) give_up("no temporary folder");
    return out;
  }
  static std::unique_ptr<store::Store> open(const std::string& folder) {
    store::SqliteOptions options;
    options.directory = folder;
    auto opened = store::open_sqlite(options);
    need(opened);
    return std::move(*opened);
  }

  const std::string folder_ = make_folder();
  sys::ManualClock clock_{base::Time::from_unix_seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
  sys::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = open(folder_);
  kube::StoreApi api_{*store_, clock_, random_};
  kube::GarbageCollector collector_{api_};
  control::CronController crons_{api_, clock_, random_, {}};
  control::Controller control_{
      api_, clock_, random_, {.open_pods_max = 1'000'000, .record_events = false}};
  sim::SimulatedAgent agent_{*store_, clock_, end_of};
};

std::string workflow(const std::string& name) {
  return "{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: " + name +
         "}, spec: {entrypoint: main, templates: ["
         "{name: main, steps: [[{name: a, template: work}], [{name: b, template: work}]]},"
         "{name: work, container: {image: busybox}}]}}";
}

double workflows_us(int alive) {
  World world;
  for (int i = 0; i < alive; ++i) world.create("workflows", workflow(fmt::format("alive-{}", i)));
  world.settle();
  double best = 1e18;
  int made = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double began = cpu_us();
    for (int i = 0; i < kWorkflowsPerRound; ++i) {
      world.create("workflows", workflow(fmt::format("more-{}", made++)));
      world.settle();
    }
    best = std::min(best, (cpu_us() - began) / kWorkflowsPerRound);
  }
  return best;
}

std::string locked(const std::string& name, int priority) {
  return fmt::format(
      "{{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {{name: {}}}, spec: "
      "{{entrypoint: main, priority: {}, synchronization: {{mutexes: [{{name: m}}]}}, "
      "templates: [{{name: main, container: {{image: busybox}}}}]}}}}",
      name, priority);
}

double locks_us(int waiters) {
  World world;
  const auto name = [](int i) { return fmt::format("alive-{:07}", i); };
  for (int i = 0; i <= waiters; ++i) world.create("workflows", locked(name(i), 0));
  world.settle();
  double best = 1e18;
  int made = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double began = cpu_us();
    for (int i = 0; i < kWorkflowsPerRound; ++i) {
      world.create("workflows", locked(fmt::format("more-{}", made++), 1));
      world.settle();
    }
    world.remove("workflows", name(round));  // it holds the mutex, and ends no other way
    world.settle();
    best = std::min(best, (cpu_us() - began) / kWorkflowsPerRound);
  }
  return best;
}

// Each has a minute of its own in the hour, as far as there are minutes.
std::string cron(int number) {
  return fmt::format(
      "{{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {{name: c{}}}, spec: "
      "{{schedules: ['{} * * * *'], successfulJobsHistoryLimit: 1, workflowSpec: "
      "{{entrypoint: main, templates: [{{name: main, container: {{image: busybox}}}}]}}}}}}",
      number, number % 60);
}

double crons_us(int count) {
  World world;
  for (int i = 0; i < count; ++i) world.create("cronworkflows", cron(i));
  // Until each has an old workflow to delete at each slot.
  world.run_until(world.now() + base::Duration::seconds(2 * 3600 + 30));
  const int hours = std::max(kHours, 300 / count);
  double best = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    const double began = cpu_us();
    world.run_until(world.now() + base::Duration::seconds(hours * 3600));
    best = std::min(best, (cpu_us() - began) / (count * hours));
  }
  return best;
}

void run(std::string_view work) {
  const size_t colon = work.find(':');
  const std::string what(work.substr(0, colon));
  const int n = colon == std::string_view::npos ? 0 : std::atoi(work.data() + colon + 1);
  const std::pair<std::string_view, double (*)(int)> kinds[] = {
      {"workflows", workflows_us}, {"locks", locks_us}, {"crons", crons_us}};
  const auto* kind = std::find_if(std::begin(kinds), std::end(kinds),
                                  [&](const auto& row) { return row.first == what; });
  if (n <= 0 || kind == std::end(kinds))
    give_up(fmt::format("{}: not workflows:N, locks:N or crons:N", work));
  fmt::print("{}_{}_us_each\t{:.1f}\n", what, n, kind->second(n));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> given(argv + 1, argv + argc);
  const std::vector<std::string_view> all = {"workflows:10", "workflows:1000", "workflows:10000",
                                             "locks:10",     "locks:1000",     "locks:10000",
                                             "crons:10",     "crons:100",      "crons:1000"};
  for (const std::string_view work : given.empty() ? all : given) run(work);
}

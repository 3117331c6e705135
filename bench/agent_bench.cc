// agent_bench — pods that do nothing through the node agent alone: no server, a store in memory.
//
//   agent_bench FOLDER COUNT containers|process
//
// Prints the wall time of COUNT pods that run `true`, created at once, as name<TAB>value. Beside
// crun_loop_bench it tells what the agent and argoexec add. Needs root for containers.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "kube/kinds.h"
#include "kube/pod_contract.h"
#include "kube/store_api.h"
#include "runtime/agent.h"
#include "store/memory.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "text/json.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

text::Value pod(int number) {
  auto out = text::parse_json(
      R"({"metadata":{"labels":{"workflows.argoproj.io/workflow":"bench"}},"spec":{"containers":[)"
      R"({"name":"main","image":"busybox","command":["true"]}]}})");
  (*out)["metadata"]["name"] = fmt::format("pod-{}", number);
  return std::move(*out);
}

// Waits until so many pods have succeeded; false when one failed.
bool wait_for_all(kube::Watch& watch, int count) {
  int ended = 0;
  while (ended < count) {
    auto events = watch.next(-1);
    if (!events) return false;
    for (const kube::WatchEvent& event : *events) {
      const std::string_view phase = event.object.string_at("status", "phase");
      if (phase == "Failed") {
        std::fprintf(stderr, "%s\n", text::to_json(event.object).c_str());
        return false;
      }
      if (phase == "Succeeded") ++ended;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: agent_bench FOLDER COUNT containers|process\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = std::filesystem::absolute(argv[1]);
  const int count = std::atoi(argv[2]);
  std::filesystem::create_directories(folder);
  const sys::RealClock clock;
  sys::RealRandom random;
  const auto store = store::make_memory_store();
  kube::StoreApi api(*store, clock, random);
  const auto images =
      runtime::open_image_store({folder / "images", "/bin/busybox", {}, {}, "", true});
  runtime::AgentConfig config;
  config.data_dir = folder / "node";
  config.argoexec = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "argoexec";
  if (std::string(argv[3]) == "process")
    config.runtime = runtime::RuntimeKind::kProcesses;
  else if (!images->ensure("busybox", runtime::PullPolicy::kIfNotPresent, {}, [](auto) {}))
    return 1;
  runtime::Agent agent(api, *images, config, clock);
  std::thread runner([&] { (void)agent.run(); });
  const kube::Kind& kind = kube::kind_of("pods");
  auto watch = api.watch(kind, "", {}, "0");
  // The first pod waits for what is made once.
  (void)api.create(kind, "default", pod(0), false);
  bool good = watch && wait_for_all(**watch, 1);
  const auto begin = Clock::now();
  for (int i = 1; good && i <= count; ++i)
    good = api.create(kind, "default", pod(i), false).has_value();
  good = good && wait_for_all(**watch, count);
  const double wall = milliseconds(begin);
  rusage self{};
  ::getrusage(RUSAGE_SELF, &self);
  agent.stop();
  runner.join();
  agent.tear_down();
  const auto ms = [](const timeval& t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; };
  std::printf("wall_ms\t%.1f\nper_pod_ms\t%.3f\nagent_user_ms\t%.1f\nagent_system_ms\t%.1f\n", wall,
              wall / count, ms(self.ru_utime), ms(self.ru_stime));
  return good ? 0 : 1;
}

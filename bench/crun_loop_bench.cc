// crun_loop_bench — the machine's own limit for real containers: a bare loop of `crun run`.
//
//   crun_loop_bench FOLDER COUNT PARALLEL
//
// Each turn has what a step of ours has: an overlay over busybox, a network namespace from a pool,
// a cgroup of its own; and nothing else: no argoexec, no log, no record. Prints the wall time in
// milliseconds and the share of each part. Needs root and crun.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::string_view kConfig =
    R"({{"ociVersion":"1.0.0","process":{{"user":{{"uid":0,"gid":0}},"args":["/bin/true"],)"
    R"("env":["PATH=/bin"],"cwd":"/"}},"root":{{"path":"{0}/merged"}},"hostname":"bench",)"
    R"("mounts":[{{"destination":"/proc","type":"proc","source":"proc"}},)"
    R"({{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755"]}}],)"
    R"("linux":{{"cgroupsPath":"/argon-bench/{1}","namespaces":[{{"type":"pid"}},)"
    R"({{"type":"mount"}},{{"type":"ipc"}},{{"type":"uts"}},)"
    R"({{"type":"network","path":"{2}"}}]}}}})";

enum Part { kPrepare, kMount, kCrun, kClean, kParts };
constexpr std::array<const char*, kParts> kPartNames = {"prepare", "mount", "crun", "clean"};

struct Spent {
  std::array<double, kParts> ms{};
};

void must(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::exit(1);
}

// A private view of the mounts: crun refuses a hybrid cgroup layout whose v2 part has controllers.
void own_mounts() {
  must(unshare(CLONE_NEWNS) == 0, "unshare");
  must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount private");
  umount2("/sys/fs/cgroup/unified", MNT_DETACH);
}

// Makes a network namespace that stays, as a file to be joined.
std::string make_netns(const fs::path& folder, size_t number) {
  const std::string path = folder / fmt::format("net{}", number);
  std::ofstream(path).put('\n');
  std::thread([&] {
    must(unshare(CLONE_NEWNET) == 0, "unshare net");
    must(mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) == 0, "bind");
  }).join();
  return path;
}

void make_rootfs(const fs::path& lower) {
  fs::create_directories(lower / "bin");
  for (const char* name : {"proc", "dev", "sys", "tmp"}) fs::create_directories(lower / name);
  fs::copy_file("/bin/busybox", lower / "bin/busybox", fs::copy_options::overwrite_existing);
  fs::remove(lower / "bin/true");
  fs::create_symlink("busybox", lower / "bin/true");
}

int run_crun(const std::string& bundle, const std::string& id) {
  std::vector<std::string> words = {"crun", "--cgroup-manager=cgroupfs", "run", "-b", bundle, id};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  must(posix_spawnp(&pid, "crun", nullptr, nullptr, argv.data(), environ) == 0, "spawn crun");
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

void one_container(const fs::path& folder, size_t number, const std::string& netns, Spent& spent) {
  auto last = Clock::now();
  const auto lap = [&](Part part) {
    const auto now = Clock::now();
    spent.ms[part] += std::chrono::duration<double, std::milli>(now - last).count();
    last = now;
  };
  const fs::path bundle = folder / fmt::format("c{}", number);
  for (const char* name : {"upper", "work", "merged"}) fs::create_directories(bundle / name);
  std::ofstream(bundle / "config.json")
      << fmt::format(fmt::runtime(kConfig), bundle.string(), number, netns);
  lap(kPrepare);
  const std::string options = fmt::format("lowerdir={0}/lower,upperdir={1}/upper,workdir={1}/work",
                                          folder.string(), bundle.string());
  must(mount("overlay", (bundle / "merged").c_str(), "overlay", 0, options.c_str()) == 0,
       "overlay");
  lap(kMount);
  must(run_crun(bundle, fmt::format("argon-bench-{}", number)) == 0, "crun run");
  lap(kCrun);
  umount2((bundle / "merged").c_str(), MNT_DETACH);
  fs::remove_all(bundle);
  lap(kClean);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: crun_loop_bench FOLDER COUNT PARALLEL\n");
    return 2;
  }
  const fs::path folder = fs::absolute(argv[1]);
  const size_t count = std::stoul(argv[2]), parallel = std::stoul(argv[3]);
  fs::create_directories(folder);
  own_mounts();
  make_rootfs(folder / "lower");
  std::vector<std::string> pool;
  for (size_t i = 0; i < parallel; ++i) pool.push_back(make_netns(folder, i));
  std::atomic<size_t> next = 0;
  std::vector<Spent> spent(parallel);
  const auto began = Clock::now();
  std::vector<std::thread> workers;
  for (size_t w = 0; w < parallel; ++w)
    workers.emplace_back([&, w] {
      for (size_t i = next++; i < count; i = next++) one_container(folder, i, pool[w], spent[w]);
    });
  for (std::thread& worker : workers) worker.join();
  const double wall = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
  Spent all;
  for (const Spent& each : spent)
    for (size_t part = 0; part < kParts; ++part) all.ms[part] += each.ms[part];
  fmt::print("wall_ms\t{:.1f}\n", wall);
  for (size_t part = 0; part < kParts; ++part)
    fmt::print("{}_ms_each\t{:.3f}\n", kPartNames[part], all.ms[part] / static_cast<double>(count));
  for (const std::string& path : pool) umount2(path.c_str(), MNT_DETACH);
  fs::remove_all(folder);
  return 0;
}

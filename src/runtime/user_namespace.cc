#include "runtime/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "sys/fd.h"

namespace runtime {
namespace {

using base::Code;
using base::fail;

constexpr int kSpaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET;
constexpr const char* kHolderFile = "namespaces";

// The holder of an agent before us: "<pid> <start ticks>"; a pid alone may have been used again.
struct Holder {
  pid_t pid = 0;
  std::string start_ticks;
};

std::string start_ticks_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) return {};
  std::istringstream words(text.substr(after_name + 2));
  std::string word;
  for (int field = 3; field <= 22; ++field) {
    words >> word;
    if (field == 3 && word == "Z") return {};  // has ended, its namespaces with it
  }
  return word;
}

std::optional<Holder> find_holder(const std::string& folder) {
  std::ifstream file(folder + "/" + kHolderFile);
  Holder holder;
  if (!(file >> holder.pid >> holder.start_ticks)) return std::nullopt;
  if (holder.start_ticks.empty() || start_ticks_of(holder.pid) != holder.start_ticks)
    return std::nullopt;
  return holder;
}

// The user's first range in /etc/subuid or /etc/subgid: "name:first:count".
struct Range {
  std::string first, count;
};

std::optional<Range> find_range(const char* path) {
  const passwd* const user = getpwuid(getuid());
  const std::string number = std::to_string(getuid());
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream parts(line);
    std::string name;
    Range range;
    if (std::getline(parts, name, ':') && std::getline(parts, range.first, ':') &&
        std::getline(parts, range.count) &&
        (name == number || (user != nullptr && name == user->pw_name)))
      return range;
  }
  return std::nullopt;
}

// Runs a program to its end; between fork and exec only what is safe there.
int run(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool map_ids(const char* program, pid_t target, unsigned own, const Range& range) {
  return run({program, std::to_string(target), "0", std::to_string(own), "1", "1", range.first,
              range.count}) == 0;
}

// Starts slirp4netns for the holder's network; it ends when `exit_end` is closed by the last one.
void start_network(pid_t holder, int exit_end) {
  int ready[2] = {-1, -1};
  if (pipe(ready) != 0) return;
  const std::string pid = std::to_string(holder), ready_fd = std::to_string(ready[1]),
                    exit_fd = std::to_string(exit_end);
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    close(ready[0]);
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    execlp("slirp4netns", "slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback",
           "--ready-fd", ready_fd.c_str(), "--exit-fd", exit_fd.c_str(), pid.c_str(), "tap0",
           nullptr);
    _exit(127);
  }
  close(ready[1]);
  char one = 0;
  if (child > 0) (void)!read(ready[0], &one, 1);  // it is configured, or it has ended
  close(ready[0]);
}

// In the new namespaces until it is killed. Holds the write end that keeps slirp4netns alive.
[[noreturn]] void hold(int made, int go_on) {
  setsid();
  if (unshare(kSpaces) != 0) _exit(1);
  if (write(made, "1", 1) != 1) _exit(1);
  char one = 0;
  if (read(go_on, &one, 1) != 1) _exit(1);
  // crun refuses hybrid cgroup layouts and we may not write to any: show it none. The private
  // mounts of the holder are what the agent joins.
  mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr);
  mount("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k");
  if (write(made, "2", 1) != 1) _exit(1);
  close(made);
  close(go_on);
  for (;;) pause();
}

base::Result<Holder> make_holder(const std::string& folder) {
  const auto uids = find_range("/etc/subuid"), gids = find_range("/etc/subgid");
  if (!uids || !gids)
    return fail(Code::kUnavailable, "no range for this user in /etc/subuid and /etc/subgid", {},
                "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER");
  int made[2], go_on[2], life[2];
  if (pipe2(made, O_CLOEXEC) != 0 || pipe2(go_on, O_CLOEXEC) != 0 || pipe(life) != 0)
    return fail(Code::kUnavailable, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t pid = fork();
  if (pid == 0) {
    close(life[0]);
    hold(made[1], go_on[0]);
  }
  close(made[1]);
  close(go_on[0]);
  close(life[1]);
  char one = 0;
  const bool unshared = read(made[0], &one, 1) == 1;
  const bool mapped = unshared && map_ids("newuidmap", pid, getuid(), *uids) &&
                      map_ids("newgidmap", pid, getgid(), *gids);
  const bool ready = mapped && write(go_on[1], "1", 1) == 1 && read(made[0], &one, 1) == 1;
  close(made[0]);
  close(go_on[1]);
  if (!ready) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    close(life[0]);
    if (!unshared)
      return fail(
          Code::kUnavailable, "this host does not let users make user namespaces", {},
          "as root: sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000");
    return fail(Code::kUnavailable, "newuidmap or newgidmap failed", {},
                "install them: apt-get install uidmap");
  }
  start_network(pid, life[0]);
  close(life[0]);
  const Holder holder{pid, start_ticks_of(pid)};
  std::ofstream(folder + "/" + kHolderFile) << holder.pid << ' ' << holder.start_ticks << '\n';
  return holder;
}

std::string network_advice() {
  const std::string rest = ": pods reach each other, but nothing outside";
  if (access("/dev/net/tun", R_OK | W_OK) != 0)
    return "/dev/net/tun cannot be opened by this user" + rest +
           " (as root: chmod 666 /dev/net/tun)";
  return "slirp4netns did not start" + rest + " (apt-get install slirp4netns)";
}

base::Status join(pid_t holder) {
  for (const auto& [name, kind] : {std::pair{"user", CLONE_NEWUSER}, std::pair{"net", CLONE_NEWNET},
                                   std::pair{"mnt", CLONE_NEWNS}}) {
    const sys::Fd fd(
        open(fmt::format("/proc/{}/ns/{}", holder, name).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open() || setns(fd.get(), kind) != 0)
      return fail(Code::kUnavailable,
                  fmt::format("cannot join the {} namespace: {}", name, std::strerror(errno)));
  }
  if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
    return fail(Code::kUnavailable,
                fmt::format("cannot become root in it: {}", std::strerror(errno)));
  return {};
}

}  // namespace

base::Result<UserNamespace> enter_user_namespace(const std::string& folder) {
  if (geteuid() == 0) {
    UserNamespace none;
    none.has_network = true;
    return none;
  }
  const std::string cwd = std::filesystem::current_path();
  std::filesystem::create_directories(folder);
  UserNamespace made;
  made.entered = true;
  std::optional<Holder> holder = find_holder(folder);
  if (!holder) {
    auto fresh = make_holder(folder);
    if (!fresh) return tl::unexpected(fresh.error());
    holder = *fresh;
  }
  // Behind the holder, which outlives us and would hold its socket.
  auto host = HostCommands::start();
  if (!host) return tl::unexpected(host.error());
  made.host = std::move(*host);
  if (auto joined = join(holder->pid); !joined) return tl::unexpected(joined.error());
  // A mount namespace's working directory is its root.
  if (chdir(cwd.c_str()) != 0) (void)!chdir("/");
  made.has_network = if_nametoindex("tap0") != 0;
  if (!made.has_network) made.warning = network_advice();
  return made;
}

void leave_user_namespace(const std::string& folder) {
  if (const auto holder = find_holder(folder)) kill(holder->pid, SIGKILL);
  std::error_code ignored;
  std::filesystem::remove(folder + "/" + kHolderFile, ignored);
}

}  // namespace runtime

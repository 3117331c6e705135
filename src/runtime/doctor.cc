#include "runtime/doctor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "runtime/image_command.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using kube::DoctorFinding;

constexpr uint64_t kMib = 1 << 20;
constexpr uint64_t kGib = 1 << 30;

DoctorFinding good(std::string what, std::string detail) {
  return {true, false, std::move(what), std::move(detail), ""};
}
DoctorFinding lacking(std::string what, std::string detail, std::string advice) {
  return {false, false, std::move(what), std::move(detail), std::move(advice)};
}
DoctorFinding fatal(std::string what, std::string detail, std::string advice) {
  return {false, true, std::move(what), std::move(detail), std::move(advice)};
}

std::string read_file(const HostToExamine& host, const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(host.root + path).rdbuf();
  return text.str();
}
bool exists(const HostToExamine& host, const std::string& path) {
  return ::access((host.root + path).c_str(), F_OK) == 0;
}

// The first line that the program answers; nothing when there is no such program.
std::optional<std::string> answer_of(const std::vector<std::string>& argv) {
  const auto result = run_command(argv);
  if (!result) return std::nullopt;
  const std::string& text = result->out.empty() ? result->err : result->out;
  return text.substr(0, text.find('\n'));
}

// "0 0 4294967295" is the machine's own namespace; all else is an ordinary user's.
struct UserIds {
  bool is_mapped = false;
  uint64_t count = 0;
};
UserIds user_ids(const HostToExamine& host) {
  UserIds ids;
  std::istringstream map(read_file(host, "/proc/self/uid_map"));
  for (uint64_t inside, outside, count; map >> inside >> outside >> count;) {
    ids.is_mapped |= count < 4294967295u;
    ids.count += count;
  }
  return ids;
}
bool is_rootless(const HostToExamine& host) { return ::geteuid() != 0 || user_ids(host).is_mapped; }

// Runs `attempt` in a child of its own, which may enter namespaces; gives 0 or errno. Between fork
// and exit only system calls: other threads of ours may hold locks.
template <class Attempt>
int try_in_child(Attempt attempt) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(attempt());
  if (pid < 0) return errno;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
}

DoctorFinding examine_kernel(const HostToExamine&) {
  utsname name = {};
  ::uname(&name);
  int major = 0, minor = 0;
  const std::string_view release = name.release;
  const auto [end, error] = std::from_chars(release.begin(), release.end(), major);
  if (error == std::errc() && end < release.end()) std::from_chars(end + 1, release.end(), minor);
  const std::string detail = fmt::format("Linux {} on {}", release, name.machine);
  if (std::pair(major, minor) >= std::pair(5, 11)) return good("kernel", detail);
  if (std::pair(major, minor) >= std::pair(5, 6))
    return lacking("kernel", detail + "; overlayfs needs 5.11 for ordinary users",
                   "run as root, or use a kernel of 5.11 or later");
  return fatal("kernel", detail + "; openat2 and pidfds need 5.6", "use a kernel of 5.6 or later");
}

DoctorFinding examine_crun(const HostToExamine& host) {
  const auto version = answer_of({host.crun, "--version"});
  if (version) return good("crun", *version);
  return fatal("crun", fmt::format("\"{}\" starts the containers and is not there", host.crun),
               "apt-get install crun, or run steps without containers: --runtime=process");
}

DoctorFinding examine_overlayfs(const HostToExamine& host) {
  if (read_file(host, "/proc/filesystems").find("\toverlay") == std::string::npos)
    return fatal("overlayfs", "this kernel has no overlay file system",
                 "modprobe overlay, or use a kernel that has it");
  std::error_code error;
  const fs::path probe = fs::path(host.data_dir) / fmt::format("doctor-{}", ::getpid());
  for (const char* folder : {"", "lower", "upper", "work", "merged"})
    if (!error) fs::create_directory(probe / folder, error);
  if (error)
    return fatal("overlayfs",
                 fmt::format("cannot write to \"{}\": {}", host.data_dir, error.message()),
                 "choose another data folder by ARGON_HOME");
  const std::string merged = (probe / "merged").string();
  const std::string options =
      fmt::format("lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work{1}", probe.string(),
                  is_rootless(host) ? ",userxattr" : "");
  const int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
  const int failure = try_in_child([&] {
    if (::unshare(spaces) != 0) return errno;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
    if (::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) return errno;
    return 0;
  });
  fs::remove_all(probe, error);
  if (failure == 0) return good("overlayfs", fmt::format("works below {}", host.data_dir));
  return fatal(
      "overlayfs",
      fmt::format("cannot be mounted below \"{}\": {}", host.data_dir, std::strerror(failure)),
      "choose a data folder on ext4, xfs, btrfs or tmpfs by ARGON_HOME");
}

std::string user_name() {
  const passwd* user = ::getpwuid(::getuid());
  return user ? user->pw_name : std::to_string(::getuid());
}

DoctorFinding examine_user(const HostToExamine& host) {
  const UserIds ids = user_ids(host);
  if (!is_rootless(host)) return good("user", "root: no user namespace is needed");
  constexpr uint64_t kEnough = 65536;
  const std::string advice =
      "apt-get install uidmap; as root: usermod --add-subuids 100000-165535 --add-subgids "
      "100000-165535 USER";
  if (ids.is_mapped) {
    if (ids.count >= kEnough)
      return good("user", fmt::format("a user namespace with {} ids", ids.count));
    return lacking(
        "user", fmt::format("only {} user ids: images that use others than root fail", ids.count),
        advice);
  }
  const int failure = try_in_child([] { return ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno; });
  if (failure != 0)
    return fatal(
        "user", fmt::format("user namespaces are not allowed: {}", std::strerror(failure)),
        "as root: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000 "
        "(Ubuntu: also kernel.apparmor_restrict_unprivileged_userns=0)");
  const std::string name = user_name();
  std::istringstream lines(read_file(host, "/etc/subuid"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ":") || line.starts_with(fmt::format("{}:", ::getuid())))
      return good("user", fmt::format("{} has subordinate user ids", name));
  return lacking("user", fmt::format("{} has no subordinate ids in /etc/subuid", name), advice);
}

constexpr std::array<std::string_view, 3> kControllers = {"memory", "cpu", "pids"};

DoctorFinding examine_cgroup_v2(const HostToExamine& host) {
  const std::string offered = read_file(host, "/sys/fs/cgroup/cgroup.controllers");
  std::string missing;
  for (const std::string_view each : kControllers) {
    std::istringstream words(offered);
    bool found = false;
    for (std::string word; words >> word;) found |= word == each;
    if (!found) missing += fmt::format(" {}", each);
  }
  if (!missing.empty())
    return lacking("cgroups", "version 2 without" + missing,
                   "let the parent group hand them down: cgroup.subtree_control");
  // "0::/user.slice/…": the group that we are in.
  const std::string own = read_file(host, "/proc/self/cgroup");
  const size_t at = own.find("0::");
  const std::string group =
      at == std::string::npos ? "/" : own.substr(at + 3, own.find('\n', at) - at - 3);
  if (::access(fmt::format("{}/sys/fs/cgroup{}", host.root, group).c_str(), W_OK) == 0)
    return good("cgroups", "version 2 with memory, cpu and pids");
  return lacking("cgroups", "version 2, but its folder is not ours: limits are not enforced",
                 "run as root, or start by: systemd-run --user --scope -p Delegate=yes");
}

DoctorFinding examine_cgroups(const HostToExamine& host) {
  if (exists(host, "/sys/fs/cgroup/cgroup.controllers")) return examine_cgroup_v2(host);
  std::string missing, foreign;
  for (const std::string_view each : kControllers) {
    const std::string folder = fmt::format("{}/sys/fs/cgroup/{}", host.root, each);
    if (::access(folder.c_str(), F_OK) != 0)
      missing += fmt::format(" {}", each);
    else if (::access(folder.c_str(), W_OK) != 0)
      foreign += fmt::format(" {}", each);
  }
  const bool hybrid = exists(host, "/sys/fs/cgroup/unified/cgroup.controllers");
  const std::string version = hybrid ? "hybrid, version 1 for limits" : "version 1";
  if (missing == " memory cpu pids")
    return lacking("cgroups", "not mounted: limits are not enforced, an OOM kill is not named",
                   "mount them: mount -t cgroup2 none /sys/fs/cgroup");
  if (!missing.empty())
    return lacking("cgroups", version + " without" + missing, "mount these controllers");
  if (!foreign.empty())
    return lacking("cgroups",
                   version + "; not ours to write:" + foreign + "; limits are not enforced",
                   "run as root, or boot with systemd.unified_cgroup_hierarchy=1");
  const bool in_use =
      hybrid && !read_file(host, "/sys/fs/cgroup/unified/cgroup.controllers").empty();
  return good("cgroups", version + " with memory, cpu and pids" +
                             (in_use ? "; the version 2 part is hidden from crun" : ""));
}

DoctorFinding examine_seccomp(const HostToExamine& host) {
  if (exists(host, "/proc/sys/kernel/seccomp/actions_avail"))
    return good("seccomp", "system calls can be filtered");
  return lacking("seccomp", "this kernel cannot filter system calls",
                 "use a kernel with CONFIG_SECCOMP_FILTER");
}

DoctorFinding examine_network(const HostToExamine& host) {
  if (!is_rootless(host)) {
    if (const auto version = answer_of({"nft", "--version"}))
      return good("network", "bridge, " + *version);
    return lacking("network", "nft is not there: pods have no way out", "apt-get install nftables");
  }
  if (!exists(host, "/dev/net/tun"))
    return lacking("network", "/dev/net/tun is not there: pods have no way out", "modprobe tun");
  if (const auto version = answer_of({"slirp4netns", "--version"}))
    return good("network", *version);
  if (const auto version = answer_of({"pasta", "--version"})) return good("network", *version);
  return lacking("network", "neither slirp4netns nor pasta is there: pods have no way out",
                 "apt-get install slirp4netns");
}

DoctorFinding examine_skopeo(const HostToExamine&) {
  if (const auto version = answer_of({"skopeo", "--version"})) return good("skopeo", *version);
  return lacking("skopeo", "not there: no image can be pulled or imported",
                 "apt-get install skopeo");
}

DoctorFinding examine_disk(const HostToExamine& host) {
  struct statvfs status = {};
  if (::statvfs(host.data_dir.c_str(), &status) != 0)
    return fatal("disk", fmt::format("\"{}\": {}", host.data_dir, std::strerror(errno)),
                 "choose another data folder by ARGON_HOME");
  const uint64_t free = uint64_t{status.f_bavail} * status.f_frsize;
  const std::string detail =
      fmt::format("{:.1f} GiB free below {}", static_cast<double>(free) / kGib, host.data_dir);
  const std::string advice = "argo image prune; argo delete --completed; ARGON_HOME elsewhere";
  if (free < 64 * kMib) return fatal("disk", detail, advice);
  if (free < kGib) return lacking("disk", detail, advice);
  if (status.f_files > 0 && status.f_favail < 10'000)
    return lacking("disk", detail + fmt::format(", but only {} inodes", status.f_favail), advice);
  return good("disk", detail);
}

struct Question {
  DoctorFinding (*ask)(const HostToExamine&);
  bool for_containers;  // plain processes do without
};
constexpr Question kQuestions[] = {
    {examine_kernel, false}, {examine_disk, false},     {examine_user, true},
    {examine_crun, true},    {examine_overlayfs, true}, {examine_cgroups, false},
    {examine_network, true}, {examine_seccomp, true},   {examine_skopeo, true},
};

}  // namespace

std::vector<DoctorFinding> examine_host(const HostToExamine& host) {
  std::vector<DoctorFinding> findings;
  for (const Question& question : kQuestions)
    if (!host.processes_only || !question.for_containers) findings.push_back(question.ask(host));
  return findings;
}

}  // namespace runtime

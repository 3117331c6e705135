#include "runtime/cgroups.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sys/fd.h"

namespace runtime {
namespace {

constexpr char kRoot[] = "/sys/fs/cgroup";
constexpr int64_t kPeriodUs = 100'000;
// What crun and Docker allow: c 1:3 null, 1:5 zero, 1:7 full, 1:8 random, 1:9 urandom, 5:0 tty,
// 5:1 console, 5:2 ptmx, 136 pts; 10:200 tun and 10:229 fuse for the agent's own helpers.
constexpr const char* kDevices[] = {
    "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm",
    "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm", "c 10:229 rwm",
    // Nodes may be made, though not opened: layers of images bring some, overlayfs makes 0:0.
    "b *:* m", "c *:* m"};

bool write_file(const std::string& path, const std::string& text) {
  const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.is_open() &&
         ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool make_folder(const std::string& path) {
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
}

base::Error cannot(const std::string& what) {
  return {base::Code::kUnavailable, what + ": " + std::strerror(errno)};
}

// Kubernetes' mapping of a request to shares: 1,024 for a core, never below 2.
int64_t shares(int64_t milli) { return std::max<int64_t>(2, milli * 1024 / 1000); }
// The kernel's own mapping of shares to v2's weight.
int64_t weight(int64_t milli) {
  return 1 + (std::min<int64_t>(shares(milli), 262144) - 2) * 9999 / 262142;
}
int64_t quota(int64_t milli) { return std::max<int64_t>(1000, milli * kPeriodUs / 1000); }

}  // namespace

Cgroups::Cgroups(std::string name) : name_(std::move(name)) {
  struct statfs info {};
  is_v2_ = ::statfs(kRoot, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
  if (is_v2_) return;
  std::string controllers;
  std::ifstream(std::string(kRoot) + "/unified/cgroup.controllers") >> controllers;
  must_hide_unified_ = !controllers.empty();
}

std::string Cgroups::folder(const std::string& controller, const std::string& id) const {
  std::string out = is_v2_ ? kRoot : std::string(kRoot) + "/" + controller;
  out += "/" + name_;
  return id.empty() ? out : out + "/" + id;
}

base::Result<ContainerCgroup> Cgroups::make(const std::string& id,
                                            const Resources& resources) const {
  ContainerCgroup out;
  const bool memory = resources.memory_limit.has_value();
  const bool cpu = resources.cpu_limit || resources.cpu_request;
  if (!memory && !cpu) return out;
  if (is_v2_) {
    const std::string parent = folder("", ""), path = folder("", id);
    if (!make_folder(parent)) return base::fail(cannot("cannot make the cgroup " + parent));
    write_file(std::string(kRoot) + "/cgroup.subtree_control", "+cpu +memory");
    write_file(parent + "/cgroup.subtree_control", "+cpu +memory");
    if (!make_folder(path)) return base::fail(cannot("cannot make the cgroup " + path));
    out.folders.push_back(path);
    bool held =
        !memory || write_file(path + "/memory.max", std::to_string(*resources.memory_limit));
    if (memory) write_file(path + "/memory.swap.max", "0");
    if (resources.cpu_limit)
      held = write_file(path + "/cpu.max", std::to_string(quota(*resources.cpu_limit)) + " " +
                                               std::to_string(kPeriodUs)) &&
             held;
    if (resources.cpu_request)
      write_file(path + "/cpu.weight", std::to_string(weight(*resources.cpu_request)));
    if (memory) out.oom_file = path + "/memory.events";
    if (!held) return base::fail(cannot("cannot set the limits of " + path));
    return out;
  }
  if (memory) {
    const std::string path = folder("memory", id);
    make_folder(folder("memory", ""));
    if (!make_folder(path) ||
        !write_file(path + "/memory.limit_in_bytes", std::to_string(*resources.memory_limit)))
      return base::fail(cannot("cannot limit memory by the cgroup " + path));
    out.folders.push_back(path);
    out.oom_file = path + "/memory.oom_control";
  }
  if (cpu) {
    const std::string path = folder("cpu", id);
    make_folder(folder("cpu", ""));
    bool held = make_folder(path);
    if (resources.cpu_request)
      held =
          write_file(path + "/cpu.shares", std::to_string(shares(*resources.cpu_request))) && held;
    if (resources.cpu_limit)
      held = write_file(path + "/cpu.cfs_quota_us", std::to_string(quota(*resources.cpu_limit))) &&
             held;
    if (!held) return base::fail(cannot("cannot limit CPU by the cgroup " + path));
    out.folders.push_back(path);
  }
  return out;
}

void Cgroups::remove(const std::string& id) const {
  for (const char* controller : {"memory", "cpu"}) ::rmdir(folder(controller, id).c_str());
}

bool Cgroups::guard_devices() const {
  if (is_v2_) return false;
  const std::string path = folder("devices", "");
  if (!make_folder(path) || !write_file(path + "/devices.deny", "a")) return false;
  for (const char* device : kDevices)
    if (!write_file(path + "/devices.allow", device)) return false;
  return write_file(path + "/cgroup.procs", "0");
}

void Cgroups::tear_down() const {
  for (const char* controller : {"memory", "cpu", "devices"})
    ::rmdir(folder(controller, "").c_str());
}

}  // namespace runtime

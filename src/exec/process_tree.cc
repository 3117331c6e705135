#include "exec/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "exec/record.h"

namespace exec {
namespace {

std::string proc_file(pid_t pid, const char* name) {
  return read_file(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/" + name).c_str(), 64 * 1024);
}

// Of one of its threads.
template <class Visit>
void for_each_child(pid_t parent, std::string_view thread, Visit visit) {
  const std::string text = proc_file(parent, ("task/" + std::string(thread) + "/children").c_str());
  const char* at = text.c_str();
  for (;;) {
    char* end = nullptr;
    const long pid = std::strtol(at, &end, 10);
    if (end == at) return;
    at = end;
    visit(static_cast<pid_t>(pid));
  }
}

void collect_children(pid_t parent, std::vector<pid_t>& out) {
  DIR* const threads = ::opendir(("/proc/" + std::to_string(parent) + "/task").c_str());
  if (threads == nullptr) return;
  std::vector<pid_t> found;
  while (const dirent* entry = ::readdir(threads))
    if (entry->d_name[0] != '.')
      for_each_child(parent, entry->d_name, [&](pid_t pid) { found.push_back(pid); });
  ::closedir(threads);
  for (const pid_t pid : found) {
    out.push_back(pid);
    collect_children(pid, out);
  }
}

}  // namespace

std::string describe_process(pid_t pid) {
  const std::string stat = proc_file(pid, "stat");
  size_t at = stat.rfind(')');
  uint64_t ticks = 0;
  if (at != std::string::npos) {
    at += 2;
    for (int field = 3; field < 22 && at != 0; ++field) at = stat.find(' ', at) + 1;
    if (at != 0) ticks = std::strtoull(stat.c_str() + at, nullptr, 10);
  }
  return std::to_string(pid) + " " + std::to_string(ticks);
}

std::string sys_boot_id() {
  std::string id = read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

bool takes_default_action(pid_t pid, int signal) {
  const std::string status = proc_file(pid, "status");
  const auto has = [&](const char* mask) {
    const size_t at = status.find(mask);
    if (at == std::string::npos) return true;  // unknown: do not hurry
    const uint64_t bits = std::strtoull(status.c_str() + at + std::strlen(mask), nullptr, 16);
    return (bits >> (signal - 1) & 1) != 0;
  };
  return !has("SigCgt:") && !has("SigIgn:");
}

void signal_tree(pid_t root, int signal) {
  std::vector<pid_t> pids = {root};
  collect_children(root, pids);
  for (const pid_t pid : pids) ::kill(pid, signal);
}

std::vector<pid_t> own_children() {
  std::vector<pid_t> out;
  // One thread.
  for_each_child(::getpid(), std::to_string(::getpid()), [&](pid_t pid) { out.push_back(pid); });
  return out;
}

bool had_oom_kill(const std::string& oom_file) {
  return !oom_file.empty() && count_oom_kills(read_file(AT_FDCWD, oom_file.c_str(), 4096)) > 0;
}

int64_t count_oom_kills(std::string_view text) {
  constexpr std::string_view kKey = "oom_kill ";
  const size_t at = text.find(kKey);
  if (at == std::string_view::npos) return 0;
  return std::strtoll(text.data() + at + kKey.size(), nullptr, 10);
}

std::string crun_message(std::string_view log) {
  // "2026-01-02T03:04:05.000000Z: executable file `x` not found in $PATH: No such file …"
  std::string out;
  while (!log.empty()) {
    const size_t end = std::min(log.find('\n'), log.size());
    std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const size_t colon = line.find("Z: ");
    if (colon != std::string_view::npos && colon < 40) line.remove_prefix(colon + 3);
    if (line.empty()) continue;
    if (!out.empty()) out += "; ";
    out += line;
  }
  return out;
}

sys::Fd open_notify_socket(int folder, const std::string& relative) {
  if (relative.empty()) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + relative;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  sys::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  if (fd.is_open() && ::connect(fd.get(), to, sizeof address) != 0) fd.reset();
  return fd;
}

}  // namespace exec

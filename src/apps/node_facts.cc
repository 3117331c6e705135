#include "apps/node_facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cctype>

#include "sys/files.h"

namespace apps {
namespace {

std::string first_line(const char* path) {
  auto text = sys::RealFiles().read(path, 4096);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

// PRETTY_NAME="…" of os-release.
std::string os_image() {
  auto text = sys::RealFiles().read("/etc/os-release", 16 << 10);
  constexpr std::string_view kName = "PRETTY_NAME=\"";
  const size_t at = text ? text->find(kName) : std::string::npos;
  if (at == std::string::npos) return "Linux";
  const size_t start = at + kName.size();
  return text->substr(start, text->find('"', start) - start);
}

std::vector<std::string> addresses() {
  std::vector<std::string> out;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return out;
  for (const ifaddrs* one = list; one; one = one->ifa_next) {
    const bool is_usable = one->ifa_addr && one->ifa_addr->sa_family == AF_INET &&
                           (one->ifa_flags & IFF_LOOPBACK) == 0 && (one->ifa_flags & IFF_UP) != 0;
    if (!is_usable) continue;
    char text[INET_ADDRSTRLEN] = {};
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof text)) out.emplace_back(text);
  }
  freeifaddrs(list);
  return out;
}

// A Node's name is a DNS name.
std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  std::string out = name;
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

server::NodeFacts node_facts(const std::string& folder, const std::string& version) {
  server::NodeFacts out;
  out.name = host_name();
  utsname names{};
  if (uname(&names) == 0) {
    out.kernel = names.release;
    out.architecture = std::string_view(names.machine) == "x86_64"    ? "amd64"
                       : std::string_view(names.machine) == "aarch64" ? "arm64"
                                                                      : names.machine;
  }
  out.os_image = os_image();
  out.machine_id = first_line("/etc/machine-id");
  out.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  out.version = version;
  out.cpus = static_cast<uint64_t>(get_nprocs());
  struct sysinfo memory {};
  if (sysinfo(&memory) == 0) out.memory_bytes = uint64_t(memory.totalram) * memory.mem_unit;
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) == 0) out.disk_bytes = disk.f_blocks * disk.f_frsize;
  out.addresses = addresses();
  return out;
}

}  // namespace apps

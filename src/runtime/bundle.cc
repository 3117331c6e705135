#include "runtime/bundle.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "runtime/seccomp.h"
#include "text/json.h"

namespace runtime {
namespace {

using text::List;
using text::Map;
using text::Value;

// In the order of their numbers.
constexpr std::array<std::string_view, 41> kCapabilities = {"CHOWN",
                                                            "DAC_OVERRIDE",
                                                            "DAC_READ_SEARCH",
                                                            "FOWNER",
                                                            "FSETID",
                                                            "KILL",
                                                            "SETGID",
                                                            "SETUID",
                                                            "SETPCAP",
                                                            "LINUX_IMMUTABLE",
                                                            "NET_BIND_SERVICE",
                                                            "NET_BROADCAST",
                                                            "NET_ADMIN",
                                                            "NET_RAW",
                                                            "IPC_LOCK",
                                                            "IPC_OWNER",
                                                            "SYS_MODULE",
                                                            "SYS_RAWIO",
                                                            "SYS_CHROOT",
                                                            "SYS_PTRACE",
                                                            "SYS_PACCT",
                                                            "SYS_ADMIN",
                                                            "SYS_BOOT",
                                                            "SYS_NICE",
                                                            "SYS_RESOURCE",
                                                            "SYS_TIME",
                                                            "SYS_TTY_CONFIG",
                                                            "MKNOD",
                                                            "LEASE",
                                                            "AUDIT_WRITE",
                                                            "AUDIT_CONTROL",
                                                            "SETFCAP",
                                                            "MAC_OVERRIDE",
                                                            "MAC_ADMIN",
                                                            "SYSLOG",
                                                            "WAKE_ALARM",
                                                            "BLOCK_SUSPEND",
                                                            "AUDIT_READ",
                                                            "PERFMON",
                                                            "BPF",
                                                            "CHECKPOINT_RESTORE"};

// Docker's default set.
constexpr std::array<std::string_view, 14> kDefaultCapabilities = {
    "CHOWN",   "DAC_OVERRIDE", "FSETID",           "FOWNER",
    "MKNOD",   "NET_RAW",      "SETGID",           "SETUID",
    "SETFCAP", "SETPCAP",      "NET_BIND_SERVICE", "SYS_CHROOT",
    "KILL",    "AUDIT_WRITE"};

constexpr std::array<const char*, 10> kMaskedPaths = {
    "/proc/acpi",          "/proc/asound",
    "/proc/kcore",         "/proc/keys",
    "/proc/latency_stats", "/proc/timer_list",
    "/proc/sched_debug",   "/proc/scsi",
    "/sys/firmware",       "/sys/devices/virtual/powercap"};
constexpr std::array<const char*, 5> kReadOnlyPaths = {"/proc/bus", "/proc/fs", "/proc/irq",
                                                       "/proc/sys", "/proc/sysrq-trigger"};

std::string_view without_prefix(std::string_view name) {
  return name.starts_with("CAP_") ? name.substr(4) : name;
}

bool contains(const std::vector<std::string>& names, std::string_view wanted) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return without_prefix(name) == wanted || name == "ALL";
  });
}

// Those that this host lets us have at all.
uint64_t bounding_set() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("CapBnd:")) return std::stoull(line.substr(7), nullptr, 16);
  return 0;
}

std::vector<std::string_view> capabilities(const BundleInput& input) {
  const SecurityContext& security = input.container->security;
  const uint64_t bounding = bounding_set();
  std::vector<std::string_view> out;
  for (size_t i = 0; i < kCapabilities.size(); ++i) {
    const std::string_view name = kCapabilities[i];
    const bool by_default = std::find(kDefaultCapabilities.begin(), kDefaultCapabilities.end(),
                                      name) != kDefaultCapabilities.end() &&
                            (name != "MKNOD" || input.devices_are_guarded);
    bool wanted = by_default && !contains(security.drop_capabilities, name);
    wanted = wanted || contains(security.add_capabilities, name) || security.privileged;
    if (wanted && (bounding >> i & 1) != 0) out.push_back(name);
  }
  return out;
}

Value strings(const std::vector<std::string>& texts) {
  List out;
  for (const std::string& one : texts) out.emplace_back(one);
  return out;
}

Value map_of(std::initializer_list<std::pair<const char*, Value>> members) {
  Map out;
  for (const auto& [key, value] : members) out.append_unchecked({key, {}, value});
  return out;
}

Value process(const BundleInput& input, const std::vector<std::string_view>& granted) {
  List groups, names;
  for (const uint32_t group : input.user.groups) groups.emplace_back(static_cast<int64_t>(group));
  for (const std::string_view name : granted) names.emplace_back("CAP_" + std::string(name));
  Value capabilities = map_of({{"bounding", names}});
  // An ordinary user gains them by a set-uid program only, as under Docker.
  if (input.user.uid == 0) {
    capabilities["effective"] = names;
    capabilities["permitted"] = names;
  }
  const std::string& folder = input.container->working_dir.empty() ? input.image->working_dir
                                                                   : input.container->working_dir;
  return map_of(
      {{"terminal", false},
       {"user", map_of({{"uid", static_cast<int64_t>(input.user.uid)},
                        {"gid", static_cast<int64_t>(input.user.gid)},
                        {"additionalGids", groups}})},
       {"args", strings(input.argv)},
       {"env", strings(input.env)},
       {"cwd", folder.empty() ? "/" : folder},
       {"capabilities", capabilities},
       {"noNewPrivileges", !input.container->security.allow_privilege_escalation.value_or(true)}});
}

Value mount_of(const char* type, const char* source, const std::string& destination,
               std::initializer_list<const char*> options) {
  List list;
  for (const char* option : options) list.emplace_back(option);
  return map_of(
      {{"destination", destination}, {"type", type}, {"source", source}, {"options", list}});
}

Value bind_mount(const std::string& source, const std::string& destination, bool read_only,
                 const std::string& propagation) {
  return map_of({{"destination", destination},
                 {"type", "bind"},
                 {"source", source},
                 {"options", List{"rbind", propagation, read_only ? "ro" : "rw"}}});
}

Value mounts(const BundleInput& input) {
  const bool privileged = input.container->security.privileged;
  List out;
  out.push_back(mount_of("proc", "proc", "/proc", {"nosuid", "noexec", "nodev"}));
  out.push_back(
      mount_of("tmpfs", "tmpfs", "/dev", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  out.push_back(mount_of("devpts", "devpts", "/dev/pts",
                         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}));
  if (input.shm_folder.empty())
    out.push_back(mount_of("tmpfs", "shm", "/dev/shm",
                           {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}));
  else
    out.push_back(bind_mount(input.shm_folder, "/dev/shm", false, "rprivate"));
  out.push_back(mount_of("mqueue", "mqueue", "/dev/mqueue", {"nosuid", "noexec", "nodev"}));
  out.push_back(
      mount_of("sysfs", "sysfs", "/sys", {"nosuid", "noexec", "nodev", privileged ? "rw" : "ro"}));
  if (input.has_limits)
    out.push_back(mount_of("cgroup", "cgroup", "/sys/fs/cgroup",
                           {"nosuid", "noexec", "nodev", "relatime", "ro"}));
  for (const VolumeMount& mount : input.mounts)
    out.push_back(
        bind_mount(mount.host_path, mount.destination, mount.read_only, mount.propagation));
  return out;
}

Value namespaces(const BundleInput& input) {
  List out{map_of({{"type", "pid"}}), map_of({{"type", "mount"}})};
  const auto add = [&](const char* type, const std::string& path) {
    out.push_back(path.empty() ? map_of({{"type", type}})
                               : map_of({{"type", type}, {"path", path}}));
  };
  add("ipc", input.ipc_namespace);
  add("uts", input.uts_namespace);
  if (!input.pod->host_network) add("network", input.network_namespace);
  return out;
}

}  // namespace

std::string make_bundle(const BundleInput& input) {
  const SecurityContext& security = input.container->security;
  const std::vector<std::string_view> granted = capabilities(input);
  const bool administrator =
      std::find(granted.begin(), granted.end(), "SYS_ADMIN") != granted.end();
  Value linux = map_of({{"namespaces", namespaces(input)}});
  if (!security.privileged) {
    List masked, read_only;
    for (const char* path : kMaskedPaths) masked.emplace_back(path);
    for (const char* path : kReadOnlyPaths) read_only.emplace_back(path);
    linux["maskedPaths"] = masked;
    linux["readonlyPaths"] = read_only;
  }
  Value out = map_of({{"ociVersion", "1.0.0"},
                      {"process", process(input, granted)},
                      {"root", map_of({{"path", "rootfs"}, {"readonly", security.read_only_root}})},
                      {"mounts", mounts(input)},
                      {"linux", linux}});
  if (input.uts_namespace.empty()) out["hostname"] = input.pod->hostname;
  if (!security.privileged && !security.seccomp_unconfined)
    out["annotations"] = map_of({{"run.oci.seccomp_bpf_data", seccomp_program(administrator)}});
  return text::to_json(out);
}

base::Result<std::vector<std::string>> container_argv(const ContainerSpec& container,
                                                      const Image* image,
                                                      const std::vector<std::string>& env) {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& words) {
    for (const std::string& word : words) out.push_back(expand_references(word, env));
  };
  const bool has_command = container.command && !container.command->empty();
  if (has_command)
    add(*container.command);
  else if (image != nullptr)
    out = image->entrypoint;
  if (container.args && !container.args->empty())
    add(*container.args);
  else if (!has_command && image != nullptr)
    out.insert(out.end(), image->command.begin(), image->command.end());
  if (out.empty())
    return base::fail(base::Code::kInvalid, "container \"" + container.name +
                                                "\" has no command, and its image \"" +
                                                container.image + "\" brings none");
  return out;
}

std::vector<std::string> merge_env(const std::vector<std::string>& of_image,
                                   const std::vector<std::string>& of_container,
                                   const std::string& hostname) {
  std::vector<std::string> out;
  const auto put = [&](const std::string& pair) {
    const std::string_view name = std::string_view(pair).substr(0, pair.find('=') + 1);
    for (std::string& have : out)
      if (have.starts_with(name)) {
        have = pair;
        return;
      }
    out.push_back(pair);
  };
  put("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  put("HOSTNAME=" + hostname);
  for (const std::string& pair : of_image) put(pair);
  for (const std::string& pair : of_container) put(pair);
  return out;
}

}  // namespace runtime

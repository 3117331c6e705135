#include "runtime/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "kube/api.h"
#include "runtime/container_dir.h"
#include "text/base64.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
constexpr char kNetworkFile[] = "network";  // the slot that the pod has in the pool

base::Status make_folder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return base::fail(base::Code::kUnavailable, "cannot make " + path + ": " + std::strerror(errno));
}

base::Status find_network(const NodeFacilities& node, Sandbox& sandbox) {
  const std::string path = sandbox.folder + "/" + kNetworkFile;
  if (const std::string slot = read_file(path); !slot.empty()) {
    sandbox.network = node.network->adopt(static_cast<uint32_t>(std::atoi(slot.c_str())));
    if (sandbox.network) return {};
  }
  base::Result<PodNetwork> network = node.network->acquire();
  if (!network) return base::fail(network.error());
  sandbox.network = std::move(*network);
  return write_file(path, std::to_string(sandbox.network->slot) + "\n");
}

std::string hosts_text(const PodSpec& spec, const Sandbox& sandbox) {
  std::string out = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  if (spec.host_network)
    out = read_file("/etc/hosts");
  else if (!sandbox.ip().empty())
    out += sandbox.ip() + "\t" + spec.hostname + "\n";
  for (const auto& [ip, names] : spec.host_aliases) out += ip + "\t" + names + "\n";
  return out;
}

std::string resolv_text(const PodSpec& spec, const std::string& of_host) {
  std::string out = spec.dns_policy == "None" ? std::string() : of_host;
  for (const std::string& server : spec.dns_servers) out += "nameserver " + server + "\n";
  const auto line = [&](const char* key, const std::vector<std::string>& words) {
    if (words.empty()) return;
    out += key;
    for (const std::string& word : words) out += " " + word;
    out += "\n";
  };
  line("search", spec.dns_searches);
  line("options", spec.dns_options);
  return out;
}

base::Status write_shared_files(const NodeFacilities& node, const PodSpec& spec, Sandbox& sandbox) {
  sandbox.hosts_file = sandbox.folder + "/hosts";
  // A copy for each pod: one may change its own.
  sandbox.resolv_file = sandbox.folder + "/resolv.conf";
  if (base::Status done = write_file(sandbox.hosts_file, hosts_text(spec, sandbox), 0644); !done)
    return done;
  return write_file(sandbox.resolv_file, resolv_text(spec, node.resolv_text), 0644);
}

// New ipc and uts namespaces, pinned by files; on a thread of its own, which they end with.
bool pin_namespaces(const std::string& ipc, const std::string& uts, const std::string& hostname) {
  bool done = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWIPC | CLONE_NEWUTS) != 0) return;
    ::sethostname(hostname.c_str(), hostname.size());
    for (const auto& [kind, path] : {std::pair("ipc", &ipc), std::pair("uts", &uts)}) {
      if (!write_file(*path, "")) return;
      const std::string own = std::string("/proc/thread-self/ns/") + kind;
      if (::mount(own.c_str(), path->c_str(), nullptr, MS_BIND, nullptr) != 0) return;
    }
    done = true;
  }).join();
  return done;
}

base::Status share_namespaces(const PodSpec& spec, Sandbox& sandbox) {
  if (spec.containers.size() + spec.init_containers.size() < 2) return {};
  sandbox.shm_folder = sandbox.folder + "/shm";
  sandbox.ipc_namespace = sandbox.folder + "/ipc";
  sandbox.uts_namespace = sandbox.folder + "/uts";
  const std::string done = sandbox.folder + "/shared";
  if (::access(done.c_str(), F_OK) == 0) return {};
  if (base::Status made = make_folder(sandbox.shm_folder, 01777); !made) return made;
  if (::mount("shm", sandbox.shm_folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "mode=1777,size=65536k") != 0 ||
      !pin_namespaces(sandbox.ipc_namespace, sandbox.uts_namespace, spec.hostname))
    return base::fail(base::Code::kUnavailable,
                      std::string("cannot make the pod's namespaces: ") + std::strerror(errno));
  return write_file(done, "");
}

base::Status read_pull_secrets(const NodeFacilities& node, const PodSpec& spec, Sandbox& sandbox) {
  for (const std::string& name : spec.pull_secrets) {
    const kube::ObjectRef ref{kube::find_kind("secrets"), spec.namespace_, name};
    const base::Result<text::Value> secret = node.api->get(ref);
    // As kubelet: a secret that is not there may not be needed.
    if (!secret && secret.error().code == base::Code::kNotFound) continue;
    if (!secret) return base::fail(secret.error());
    const std::string_view data = secret->string_at("data", ".dockerconfigjson");
    if (auto text = text::from_base64(data); text && !text->empty())
      sandbox.pull_secrets.push_back(std::move(*text));
  }
  return {};
}

bool has_mounts(const std::string& folder) {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);)
    if (line.find(" " + folder + "/") != std::string::npos) return true;
  return false;
}

}  // namespace

std::string pod_folder(const AgentConfig& config, std::string_view uid) {
  return config.data_dir + "/pods/" + std::string(uid);
}

std::string container_folder(const std::string& pod_dir, std::string_view container) {
  return pod_dir + "/c." + std::string(container);
}

std::vector<std::string> container_names(const std::string& pod_dir) {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(pod_dir, ignored)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("c.")) out.push_back(name.substr(2));
  }
  return out;
}

bool has_volumes(const text::Value& pod) {
  const text::Value* const volumes = pod.find_path("spec", "volumes");
  return volumes != nullptr && volumes->is_list() && !volumes->as_list().empty();
}

base::Result<Sandbox> prepare_sandbox(const NodeFacilities& node, const text::Value& pod,
                                      const PodSpec& spec, const std::string& work_folder) {
  const bool as_processes = !work_folder.empty();
  Sandbox sandbox;
  sandbox.folder = pod_folder(*node.config, spec.uid);
  sandbox.work_folder = work_folder;
  if (as_processes && !has_volumes(pod)) return sandbox;
  base::Status done = make_folder(sandbox.folder, 0711);
  if (done && !as_processes && !spec.host_network) done = find_network(node, sandbox);
  if (done && !as_processes) done = write_shared_files(node, spec, sandbox);
  if (done && !as_processes) done = share_namespaces(spec, sandbox);
  if (done && !as_processes) done = read_pull_secrets(node, spec, sandbox);
  if (!done) return base::fail(done.error());
  if (has_volumes(pod)) {
    PodSurroundings around{
        node.api,     sandbox.folder, node.config->node_name, node.config->host_ip,
        sandbox.ip(), node.cpu_milli, node.memory_bytes};
    base::Result<std::vector<PreparedVolume>> prepared = prepare_volumes(pod, around);
    if (!prepared) return base::fail(prepared.error());
    sandbox.volumes = std::move(*prepared);
  }
  return sandbox;
}

void release_sandbox(const NodeFacilities& node, const std::string& folder, bool tampered) {
  if (node.network != nullptr) {
    const std::string path = folder + "/" + kNetworkFile, taken = path + ".released";
    // Whoever renames it gives the namespace back: nobody else may.
    if (::rename(path.c_str(), taken.c_str()) == 0) {
      const std::string slot = read_file(taken);
      ::unlink(taken.c_str());
      node.network->release(static_cast<uint32_t>(std::atoi(slot.c_str())), tampered);
    }
  }
  // Only what is there is paid for: most pods have one container and no volumes.
  if (::access((folder + "/shared").c_str(), F_OK) == 0) {
    for (const char* name : {"/shm", "/ipc", "/uts"}) {
      ::umount2((folder + name).c_str(), MNT_DETACH);
      if (::unlink((folder + name).c_str()) != 0) ::rmdir((folder + name).c_str());
    }
    ::unlink((folder + "/shared").c_str());
  }
  if (::access((folder + "/volumes").c_str(), F_OK) == 0 ||
      ::access((folder + "/subpaths").c_str(), F_OK) == 0)
    (void)release_volumes(folder);
}

base::Status remove_pod_folder(const std::string& folder) {
  if (has_mounts(folder))
    return base::fail(base::Code::kUnavailable, "something is mounted in " + folder);
  std::error_code error;
  fs::remove_all(folder, error);
  if (error)
    return base::fail(base::Code::kUnavailable, "cannot remove " + folder + ": " + error.message());
  return {};
}

}  // namespace runtime

// sandbox.h — what a pod has on this machine while it runs: its folder, network, volumes, the files
// that its containers share. Made once a pod, found again by a restarted agent.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/agent_config.h"
#include "runtime/images.h"
#include "runtime/network.h"
#include "runtime/pod_spec.h"
#include "runtime/volumes.h"
#include "sys/monitor_spec.h"
#include "sys/process.h"
#include "text/value.h"

namespace runtime {

class Cgroups;
class MonitorStarter;

struct Sandbox {
  std::string folder;       // <data>/pods/<uid>; of plain processes: made when it is needed
  std::string work_folder;  // of plain processes: where they run
  std::optional<PodNetwork> network;
  std::string hosts_file, resolv_file;
  // Of a pod with several containers; empty else.
  std::string shm_folder, ipc_namespace, uts_namespace;
  std::vector<PreparedVolume> volumes;
  std::vector<std::string> pull_secrets;                       // docker config.json texts
  std::map<std::string, std::shared_ptr<const Image>> images;  // by the pod's name for it
  std::string ip() const { return network ? network->ip : std::string(); }
};

// What all pods share.
struct NodeFacilities {
  const AgentConfig* config = nullptr;
  kube::Api* api = nullptr;
  Network* network = nullptr;  // null with processes only
  const Cgroups* cgroups = nullptr;
  MonitorStarter* starter = nullptr;
  std::string crun;  // as it is to be started
  bool in_user_namespace = false;
  std::string resolv_text;  // resolv.conf of the host
  int64_t cpu_milli = 0, memory_bytes = 0;
};

std::string pod_folder(const AgentConfig& config, std::string_view uid);
// A folder of the pod's folder: "c.<container>".
std::string container_folder(const std::string& pod_dir, std::string_view container);
// The names of the containers that have one.
std::vector<std::string> container_names(const std::string& pod_dir);

// May be called again for the same pod. kNotFound: a ConfigMap or Secret is not there yet.
// `work_folder`: of a pod of plain processes; else empty.
base::Result<Sandbox> prepare_sandbox(const NodeFacilities& node, const text::Value& pod,
                                      const PodSpec& spec, const std::string& work_folder);
// Of plain processes without volumes nothing is made, and nothing is to be released.
bool has_volumes(const text::Value& pod);
// Frees all but the logs and records. `tampered`: see Network::release().
void release_sandbox(const NodeFacilities& node, const std::string& folder, bool tampered);
// Removes the folder too. Refuses while anything is mounted in it.
base::Status remove_pod_folder(const std::string& folder);

struct LaunchRequest {
  const text::Value* pod = nullptr;
  const PodSpec* spec = nullptr;
  const ContainerSpec* container = nullptr;
  const Sandbox* sandbox = nullptr;
  bool as_process = false;
  int64_t deadline_ns = 0;
};
struct Launched {
  sys::ProcessId monitor;
  std::optional<sys::MonitorSpec> process;  // instead: what ProcessMonitors is to start
  std::string warning;                      // a limit that cannot be enforced here
};
// A plain process that needs neither the API server nor the disk to be launched.
bool launches_at_once(const LaunchRequest& request);
// Starts the container's argoexec; a plain process is only made ready. Errors are the pod's own: a
// user that is not in the image, no command; kNotFound as above.
base::Result<Launched> launch_container(const NodeFacilities& node, const LaunchRequest& request);

}  // namespace runtime

// volumes.h — a pod's volumes made ready on this machine, and what each container mounts of them.
//
// Follows Kubernetes' core/v1: emptyDir (disk or memory), hostPath, configMap, secret, downwardAPI,
// projected. Any other kind is refused by the name of its field (kUnsupported). ConfigMaps and
// Secrets are read once, when the pod starts; a later change does not reach a running pod.
// The agent is the only user. Functions are free of state; different pods on different threads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace kube {
class Api;
}

namespace runtime {

// What volumes and environment may refer to beside the pod itself. Borrowed for the call.
struct PodSurroundings {
  kube::Api* api = nullptr;  // for ConfigMaps and Secrets; null: those are kUnavailable
  std::string pod_dir;       // this pod's own folder; volumes are made in pod_dir/volumes/<name>
  std::string node_name, host_ip, pod_ip;
  // What resourceFieldRef gives for a limit that the container does not set.
  int64_t node_cpu_milli = 0;
  int64_t node_memory_bytes = 0;
};

struct PreparedVolume {
  std::string name;
  std::string host_path;   // a directory; for hostPath also a file, socket or device
  bool read_only = false;  // every mount of it is: configMap, secret, downwardAPI, projected
  // emptyDir.sizeLimit on disk: nobody holds the pod to it but the caller. Memory is held by tmpfs.
  std::optional<int64_t> size_limit_bytes;
};

// One bind mount of a container.
struct VolumeMount {
  std::string host_path;    // file or directory, safe to bind: no symlink of the pod's leads here
  std::string destination;  // absolute path in the container
  bool read_only = false;
  std::string propagation = "rprivate";  // "rprivate", "rslave", "rshared": as OCI mount options
};

// Refuses what prepare_volumes() would refuse, without touching anything: volume kinds, fields of
// theirs, mounts of volumes that are not there. All checks that need no other object.
base::Status check_volumes(const text::Value& pod);

// Makes the pod's volumes. May be called again for the same pod (after a crash, or after
// kNotFound: a ConfigMap or Secret that is not there yet and not optional — kubelet waits for it);
// what an emptyDir holds already is kept.
// Errors: kNotFound as said; kUnsupported and kInvalid name the field ("spec.volumes[2].nfs").
base::Result<std::vector<PreparedVolume>> prepare_volumes(const text::Value& pod,
                                                          const PodSurroundings& around);

// The container's volumeMounts with subPath and subPathExpr resolved below their volume, missing
// subPath directories made. `container` is the member of spec.containers or spec.initContainers;
// `env` its environment (subPathExpr's $(NAME)). A subPath that leaves its volume, by ".." or by a
// symbolic link, is kInvalid. A resolved subPath is pinned by a bind mount below
// pod_dir/subpaths where the process may mount, so that the pod cannot swap it afterwards.
base::Result<std::vector<VolumeMount>> container_mounts(const text::Value& container,
                                                        const std::vector<PreparedVolume>& volumes,
                                                        const std::vector<std::string>& env,
                                                        const PodSurroundings& around);

// The container's environment as "NAME=value", in order, without duplicates (the last wins):
// envFrom first, then env with its valueFrom; $(NAME) refers to what stands before, $$ is $.
// The image's own environment goes before it and is the caller's.
base::Result<std::vector<std::string>> container_env(const text::Value& pod,
                                                     const text::Value& container,
                                                     const PodSurroundings& around);

// Kubernetes' $(NAME) in command, args and env: unknown names stay as they are, "$$(A)" is "$(A)".
std::string expand_references(std::string_view text, const std::vector<std::string>& env);

// Unmounts whatever is mounted below pod_dir and removes pod_dir/volumes and pod_dir/subpaths;
// hostPaths are left alone. Safe to repeat.
base::Status release_volumes(const std::string& pod_dir);

}  // namespace runtime

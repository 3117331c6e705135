// bundle.h — what crun reads: a container's config.json (OCI runtime specification 1.0).
//
// Decides the sandbox: namespaces, mounts, capabilities, user. Limits are not here: argoexec joins
// the cgroup before it starts crun. No rlimits: a host without CAP_SYS_RESOURCE cannot set them.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/images.h"
#include "runtime/pod_spec.h"
#include "runtime/users.h"
#include "runtime/volumes.h"

namespace runtime {

struct BundleInput {
  const PodSpec* pod = nullptr;
  const ContainerSpec* container = nullptr;
  const Image* image = nullptr;
  ProcessUser user;
  std::vector<std::string> argv, env;
  std::vector<VolumeMount> mounts;  // volumes, /etc/hosts and the like
  std::string shm_folder;           // shared by the pod's containers; empty: one of its own
  // Namespaces to join; empty: a new one. The network's is left out for host networking.
  std::string network_namespace, ipc_namespace, uts_namespace;
  bool has_limits = false;           // shows the cgroup below /sys/fs/cgroup
  bool devices_are_guarded = false;  // a devices cgroup stands around us: CAP_MKNOD does no harm
};

std::string make_bundle(const BundleInput& input);

// Kubernetes' rule: `command` replaces the image's entrypoint and its command, `args` replaces the
// image's command. References $(NAME) are expanded. kInvalid when nothing is left to run.
base::Result<std::vector<std::string>> container_argv(const ContainerSpec& container,
                                                      const Image* image,
                                                      const std::vector<std::string>& env);

// The image's environment below the container's own, PATH and HOSTNAME set.
std::vector<std::string> merge_env(const std::vector<std::string>& of_image,
                                   const std::vector<std::string>& of_container,
                                   const std::string& hostname);

}  // namespace runtime

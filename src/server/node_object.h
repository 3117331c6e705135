// node_object.h — the Node that stands for this machine, as Kubernetes' clients look for one.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "kube/store_api.h"
#include "sys/clock.h"

namespace server {

struct NodeFacts {
  std::string name;  // the machine's host name
  std::string kernel, architecture, os_image, machine_id, boot_id, version;
  uint64_t cpus = 0, memory_bytes = 0, disk_bytes = 0, pods_max = 110;
  std::vector<std::string> addresses;
};

// Writes the Node, with its condition Ready, where it is not as these facts say.
base::Status write_node(kube::StoreApi& api, const sys::Clock& clock, const NodeFacts& facts);

}  // namespace server

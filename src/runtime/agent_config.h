// agent_config.h — how a node agent is set up; plain values, read by apps/.
#pragma once
#include <cstdint>
#include <string>

namespace runtime {

enum class RuntimeKind : uint8_t {
  kContainers,  // a pod that asks to be plain processes is refused
  kProcesses,   // all pods are plain processes of this host
  kAsked        // containers, but for pods whose annotation asks to be processes
};

struct AgentConfig {
  std::string data_dir;  // the agent's own: pods, network, its lock
  std::string argoexec;  // path of the program
  std::string crun = "/usr/bin/crun";
  std::string node_name = "localhost", host_ip = "127.0.0.1";
  RuntimeKind runtime = RuntimeKind::kContainers;
  // What the pods may ask for in all; 0: what this machine has.
  int64_t cpu_milli = 0, memory_bytes = 0;
  uint32_t pods_max = 110;
  // Containers whose start is under way at one time; 0: by the number of processors.
  uint32_t starts_max = 0;
  uint32_t networks_ready = 16;
  // How often the disk that an emptyDir with a sizeLimit takes is measured.
  int64_t progress_check_ms = 3'000;
  int64_t size_check_ms = 5'000;
  // What is kept of one container's log, at most; 0: all of it. See exec/log_file.h.
  int64_t log_bytes_max = int64_t{1} << 30;
  bool network_outside = true;       // false: pods have a loopback only
  std::string trace_file;            // see sys/trace.h; empty: none
  bool devices_are_guarded = false;  // Cgroups::guard_devices() was called and said yes
};

}  // namespace runtime

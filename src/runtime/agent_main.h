// agent_main.h — the program `argo agent`: a node agent with its images, connected to an API server
// and answering on a socket of its own (kube/node_api_routes.h).
//
// An ordinary user's becomes root in a user namespace first. It ends by SIGTERM or SIGINT; pods
// that run go on. Without any, and without a server for a while, it ends by itself.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "runtime/agent_config.h"

namespace runtime {

struct AgentOptions {
  std::string data_dir;      // of the agent alone: images, pods; absolute
  std::string server_url;    // "unix:/…/argo.sock"
  std::string server_token;  // not for Unix sockets
  std::string agent_socket;  // path
  std::string argoexec;      // empty: beside this program
  std::string node_name;     // empty: the host's name
  RuntimeKind runtime = RuntimeKind::kContainers;
  uint32_t pods_max = 110;
  int64_t log_bytes_max = AgentConfig().log_bytes_max;
  // Images; see runtime/images.h.
  std::string busybox;  // empty: beside this program, else the host's /bin/busybox
  std::vector<std::pair<std::string, std::string>> mirrors, mappings;
  std::string docker_config;
  bool offline = false;
  std::string trace_file;  // see sys/trace.h
};

// "containers", "process", "containers,process" (a pod's annotation chooses); false: none of them.
bool parse_runtime_kind(const std::string& word, RuntimeKind& out);

// Gives the exit code. To be called before the process has a second thread.
int run_agent(const AgentOptions& options);

}  // namespace runtime

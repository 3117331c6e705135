// pod_spec.h — a Pod as the node agent needs it: Kubernetes' fields, checked, with their defaults.
//
// A field that the agent knows nothing of, or cannot enforce though it would matter for isolation
// or results, is refused by its path. Placement and housekeeping fields are hints and left alone.
// Volumes and environment are read by runtime/volumes.h from the raw values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runtime/images.h"
#include "text/value.h"

namespace runtime {

struct Probe {
  enum class Kind : uint8_t { kExec, kHttp, kTcp } kind = Kind::kExec;
  std::vector<std::string> command;  // exec
  std::string port;                  // a number, or the name of one of the container's ports
  std::string host, path, scheme;
  std::vector<std::pair<std::string, std::string>> headers;
  int initial_delay_seconds = 0, period_seconds = 10, timeout_seconds = 1;
  int success_threshold = 1, failure_threshold = 3;
};

struct Resources {
  // Absent: not set. CPU in thousandths of a core, memory in bytes.
  std::optional<int64_t> cpu_request, cpu_limit, memory_request, memory_limit;
};

struct SecurityContext {
  std::optional<int64_t> run_as_user, run_as_group;
  std::optional<bool> run_as_non_root, allow_privilege_escalation;
  bool read_only_root = false, privileged = false, seccomp_unconfined = false;
  std::vector<std::string> add_capabilities, drop_capabilities;  // without "CAP_"; "ALL"
};

struct ContainerSpec {
  std::string name, image;
  PullPolicy pull_policy = PullPolicy::kIfNotPresent;
  std::optional<std::vector<std::string>> command, args;
  std::string working_dir;
  Resources resources;
  SecurityContext security;  // the pod's defaults are merged in
  std::optional<Probe> readiness, liveness, startup;
  std::string termination_message_path = "/dev/termination-log";
  bool wants_termination_message = false;  // path or policy was given
  bool fallback_to_logs = false;
  bool restarts = false;  // an init container that runs beside the others: a sidecar
  std::vector<std::pair<std::string, int>> ports;
  text::Value raw;
};

struct OutputsWanted {
  bool result = false;
  struct Parameter {
    std::string name, path;
    bool optional = false;
  };
  std::vector<Parameter> parameters;
};

struct PodSpec {
  std::string uid, namespace_, name, hostname, subdomain;
  std::vector<ContainerSpec> init_containers, containers;
  int64_t grace_seconds = 30;
  std::optional<int64_t> active_deadline_seconds;
  int64_t priority = 0;
  bool host_network = false;
  std::vector<int64_t> supplemental_groups;
  std::optional<int64_t> fs_group;
  std::vector<std::pair<std::string, std::string>> host_aliases;  // ip, "name name"
  std::string dns_policy;                                         // "", "None", …
  std::vector<std::string> dns_servers, dns_searches, dns_options;
  std::vector<std::string> pull_secrets;  // names of Secrets
  std::optional<OutputsWanted> outputs;
  bool is_workflow = false;    // of a workflow: all containers but "main" are sidecars
  bool wants_process = false;  // asks to run without containers

  // What the scheduler counts: the larger of the sum of the containers and the largest init one.
  int64_t cpu_milli = 0, memory_bytes = 0;

  bool is_main(const ContainerSpec& container) const {
    return !is_workflow || container.name == "main";
  }
};

base::Result<PodSpec> read_pod(const text::Value& pod);

}  // namespace runtime

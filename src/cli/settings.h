// settings.h — where a command goes and in whose name: see sources.h for where that is said.
//
// --kubeconfig, --context, --cluster, --user and --server (and their variables and keys, and
// `backend: kubernetes` of the configuration file) choose a cluster, which is spoken with by its
// Kubernetes API. KUBECONFIG alone does not: a kubeconfig on a laptop must not take its user's
// workflows elsewhere. An Argo server wins over a cluster, as in Argo.
#pragma once
#include <optional>
#include <string>

#include "cli/cli.h"
#include "cli/flags.h"
#include "cli/sources.h"

namespace cli {

struct Settings {
  std::optional<sys::Endpoint> endpoint;  // none: the embedded server
  bool is_kubernetes = false;             // the endpoint is a Kubernetes API and no Argo server
  std::string name_space = "default";
  std::string instance_id;      // the label workflows.argoproj.io/controller-instanceid
  bool shows_requests = false;  // --verbose, --loglevel debug
  bool shows_warnings = true;
  bool logs_json = false;
};

base::Result<Settings> read_settings(const Surroundings& around, const Flags& flags);

}  // namespace cli

// kubeconfig.h — the file by which kubectl knows its clusters: read, for our own commands.
//
// KUBECONFIG may name several files by colons: of two entries of one name the first counts. Paths
// in a file are relative to it. Credentials: token, tokenFile, client certificates, username and
// password, exec plugins of client.authentication.k8s.io v1 and v1beta1. Without any file, inside
// of a pod, the service account's. auth-provider is refused: Kubernetes has removed it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace cli {

// What flags say instead of the file; "" and unset: nothing.
struct ClusterOverrides {
  std::string kubeconfig, context, cluster, user, server;
  std::string certificate_authority, tls_server_name, proxy_url;
  std::string client_certificate, client_key, token, username, password;
  std::string as, as_uid;
  std::vector<std::string> as_groups;
  bool insecure_skip_tls_verify = false;
};

struct ClusterAccess {
  sys::Endpoint endpoint;
  std::string name_space;  // "" when the context names none
};

// kNotFound: there is no kubeconfig, or no context is chosen in it.
base::Result<ClusterAccess> read_kubeconfig(const Surroundings& around,
                                            const ClusterOverrides& overrides);

// A file's text; `folder` is put before a relative path.
base::Result<std::string> read_pem(const Surroundings& around, const std::string& path);

// "Authorization: Basic …"
std::pair<std::string, std::string> basic_authorization(const std::string& username,
                                                        const std::string& password);

}  // namespace cli

// kube_logs.h — the logs of a workflow's pods, read of each by the cluster's Kubernetes API.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "cli/kube_client.h"

namespace cli {

struct KubeLogRequest {
  std::string name_space, workflow;
  RequestPath options;  // podName, selector, grep, logOptions.*
};

// Gives {"result": {"content", "podName"}} lines, as an Argo server does. Without `follow` all
// pods' lines by their time; with it as they come, until the workflow has ended and its pods have.
base::Status read_kube_logs(sys::HttpClient& client, const KubeClient::Connect& connect,
                            const KubeLogRequest& request,
                            const std::function<bool(std::string_view)>& on_bytes);

}  // namespace cli

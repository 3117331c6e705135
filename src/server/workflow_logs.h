// workflow_logs.h — the logs of a workflow's pods, merged: Argo's lines {"content", "podName"}. The
// lines themselves come from the node agent. Kubernetes' pods/log: server/pod_log.h.
#pragma once
#include <string>

#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

struct LogTarget {
  std::string namespace_, workflow, pod;  // pod "": all pods of the workflow
};

// logOptions.{container, follow, timestamps, tailLines, sinceSeconds, sinceTime, previous}, grep (a
// regular expression), selector (labels of pods). Without `follow` lines of up to 32 pods are in
// the order of their times; of more, pod by pod.
void answer_logs(kube::StoreApi& api, kube::NodeApi* node, const LogTarget& target, Call& call);

}  // namespace server

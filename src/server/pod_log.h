// pod_log.h — kubectl logs: pods/log of Kubernetes' REST, with all its parameters.
#pragma once
#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

// ?container=&follow=&previous=&timestamps=&tailLines=&limitBytes=&sinceSeconds=&sinceTime=&stream=
// Plain text, each line as it comes. insecureSkipTLSVerifyBackend and pretty change nothing.
void answer_pod_log(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                    Call& call);

}  // namespace server

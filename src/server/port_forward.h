// port_forward.h — kubectl port-forward: pods/portforward of Kubernetes' REST.
#pragma once
#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

// Connections into the pod's network, until the client goes or the pod ends. At most
// kForwardedMost at once; a client that sends to one faster than the pod reads waits with all.
inline constexpr size_t kForwardedMost = 128;
void answer_port_forward(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                         Call& call);

}  // namespace server

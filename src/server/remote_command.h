// remote_command.h — kubectl exec and attach: pods/exec and pods/attach of Kubernetes' REST.
#pragma once
#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

// ?command=…&container=&stdin=&stdout=&stderr=&tty=, with an upgrade. Goes on until the program
// has ended or the client has gone; then the program is killed with its process group.
void answer_exec(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod, Call& call);
// The same without a command: what the container says from now on.
void answer_attach(kube::StoreApi& api, kube::NodeApi* node, const kube::ObjectRef& pod,
                   Call& call);

}  // namespace server

// kube_routes.h — Kubernetes' REST of all our kinds, as kubectl and the node agent use it.
//
// /api/v1/… and /apis/argoproj.io/v1alpha1/…: get, list, watch, create, update, patch, apply,
// delete, the subresource status, and discovery.
#pragma once
#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/call.h"
#include "server/operation_log.h"

namespace server {

class WatchPump;

// False when the path is none of Kubernetes'; nothing has been answered then.
bool answer_kube(kube::StoreApi& api, kube::NodeApi* node, const sys::Clock& clock,
                 OperationLog& log, WatchPump& pump, Call& call);

}  // namespace server

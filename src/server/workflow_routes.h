// workflow_routes.h — Argo's REST of workflows: /api/v1/workflows/… and /api/v1/workflow-events/….
#pragma once
#include <vector>

#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/operation_log.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

std::vector<Route> workflow_routes(kube::StoreApi& api, kube::NodeApi* node,
                                   const sys::Clock& clock, OperationLog& log);

// The object that a name in a path means; "@latest" is the newest one of the namespace.
base::Result<store::Object> find_workflow(kube::StoreApi& api, const std::string& namespace_,
                                          const std::string& name);

}  // namespace server

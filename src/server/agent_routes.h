// agent_routes.h — what people ask the node agent through the server, images and doctor; and what
// the agent tells of many pods at once.
#pragma once
#include <vector>

#include "kube/node_api.h"
#include "kube/store_api.h"
#include "server/router.h"

namespace server {

//   GET    /api/v1/agent/images            {"images": [{name, digest, sizeBytes, pulledAt}]}
//   POST   /api/v1/agent/images            {"name"}: lines {"progress"}, then {"image"} or
//   {"error"} POST   /api/v1/agent/images/import     {"path", "name"}: {"image"} DELETE
//   /api/v1/agent/images?name=      {} POST   /api/v1/agent/images/prune      {"bytesFreed"} GET
//   /api/v1/agent/doctor            {"findings": [{ok, fatal, what, detail, advice}]}
//   POST   /api/v1/agent/statuses          see kube/status_update.h
std::vector<Route> agent_routes(kube::StoreApi& api, kube::NodeApi* node);

}  // namespace server

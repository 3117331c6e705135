// workflow_watch.h — GET /api/v1/workflow-events/{namespace}: workflows as they change.
#pragma once
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

void watch_workflows(kube::StoreApi& api, Call& call);

}  // namespace server

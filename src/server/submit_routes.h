// submit_routes.h — POST /api/v1/workflows/{namespace}/submit: a Workflow made from what is stored.
#pragma once
#include <vector>

#include "kube/store_api.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

std::vector<Route> submit_routes(kube::StoreApi& api, const sys::Clock& clock);

}  // namespace server

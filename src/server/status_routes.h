// status_routes.h — what goes on in the server: Kubernetes Events as a stream (Argo's REST), the
// workflows that wait for others to end, and metrics for Prometheus.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "kube/store_api.h"
#include "server/router.h"
#include "server/watch_pump.h"

namespace server {

// `metrics`: the text of /metrics; unset: there is no such path.
std::vector<Route> status_routes(kube::StoreApi& api, WatchPump& pump,
                                 std::function<std::string()> metrics);

}  // namespace server

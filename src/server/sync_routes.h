// sync_routes.h — /api/v1/sync/…: Argo's REST of the limits of semaphores, and, beyond Argo's, a
// list of the locks with who holds them and who waits.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "kube/lock_report.h"
#include "kube/store_api.h"
#include "server/router.h"

namespace server {

// The locks of a namespace, or (empty) all, each with at most so many waiters.
using FindLocks =
    std::function<std::vector<kube::LockReport>(std::string_view namespace_, size_t waiters)>;

std::vector<Route> sync_routes(kube::StoreApi& api, FindLocks find_locks);

}  // namespace server

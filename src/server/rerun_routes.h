// rerun_routes.h — what is done with a workflow that has ended: PUT …/retry and …/resubmit as
// Argo's, and beyond it …/rerun, and …/set of nodes that count as Succeeded from then on.
#pragma once
#include <string>
#include <vector>

#include "kube/store_api.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

std::vector<Route> rerun_routes(kube::StoreApi& api, const sys::Clock& clock);

// PUT …/set on a workflow that has ended.
void set_ended(kube::StoreApi& api, const std::string& namespace_, const std::string& name,
               const text::Value& body, base::Time now, Call& call);

}  // namespace server

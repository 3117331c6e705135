// stored_routes.h — Argo's REST of what is stored to be run later: /api/v1/workflow-templates/…,
// /api/v1/cluster-workflow-templates/… and /api/v1/cron-workflows/….
#pragma once
#include <string>
#include <vector>

#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/router.h"
#include "server/watch_pump.h"

namespace server {

std::vector<Route> stored_routes(kube::StoreApi& api, WatchPump& pump);

// Answers the objects of the namespace in the call's first argument (none: all), as its listOptions
// and namePattern select.
void answer_list(kube::StoreApi& api, const kube::Kind& kind, Call& call);

// Answers what is wrong with the object, its references too; nothing: the object as it was given.
void answer_lint(kube::StoreApi& api, const std::string& namespace_, text::Value object,
                 Call& call);

}  // namespace server

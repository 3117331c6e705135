// evaluate_routes.h — the evaluator of `argo eval` for the UI.
#pragma once
#include <vector>

#include "kube/store_api.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

// POST /api/v1/evaluate/{namespace}
//   {"text", "form"?: "expression"|"text"|"when", "workflow"?: a name or an object, "node"?,
//    "variables"?: {"inputs": {"parameters": {"x": "1"}}}}
// answers {"good", "value"?, "type"?, "findings": [{severity, rule, line, column, message, hint}],
//   "names": [known variables, the nearest first]}: with 200 also where the text is wrong.
std::vector<Route> evaluate_routes(kube::StoreApi& api, const sys::Clock& clock);

}  // namespace server

// submit_routes.h — POST /api/v1/workflows/{namespace}/submit: a Workflow made from what is stored.
#pragma once
#include <string>
#include <vector>

#include "kube/kinds.h"
#include "kube/store_api.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

// A Workflow with nothing but a reference to a WorkflowTemplate or ClusterWorkflowTemplate.
text::Value refer_to(const kube::Kind& kind, const std::string& namespace_,
                     const std::string& name);

std::vector<Route> submit_routes(kube::StoreApi& api, const sys::Clock& clock);

}  // namespace server

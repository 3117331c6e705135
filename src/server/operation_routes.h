// operation_routes.h — PUT …/suspend, resume, stop, terminate, set: written as rows that control
// applies once (model/operation.h), and answered when they have been applied.
#pragma once
#include <vector>

#include "kube/store_api.h"
#include "model/operation.h"
#include "server/operation_log.h"
#include "server/router.h"

namespace server {

std::vector<Route> operation_routes(kube::StoreApi& api, OperationLog& log);

// What the body of a `set` gives: message, phase and output parameters. The node ids are empty.
base::Result<model::Operation> read_set_values(const text::Value& body);

}  // namespace server

// argo_operations.h — what the document of Argo's REST says of each route: one row an operation.
#pragma once
#include <span>
#include <vector>

#include "model/argo_openapi.h"
#include "server/router.h"

namespace server {

std::span<const model::RestOperation> argo_operations();
// Of these routes, in the order of the rows.
std::vector<model::RestOperation> argo_operations(std::span<const Route> routes);

}  // namespace server

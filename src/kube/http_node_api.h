// http_node_api.h — NodeApi over HTTP, as kube/node_api_routes.h serves it on the agent's socket.
#pragma once
#include <memory>

#include "kube/http_api.h"
#include "kube/node_api.h"

namespace kube {

std::unique_ptr<NodeApi> make_http_node_api(HttpClientFactory clients);

}  // namespace kube

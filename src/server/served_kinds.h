// served_kinds.h — what is served, for those who document it.
#pragma once
#include <cstdint>
#include <vector>

#include "kube/store_api.h"
#include "model/openapi.h"

namespace server {

// Each kind once, in the order of discovery.
std::vector<model::ApiResource> api_resources(kube::StoreApi& api);
// Changes when api_resources() does.
uint64_t api_resources_generation(kube::StoreApi& api);

}  // namespace server

// artifact_routes.h — Argo's paths of artifacts. No workflow hands on any yet, so each that is
// asked for is not there; the errors are plain text, as Argo's artifact server writes them.
#pragma once
#include <vector>

#include "server/router.h"

namespace server {

std::vector<Route> artifact_routes();

}  // namespace server

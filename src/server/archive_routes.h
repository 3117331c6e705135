// archive_routes.h — Argo's REST of archived workflows. There is no archive yet: the answers are
// those of an empty one.
#pragma once
#include <vector>

#include "server/router.h"

namespace server {

std::vector<Route> archive_routes();

}  // namespace server

// discovery.h — what kubectl asks first: /api, /apis, the resources of each group, /version.
#pragma once
#include "server/call.h"

namespace server {

// False when the path is none of these.
bool answer_discovery(const Call& call);

}  // namespace server

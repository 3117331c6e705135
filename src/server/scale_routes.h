// scale_routes.h — the scale subresource: autoscaling/v1 Scale of what has replicas.
#pragma once
#include "server/kube_writes.h"

namespace server {

// A GET, PUT or PATCH (JSON or merge patch) of `ref`, whose kind has a scale.
void answer_scale(kube::StoreApi& api, const sys::Clock& clock, const kube::ObjectRef& ref,
                  Call& call);

}  // namespace server

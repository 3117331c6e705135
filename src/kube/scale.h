// scale.h — the number of replicas of an object, as Kubernetes' autoscaling/v1 Scale shows it.
#pragma once
#include "base/error.h"
#include "kube/api.h"

namespace kube {

// The Scale of an object whose kind has one (Kind::has_scale). kInvalid: a custom resource without
// replicas.
base::Result<text::Value> scale_of(const Kind& kind, const text::Value& object);

// The merge patch that gives the object the replicas of this Scale. kInvalid: they are no number,
// or below 0.
base::Result<text::Value> patch_of_scale(const Kind& kind, const text::Value& scale);

}  // namespace kube

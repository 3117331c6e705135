// event_object.h — a Kubernetes Event about a workflow. Internal to control/.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/action.h"
#include "kube/store_api.h"
#include "sys/random.h"

namespace control {

using Annotations = std::vector<std::pair<std::string, std::string>>;

store::PutObject make_event_object(const store::Key& workflow, const std::string& workflow_uid,
                                   const engine::Recorded& what, base::Time now,
                                   sys::Random& random, const Annotations& annotations = {});

}  // namespace control

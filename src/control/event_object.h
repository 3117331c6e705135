// event_object.h — a Kubernetes Event about a Workflow or a CronWorkflow. Internal to control/.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/action.h"
#include "kube/store_api.h"
#include "sys/random.h"

namespace control {

using Annotations = std::vector<std::pair<std::string, std::string>>;

// `about`: a Workflow or a CronWorkflow, which the Event goes with.
store::PutObject make_event_object(const store::Key& about, const std::string& about_uid,
                                   const engine::Recorded& what, base::Time now,
                                   sys::Random& random, const Annotations& annotations = {});

// What may happen again and again is one Event with a count, as of Kubernetes' own recorder: the
// stored one, if it is there, with one more.
base::Result<store::PutObject> count_event(kube::StoreApi& api, const store::Key& about,
                                           const std::string& about_uid,
                                           const engine::Recorded& what, base::Time now,
                                           sys::Random& random);

}  // namespace control

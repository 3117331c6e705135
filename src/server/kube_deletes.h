// kube_deletes.h — DELETE of Kubernetes' REST: of one object, and of a collection.
#pragma once
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

// Answers with the object while it waits for finalizers or its grace period, else with a Status.
void delete_one(kube::StoreApi& api, const kube::ObjectRef& ref, Call& call);

// Of what the call's selectors choose, page by page; a limit bounds how many.
void delete_collection(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                       Call& call);

}  // namespace server

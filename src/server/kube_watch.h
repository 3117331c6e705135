// kube_watch.h — `watch=1` of Kubernetes' REST: one JSON event a line.
#pragma once
#include "kube/store_api.h"
#include "server/call.h"

namespace server {

// Without selectors the stored bytes go out as they are, without being parsed.
void watch_kind(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                const kube::ListOptions& options, Call& call);

}  // namespace server

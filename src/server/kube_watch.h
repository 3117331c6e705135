// kube_watch.h — Kubernetes' watches over HTTP.
#pragma once
#include <string>

#include "server/call.h"
#include "server/view.h"
#include "server/watch_pump.h"

namespace server {

// Reads what a watch may be asked: resourceVersion ("" and "0" begin with what is there),
// resourceVersionMatch, sendInitialEvents, allowWatchBookmarks, timeoutSeconds. Returns at once.
void watch_kind(kube::StoreApi& api, WatchPump& pump, const kube::Kind& kind,
                const std::string& namespace_, const kube::ListOptions& options, const View& view,
                Call& call);

}  // namespace server

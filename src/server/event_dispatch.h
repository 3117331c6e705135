// event_dispatch.h — an event that has come in, shown to the WorkflowEventBindings of its
// namespace: those that select it submit their templates. Source: Argo docs "events".
#pragma once
#include <vector>

#include "kube/store_api.h"
#include "model/event_binding.h"
#include "server/router.h"
#include "sys/clock.h"

namespace server {

// POST /api/v1/events/{namespace}/{discriminator} and the list of the bindings.
std::vector<Route> event_routes(kube::StoreApi& api, const sys::Clock& clock);

// All bindings are tried. What fails is told by an Event of the binding, WorkflowEventBindingError,
// and all together as one error (kInternal, or kUnavailable: send the event again).
base::Status dispatch_event(kube::StoreApi& api, const sys::Clock& clock,
                            const model::IncomingEvent& event);

}  // namespace server

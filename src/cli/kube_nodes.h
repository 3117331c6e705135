// kube_nodes.h — what resume, stop and set mean for the nodes of a Workflow, written by a client as
// the original command line does it.
#pragma once
#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace cli {

// The Suspend nodes that wait: they go on, with their outputs' defaults. `body`: the request's.
base::Status resume_nodes(text::Value& workflow, const text::Value& body, base::Time now);
// Those that nodeFieldSelector chooses fail, and nothing else does.
base::Status stop_nodes(text::Value& workflow, const text::Value& body, base::Time now);
// Phase, message and outputParameters of the body, for those that its nodeFieldSelector chooses.
base::Status set_nodes(text::Value& workflow, const text::Value& body, base::Time now);

}  // namespace cli

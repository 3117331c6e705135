// trace_status.h — the status that the real controller had stored in the middle of a recorded run.
#pragma once
#include "text/value.h"

namespace conformance {

// `status` of the Workflow after the step with this index, which is a reconcile: the nodes that
// there were, with their phases and messages of then; the rest as at the end, without what a node
// gets only by ending. The record tells all of this but the outputs of the workflow, which are
// those of the end.
text::Value status_after(const text::Value& record, size_t step);

}  // namespace conformance

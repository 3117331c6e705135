// status_changes.h — what a client means that writes a Workflow with another status.
//
// The original command line resumes, stops and sets Suspend nodes by an Update of status.nodes;
// such differences become operations for the engine. Whatever else differs is refused, never
// dropped: status is the controller's. Pure.
#pragma once
#include <vector>

#include "base/error.h"
#include "model/operation.h"
#include "text/value.h"

namespace kube {

// `stored`: the Workflow as a client gets it, with status.nodes; `given`: what is to be written. A
// `given` without a status (or one in which every member is empty), or with an empty nodes beside
// an offloadNodeStatusVersion, says nothing about it. Members that are null, false, 0 or empty are
// as if they were not there: typed clients write, or leave out, such ones.
//
// kInvalid names the path of a difference that is no operation. kConflict: `given` was made from an
// older status, and whoever gave it has to read again.
base::Result<std::vector<model::Operation>> operations_of(const text::Value& stored,
                                                          const text::Value& given);

}  // namespace kube

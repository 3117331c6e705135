// node_changes.h — a client of Kubernetes writes a Workflow: what differs in its status becomes
// operations, or is refused (kube/status_changes.h); the rest is written as of any object, in the
// same transaction.
#pragma once
#include "kube/store_api.h"
#include "server/call.h"
#include "server/operation_log.h"

namespace server {

// Whether a patch (JSON or merge) may change the status.
bool touches_status(kube::PatchType type, const text::Value& patch);

// Both answer the call.
void put_workflow(kube::StoreApi& api, OperationLog& log, const kube::ObjectRef& ref,
                  text::Value given, const Call& call);
void patch_workflow(kube::StoreApi& api, OperationLog& log, const kube::ObjectRef& ref,
                    kube::PatchType type, const text::Value& patch, const Call& call);

}  // namespace server
